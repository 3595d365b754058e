//! From an element and the trusted keys to the octets that one of them signed.

use std::fmt;

use crate::algorithm::{AlgorithmPolicy, SignatureAlgorithm};
use crate::base64::encode_base64;
use crate::certificate::Certificate;
use crate::document::Element;
use crate::reformat::{self, Bounds};
use crate::shape::{self, Reference, Signature};
use crate::{KeyFingerprint, TrustedKeys, VerifyError, canonicalize};

/// Says which octets a trusted key signed.
///
/// ```
/// use landfall_xmldsig::{AlgorithmPolicy, Certificate, Document, Limits, SignaturePlace, Signer, SigningKey, TrustedKeys, Verifier};
///
/// let certificate = Certificate::from_pem(include_str!("../tests/keys/signer.crt.pem"))?;
/// let key = SigningKey::from_pem(include_str!("../tests/keys/signer.key.pem"), certificate.clone())?;
/// let message = key.sign_element("<message ID='m1'><to>B.Simon</to></message>", "m1", SignaturePlace::First)?;
///
/// let keys = TrustedKeys::new([certificate])?;
/// let document = Document::parse(message.as_bytes(), &Limits::message())?;
/// let signed = Verifier::new(&keys, AlgorithmPolicy::strict()).verify(document.root())?;
/// assert_eq!(signed.octets(), br#"<message ID="m1"><to>B.Simon</to></message>"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'k> {
    keys: &'k TrustedKeys,
    policy: AlgorithmPolicy,
}

impl<'k> Verifier<'k> {
    /// A verifier that believes these keys and no other, made use of as the policy says.
    #[must_use]
    pub fn new(keys: &'k TrustedKeys, policy: AlgorithmPolicy) -> Self {
        Self { keys, policy }
    }

    /// Verifies the signature that stands as a direct child of `element` and refers to it by its `ID`.
    ///
    /// Structure is checked first, then the signature value, then the digest: the element is not canonicalized for a stranger [attack D8].
    /// A comment beside text and a processing instruction anywhere are refused before that [attack B5, B6].
    ///
    /// # Errors
    /// [`VerifyError`], which tells apart: no signature, another form, an algorithm refused, an unknown key,
    /// an altered SignedInfo, an altered element [attack C7].
    ///
    /// # Security
    /// What was verified is what is handed out: the canonical octets, without the signature itself.
    /// Read values from [`SignedXml::octets`] and from nothing else, never from `element` again.
    pub fn verify(&self, element: Element<'_>) -> Result<SignedXml, VerifyError> {
        if element.document().has_processing_instruction() {
            return Err(VerifyError::ProcessingInstruction);
        }
        if let Some(split) = element.split_text() {
            return Err(VerifyError::Comment { element: split.local_name().to_owned() });
        }
        let signature = shape::read(element, self.policy)?;
        let signer = self.signer(&signature)?;
        let octets = canonicalize(element, Some(signature.element), &signature.reference.c14n)?;
        // Octets with octets, of the same length [attack C8].
        let digest = signature.reference.algorithm.digest(&octets);
        if digest.as_ref() != signature.reference.digest.as_slice() {
            return Err(altered(&signature.reference, &octets, digest.as_ref()));
        }
        Ok(SignedXml { octets, signer: signer.fingerprint(), algorithm: signature.algorithm })
    }

    /// Verifies a signature that stands beside the octets it covers, as that of a query string does [saml-bindings 3.4.4.1].
    ///
    /// `algorithm` is the name that the sender gives; which key made the value is found by trying the trusted ones,
    /// since nothing names it.
    ///
    /// # Errors
    /// [`VerifyError::Algorithm`] for a name that is not in the list [attack C12], [`VerifyError::UnknownKey`] if no trusted key
    /// made the value over these octets.
    ///
    /// # Security
    /// Hand in the octets as they came, and read values from [`SignedOctets::octets`] alone.
    ///
    /// ```
    /// use landfall_xmldsig::{AlgorithmPolicy, Certificate, Signer, SigningKey, TrustedKeys, Verifier};
    ///
    /// let certificate = Certificate::from_pem(include_str!("../tests/keys/signer.crt.pem"))?;
    /// let key = SigningKey::from_pem(include_str!("../tests/keys/signer.key.pem"), certificate.clone())?;
    /// let value = key.sign(b"SAMLRequest=x&SigAlg=y")?;
    ///
    /// let keys = TrustedKeys::new([certificate])?;
    /// let verifier = Verifier::new(&keys, AlgorithmPolicy::strict());
    /// let signed = verifier.verify_octets(b"SAMLRequest=x&SigAlg=y", key.algorithm().uri(), &value)?;
    /// assert_eq!(signed.octets(), b"SAMLRequest=x&SigAlg=y");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verify_octets(
        &self,
        octets: &[u8],
        algorithm: &str,
        value: &[u8],
    ) -> Result<SignedOctets, VerifyError> {
        let refused = || VerifyError::Algorithm { place: "SigAlg", uri: algorithm.to_owned() };
        let algorithm = self.policy.signature(algorithm).ok_or_else(refused)?;
        let made = |certificate: &&Certificate| {
            let key = certificate.key_for(algorithm, self.policy);
            key.is_some_and(|key| key.verify_sig(octets, value).is_ok())
        };
        let signer = self.keys.certificates().iter().find(made);
        let signer = signer.ok_or_else(|| self.nobody(algorithm))?;
        Ok(SignedOctets { octets: octets.to_vec(), signer: signer.fingerprint() })
    }

    /// Why no trusted key made a value that names none.
    fn nobody(&self, algorithm: SignatureAlgorithm) -> VerifyError {
        let tried = self.keys.fingerprints();
        let mut certificates = self.keys.certificates().iter();
        if certificates.any(|certificate| certificate.key_for(algorithm, self.policy).is_some()) {
            return VerifyError::UnknownKey { tried, found: None };
        }
        match self.keys.certificates().first().map(|first| (first.fingerprint(), first.weakness())) {
            Some((named, Some(weakness))) => {
                VerifyError::WeakKey { named, weakness: weakness.clone(), tried }
            }
            Some((named, None)) => VerifyError::KeyKind { named, algorithm, tried },
            None => VerifyError::UnknownKey { tried, found: None },
        }
    }

    /// The trusted certificate whose key made the signature value; the one that the message names is tried first.
    fn signer(&self, signature: &Signature<'_>) -> Result<&'k Certificate, VerifyError> {
        let octets = canonicalize(signature.signed_info, None, &signature.signed_info_c14n)?;
        let made = |certificate: &&Certificate| {
            let key = certificate.key_for(signature.algorithm, self.policy);
            key.is_some_and(|key| key.verify_sig(&octets, &signature.value).is_ok())
        };
        let certificates = self.keys.certificates();
        // One key needs no hint: what the message names is read only if it did not sign.
        if let Some(only) = certificates.first().filter(|only| certificates.len() == 1 && made(only)) {
            return Ok(only);
        }
        let name = signature.named();
        let named = |certificate: &&Certificate| Some(certificate.fingerprint()) == name;
        let hinted = certificates.iter().find(named);
        let found =
            hinted.filter(made).or_else(|| certificates.iter().filter(|other| !named(other)).find(made));
        found.ok_or_else(|| self.stranger(hinted, name, signature, &octets))
    }

    /// Why no trusted key made a signature value.
    fn stranger(
        &self,
        hinted: Option<&Certificate>,
        name: Option<KeyFingerprint>,
        signature: &Signature<'_>,
        octets: &[u8],
    ) -> VerifyError {
        let tried = self.keys.fingerprints();
        let Some(hinted) = hinted else { return VerifyError::UnknownKey { tried, found: name } };
        let (named, algorithm) = (hinted.fingerprint(), signature.algorithm);
        if let Some(key) = hinted.key_for(algorithm, self.policy) {
            let is_signed = |guess: &[u8]| key.verify_sig(guess, &signature.value).is_ok();
            let cause = reformat::explain(octets, Bounds::SIGNATURE, is_signed);
            return VerifyError::SignatureValue { named, cause, tried };
        }
        match hinted.weakness() {
            Some(weakness) => VerifyError::WeakKey { named, weakness: weakness.clone(), tried },
            None => VerifyError::KeyKind { named, algorithm, tried },
        }
    }
}

/// What became of an element that a trusted key signed in another state.
fn altered(reference: &Reference<'_>, octets: &[u8], digest: &[u8]) -> VerifyError {
    let is_signed = |guess: &[u8]| reference.algorithm.digest(guess).as_ref() == reference.digest.as_slice();
    let cause = reformat::explain(octets, Bounds::DIGEST, is_signed);
    VerifyError::Digest { signed: encode_base64(&reference.digest), found: encode_base64(digest), cause }
}

/// XML that a trusted key signed, and nothing else [xmldsig 8.1.3], [attack A22].
///
/// Only [`Verifier::verify`] makes one.
#[derive(Clone)]
pub struct SignedXml {
    octets: Vec<u8>,
    signer: KeyFingerprint,
    algorithm: SignatureAlgorithm,
}

impl SignedXml {
    /// The canonical octets whose digest was signed: one element, without its own signature.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The certificate whose key signed.
    #[must_use]
    pub fn signer(&self) -> KeyFingerprint {
        self.signer
    }

    /// How it was signed.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

impl fmt::Debug for SignedXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The octets hold personal data.
        f.debug_struct("SignedXml").field("signer", &self.signer).field("bytes", &self.octets.len()).finish()
    }
}

/// Octets that a trusted key signed with a signature beside them, and nothing else.
///
/// Only [`Verifier::verify_octets`] makes them.
#[derive(Clone)]
pub struct SignedOctets {
    octets: Vec<u8>,
    signer: KeyFingerprint,
}

impl SignedOctets {
    /// What was signed.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The certificate whose key signed.
    #[must_use]
    pub fn signer(&self) -> KeyFingerprint {
        self.signer
    }
}

impl fmt::Debug for SignedOctets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The octets hold personal data.
        f.debug_struct("SignedOctets")
            .field("signer", &self.signer)
            .field("bytes", &self.octets.len())
            .finish()
    }
}
