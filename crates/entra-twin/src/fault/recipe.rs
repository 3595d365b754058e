//! How a message is signed, part by part, so that each part can be another one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::ForgeError;
use super::cut::{AssertionParts, Parts, before, behind, replaced};
use super::keys::Pair;
use crate::{SigningAlgorithm, SigningOption, Twin, sign, xml};

pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const RSA_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(super) const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Which parts are signed, and how.
#[derive(Clone)]
pub(crate) struct Recipe {
    pub(super) assertion: Option<Signing>,
    pub(super) response: Option<Signing>,
}

/// One Signature.
#[derive(Clone)]
pub(crate) struct Signing {
    /// PKCS#8 DER.
    pub(super) private_key: Vec<u8>,
    /// How SignedInfo is canonicalized.
    pub(super) c14n: &'static str,
    /// Algorithm of SignatureMethod.
    pub(super) method: &'static str,
    /// What stands inside SignatureMethod.
    pub(super) parameters: &'static str,
    pub(super) references: Vec<Reference>,
    /// All of KeyInfo, or nothing.
    pub(super) key_info: String,
    /// What libxmlsec1 does not compute with the private key.
    pub(super) by_hand: Option<ByHand>,
    /// What is done to the Signature before its value is computed by hand.
    pub(super) rewrite: Option<Rewrite>,
}

/// An edit of a text.
pub(super) type Rewrite = fn(&str) -> Result<String, ForgeError>;

/// One Reference.
#[derive(Clone)]
pub(crate) struct Reference {
    /// With `{id}` for the ID of the signed element and `{assertion}` for that of the assertion; `None` writes no URI.
    pub(super) uri: Option<String>,
    /// The Transform elements.
    pub(super) transforms: String,
    /// Algorithm of DigestMethod.
    pub(super) digest: &'static str,
}

/// A signature value over the canonical SignedInfo.
#[derive(Clone)]
pub(super) enum ByHand {
    /// HMAC with SHA-256, cut to so many octets.
    Hmac { key: Vec<u8>, octets: usize },
    /// RSA PKCS#1 v1.5 with this digest, whatever SignatureMethod says.
    Rsa(MessageDigest),
}

impl Recipe {
    /// As Entra signs.
    pub(crate) fn of(twin: &Twin, option: SigningOption) -> Self {
        let signs = |part| (option == part || option == SigningOption::Both).then(|| Signing::of(twin));
        Self { assertion: signs(SigningOption::Assertion), response: signs(SigningOption::Response) }
    }

    /// Each Signature that is made.
    pub(super) fn each(&mut self) -> impl Iterator<Item = &mut Signing> {
        [&mut self.assertion, &mut self.response].into_iter().flatten()
    }

    /// Signs a response that has no signature: first the assertion, then what is around it.
    ///
    /// # Errors
    /// [`ForgeError`] if it is no response of the double, or libxmlsec1 does not sign.
    pub(crate) fn sign(&self, response: &str) -> Result<String, ForgeError> {
        self.sign_around(response, |assertion| Ok(assertion.to_owned()))
    }

    /// The same with something in place of the assertion, made of it when it is signed: of an encrypted one for instance.
    ///
    /// # Errors
    /// As [`Recipe::sign`], or what `seal` says.
    pub(super) fn sign_around(
        &self,
        response: &str,
        seal: impl FnOnce(&str) -> Result<String, ForgeError>,
    ) -> Result<String, ForgeError> {
        let mut parts = Parts::of(response)?;
        let mut assertion_id = String::new();
        // Some failures carry none.
        if !parts.assertion.is_empty() {
            let assertion = AssertionParts::of(&parts.assertion)?;
            assertion_id = assertion.id()?.to_owned();
            if let Some(signing) = &self.assertion {
                // In its place: some canonicalizations depend on what is around.
                let fill = |signature: &str| {
                    let signature = signature.to_owned();
                    let assertion = AssertionParts { signature, ..assertion.clone() }.whole();
                    Parts { assertion, ..parts.clone() }.whole()
                };
                let signature = signing.fill(fill, &assertion_id, &assertion_id)?;
                parts.assertion = AssertionParts { signature, ..assertion }.whole();
            }
            parts.assertion = seal(&parts.assertion)?;
        }
        if let Some(signing) = &self.response {
            let id = parts.id()?.to_owned();
            let fill = |signature: &str| Parts { signature: signature.to_owned(), ..parts.clone() }.whole();
            parts.signature = signing.fill(fill, &id, &assertion_id)?;
        }
        Ok(parts.whole())
    }
}

/// Signs an assertion that is signed already; the second Signature covers the first one and stands before it, so that
/// it holds for whoever looks at it alone.
///
/// # Errors
/// As [`Recipe::sign`].
pub(super) fn signed_again(twin: &Twin, response: &str) -> Result<String, ForgeError> {
    let parts = Parts::of(response)?;
    let assertion = AssertionParts::of(&parts.assertion)?;
    let id = assertion.id()?.to_owned();
    let fill = |signature: &str| {
        let signature = format!("{signature}{}", assertion.signature);
        let assertion = AssertionParts { signature, ..assertion.clone() }.whole();
        Parts { assertion, ..parts.clone() }.whole()
    };
    Ok(fill(&Signing::of(twin).fill(fill, &id, &id)?))
}

impl Signing {
    /// As the double signs now.
    fn of(twin: &Twin) -> Self {
        let pair = Pair::from(twin.signing());
        let (method, digest) = match twin.app().algorithm {
            SigningAlgorithm::Sha256 => (RSA_SHA256, SHA256),
            SigningAlgorithm::Sha1 => (RSA_SHA1, SHA1),
        };
        Self {
            key_info: x509_data(&pair.certificate),
            private_key: pair.private_key,
            c14n: EXCLUSIVE,
            method,
            parameters: "",
            references: vec![Reference { digest, ..Reference::honest() }],
            by_hand: None,
            rewrite: None,
        }
    }

    /// Signs with this key, and names this certificate.
    pub(super) fn take(&mut self, pair: &Pair) {
        self.private_key.clone_from(&pair.private_key);
        self.key_info = x509_data(&pair.certificate);
    }

    /// The Signature for its place in a document, which `document` puts there.
    fn fill(
        &self,
        document: impl Fn(&str) -> String,
        id: &str,
        assertion_id: &str,
    ) -> Result<String, ForgeError> {
        // What is made by hand takes the digests of libxmlsec1, whose own signature value is dropped.
        let asked = if self.by_hand.is_some() { self.plain() } else { self.clone() };
        let asked = asked.template(id, assertion_id);
        let signed = sign::by_libxmlsec1(&document(&asked), &self.private_key)?;
        let (_, rest) = behind(&signed, "<SignedInfo")?;
        let (signed_info, rest) = before(rest, "</SignedInfo>")?;
        let mut signature = self.template(id, assertion_id);
        for digest in signed_info.split("<DigestValue>").skip(1) {
            let (digest, _) = before(digest, "</DigestValue>")?;
            // As it stands, line breaks too: the signature covers them.
            signature = replaced(&signature, EMPTY_DIGEST, &format!("<DigestValue>{digest}</DigestValue>"))?;
        }
        if let Some(rewrite) = self.rewrite {
            signature = rewrite(&signature)?;
        }
        let value = match &self.by_hand {
            None => packed(super::cut::between(rest, "<SignatureValue>", "</SignatureValue>")?),
            Some(by_hand) => by_hand.value(&self.private_key, &canonical_signed_info(&signature)?)?,
        };
        replaced(&signature, EMPTY_VALUE, &format!("<SignatureValue>{value}</SignatureValue>"))
    }

    /// What libxmlsec1 signs in place of this: the same digests, of what is there.
    fn plain(&self) -> Self {
        let uri = Reference::honest().uri;
        let references =
            self.references.iter().map(|one| Reference { uri: uri.clone(), ..one.clone() }).collect();
        Self { method: RSA_SHA256, parameters: "", references, ..self.clone() }
    }

    fn template(&self, id: &str, assertion_id: &str) -> String {
        let c14n = algorithm("CanonicalizationMethod", self.c14n, "");
        let method = algorithm("SignatureMethod", self.method, self.parameters);
        let references: String =
            self.references.iter().map(|reference| reference.write(id, assertion_id)).collect();
        let key_info = &self.key_info;
        format!(
            "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>{c14n}{method}{references}\
             </SignedInfo>{EMPTY_VALUE}{key_info}</Signature>"
        )
    }
}

impl Reference {
    pub(super) fn honest() -> Self {
        let transforms = [transform(ENVELOPED, ""), transform(EXCLUSIVE, "")].concat();
        Self { uri: Some("#{id}".to_owned()), transforms, digest: SHA256 }
    }

    fn write(&self, id: &str, assertion_id: &str) -> String {
        let uri = self.uri.as_ref().map(|uri| uri.replace("{id}", id).replace("{assertion}", assertion_id));
        let uri = xml::optional("URI", uri.as_deref());
        let (transforms, digest) = (&self.transforms, algorithm("DigestMethod", self.digest, ""));
        format!("<Reference{uri}><Transforms>{transforms}</Transforms>{digest}{EMPTY_DIGEST}</Reference>")
    }
}

impl ByHand {
    fn value(&self, private_key: &[u8], signed_info: &str) -> Result<String, ForgeError> {
        let value = match self {
            Self::Hmac { key, octets } => {
                let key = PKey::hmac(key)?;
                let mut mac = Signer::new(MessageDigest::sha256(), &key)?
                    .sign_oneshot_to_vec(signed_info.as_bytes())?;
                mac.truncate(*octets);
                mac
            }
            Self::Rsa(digest) => {
                let key = PKey::private_key_from_der(private_key)?;
                Signer::new(*digest, &key)?.sign_oneshot_to_vec(signed_info.as_bytes())?
            }
        };
        Ok(STANDARD.encode(value))
    }
}

/// KeyInfo with one certificate.
pub(super) fn x509_data(certificate: &[u8]) -> String {
    let certificate = STANDARD.encode(certificate);
    format!("<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>")
}

/// A Transform, with its content.
pub(super) fn transform(uri: &str, content: &str) -> String {
    algorithm("Transform", uri, content)
}

fn algorithm(element: &str, uri: &str, content: &str) -> String {
    let uri = xml::attribute("Algorithm", uri);
    if content.is_empty() {
        format!("<{element}{uri}/>")
    } else {
        format!("<{element}{uri}>{content}</{element}>")
    }
}

/// The octets of SignedInfo under exclusive canonicalization: our templates have one attribute an element and no comment.
fn canonical_signed_info(signature: &str) -> Result<String, ForgeError> {
    let (_, rest) = behind(signature, "<SignedInfo>")?;
    let (content, _) = before(rest, "</SignedInfo>")?;
    let mut canonical = String::from("<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">");
    let mut pieces = content.split("/>").peekable();
    while let Some(piece) = pieces.next() {
        canonical.push_str(piece);
        if pieces.peek().is_some() {
            let name = piece.rsplit('<').next().unwrap_or_default().split(' ').next().unwrap_or_default();
            canonical.push_str(&format!("></{name}>"));
        }
    }
    canonical.push_str("</SignedInfo>");
    Ok(canonical)
}

/// libxmlsec1 breaks base64 into lines.
fn packed(base64: &str) -> String {
    base64.split_whitespace().collect()
}

const EMPTY_DIGEST: &str = "<DigestValue></DigestValue>";
const EMPTY_VALUE: &str = "<SignatureValue></SignatureValue>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_info_is_canonical() {
        let signature = "<Signature><SignedInfo><A x=\"1\"/><B><C y=\"2\"/></B></SignedInfo></Signature>";
        assert_eq!(
            canonical_signed_info(signature).unwrap(),
            "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><A x=\"1\"></A><B><C y=\"2\"></C></B></SignedInfo>"
        );
    }
}
