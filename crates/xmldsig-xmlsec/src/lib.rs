//! What does libxmlsec1 say of the same message?
//!
//! [`Xmlsec`] is a [`SecondOpinion`]: it judges a message that `landfall-xmldsig` has believed, shares no code with it,
//! and can only refuse.
//! It is the only crate of the workspace with C code behind it that reads XML, through samael's bindings.
//!
//! # Security
//! Give it nothing that has not passed everything else.
//! libxmlsec1 follows references to other places, and libxml2 reads documents that are not well-formed;
//! neither can happen to a message whose signatures have the one shape that the verifier admits.

use landfall_xmldsig::{
    Document, Limits, Opinion, Question, SecondOpinion, SignatureAlgorithm, SignedXml, XMLDSIG_NAMESPACE,
};
use samael::crypto::{CertificateDer, Crypto, CryptoError, CryptoProvider, ReduceMode};

/// libxmlsec1 as a second opinion.
///
/// ```
/// use landfall_xmldsig::{
///     AlgorithmPolicy, Certificate, Document, Limits, Opinion, Question, SecondOpinion, SignaturePlace, Signer, SigningKey,
///     TrustedKeys, Verifier,
/// };
/// use landfall_xmldsig_xmlsec::Xmlsec;
///
/// # let (certificate, key) = (include_str!("../../xmldsig/tests/keys/signer.crt.pem"), include_str!("../../xmldsig/tests/keys/signer.key.pem"));
/// let certificate = Certificate::from_pem(certificate)?;
/// let key = SigningKey::from_pem(key, certificate.clone())?;
/// let message = key.sign_element("<message ID='m1'><to>B.Simon</to></message>", "m1", SignaturePlace::First)?;
///
/// let keys = TrustedKeys::new([certificate])?;
/// let document = Document::parse(message.as_bytes(), &Limits::message())?;
/// let signed = [Verifier::new(&keys, AlgorithmPolicy::strict()).verify(document.root())?];
///
/// let question = Question { document: message.as_bytes(), keys: &keys, signed: &signed };
/// assert_eq!(Xmlsec.judge(&question), Opinion::Agree);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Xmlsec;

impl SecondOpinion for Xmlsec {
    fn judge(&self, question: &Question<'_>) -> Opinion {
        let Some(outermost) = question.signed.first() else {
            return Opinion::Disagree { found: "no signature was verified".to_owned() };
        };
        let document = match Document::parse(question.document, &Limits::message()) {
            Ok(document) => document,
            Err(error) => return Opinion::Disagree { found: error.to_string() },
        };
        if signatures(&document) > question.signed.len() {
            return Opinion::Inconclusive {
                reason: "it carries a signature that is not the identity provider's to judge",
            };
        }
        if question.signed.iter().any(|signed| is_unknown(signed.algorithm())) {
            return Opinion::Inconclusive { reason: "it knows neither RSA-PSS nor Ed25519" };
        }
        let keys = keys(question);
        if keys.is_empty() {
            return Opinion::Inconclusive { reason: "its signatures are made with keys of different kinds" };
        }
        match Crypto::reduce_xml_to_signed(document.source(), &keys, ReduceMode::PreDigest) {
            Ok(octets) if octets.as_bytes() == outermost.octets() => Opinion::Agree,
            Ok(_) => Opinion::Disagree { found: "other octets are signed".to_owned() },
            Err(CryptoError::InvalidSignature) => {
                Opinion::Disagree { found: "a signature does not hold".to_owned() }
            }
            Err(error) => Opinion::Disagree { found: error.to_string() },
        }
    }
}

/// How many signatures stand anywhere in a document: libxmlsec1 is given each of them.
fn signatures(document: &Document<'_>) -> usize {
    let all = document.root().descendants();
    all.filter(|element| element.is(XMLDSIG_NAMESPACE, "Signature")).count()
}

/// Whether libxmlsec1 has no such algorithm, as of 1.2: asked all the same, it would say that the message is bad.
fn is_unknown(algorithm: SignatureAlgorithm) -> bool {
    matches!(
        algorithm,
        SignatureAlgorithm::RsaPssSha256
            | SignatureAlgorithm::RsaPssSha384
            | SignatureAlgorithm::RsaPssSha512
            | SignatureAlgorithm::Ed25519
    )
}

/// The trusted certificates whose keys fit every signature: at a key of another kind libxmlsec1 gives up.
fn keys(question: &Question<'_>) -> Vec<CertificateDer> {
    let fits =
        |signed: &SignedXml, algorithms: &[SignatureAlgorithm]| algorithms.contains(&signed.algorithm());
    let certificates = question.keys.certificates().iter();
    let usable = certificates.filter(|certificate| {
        let algorithms: Vec<_> = certificate.algorithms().collect();
        question.signed.iter().all(|signed| fits(signed, &algorithms))
    });
    usable.map(|certificate| certificate.der().to_vec().into()).collect()
}
