//! Signatures by libxmlsec1, through samael.

use std::sync::{Mutex, PoisonError};

use samael::crypto::{
    AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoError, CryptoProvider, ReduceMode,
};

use crate::element::{Element, XMLDSIG};
use crate::{Certificate, Credential, SigningAlgorithm, xml};

/// An empty `Signature` for the element with this ID, in the shape that Entra uses.
///
/// Exclusive canonicalization, RSA-SHA256, one reference with the enveloped transform, one certificate.
pub(crate) fn template(id: &str, credential: &Credential) -> String {
    template_with(id, credential, SigningAlgorithm::Sha256)
}

/// The same with another digest.
pub(crate) fn template_with(id: &str, credential: &Credential, algorithm: SigningAlgorithm) -> String {
    let reference = xml::attribute("URI", &format!("#{id}"));
    let certificate = credential.certificate_base64();
    let (method, digest) = match algorithm {
        SigningAlgorithm::Sha256 => {
            ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256")
        }
        SigningAlgorithm::Sha1 => {
            ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1")
        }
    };
    format!(
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>\
         <CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <SignatureMethod Algorithm=\"{method}\"/>\
         <Reference{reference}><Transforms>\
         <Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></Transforms>\
         <DigestMethod Algorithm=\"{digest}\"/>\
         {EMPTY_DIGEST}</Reference></SignedInfo>{EMPTY_SIGNATURE}\
         <KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></Signature>"
    )
}

/// Fills the first [`template`] of a document.
///
/// libxmlsec1 computes the two values on its own reading of the text; what is sent stays our text, octet by octet.
/// An element whose signature comes later in the document is signed before it is put in.
///
/// # Errors
/// [`SignError`] if libxmlsec1 does not sign.
pub(crate) fn fill(document: &str, credential: &Credential) -> Result<String, SignError> {
    let signed = by_libxmlsec1(document, credential.private_key())?;
    let digest = first(&signed, "DigestValue").ok_or(SignError::NoValue { element: "DigestValue" })?;
    let signature =
        first(&signed, "SignatureValue").ok_or(SignError::NoValue { element: "SignatureValue" })?;
    Ok(document.replacen(EMPTY_DIGEST, &format!("<DigestValue>{digest}</DigestValue>"), 1).replacen(
        EMPTY_SIGNATURE,
        &format!("<SignatureValue>{signature}</SignatureValue>"),
        1,
    ))
}

/// The document with the first signature of it filled, in the spelling of libxmlsec1; the key is PKCS#8 DER.
///
/// # Errors
/// [`SignError::Refused`] if libxmlsec1 does not sign.
pub(crate) fn by_libxmlsec1(document: &str, private_key: &[u8]) -> Result<String, SignError> {
    // libxmlsec1 and libxml2 keep global state: one signature at a time.
    let _one = LIBXMLSEC1.lock().unwrap_or_else(PoisonError::into_inner);
    Crypto::sign_xml(document, private_key).map_err(SignError::from_libxmlsec1)
}

/// The octets that one of these keys signed in a document; `None` if no signature holds, or not exactly one is there.
///
/// RSA with SHA-256 counts, and with SHA-1 where weak algorithms are allowed.
pub(crate) fn signed_octets(
    xml: &str,
    root: &Element,
    certificates: &[Certificate],
    weak: bool,
) -> Option<String> {
    let signature = root.child(XMLDSIG, "Signature")?.child(XMLDSIG, "SignedInfo")?;
    let strong = [AllowedSignatureAlgorithm::RsaSha256];
    // samael has no name for RSA with SHA-1: it takes each algorithm or those of a list.
    let allowed = match signature.child(XMLDSIG, "SignatureMethod")?.attribute("Algorithm")? {
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1" if weak => None,
        _ => Some(strong.as_slice()),
    };
    let certificates: Vec<CertificateDer> =
        certificates.iter().map(|certificate| certificate.der().to_vec().into()).collect();
    let _one = LIBXMLSEC1.lock().unwrap_or_else(PoisonError::into_inner);
    Crypto::reduce_xml_to_signed_with_allowed_algorithms(xml, &certificates, ReduceMode::PreDigest, allowed)
        .ok()
}

/// A message cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// libxmlsec1 refused: the key is not RSA in PKCS#8, or the text is not XML at all.
    #[error("libxmlsec1 does not sign: is the private key of the application PKCS#8 PEM?")]
    Refused {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// OpenSSL refused: the key or a certificate is none, or not RSA.
    #[error("OpenSSL does not sign or encrypt: is each key RSA, in PKCS#8 PEM?")]
    Key {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Encryption is on, and nobody said for whom.
    #[error(
        "encryption is on and there is no certificate to encrypt for: import the service provider's metadata"
    )]
    NoCertificate,
    /// libxmlsec1 signed something else than our template.
    #[error("expected a filled {element} from libxmlsec1, got none")]
    NoValue {
        /// The empty element.
        element: &'static str,
    },
}

impl SignError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "sign-refused",
            Self::Key { .. } => "sign-key",
            Self::NoCertificate => "sign-no-certificate",
            Self::NoValue { .. } => "sign-no-value",
        }
    }

    pub(crate) fn from_openssl(error: openssl::error::ErrorStack) -> Self {
        Self::Key { source: Box::new(error) }
    }

    fn from_libxmlsec1(error: CryptoError) -> Self {
        Self::Refused { source: Box::new(error) }
    }
}

const EMPTY_DIGEST: &str = "<DigestValue></DigestValue>";
const EMPTY_SIGNATURE: &str = "<SignatureValue></SignatureValue>";

static LIBXMLSEC1: Mutex<()> = Mutex::new(());

/// The text of the first element of this name, without the line breaks that libxmlsec1 puts into base64.
fn first(xml: &str, element: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{element}>"))?;
    let (value, _) = rest.split_once(&format!("</{element}>"))?;
    let value: String = value.split_whitespace().collect();
    (!value.is_empty()).then_some(value)
}
