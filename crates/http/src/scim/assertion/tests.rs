use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PSS_SHA256, RsaEncoding};
use serde_json::{Value, json};

use super::*;
use crate::testing::NOW;

const ISSUER: &str = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0";
const SUBJECT: &str = "99999999-2222-4333-8444-555555555555";
const AUDIENCE: &str = "api://landfall";

fn trust() -> Trust {
    Trust {
        issuer: ISSUER.parse().unwrap(),
        subject: SUBJECT.parse().unwrap(),
        audience: AUDIENCE.parse().unwrap(),
    }
}

fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn components() -> (String, String) {
    let public = key().public_key();
    let of = |bytes: &[u8]| encoded(bytes);
    (
        of(public.modulus().big_endian_without_leading_zero()),
        of(public.exponent().big_endian_without_leading_zero()),
    )
}

fn head() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" })
}

fn claims() -> Value {
    let now = NOW.unix_timestamp();
    json!({ "iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "exp": now + 3600, "nbf": now, "iat": now })
}

fn message(head: &Value, claims: &Value) -> String {
    format!("{}.{}", encoded(head.to_string().as_bytes()), encoded(claims.to_string().as_bytes()))
}

fn signed_by(encoding: &'static dyn RsaEncoding, head: &Value, claims: &Value) -> String {
    let message = message(head, claims);
    let mut signature = vec![0; key().public_modulus_len()];
    key().sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", encoded(&signature))
}

fn signed(head: &Value, claims: &Value) -> String {
    signed_by(&RSA_PKCS1_SHA256, head, claims)
}

fn judge(jwt: &str) -> Result<Option<AssertionUse>, &'static str> {
    let (n, e) = components();
    let read = Assertion::read(jwt.to_owned());
    read.and_then(|unverified| unverified.verify(&n, &e, &trust(), NOW)).map_err(JwtRefusal::code)
}

/// The claims with one of them changed.
fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// [rfc7523 3]
#[test]
fn an_assertion_of_the_trusted_workload_is_taken() {
    assert_eq!(judge(&signed(&head(), &claims())), Ok(None));
    for claims in [without("nbf"), without("iat"), with("aud", json!(["other", AUDIENCE])), with("tid", "x")]
    {
        assert_eq!(judge(&signed(&head(), &claims)), Ok(None), "{claims}");
    }
}

/// [rfc8725 3.1], [rfc8725 2.1]
#[test]
fn one_algorithm_counts_and_no_other_can_be_talked_into() {
    let (n, e) = components();
    let public = key().public_key();
    let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> = public.as_der().unwrap();
    for algorithm in ["none", "None", "NONE", ""] {
        let head = json!({ "alg": algorithm, "kid": "k1" });
        let message = message(&head, &claims());
        let genuine = signed(&head, &claims());
        for jwt in [format!("{message}."), genuine] {
            assert_eq!(judge(&jwt), Err("assertion.algorithm"), "{algorithm}");
        }
    }
    // HMAC under what everybody knows of the key, in each way to write it down.
    let head = json!({ "alg": "HS256", "kid": "k1" });
    for secret in [der.as_ref(), n.as_bytes(), e.as_bytes(), b"", public.as_ref()] {
        let message = message(&head, &claims());
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        assert_eq!(judge(&format!("{message}.{}", encoded(tag.as_ref()))), Err("assertion.algorithm"));
        let claimed = super::tests::message(&super::tests::head(), &claims());
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), claimed.as_bytes());
        assert_eq!(judge(&format!("{claimed}.{}", encoded(tag.as_ref()))), Err("assertion.signature"));
    }
    for (name, encoding) in
        [("RS384", &RSA_PKCS1_SHA384 as &'static dyn RsaEncoding), ("PS256", &RSA_PSS_SHA256)]
    {
        let named = json!({ "alg": name, "kid": "k1" });
        assert_eq!(judge(&signed_by(encoding, &named, &claims())), Err("assertion.algorithm"), "{name}");
        let lies = signed_by(encoding, &super::tests::head(), &claims());
        assert_eq!(judge(&lies), Err("assertion.signature"), "{name}");
    }
}

/// [rfc7515 4.1]
#[test]
fn no_key_and_no_address_is_taken_from_the_assertion() {
    let other = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = other.public_key();
    let jwk = json!({
        "kty": "RSA",
        "n": encoded(public.modulus().big_endian_without_leading_zero()),
        "e": encoded(public.exponent().big_endian_without_leading_zero()),
    });
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut head = head();
        head[name] = value;
        let message = message(&head, &claims());
        let mut signature = vec![0; other.public_modulus_len()];
        other.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        let found = judge(&format!("{message}.{}", encoded(&signature)));
        assert!(matches!(found, Err("assertion.signature" | "assertion.algorithm")), "{name}: {found:?}");
    }
    let mut critical = head();
    critical["crit"] = json!(["exp"]);
    assert_eq!(judge(&signed(&critical, &claims())), Err("assertion.malformed"));
    for kid in [Value::Null, json!(""), json!("x".repeat(257))] {
        let mut head = head();
        head["kid"] = kid;
        assert_eq!(judge(&signed(&head, &claims())), Err("assertion.key"));
    }
}

/// Byte for byte [rfc7523 3].
#[test]
fn issuer_subject_and_audience_are_those_that_are_trusted() {
    for (name, value) in [
        ("iss", json!(ISSUER.replace("11111111", "21111111"))),
        ("iss", json!(format!("{ISSUER}/"))),
        ("iss", json!("https://sts.windows.net/11111111-2222-4333-8444-555555555555/")),
        ("sub", json!("other")),
        ("sub", json!(SUBJECT.replace('9', "8"))),
        ("aud", json!("api://other")),
        ("aud", json!("API://landfall")),
        ("aud", json!([])),
        ("aud", json!(["api://other"])),
    ] {
        assert_eq!(
            judge(&signed(&head(), &with(name, value.clone()))),
            Err("assertion.other"),
            "{name} {value}"
        );
    }
}

/// [rfc7519 4.1.4], [rfc7519 4.1.5], [rfc7519 4.1.6]
#[test]
fn dates_are_judged_by_our_clock_with_a_minute_of_skew() {
    let now = NOW.unix_timestamp();
    for (name, seconds, expected) in [
        ("exp", now - 59, Ok(None)),
        ("exp", now - 60, Err("assertion.expired")),
        ("exp", 0, Err("assertion.expired")),
        ("exp", now + 25 * 3600, Ok(None)),
        ("exp", now + 25 * 3600 + 1, Err("assertion.too_long")),
        ("exp", i64::MAX, Err("assertion.malformed")),
        ("exp", i64::MIN, Err("assertion.malformed")),
        ("nbf", now + 60, Ok(None)),
        ("nbf", now + 61, Err("assertion.not_yet")),
        ("nbf", i64::MAX, Err("assertion.malformed")),
        ("iat", now + 60, Ok(None)),
        ("iat", now + 61, Err("assertion.not_yet")),
        ("iat", -377_705_116_800, Ok(None)),
    ] {
        assert_eq!(judge(&signed(&head(), &with(name, seconds))), expected, "{name} {}", seconds - now);
    }
}

#[test]
fn what_is_no_assertion_is_refused() {
    let right = signed(&head(), &claims());
    let (message, signature) = right.rsplit_once('.').unwrap();
    let tampered = message.replace(message.split_at(message.len() - 8).1, "AAAAAAAA");
    for (jwt, code) in [
        (String::new(), "assertion.malformed"),
        ("a.b.c".to_owned(), "assertion.malformed"),
        (message.to_owned(), "assertion.malformed"),
        (format!("{right}.x"), "assertion.malformed"),
        (format!(" {right}"), "assertion.malformed"),
        (format!("{message}.{signature}="), "assertion.signature"),
        (format!("{message}."), "assertion.signature"),
        (format!("{tampered}.{signature}"), "assertion.malformed"),
    ] {
        assert_eq!(judge(&jwt), Err(code), "{jwt}");
    }
    for name in ["iss", "sub", "aud", "exp"] {
        assert_eq!(judge(&signed(&head(), &without(name))), Err("assertion.malformed"), "{name}");
    }
    for claims in [with("exp", "soon"), with("aud", 5), with("sub", json!([SUBJECT])), json!([]), json!("x")]
    {
        assert_eq!(judge(&signed(&head(), &claims)), Err("assertion.malformed"), "{claims}");
    }
    let changed = super::tests::message(&head(), &with("jti", "2"));
    assert_eq!(judge(&format!("{changed}.{signature}")), Err("assertion.signature"));
}

/// [rfc7519 4.1.7]
#[test]
fn one_that_has_a_name_is_used_up_until_no_rule_would_take_it() {
    let used = |name: &str| judge(&signed(&head(), &with("jti", name))).unwrap();
    let one = used("1").unwrap();
    assert!(one.assertion.as_str().starts_with("jwt:") && one.assertion.as_str().len() == 47);
    assert_ne!(one.assertion, used("2").unwrap().assertion);
    assert_eq!(one.keep_until, NOW + Duration::HOUR + SKEW);
    assert_eq!(one.issued_since, NOW - SKEW);
    assert_eq!(used(""), None);
}

#[test]
fn a_short_key_verifies_nothing() {
    let (_, e) = components();
    let short = encoded(&[0xff; 128]);
    let unverified = Assertion::read(signed(&head(), &claims())).unwrap();
    assert_eq!(unverified.verify(&short, &e, &trust(), NOW), Err(JwtRefusal::Signature));
}
