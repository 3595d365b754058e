//! Faults of encrypted assertions: encryption hides, and proves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::pkey::PKey;
use openssl::rand::rand_bytes;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, encrypt_aead};
use openssl::x509::X509;

use super::cut::{AssertionParts, Parts};
use super::recipe::Recipe;
use super::{Edit, Fault, ForgeError, Scene, keys};
use crate::SigningOption::{self, Both, Response};

pub(super) const FAULTS: &[Fault] = &[
    ASSERTION_SIGNED,
    RESPONSE_SIGNED,
    BOTH_SIGNED,
    Fault::refuse("encrypted-unsigned", "C6", Edit::Encrypted(Encryption::Unsigned)),
    Fault::refuse("encrypted-cut", "C21", Edit::Encrypted(Encryption::Cut)),
    Fault::refuse("encrypted-changed", "C21", Edit::Encrypted(Encryption::Changed)),
    Fault::refuse("encrypted-without-tag", "C21", Edit::Encrypted(Encryption::WithoutTag)),
    Fault::refuse("encrypted-for-somebody-else", "C20", Edit::Encrypted(Encryption::OtherKey)),
    Fault::refuse("encrypted-with-rsa-1-5", "C20", Edit::Encrypted(Encryption::Pkcs1)),
    Fault::refuse("encrypted-beside-forged", "A5", Edit::Encrypted(Encryption::BesideForged)),
    Fault::refuse("encrypted-twice-side-by-side", "A5", Edit::Encrypted(Encryption::Twice)),
    Fault::refuse("encrypted-wrapped", "A5", Edit::Encrypted(Encryption::Wrapped)),
    Fault::refuse("encrypted-two-roots", "C23", Edit::Encrypted(Encryption::TwoRoots)),
    Fault::refuse("encrypted-doctype", "C23", Edit::Encrypted(Encryption::Doctype)),
    Fault::refuse("encrypted-by-reference", "C22", Edit::Encrypted(Encryption::ByReference)),
    Fault::refuse("encrypted-after-the-response-was-signed", "C7", Edit::Encrypted(Encryption::TooLate))
        .signed(Response),
];

const ASSERTION_SIGNED: Fault = Fault::accept("encrypted", "C6", Edit::Encrypted(Encryption::Honest));
const RESPONSE_SIGNED: Fault =
    Fault::accept("encrypted-response-signed", "C6", Edit::Encrypted(Encryption::Honest)).signed(Response);
const BOTH_SIGNED: Fault =
    Fault::accept("encrypted-both-signed", "C6", Edit::Encrypted(Encryption::Honest)).signed(Both);

/// The honest one with this signing option.
pub(super) fn honest(sign: SigningOption) -> &'static Fault {
    match sign {
        SigningOption::Assertion => &ASSERTION_SIGNED,
        Response => &RESPONSE_SIGNED,
        Both => &BOTH_SIGNED,
    }
}

/// What is done to the assertion before it is encrypted, or to what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Nothing.
    Honest,
    /// Whoever knows the certificate encrypts what he likes.
    Unsigned,
    /// The cipher text ends before its vector does.
    Cut,
    /// White space behind the assertion is another one: all that is signed is as it was.
    Changed,
    /// The tag of GCM is missing; what a reader may take for it was white space behind the assertion.
    WithoutTag,
    /// The key is for another certificate.
    OtherKey,
    /// The key is transported by RSA PKCS#1 v1.5.
    Pkcs1,
    /// A plain forged assertion stands before it.
    BesideForged,
    /// A second one is about somebody else and is signed by nobody.
    Twice,
    /// A forged assertion carries the genuine one.
    Wrapped,
    /// Two assertions are one plain text, the forged one first.
    TwoRoots,
    /// A DOCTYPE stands before the assertion.
    Doctype,
    /// The cipher text is to be fetched.
    ByReference,
    /// The signature of the Response is over the assertion in clear.
    TooLate,
}

impl Encryption {
    /// The response, signed, with its assertion encrypted.
    ///
    /// # Errors
    /// [`ForgeError::NoEncryption`] without a certificate of the service provider.
    pub(super) fn sign(self, recipe: &Recipe, text: &str, scene: &Scene<'_>) -> Result<String, ForgeError> {
        if self == Self::TooLate {
            let parts = Parts::of(&recipe.sign(text)?)?;
            return Ok(Parts { assertion: self.seal(&parts.assertion, scene)?, ..parts }.whole());
        }
        recipe.sign_around(text, |assertion| self.seal(assertion, scene))
    }

    /// What stands in the place of the genuine assertion.
    fn seal(self, genuine: &str, scene: &Scene<'_>) -> Result<String, ForgeError> {
        let certificate = scene.encryption.ok_or(ForgeError::NoEncryption)?;
        let own = |plain: &str| sealed(plain, certificate, self, scene.bait);
        Ok(match self {
            Self::Unsigned => own(&scene.forged(None)?)?,
            Self::OtherKey => sealed(genuine, &keys::stranger(scene.twin)?.certificate, self, scene.bait)?,
            Self::Changed => own(&format!("{genuine} "))?,
            Self::WithoutTag => own(&format!("{genuine}{}", " ".repeat(TAG)))?,
            Self::BesideForged => format!("{}{}", scene.forged(None)?, own(genuine)?),
            Self::Twice => format!("{}{}", own(&scene.forged(None)?)?, own(genuine)?),
            Self::Wrapped => {
                let forged = AssertionParts::of(&scene.forged(None)?)?;
                let genuine = AssertionParts::of(genuine)?;
                let bare = AssertionParts { signature: String::new(), ..genuine.clone() }.whole();
                let object = format!("<Object>{bare}</Object></Signature>");
                let signature = genuine.signature.replace("</Signature>", &object);
                own(&AssertionParts { signature, ..forged }.whole())?
            }
            Self::TwoRoots => own(&format!("{}{genuine}", scene.forged(None)?))?,
            Self::Doctype => own(&format!("<!DOCTYPE Assertion>{genuine}"))?,
            Self::Honest | Self::Cut | Self::Pkcs1 | Self::ByReference | Self::TooLate => own(genuine)?,
        })
    }
}

/// Octets of a tag of GCM.
const TAG: usize = 16;

/// `EncryptedAssertion` with AES-256-GCM, and the key by RSA-OAEP, unless the fault says otherwise.
fn sealed(plain: &str, certificate: &[u8], how: Encryption, bait: &str) -> Result<String, ForgeError> {
    let (mut key, mut vector, mut tag) = ([0; 32], [0; 12], [0; TAG]);
    rand_bytes(&mut key)?;
    rand_bytes(&mut vector)?;
    let mut body = encrypt_aead(Cipher::aes_256_gcm(), &key, Some(&vector), &[], plain.as_bytes(), &mut tag)?;
    if how == Encryption::Changed {
        // A blank becomes a line break.
        body.iter_mut().last().into_iter().for_each(|octet| *octet ^= b' ' ^ b'\n');
    }
    let octets = match how {
        Encryption::Cut => vector.iter().copied().take(8).collect(),
        Encryption::WithoutTag => [&vector[..], &body].concat(),
        _ => [&vector[..], &body, &tag].concat(),
    };
    let (padding, transport) = match how {
        Encryption::Pkcs1 => (Padding::PKCS1, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
        _ => (Padding::PKCS1_OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"),
    };
    let public = PKey::from_rsa(X509::from_der(certificate)?.public_key()?.rsa()?)?;
    let mut encrypter = Encrypter::new(&public)?;
    encrypter.set_rsa_padding(padding)?;
    let mut wrapped = vec![0; encrypter.encrypt_len(&key)?];
    let length = encrypter.encrypt(&key, &mut wrapped)?;
    wrapped.truncate(length);
    let (key, cipher) = (STANDARD.encode(wrapped), STANDARD.encode(octets));
    let data = match how {
        Encryption::ByReference => format!("<xenc:CipherReference URI=\"{bait}/cipher\"/>"),
        _ => format!("<xenc:CipherValue>{cipher}</xenc:CipherValue>"),
    };
    Ok(format!(
        "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
         <xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes256-gcm\"/>\
         <KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><xenc:EncryptedKey>\
         <xenc:EncryptionMethod Algorithm=\"{transport}\"/>\
         <xenc:CipherData><xenc:CipherValue>{key}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></KeyInfo>\
         <xenc:CipherData>{data}</xenc:CipherData></xenc:EncryptedData></EncryptedAssertion>"
    ))
}
