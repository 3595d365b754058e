//! Signatures by libxmlsec1, through samael.

use std::sync::{Mutex, PoisonError};

use samael::crypto::{Crypto, CryptoError, CryptoProvider};

use crate::{Credential, xml};

/// An empty `Signature` for the element with this ID, in the shape that Entra uses.
///
/// Exclusive canonicalization, RSA-SHA256, one reference with the enveloped transform, one certificate.
pub(crate) fn template(id: &str, credential: &Credential) -> String {
    let reference = xml::attribute("URI", &format!("#{id}"));
    let certificate = credential.certificate_base64();
    format!(
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo>\
         <CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         <Reference{reference}><Transforms>\
         <Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></Transforms>\
         <DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
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
    let signed = {
        // libxmlsec1 and libxml2 keep global state: one signature at a time.
        let _one = LIBXMLSEC1.lock().unwrap_or_else(PoisonError::into_inner);
        Crypto::sign_xml(document, credential.private_key()).map_err(SignError::from_libxmlsec1)?
    };
    let digest = first(&signed, "DigestValue").ok_or(SignError::NoValue { element: "DigestValue" })?;
    let signature =
        first(&signed, "SignatureValue").ok_or(SignError::NoValue { element: "SignatureValue" })?;
    Ok(document.replacen(EMPTY_DIGEST, &format!("<DigestValue>{digest}</DigestValue>"), 1).replacen(
        EMPTY_SIGNATURE,
        &format!("<SignatureValue>{signature}</SignatureValue>"),
        1,
    ))
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
