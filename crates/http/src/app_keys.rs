//! The public keys that an operator registers for an application.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use serde_json::Value;

/// Most keys of one application: each costs whoever tries them all.
const MOST: usize = 16;
/// Shortest modulus of an RSA key, in base64url characters: 2048 bits.
const SHORTEST: usize = 342;
/// What a private key has, and a public one has not [rfc7518 6.2.2, 6.3.2, 6.4.1].
const SECRET: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// Reads a JSON Web Key Set of an application, and writes it anew [rfc7517 5].
///
/// ```
/// let none = landfall_http::app_keys(r#"{"keys":[]}"#);
/// assert!(none.unwrap_err().to_string().contains("at least one"));
/// ```
///
/// # Errors
/// [`AppKeysError`]: it is no set, or has a key that nothing may be verified with.
///
/// # Security
/// A private key is refused, so that none is kept here; `HS256` under a public key is no way in, since keys are asymmetric alone.
pub fn app_keys(text: &str) -> Result<String, AppKeysError> {
    let value: Value = serde_json::from_str(text).map_err(|_| AppKeysError::NoSet)?;
    let listed = value.get("keys").and_then(Value::as_array).ok_or(AppKeysError::NoSet)?;
    if listed.is_empty() || listed.len() > MOST {
        return Err(AppKeysError::Count { found: listed.len() });
    }
    if listed.iter().any(|key| SECRET.iter().any(|member| key.get(member).is_some())) {
        return Err(AppKeysError::Private);
    }
    let set: JwkSet = serde_json::from_value(value).map_err(|_| AppKeysError::NoSet)?;
    for (at, key) in set.keys.iter().enumerate() {
        if !verifies(key) {
            return Err(AppKeysError::Kind { position: at + 1 });
        }
    }
    serde_json::to_string(&set).map_err(|_| AppKeysError::NoSet)
}

fn verifies(key: &Jwk) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) => rsa.n.len() >= SHORTEST,
        AlgorithmParameters::EllipticCurve(curve) => curve.curve == EllipticCurve::P256,
        _ => false,
    };
    let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    kind && signs && DecodingKey::from_jwk(key).is_ok()
}

/// Why keys are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppKeysError {
    /// It is another text.
    #[error("expected a JSON Web Key Set: an object with `keys`, a list")]
    NoSet,
    /// There are none, or too many.
    #[error("expected at least one key and at most {MOST}, got {found}")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// It has what only the application may have.
    #[error("a private key is among them: keep it to the application, and give its public half")]
    Private,
    /// One of them verifies nothing here.
    #[error(
        "key {position} of the set is not one for signatures by RS256, of 2048 bits or more, or ES256, on P-256"
    )]
    Kind {
        /// Which one, counted from 1.
        position: usize,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn public_keys_for_two_algorithms_are_taken() {
        let (n, x) = ("s".repeat(341) + "Q", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        let rsa = json!({ "kty": "RSA", "kid": "1", "n": n, "e": "AQAB" });
        let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
        let p256 = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256" });
        let with = |key: &Value, name: &str, value: &str| {
            let mut key = key.clone();
            key[name] = value.into();
            key
        };
        let short = with(&rsa, "n", &"s".repeat(341));
        let (private, encrypts) = (with(&p256, "d", x), with(&p256, "use", "enc"));
        let (symmetric, other) = (json!({ "kty": "oct", "k": "c2VjcmV0" }), with(&p256, "crv", "P-384"));
        for (keys, expected) in [
            (json!({ "keys": [rsa, p256] }), Ok(())),
            (json!({ "keys": [] }), Err(AppKeysError::Count { found: 0 })),
            (json!({ "keys": vec![&rsa; 17] }), Err(AppKeysError::Count { found: 17 })),
            (json!({ "keys": [rsa, short] }), Err(AppKeysError::Kind { position: 2 })),
            (json!({ "keys": [other] }), Err(AppKeysError::Kind { position: 1 })),
            (json!({ "keys": [encrypts] }), Err(AppKeysError::Kind { position: 1 })),
            (json!({ "keys": [private] }), Err(AppKeysError::Private)),
            (json!({ "keys": [symmetric] }), Err(AppKeysError::Private)),
            (json!({ "keys": [{}] }), Err(AppKeysError::Kind { position: 1 })),
            (json!({ "keys": ["x"] }), Err(AppKeysError::NoSet)),
            (json!([]), Err(AppKeysError::NoSet)),
        ] {
            let taken = app_keys(&keys.to_string());
            assert_eq!(taken.as_ref().map(|_| ()).map_err(|error| *error), expected, "{keys}");
            if let Ok(text) = taken {
                assert_eq!(app_keys(&text), Ok(text.clone()));
            }
        }
    }
}
