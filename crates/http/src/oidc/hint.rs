//! An identity token of ours that comes back, which tells whom an application means [openid-core 3.1.2.1].

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::JwkSet;
use landfall_accounts::{AppName, SessionId, UserId};
use serde::Deserialize;

use crate::oauth::{JwtRefusal, Unverified};
use crate::{App, Ports};

/// What a token of ours said, once.
///
/// # Security
/// It lies in logs and histories: it names a person and a session, and proves nothing about whoever shows it.
pub(super) struct Hint {
    /// Whom it is about.
    pub(super) person: UserId,
    /// The session in which it was given out.
    pub(super) session: SessionId,
    /// The application for which it was made.
    pub(super) application: AppName,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    sid: String,
    /// What tokens for other purposes have in its place [openid-backchannel 2.4].
    events: Option<serde_json::Value>,
}

impl Hint {
    /// Reads a token that one of our keys signed, however long ago [openid-rpinitiated 2].
    pub(super) fn read<P: Ports>(app: &App<P>, text: &str) -> Result<Self, JwtRefusal> {
        let keys: JwkSet = serde_json::from_value(app.own().tokens().jwks()).map_err(|_| JwtRefusal::Key)?;
        Self::signed_by(&keys, app.settings().public_url.origin(), text)
    }

    fn signed_by(keys: &JwkSet, issuer: &str, text: &str) -> Result<Self, JwtRefusal> {
        let token = Unverified::<Claims>::read(text.to_owned(), &[Algorithm::RS256, Algorithm::ES256])?;
        let claims = token.signed_by_one_of(keys)?;
        if claims.iss != issuer || claims.events.is_some() {
            return Err(JwtRefusal::Other);
        }
        Ok(Self {
            person: claims.sub.parse().map_err(|_| JwtRefusal::Malformed)?,
            session: claims.sid.parse().map_err(|_| JwtRefusal::Malformed)?,
            application: claims.aud.parse().map_err(|_| JwtRefusal::Malformed)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use landfall_accounts::TokenAlgorithm;
    use landfall_xmldsig::{Certificate, SigningKey};
    use serde_json::{Value, json};

    use super::*;
    use crate::{TokenKey, TokenKeys};

    const ID: &str = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64";

    fn key(algorithm: TokenAlgorithm, certificate: &str, key: &str) -> TokenKey {
        let key = SigningKey::from_pem(key, Certificate::from_pem(certificate).unwrap()).unwrap();
        TokenKey::new(algorithm, key, &[]).unwrap()
    }

    fn keys() -> TokenKeys {
        let rs256 = key(
            TokenAlgorithm::Rs256,
            include_str!("../../../xmldsig/tests/keys/signer.crt.pem"),
            include_str!("../../../xmldsig/tests/keys/signer.key.pem"),
        );
        let es256 = key(
            TokenAlgorithm::Es256,
            include_str!("../../../xmldsig/tests/keys/p256.crt.pem"),
            include_str!("../../../xmldsig/tests/keys/p256.key.pem"),
        );
        TokenKeys::new(rs256, es256).unwrap()
    }

    fn read(claims: &Value) -> Result<Hint, JwtRefusal> {
        let keys = keys();
        let token = keys.sign(TokenAlgorithm::Es256, "JWT", claims).unwrap();
        Hint::signed_by(&serde_json::from_value(keys.jwks()).unwrap(), "https://sso.example", &token)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims =
            json!({ "iss": "https://sso.example", "sub": ID, "aud": "payroll", "sid": ID, "exp": 1 });
        claims[name] = value;
        claims
    }

    /// [openid-rpinitiated 2], [openid-backchannel 2.4]
    #[test]
    fn a_token_of_ours_is_a_hint_however_old_it_is() {
        let hint = read(&with("exp", json!(1))).ok().unwrap();
        assert_eq!((hint.person.to_string(), hint.session.to_string()), (ID.to_owned(), ID.to_owned()));
        assert_eq!(hint.application.as_str(), "payroll");
        for (claims, refusal) in [
            (with("iss", json!("https://other.example")), JwtRefusal::Other),
            (with("events", json!({})), JwtRefusal::Other),
            (with("sub", json!("ada")), JwtRefusal::Malformed),
            (with("sid", Value::Null), JwtRefusal::Malformed),
        ] {
            assert_eq!(read(&claims).err(), Some(refusal), "{claims}");
        }
        let claims = "eyJzdWIiOiJhIn0";
        for text in ["", "a.b.c", &format!("eyJhbGciOiJub25lIn0.{claims}.")] {
            let keys = serde_json::from_value(keys().jwks()).unwrap();
            assert!(Hint::signed_by(&keys, "https://sso.example", text).is_err(), "{text}");
        }
    }
}
