use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::AppKind;
use serde_json::{Value, json};

use super::*;
use crate::oidc::testing::{NOW, application};

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key of each kind, which lasts for one test.
struct Keys {
    rsa: aws_lc_rs::rsa::KeyPair,
    p256: EcdsaKeyPair,
}

impl Keys {
    fn new() -> Self {
        Self {
            rsa: aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap(),
            p256: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    /// What the application registered, with an edit.
    fn published(&self, edit: impl FnOnce(&mut Value)) -> JwkSet {
        let public = self.rsa.public_key();
        let n = encoded(public.modulus().big_endian_without_leading_zero());
        let e = encoded(public.exponent().big_endian_without_leading_zero());
        let point = self.p256.public_key().as_ref();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..65]));
        let mut set = json!({ "keys": [
            { "kty": "RSA", "kid": "r", "n": n, "e": e },
            { "kty": "EC", "kid": "e", "crv": "P-256", "x": x, "y": y },
        ] });
        edit(&mut set);
        serde_json::from_value(set).unwrap()
    }

    fn by_rsa(&self, encoding: &'static dyn RsaEncoding, head: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(head.to_string()), encoded(claims.to_string()));
        let pair: &RsaKeyPair = &self.rsa;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", encoded(signature))
    }

    fn by_p256(&self, head: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(head.to_string()), encoded(claims.to_string()));
        let signature = self.p256.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", encoded(signature))
    }
}

fn claims() -> Value {
    let now = NOW.unix_timestamp();
    let aud = "https://sso.example";
    json!({ "iss": "payroll", "sub": "payroll", "aud": aud, "jti": "1", "iat": now, "exp": now + 300 })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn judged(jwt: &str, keys: &JwkSet) -> Result<Used, &'static str> {
    let assertion = Unverified::<Claims>::read(jwt.to_owned(), &ALGORITHMS).map_err(JwtRefusal::code)?;
    let application = application(AppKind::Web, AppAuthentication::PrivateKeyJwt { keys: String::new() });
    judge(&assertion, keys, &application, &"https://sso.example".parse().unwrap(), NOW)
        .map_err(JwtRefusal::code)
}

/// [openid-core 9], [openid-core 10.1]
#[test]
fn each_algorithm_is_taken_by_its_key() {
    let keys = Keys::new();
    let published = keys.published(|_| ());
    let expected = Used { jti: "1".to_owned(), until: NOW + Duration::minutes(6) };
    let rs256 = keys.by_rsa(&RSA_PKCS1_SHA256, &json!({ "alg": "RS256", "kid": "r" }), &claims());
    let ps256 = keys.by_rsa(&RSA_PSS_SHA256, &json!({ "alg": "PS256", "kid": "r" }), &claims());
    let es256 = keys.by_p256(&json!({ "alg": "ES256", "kid": "e" }), &claims());
    for jwt in [&rs256, &ps256, &es256] {
        assert_eq!(judged(jwt, &published), Ok(Used { jti: "1".to_owned(), until: expected.until }));
    }
    // A key that is for one algorithm verifies no other, and one that is for encryption none.
    let for_rs256 = keys.published(|set| set["keys"][0]["alg"] = "RS256".into());
    assert_eq!(judged(&rs256, &for_rs256), Ok(expected));
    assert_eq!(judged(&ps256, &for_rs256), Err("assertion.key"));
    let encrypts = keys.published(|set| set["keys"][0]["use"] = "enc".into());
    assert_eq!(judged(&rs256, &encrypts), Err("assertion.key"));
    // Without a name there is but one key that it could be.
    let nameless = keys.by_p256(&json!({ "alg": "ES256" }), &claims());
    assert_eq!(judged(&nameless, &published), Err("assertion.key"));
    let only = keys.published(|set| drop(set["keys"].as_array_mut().unwrap().remove(0)));
    assert!(judged(&nameless, &only).is_ok());
}

/// [rfc8725 3.1], [rfc8725 3.11]
#[test]
fn other_algorithms_and_other_keys_are_refused() {
    let (keys, stranger) = (Keys::new(), Keys::new());
    let published = keys.published(|_| ());
    let head = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid });
    let by_rsa = |head: &Value| keys.by_rsa(&RSA_PKCS1_SHA256, head, &claims());
    let honest = by_rsa(&head("RS256", "r"));
    assert!(judged(&honest, &published).is_ok());
    let unsigned = format!("{}.", by_rsa(&head("none", "r")).rsplit_once('.').unwrap().0);
    let (message, signature) = honest.rsplit_once('.').unwrap();
    let other = with("sub", "other").to_string();
    let altered = format!("{}.{}.{signature}", message.split_once('.').unwrap().0, encoded(other));
    for (jwt, code) in [
        (unsigned.as_str(), "assertion.algorithm"),
        (&by_rsa(&head("HS256", "r")), "assertion.algorithm"),
        (&keys.by_rsa(&RSA_PKCS1_SHA384, &head("RS384", "r"), &claims()), "assertion.algorithm"),
        (&by_rsa(&head("rs256", "r")), "assertion.algorithm"),
        (&by_rsa(&head("ES256", "e")), "assertion.signature"),
        (&by_rsa(&head("PS256", "r")), "assertion.signature"),
        (&by_rsa(&head("RS256", "e")), "assertion.signature"),
        (&by_rsa(&head("RS256", "x")), "assertion.key"),
        (&by_rsa(&json!({ "alg": "RS256", "kid": "r", "crit": ["x"], "x": 1 })), "assertion.malformed"),
        (&stranger.by_rsa(&RSA_PKCS1_SHA256, &head("RS256", "r"), &claims()), "assertion.signature"),
        (&altered, "assertion.signature"),
        (message, "assertion.malformed"),
        ("a.b.c", "assertion.malformed"),
    ] {
        assert_eq!(judged(jwt, &published), Err(code), "{jwt}");
    }
}

/// [rfc7523 3]
#[test]
fn each_claim_is_judged() {
    let keys = Keys::new();
    let published = keys.published(|_| ());
    let now = NOW.unix_timestamp();
    let (issuer, endpoint) = ("https://sso.example", "https://sso.example/oidc/token");
    for (claims, expected) in [
        (claims(), Ok(())),
        (with("aud", endpoint), Ok(())),
        (with("aud", json!([issuer])), Ok(())),
        (with("aud", json!([issuer, endpoint])), Ok(())),
        (with("aud", json!([issuer, "https://other.example"])), Err("assertion.other")),
        (with("aud", json!([])), Err("assertion.other")),
        (with("aud", "https://sso.example/"), Err("assertion.other")),
        (with("iss", "other"), Err("assertion.other")),
        (with("sub", "other"), Err("assertion.other")),
        (with("exp", now + 3660), Ok(())),
        (with("exp", now + 3661), Err("assertion.too_long")),
        (with("exp", now - 59), Ok(())),
        (with("exp", now - 60), Err("assertion.expired")),
        (with("iat", now + 60), Ok(())),
        (with("iat", now + 61), Err("assertion.not_yet")),
        (with("nbf", now + 61), Err("assertion.not_yet")),
        (with("exp", "soon"), Err("assertion.malformed")),
        (with("exp", Value::Null), Err("assertion.malformed")),
        (with("jti", ""), Err("assertion.malformed")),
        (with("jti", Value::Null), Err("assertion.malformed")),
    ] {
        let jwt = keys.by_p256(&json!({ "alg": "ES256", "kid": "e" }), &claims);
        assert_eq!(judged(&jwt, &published).map(|_| ()), expected, "{claims}");
    }
}
