//! Faults of a LogoutRequest in the redirect binding, which is how Entra ends sessions elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;
use time::Duration;
use url::form_urlencoded::byte_serialize;

use super::cut::{behind, between, replaced};
use super::form::{MOST_BLANKS, deflated};
use super::recipe::{RSA_SHA1, RSA_SHA256};
use super::{Edit, Fault, ForgeError, keys};
use crate::{LogoutFormat, LogoutName, LogoutRequest, Twin, User, pairwise, xml};

pub(super) const FAULTS: &[Fault] = &[
    HONEST,
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
    Fault::refuse("logout-twice-unsigned-first", "C12", Edit::Logout(Logout::UnsignedFirst)),
    Fault::refuse("logout-twice-unsigned-last", "C12", Edit::Logout(Logout::UnsignedLast)),
    Fault::refuse("logout-of-somebody-else", "E19", Edit::Logout(Logout::SomebodyElse)),
    Fault::refuse("logout-algorithm-unknown", "C11", Edit::Logout(Logout::AlgorithmUnknown)),
    Fault::refuse("logout-signature-sha1", "C9", Edit::Logout(Logout::Sha1)),
    Fault::refuse("logout-hmac-of-the-certificate", "C1", Edit::Logout(Logout::Hmac)),
    Fault::refuse("logout-deflate-bomb", "D6", Edit::Logout(Logout::Bomb)),
];

/// What each of the others is without its fault.
pub(super) const HONEST: Fault = Fault::accept("logout", "E19", Edit::Logout(Logout::Honest));

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
    /// An unsigned message about the session stands before a signed one about somebody else's.
    UnsignedFirst,
    /// It stands behind it.
    UnsignedLast,
    /// It names another person and another session.
    SomebodyElse,
    /// SigAlg is nobody's.
    AlgorithmUnknown,
    /// RSA with SHA-1.
    Sha1,
    /// A MAC with the certificate as its key.
    Hmac,
    /// Megabytes of white space inside, signed.
    Bomb,
}

/// A session that is to end.
#[derive(Clone, Copy)]
pub(crate) struct LogoutScene<'a> {
    pub(crate) twin: &'a Twin,
    /// Whose session it is.
    pub(crate) person: &'a User,
    /// The response that began it.
    pub(crate) login: &'a str,
    /// The SingleLogoutService of the service provider.
    pub(crate) destination: &'a str,
}

/// The text behind the `?`.
pub(crate) type Query = String;

impl LogoutScene<'_> {
    /// The query of a redirect that carries the request.
    ///
    /// # Errors
    /// [`ForgeError`] if the login is no response of the double, or OpenSSL does not sign.
    pub(crate) fn query(&self, fault: Logout) -> Result<Query, ForgeError> {
        let message = parameter("SAMLRequest", &packed(&self.request(fault)?));
        if fault == Logout::Unsigned {
            return Ok(message);
        }
        let algorithm = match fault {
            Logout::Sha1 => RSA_SHA1,
            Logout::Hmac => "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            Logout::AlgorithmUnknown => "urn:example:rsa-sha256",
            _ => RSA_SHA256,
        };
        let mut signed = format!("{message}&{}", parameter("SigAlg", algorithm));
        if fault == Logout::LowerCaseEscapes {
            signed = lower_case_escapes(&signed);
        }
        let mut value = self.signature(fault, signed.as_bytes())?;
        // What nobody signed is about the session.
        let unsigned =
            || Ok::<_, ForgeError>(parameter("SAMLRequest", &packed(&self.request(Logout::Honest)?)));
        match fault {
            Logout::SignatureCut => value.truncate(value.len().saturating_sub(8)),
            Logout::SignatureEmpty => value.clear(),
            Logout::RelayStateAdded => signed.push_str("&RelayState=added"),
            Logout::UnsignedFirst => signed = format!("{}&{signed}", unsigned()?),
            Logout::UnsignedLast => signed = format!("{signed}&{}", unsigned()?),
            _ => {}
        }
        Ok(format!("{signed}&{}", parameter("Signature", &STANDARD.encode(value))))
    }

    /// What Entra would send, with what is wrong in the message itself.
    pub(super) fn request(&self, fault: Logout) -> Result<String, ForgeError> {
        let (twin, now) = (self.twin, self.twin.now());
        let mut request = LogoutRequest::honest(twin, "", vec![self.session_index()?.to_owned()]);
        request.destination = Some(self.destination.to_owned());
        request.name_id = match twin.app().logout_name {
            LogoutName::SignOn => self.name_id()?.to_owned(),
            LogoutName::Pairwise => xml::text(&pairwise::id(twin, self.person)),
        };
        if twin.app().logout_format == LogoutFormat::SignOn {
            request.name_id_format = Some(between(self.login, "<NameID Format=\"", "\"")?.to_owned());
        }
        match fault {
            // What has ended had begun before.
            Logout::Expired => {
                request.issue_instant = now - Duration::minutes(6);
                request.not_on_or_after = Some(now - Duration::minutes(5));
            }
            Logout::Old => {
                request.issue_instant = now - Duration::days(1);
                request.not_on_or_after = None;
            }
            Logout::OtherIssuer => {
                request.issuer = "https://sts.windows.net/99999999-2222-4333-8444-555555555555/".to_owned();
            }
            Logout::OtherDestination => {
                request.destination = Some("https://other-sp.example.com/slo".to_owned());
            }
            // Whoever reads what is signed ends nothing.
            Logout::SomebodyElse | Logout::UnsignedFirst | Logout::UnsignedLast => {
                request.name_id = "somebody-else".to_owned();
                request.session_indexes = vec![format!("_{}", twin.guid())];
            }
            _ => {}
        }
        let text = request.write();
        match fault {
            Logout::Bomb => replaced(&text, "</Issuer>", &format!("</Issuer>{}", " ".repeat(MOST_BLANKS))),
            _ => Ok(text),
        }
    }

    fn session_index(&self) -> Result<&str, ForgeError> {
        between(self.login, " SessionIndex=\"", "\"")
    }

    fn name_id(&self) -> Result<&str, ForgeError> {
        between(behind(self.login, "<NameID")?.1, ">", "</NameID>")
    }

    fn signature(&self, fault: Logout, octets: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let own = self.twin.signing();
        let key = match fault {
            Logout::Hmac => PKey::hmac(own.certificate())?,
            Logout::Stranger => PKey::private_key_from_der(&keys::stranger(self.twin)?.private_key)?,
            _ => PKey::private_key_from_der(own.private_key())?,
        };
        let digest = if fault == Logout::Sha1 { MessageDigest::sha1() } else { MessageDigest::sha256() };
        Ok(Signer::new(digest, &key)?.sign_oneshot_to_vec(octets)?)
    }
}

/// As the redirect binding has it.
fn packed(message: &str) -> String {
    STANDARD.encode(deflated(message.as_bytes()))
}

fn parameter(name: &str, value: &str) -> String {
    let value: String = byte_serialize(value.as_bytes()).collect();
    format!("{name}={value}")
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
