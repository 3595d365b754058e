//! Faults of a LogoutRequest in the redirect binding, which is how Entra ends sessions elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use time::Duration;
use url::form_urlencoded::byte_serialize;

use super::form::deflated;
use super::recipe::RSA_SHA256;
use super::{Edit, Fault, ForgeError, keys};
use crate::{Twin, xml};

pub(super) const FAULTS: &[Fault] = &[
    Fault::accept("logout", "E19", Edit::Logout(Logout::Honest)),
    Fault::accept("logout-lower-case-escapes", "C12", Edit::Logout(Logout::LowerCaseEscapes)),
    Fault::refuse("logout-unsigned", "E19", Edit::Logout(Logout::Unsigned)),
    Fault::refuse("logout-by-a-stranger", "E19", Edit::Logout(Logout::Stranger)),
    Fault::refuse("logout-of-another-issuer", "E11", Edit::Logout(Logout::OtherIssuer)),
    Fault::refuse("logout-expired", "E7", Edit::Logout(Logout::Expired)),
    Fault::refuse("logout-of-yesterday", "E19", Edit::Logout(Logout::Old)),
    Fault::refuse("logout-for-another-destination", "E4", Edit::Logout(Logout::OtherDestination)),
    Fault::refuse("logout-signature-cut", "C12", Edit::Logout(Logout::SignatureCut)),
    Fault::refuse("logout-signature-empty", "C12", Edit::Logout(Logout::SignatureEmpty)),
    Fault::refuse("logout-relay-state-added", "C12", Edit::Logout(Logout::RelayStateAdded)),
    Fault::refuse("logout-message-twice", "C12", Edit::Logout(Logout::MessageTwice)),
    Fault::refuse("logout-algorithm-unknown", "C11", Edit::Logout(Logout::AlgorithmUnknown)),
    Fault::refuse("logout-signature-sha1", "C9", Edit::Logout(Logout::Sha1)),
    Fault::refuse("logout-hmac-of-the-certificate", "C1", Edit::Logout(Logout::Hmac)),
    Fault::refuse("logout-deflate-bomb", "D6", Edit::Logout(Logout::Bomb)),
];

/// What is wrong with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logout {
    /// Nothing.
    Honest,
    /// `%2b` for `%2B`, and the signature stands over what is sent.
    LowerCaseEscapes,
    /// No SigAlg and no Signature.
    Unsigned,
    /// Another key.
    Stranger,
    /// The name of another tenant.
    OtherIssuer,
    /// NotOnOrAfter has passed.
    Expired,
    /// It was issued a day ago, and has no end.
    Old,
    /// It was meant for another service provider.
    OtherDestination,
    /// The last octets of the signature are missing.
    SignatureCut,
    /// The Signature parameter is empty.
    SignatureEmpty,
    /// A RelayState came after it was signed.
    RelayStateAdded,
    /// An unsigned message stands before the signed one.
    MessageTwice,
    /// SigAlg is nobody's.
    AlgorithmUnknown,
    /// RSA with SHA-1.
    Sha1,
    /// A MAC with the certificate as its key.
    Hmac,
    /// Twenty megabytes of white space inside, signed.
    Bomb,
}

/// A session that is to end.
#[derive(Clone, Copy)]
pub(crate) struct LogoutScene<'a> {
    pub(crate) twin: &'a Twin,
    /// The NameID of the login.
    pub(crate) name_id: &'a str,
    /// Its SessionIndex.
    pub(crate) session_index: &'a str,
    /// The SingleLogoutService of the service provider.
    pub(crate) destination: &'a str,
}

/// The text behind the `?`.
pub(crate) type Query = String;

impl LogoutScene<'_> {
    /// The query of a redirect that carries the request.
    ///
    /// # Errors
    /// [`ForgeError::Crypto`] if OpenSSL does not sign.
    pub(crate) fn query(&self, fault: Logout) -> Result<Query, ForgeError> {
        let message =
            self.parameter("SAMLRequest", STANDARD.encode(deflated(self.request(fault).as_bytes())));
        if fault == Logout::Unsigned {
            return Ok(message);
        }
        let algorithm = match fault {
            Logout::Sha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Logout::Hmac => "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            Logout::AlgorithmUnknown => "urn:example:rsa-sha256",
            _ => RSA_SHA256,
        };
        let algorithm = self.parameter("SigAlg", algorithm.to_owned());
        let mut signed = format!("{message}&{algorithm}");
        if fault == Logout::LowerCaseEscapes {
            signed = lower_case_escapes(&signed);
        }
        let mut value = self.signature(fault, signed.as_bytes())?;
        match fault {
            Logout::SignatureCut => value.truncate(value.len().saturating_sub(8)),
            Logout::SignatureEmpty => value.clear(),
            Logout::RelayStateAdded => signed.push_str("&RelayState=added"),
            Logout::MessageTwice => {
                let other = Self { name_id: "nobody", ..*self }.request(Logout::Honest);
                let other = self.parameter("SAMLRequest", STANDARD.encode(deflated(other.as_bytes())));
                signed = format!("{other}&{signed}");
            }
            _ => {}
        }
        let signature = self.parameter("Signature", STANDARD.encode(value));
        Ok(format!("{signed}&{signature}"))
    }

    fn parameter(&self, name: &str, value: String) -> String {
        let value: String = byte_serialize(value.as_bytes()).collect();
        format!("{name}={value}")
    }

    /// In the shape of Entra's.
    fn request(&self, fault: Logout) -> String {
        let (twin, now) = (self.twin, self.twin.now());
        let issued = if fault == Logout::Old { now - Duration::days(1) } else { now };
        let until = match fault {
            Logout::Expired => Some(now - Duration::minutes(10)),
            Logout::Old => None,
            _ => Some(now + Duration::hours(1)),
        };
        let issuer = match fault {
            Logout::OtherIssuer => "https://sts.windows.net/99999999-2222-4333-8444-555555555555/".to_owned(),
            _ => twin.tenant().issuer(),
        };
        let destination = match fault {
            Logout::OtherDestination => "https://other-sp.example.com/slo",
            _ => self.destination,
        };
        let space = if fault == Logout::Bomb { " ".repeat(20 * 1024 * 1024) } else { String::new() };
        let id = xml::attribute("ID", &format!("_{}", twin.guid()));
        let issued = xml::attribute("IssueInstant", &xml::time(issued));
        let destination = xml::attribute("Destination", destination);
        let until = xml::optional("NotOnOrAfter", until.map(xml::time).as_deref());
        let (issuer, name_id) = (xml::text(&issuer), xml::text(self.name_id));
        let index = xml::text(self.session_index);
        format!(
            "<samlp:LogoutRequest{id} Version=\"2.0\"{issued}{destination}{until} \
             xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</Issuer>{space}\
             <NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{name_id}</NameID>\
             <samlp:SessionIndex>{index}</samlp:SessionIndex></samlp:LogoutRequest>"
        )
    }

    fn signature(&self, fault: Logout, octets: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let own = &self.twin.app().signing;
        let key = match fault {
            Logout::Hmac => PKey::hmac(own.certificate())?,
            Logout::Stranger => PKey::private_key_from_der(&keys::stranger(self.twin)?.private_key)?,
            _ => PKey::private_key_from_der(own.private_key())?,
        };
        let digest = if fault == Logout::Sha1 { MessageDigest::sha1() } else { MessageDigest::sha256() };
        Ok(Signer::new(digest, &key)?.sign_oneshot_to_vec(octets)?)
    }
}

fn lower_case_escapes(query: &str) -> String {
    let mut pieces = query.split('%');
    let mut lower = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (escape, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        lower.push_str(&format!("%{}{rest}", escape.to_lowercase()));
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_alone_become_lower_case() {
        assert_eq!(lower_case_escapes("A=B%2BC%3D&D=%2F"), "A=B%2bC%3d&D=%2f");
        assert_eq!(lower_case_escapes("AB"), "AB");
    }
}
