//! What identity tokens and logout tokens are signed with, and what applications verify them with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey};
use landfall_accounts::TokenAlgorithm;
use landfall_xmldsig::{Certificate, SignError, SignatureAlgorithm, Signer, SigningKey};
use serde_json::{Value, json};

/// The keys of one moment for everything that applications verify: one for each algorithm [rfc7517 5].
///
/// ```
/// use landfall_accounts::TokenAlgorithm;
/// use landfall_http::{TokenKey, TokenKeys};
/// use landfall_xmldsig::{Certificate, SigningKey};
///
/// # fn key(crt: &str, key: &str) -> Result<SigningKey, Box<dyn std::error::Error>> {
/// #     Ok(SigningKey::from_pem(key, Certificate::from_pem(crt)?)?)
/// # }
/// # let rsa = key(include_str!("../../xmldsig/tests/keys/signer.crt.pem"), include_str!("../../xmldsig/tests/keys/signer.key.pem"))?;
/// # let p256 = key(include_str!("../../xmldsig/tests/keys/p256.crt.pem"), include_str!("../../xmldsig/tests/keys/p256.key.pem"))?;
/// let rs256 = TokenKey::new(TokenAlgorithm::Rs256, rsa, &[])?;
/// let es256 = TokenKey::new(TokenAlgorithm::Es256, p256, &[])?;
/// let keys = TokenKeys::new(rs256, es256)?;
/// let token = keys.sign(TokenAlgorithm::Es256, "JWT", &serde_json::json!({ "sub": "ada" }))?;
/// assert_eq!(token.split('.').count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TokenKeys {
    rs256: TokenKey,
    es256: TokenKey,
    public: JwkSet,
}

impl TokenKeys {
    /// Puts the keys together.
    ///
    /// # Errors
    /// [`TokenKeyError::Kind`] if one is of the other algorithm.
    pub fn new(rs256: TokenKey, es256: TokenKey) -> Result<Self, TokenKeyError> {
        for (key, algorithm) in [(&rs256, TokenAlgorithm::Rs256), (&es256, TokenAlgorithm::Es256)] {
            if key.algorithm != algorithm {
                return Err(TokenKeyError::Kind { algorithm });
            }
        }
        let public = JwkSet { keys: rs256.public.iter().chain(&es256.public).cloned().collect() };
        Ok(Self { rs256, es256, public })
    }

    /// Signs claims by the current key of the algorithm: a compact JWS with `alg`, `kid` and this `typ` [rfc7515 3.1].
    ///
    /// # Errors
    /// [`SignError`] if the library cannot sign.
    ///
    /// # Security
    /// `typ` keeps tokens of one kind from being taken for those of another one [rfc8725 3.11].
    pub fn sign(&self, algorithm: TokenAlgorithm, typ: &str, claims: &Value) -> Result<String, SignError> {
        let key = match algorithm {
            TokenAlgorithm::Rs256 => &self.rs256,
            TokenAlgorithm::Es256 => &self.es256,
        };
        let header = json!({ "alg": algorithm.name(), "kid": key.kid, "typ": typ });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = key.current.sign(message.as_bytes())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public halves of all of them, the current one of each algorithm first: a JSON Web Key Set [rfc7517 5].
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.public.keys })
    }

    /// The same, to verify with.
    pub(crate) fn public(&self) -> &JwkSet {
        &self.public
    }
}

/// The keys for one algorithm.
#[derive(Debug)]
pub struct TokenKey {
    algorithm: TokenAlgorithm,
    current: SigningKey,
    kid: String,
    public: Vec<Jwk>,
}

impl TokenKey {
    /// `current` signs; `others` are published too: of the key that comes next, or came before.
    ///
    /// # Errors
    /// [`TokenKeyError::Kind`] if a key is not one of the algorithm, or too weak for it.
    pub fn new(
        algorithm: TokenAlgorithm,
        current: SigningKey,
        others: &[Certificate],
    ) -> Result<Self, TokenKeyError> {
        let (kid, first) = public(algorithm, current.certificate())?;
        let mut all = vec![first];
        for other in others {
            all.push(public(algorithm, other)?.1);
        }
        Ok(Self { algorithm, current, kid, public: all })
    }
}

/// Why no token can be signed with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenKeyError {
    /// It is of another kind.
    #[error("the key is not one for {algorithm}: make another one by `landfall key stage`")]
    Kind {
        /// What it was to be for.
        algorithm: TokenAlgorithm,
    },
}

/// A public key as applications read it, and its name: the thumbprint, which follows from the key alone [rfc7638 3].
fn public(algorithm: TokenAlgorithm, certificate: &Certificate) -> Result<(String, Jwk), TokenKeyError> {
    let wrong = TokenKeyError::Kind { algorithm };
    let (name, kind, key) = match algorithm {
        TokenAlgorithm::Rs256 => {
            let key = DecodingKey::from_rsa_der(certificate.public_key());
            (Algorithm::RS256, SignatureAlgorithm::RsaSha256, key)
        }
        TokenAlgorithm::Es256 => {
            let key = DecodingKey::from_ec_der(certificate.public_key());
            (Algorithm::ES256, SignatureAlgorithm::EcdsaSha256, key)
        }
    };
    if certificate.weakness().is_some() || certificate.algorithms().next() != Some(kind) {
        return Err(wrong);
    }
    let mut jwk = Jwk::from_decoding_key(&key, Some(name)).map_err(|_| wrong)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| wrong)?;
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    jwk.common.key_id = Some(kid.clone());
    Ok((kid, jwk))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Validation, decode, decode_header};

    use super::*;

    const SIGNER: (&str, &str) = (
        include_str!("../../xmldsig/tests/keys/signer.crt.pem"),
        include_str!("../../xmldsig/tests/keys/signer.key.pem"),
    );
    const P256: (&str, &str) = (
        include_str!("../../xmldsig/tests/keys/p256.crt.pem"),
        include_str!("../../xmldsig/tests/keys/p256.key.pem"),
    );
    const P384: (&str, &str) = (
        include_str!("../../xmldsig/tests/keys/p384.crt.pem"),
        include_str!("../../xmldsig/tests/keys/p384.key.pem"),
    );
    const OTHER: &str = include_str!("../../xmldsig/tests/keys/other.crt.pem");
    const SHORT: &str = include_str!("../../xmldsig/tests/keys/short.crt.pem");

    fn signing((certificate, key): (&str, &str)) -> SigningKey {
        SigningKey::from_pem(key, Certificate::from_pem(certificate).unwrap()).unwrap()
    }

    fn keys() -> TokenKeys {
        let others = [Certificate::from_pem(OTHER).unwrap()];
        let rs256 = TokenKey::new(TokenAlgorithm::Rs256, signing(SIGNER), &others).unwrap();
        let es256 = TokenKey::new(TokenAlgorithm::Es256, signing(P256), &[]).unwrap();
        TokenKeys::new(rs256, es256).unwrap()
    }

    #[test]
    fn what_is_signed_verifies_with_what_is_published() {
        let keys = keys();
        let published: JwkSet = serde_json::from_value(keys.jwks()).unwrap();
        assert_eq!(published.keys.len(), 3);
        let claims = json!({ "sub": "ada" });
        for (algorithm, name) in
            [(TokenAlgorithm::Rs256, Algorithm::RS256), (TokenAlgorithm::Es256, Algorithm::ES256)]
        {
            let token = keys.sign(algorithm, "logout+jwt", &claims).unwrap();
            let header = decode_header(&token).unwrap();
            assert_eq!((header.alg, header.typ.as_deref()), (name, Some("logout+jwt")));
            let jwk = published.find(&header.kid.unwrap()).unwrap();
            let mut rules = Validation::new(name);
            rules.required_spec_claims.clear();
            rules.validate_exp = false;
            let verify = |token: &str| {
                decode::<Value>(token, &DecodingKey::from_jwk(jwk).unwrap(), &rules).map(|token| token.claims)
            };
            assert_eq!(verify(&token), Ok(claims.clone()));
            let (message, signature) = token.rsplit_once('.').unwrap();
            let other = URL_SAFE_NO_PAD.encode(r#"{"sub":"bob"}"#);
            let head = message.split('.').next().unwrap();
            assert!(verify(&format!("{head}.{other}.{signature}")).is_err());
        }
    }

    #[test]
    fn public_keys_are_published_and_nothing_else() {
        let jwks = keys().jwks();
        for (at, members) in [
            (0, ["alg", "e", "kid", "kty", "n", "use"].as_slice()),
            (2, ["alg", "crv", "kid", "kty", "use", "x", "y"].as_slice()),
        ] {
            let mut found: Vec<&str> =
                jwks["keys"][at].as_object().unwrap().keys().map(String::as_str).collect();
            found.sort_unstable();
            assert_eq!(found, members);
            assert_eq!(jwks["keys"][at]["use"], "sig");
        }
        assert_ne!(jwks["keys"][0]["kid"], jwks["keys"][1]["kid"]);
    }

    #[test]
    fn a_key_of_another_kind_signs_nothing() {
        for (algorithm, key) in
            [(TokenAlgorithm::Rs256, P256), (TokenAlgorithm::Es256, SIGNER), (TokenAlgorithm::Es256, P384)]
        {
            let error = TokenKey::new(algorithm, signing(key), &[]).unwrap_err();
            assert_eq!(error, TokenKeyError::Kind { algorithm });
        }
        let weak = [Certificate::from_pem(SHORT).unwrap()];
        assert!(TokenKey::new(TokenAlgorithm::Rs256, signing(SIGNER), &weak).is_err());
        let es256 = || TokenKey::new(TokenAlgorithm::Es256, signing(P256), &[]).unwrap();
        assert!(TokenKeys::new(es256(), es256()).is_err());
    }
}
