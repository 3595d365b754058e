//! An identity token of ours that comes back, which tells whom an application means [openid-core 3.1.2.1].

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::JwkSet;
use landfall_accounts::{AppName, SessionId, UserId};
use serde::Deserialize;

use super::id_token::TYP;
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
}

impl Hint {
    /// Reads a token that one of our keys signed, however long ago [openid-rpinitiated 2].
    ///
    /// None if nobody knows its key any more: then it tells nothing, and whoever kept it that long has done nothing wrong.
    pub(super) fn read<P: Ports>(app: &App<P>, text: &str) -> Result<Option<Self>, JwtRefusal> {
        Self::signed_by(app.own().tokens().public(), app.settings().public_url.origin(), text)
    }

    /// # Security
    /// Its kind is that of identity tokens: none that we sign for another purpose is taken for one [rfc8725 3.11],
    /// [openid-backchannel 2.4].
    fn signed_by(keys: &JwkSet, issuer: &str, text: &str) -> Result<Option<Self>, JwtRefusal> {
        let token = Unverified::<Claims>::read(text.to_owned(), &[Algorithm::RS256, Algorithm::ES256])?;
        if token.kid().is_some_and(|kid| keys.find(kid).is_none()) {
            return Ok(None);
        }
        let claims = token.signed_by_one_of(keys)?;
        if claims.iss != issuer || token.typ() != Some(TYP) {
            return Err(JwtRefusal::Other);
        }
        Ok(Some(Self {
            person: claims.sub.parse().map_err(|_| JwtRefusal::Malformed)?,
            session: claims.sid.parse().map_err(|_| JwtRefusal::Malformed)?,
            application: claims.aud.parse().map_err(|_| JwtRefusal::Malformed)?,
        }))
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

    fn read_as(typ: &str, claims: &Value) -> Result<Option<Hint>, JwtRefusal> {
        let keys = keys();
        let token = keys.sign(TokenAlgorithm::Es256, typ, claims).unwrap();
        Hint::signed_by(keys.public(), "https://sso.example", &token)
    }

    fn read(claims: &Value) -> Result<Hint, JwtRefusal> {
        read_as("JWT", claims).map(Option::unwrap)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims =
            json!({ "iss": "https://sso.example", "sub": ID, "aud": "payroll", "sid": ID, "exp": 1 });
        claims[name] = value;
        claims
    }

    /// [openid-rpinitiated 2]
    #[test]
    fn a_token_of_ours_is_a_hint_however_old_it_is() {
        let hint = read(&with("exp", json!(1))).ok().unwrap();
        assert_eq!((hint.person.to_string(), hint.session.to_string()), (ID.to_owned(), ID.to_owned()));
        assert_eq!(hint.application.as_str(), "payroll");
        for (claims, refusal) in [
            (with("iss", json!("https://other.example")), JwtRefusal::Other),
            (with("sub", json!("ada")), JwtRefusal::Malformed),
            (with("sid", Value::Null), JwtRefusal::Malformed),
        ] {
            assert_eq!(read(&claims).err(), Some(refusal), "{claims}");
        }
        let claims = "eyJzdWIiOiJhIn0";
        for text in ["", "a.b.c", &format!("eyJhbGciOiJub25lIn0.{claims}.")] {
            assert!(Hint::signed_by(keys().public(), "https://sso.example", text).is_err(), "{text}");
        }
    }

    /// [rfc8725 3.11], [openid-backchannel 2.4]
    #[test]
    fn a_token_of_another_kind_is_no_hint() {
        let honest = with("exp", json!(1));
        assert!(read_as("JWT", &honest).is_ok());
        for typ in ["site+jwt", "logout+jwt", ""] {
            assert_eq!(read_as(typ, &honest).err(), Some(JwtRefusal::Other), "{typ}");
        }
    }

    #[test]
    fn a_token_whose_key_is_known_no_more_tells_nothing() {
        let keys = keys();
        let token = keys.sign(TokenAlgorithm::Rs256, "JWT", &with("exp", json!(1))).unwrap();
        let mut left = keys.public().clone();
        let read = |left: &JwkSet, token: &str| Hint::signed_by(left, "https://sso.example", token);
        assert!(read(&left, &token).unwrap().is_some());
        // A key that is known has not signed this.
        let (message, _) = token.rsplit_once('.').unwrap();
        assert_eq!(read(&left, &format!("{message}.AAAA")).err(), Some(JwtRefusal::Signature));
        left.keys.remove(0);
        assert!(read(&left, &token).unwrap().is_none());
    }
}
