//! Signatures on the query of the redirect binding [saml-bindings 3.4.4.1].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::{Signer, Verifier};
use std::io::Write as _;
use url::form_urlencoded::{byte_serialize, parse};

use crate::{Certificate, Credential, Escapes, SignError};

/// RSA with SHA-256, what Entra signs a query with and demands of one.
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// RSA with SHA-1, Entra's "weak algorithms".
const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";

/// An address with a message in its query, and the signature on it.
///
/// The parameters stand in the order of the standard; a RelayState that is not sent is not signed.
///
/// # Errors
/// [`SignError::Key`] if the private key is none.
pub(crate) fn signed(
    location: &str,
    (parameter, xml): (&str, &str),
    relay_state: Option<&str>,
    credential: &Credential,
    escapes: Escapes,
) -> Result<String, SignError> {
    let message = escaped(&deflated(xml), escapes);
    let relay_state =
        relay_state.map_or_else(String::new, |state| format!("&RelayState={}", escaped(state, escapes)));
    let octets = format!("{parameter}={message}{relay_state}&SigAlg={}", escaped(RSA_SHA256, escapes));
    let key = PKey::private_key_from_pkcs8(credential.private_key()).map_err(SignError::from_openssl)?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key).map_err(SignError::from_openssl)?;
    let signature = signer.sign_oneshot_to_vec(octets.as_bytes()).map_err(SignError::from_openssl)?;
    let signature = escaped(&STANDARD.encode(signature), escapes);
    let joint = if location.contains('?') { '&' } else { '?' };
    Ok(format!("{location}{joint}{octets}&Signature={signature}"))
}

/// Raw DEFLATE in base64, as the redirect binding has it.
fn deflated(xml: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let written = encoder.write_all(xml.as_bytes()).and_then(|()| encoder.finish());
    STANDARD.encode(written.unwrap_or_default())
}

/// A value in a query; .NET, and so Entra, writes a blank as `+`.
fn escaped(value: &str, escapes: Escapes) -> String {
    let pieces = byte_serialize(value.as_bytes());
    match escapes {
        Escapes::UpperCase => pieces.collect(),
        Escapes::LowerCase => pieces
            .map(|piece| if piece.starts_with('%') { piece.to_lowercase() } else { piece.to_owned() })
            .collect(),
    }
}

/// A signature that came beside a message in a query.
pub(crate) struct QuerySignature {
    octets: String,
    algorithm: String,
    value: Vec<u8>,
}

impl QuerySignature {
    /// The signature in a query, exactly as it came; `None` if there is none that can be read.
    ///
    /// A parameter that stands there twice, or whose name is escaped, is one that others may read otherwise:
    /// then there is no signature either.
    pub(crate) fn find(query: &str, parameter: &str) -> Option<Self> {
        let pairs = || query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        for name in [parameter, "RelayState", "SigAlg", "Signature"] {
            let mut named = pairs().map(|(key, _)| key).filter(|key| decoded(key) == name);
            if named.next().is_some_and(|key| key != name) || named.next().is_some() {
                return None;
            }
        }
        let raw = |name: &str| pairs().find(|(key, _)| *key == name).map(|(_, value)| value);
        let (message, algorithm) = (raw(parameter)?, raw("SigAlg")?);
        let relay_state = raw("RelayState").map_or_else(String::new, |state| format!("&RelayState={state}"));
        let octets = format!("{parameter}={message}{relay_state}&SigAlg={algorithm}");
        let base64: String = decoded(raw("Signature")?).split_whitespace().collect();
        Some(Self { octets, algorithm: decoded(algorithm), value: STANDARD.decode(base64).ok()? })
    }

    /// Whether one of these keys made it; RSA with SHA-1 counts where weak algorithms are allowed.
    pub(crate) fn holds(&self, certificates: &[Certificate], weak: bool) -> bool {
        let digest = match self.algorithm.as_str() {
            RSA_SHA256 => MessageDigest::sha256(),
            RSA_SHA1 if weak => MessageDigest::sha1(),
            _ => return false,
        };
        certificates.iter().any(|certificate| {
            let key = certificate.x509().and_then(|x509| x509.public_key());
            // Another kind of key cannot have made a signature of RSA.
            key.is_ok_and(|key| {
                key.rsa().is_ok()
                    && Verifier::new(digest, &key)
                        .and_then(|mut verifier| verifier.verify_oneshot(&self.value, self.octets.as_bytes()))
                        .unwrap_or(false)
            })
        })
    }
}

fn decoded(value: &str) -> String {
    let field = format!("v={value}");
    let pair = parse(field.as_bytes()).next();
    pair.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    const XML: &str =
        "<a>text that is long enough to have plus and slash in its base64: \u{e4}\u{f6}\u{fc}</a>";

    fn url(relay_state: Option<&str>, escapes: Escapes) -> String {
        let credential = Seed::Contoso.app().unwrap().signing;
        signed("https://sp.example.com/slo", ("SAMLRequest", XML), relay_state, &credential, escapes).unwrap()
    }

    fn certificates(seed: Seed) -> Vec<Certificate> {
        vec![Certificate::from_der(seed.app().unwrap().signing.certificate().to_vec()).unwrap()]
    }

    #[track_caller]
    fn holds(url: &str, seed: Seed) -> bool {
        let query = url.split_once('?').unwrap().1;
        QuerySignature::find(query, "SAMLRequest").unwrap().holds(&certificates(seed), false)
    }

    #[test]
    fn what_is_signed_holds_as_it_was_written_and_by_its_key_alone() {
        for escapes in [Escapes::UpperCase, Escapes::LowerCase] {
            for relay_state in [None, Some("a state/+&=\u{e9}")] {
                let url = url(relay_state, escapes);
                assert!(holds(&url, Seed::Contoso) && !holds(&url, Seed::Fabrikam));
                assert_eq!(url.contains("RelayState"), relay_state.is_some());
            }
        }
        let url = url(Some("state"), Escapes::UpperCase);
        for (from, to) in
            [("RelayState=state", "RelayState=State"), ("%3A", "%3a"), ("SAMLRequest=", "SAMLRequest=A")]
        {
            let altered = url.replacen(from, to, 1);
            assert!(altered != url && !holds(&altered, Seed::Contoso), "{from}");
        }
    }

    #[test]
    fn escapes_are_written_as_the_setting_has_them() {
        let (upper, lower) = (url(None, Escapes::UpperCase), url(None, Escapes::LowerCase));
        assert!(upper.contains("SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256"));
        assert!(lower.contains("SigAlg=http%3a%2f%2fwww.w3.org%2f2001%2f04%2fxmldsig-more%23rsa-sha256"));
        assert_eq!(decoded("a+b%2f%2F"), "a b//");
    }

    #[test]
    fn sha1_and_other_algorithms_count_only_where_they_may() {
        let key = PKey::private_key_from_pkcs8(Seed::Contoso.app().unwrap().signing.private_key()).unwrap();
        let with = |name: &str, digest| {
            let octets = format!("SAMLRequest=a&SigAlg={}", escaped(name, Escapes::UpperCase));
            let value = Signer::new(digest, &key).unwrap().sign_oneshot_to_vec(octets.as_bytes()).unwrap();
            QuerySignature { octets, algorithm: name.to_owned(), value }
        };
        let trusted = certificates(Seed::Contoso);
        let (strong, weak) =
            (with(RSA_SHA256, MessageDigest::sha256()), with(RSA_SHA1, MessageDigest::sha1()));
        assert_eq!((strong.holds(&trusted, false), strong.holds(&trusted, true)), (true, true));
        assert_eq!((weak.holds(&trusted, false), weak.holds(&trusted, true)), (false, true));
        let sha512 = with("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", MessageDigest::sha512());
        assert!(!sha512.holds(&trusted, true));
    }

    #[test]
    fn a_parameter_is_there_once_and_in_plain_letters() {
        let all = "SAMLRequest=a&RelayState=c&SigAlg=b&Signature=AA%3D%3D";
        assert!(QuerySignature::find(all, "SAMLRequest").is_some());
        assert!(QuerySignature::find(&format!("{all}&other=1&other=2"), "SAMLRequest").is_some());
        for name in ["SAMLRequest", "RelayState", "SigAlg", "Signature"] {
            let escaped = name.replacen('S', "%53", 1).replacen('R', "%52", 1);
            for other in [
                format!("{name}=x&{all}"),
                format!("{all}&{name}=x"),
                format!("{all}&{name}"),
                format!("{escaped}=x&{all}"),
            ] {
                assert!(QuerySignature::find(&other, "SAMLRequest").is_none(), "{other}");
            }
            assert!(QuerySignature::find(&all.replace(name, &escaped), "SAMLRequest").is_none(), "{name}");
        }
    }

    #[test]
    fn without_all_its_parts_there_is_no_signature() {
        let all = "SAMLRequest=a&SigAlg=b&Signature=AA%3D%3D";
        assert!(QuerySignature::find(all, "SAMLRequest").is_some());
        assert!(QuerySignature::find(all, "SAMLResponse").is_none());
        for part in ["SAMLRequest=a", "SigAlg=b", "Signature=AA%3D%3D", "AA%3D%3D"] {
            assert!(QuerySignature::find(&all.replace(part, "x=*"), "SAMLRequest").is_none(), "{part}");
        }
    }
}
