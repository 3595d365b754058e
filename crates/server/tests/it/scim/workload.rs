//! Workloads that show an assertion of their directory: whose it is, which key counts, and where keys come from.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use landfall_accounts::{EventKind, ScimClient, WorkloadIssuer};
use landfall_xmldsig::encode_base64;
use serde_json::{Value, json};
use time::Duration;

use super::token_endpoint::{ask, refused, speaks};
use crate::metadata::{Fetcher, IssuerKeys, Rules, Way};
use crate::world::{Answer, Customer, Publisher, World};

const JWT: (&str, &str) = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
const SUBJECT: &str = "99999999-2222-4333-8444-555555555555";
const AUDIENCE: &str = "api://landfall";

fn url_safe(bytes: &[u8]) -> String {
    encode_base64(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Two keys: the issuer's, and somebody's.
fn keys() -> &'static [KeyPair; 2] {
    static KEYS: OnceLock<[KeyPair; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [(); 2].map(|()| KeyPair::generate(KeySize::Rsa2048).unwrap()))
}

fn jwk(kid: &str, key: &KeyPair) -> Value {
    let public = key.public_key();
    json!({
        "kty": "RSA", "use": "sig", "kid": kid,
        "n": url_safe(public.modulus().big_endian_without_leading_zero()),
        "e": url_safe(public.exponent().big_endian_without_leading_zero()),
        "x5c": ["MIIB"], "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0",
    })
}

fn issuer(customer: &Customer) -> WorkloadIssuer {
    let issuer = customer.twin.tenant().issuer();
    let directory = issuer.strip_prefix("https://sts.windows.net/").unwrap();
    format!("https://login.microsoftonline.com/{directory}v2.0").parse().unwrap()
}

fn signed(key: &KeyPair, kid: &str, claims: &Value) -> String {
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
    let part = |value: &Value| url_safe(value.to_string().as_bytes());
    let message = format!("{}.{}", part(&head), part(claims));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", url_safe(&signature))
}

/// What the workload of a customer says of itself.
fn claims(world: &World, customer: &Customer) -> Value {
    let now = world.clock.now().unix_timestamp();
    json!({
        "iss": issuer(customer).to_string(), "sub": SUBJECT, "aud": AUDIENCE,
        "exp": now + 3600, "nbf": now, "iat": now,
    })
}

async fn show(world: &World, jwt: &str) -> Answer {
    ask(world, &[("grant_type", "client_credentials"), JWT, ("client_assertion", jwt)]).await
}

async fn trust(world: &World, customer: &Customer) -> ScimClient {
    let wanted = (SUBJECT.parse().unwrap(), AUDIENCE.parse().unwrap());
    let now = world.clock.now();
    world.store.create_trusting_client(&customer.connection(), wanted, (None, None), now).await.unwrap()
}

/// A world that fetches the keys of every issuer from a publisher, and has done so.
async fn published() -> (World, Publisher, IssuerKeys) {
    let (mut world, publisher) = (World::new().await, Publisher::start().await);
    publisher.say(200, &[], json!({ "keys": [jwk("k1", &keys()[0])] }).to_string());
    let rules = Rules { allow_private: [publisher.host()].into(), ..Rules::default() };
    let fetcher = Fetcher::new(rules, Way::of_the_system(), std::time::Duration::from_secs(20));
    let environment = Arc::new(world.environment());
    let url = publisher.url();
    let known = IssuerKeys::new(Arc::new(move |_| url.clone()), fetcher, environment);
    world.know(known.clone());
    (world, publisher, known)
}

/// Fetches what is due, as the server does all the time.
async fn round(world: &World, keys: &IssuerKeys) {
    keys.round(&world.store.trusted_issuers().await.unwrap()).await;
}

/// [rfc7523 2.2], [rfc7523 3]
#[tokio::test]
async fn an_assertion_of_the_directory_gets_a_token_by_keys_that_it_publishes() {
    let (world, publisher, known) = published().await;
    let client = trust(&world, &world.contoso).await;
    let jwt = signed(&keys()[0], "k1", &claims(&world, &world.contoso));
    refused(&world, &show(&world, &jwt).await, 503, "temporarily_unavailable", "assertion.keys");
    assert_eq!(publisher.asked(), 0, "nothing is fetched while somebody waits");
    round(&world, &known).await;
    let answer = show(&world, &jwt).await;
    let access = speaks(&world, &answer).await.unwrap();
    assert_eq!((access.directory.tenant, access.directory.connection), (client.tenant, client.connection));
    assert_eq!(world.kinds_of(&answer).await, [EventKind::AccessGranted]);
    let id = client.id.to_string();
    let grant = ("grant_type", "client_credentials");
    for (named, status) in [(id.as_str(), 200), (SUBJECT, 200), ("contoso", 401)] {
        let form = [grant, JWT, ("client_assertion", jwt.as_str()), ("client_id", named)];
        assert_eq!(ask(&world, &form).await.status, status, "{named}");
    }
    world.store.revoke_scim_client(&client.id, world.clock.now()).await.unwrap();
    refused(&world, &show(&world, &jwt).await, 401, "invalid_client", "client.unknown");
    assert_eq!(speaks(&world, &answer).await, None, "what it has got ends with it");
}

/// [rfc8725 3]
#[tokio::test]
async fn only_what_the_issuers_key_signed_counts() {
    let (world, _publisher, known) = published().await;
    trust(&world, &world.contoso).await;
    round(&world, &known).await;
    let right = claims(&world, &world.contoso);
    let with = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        signed(&keys()[0], "k1", &claims)
    };
    let genuine = signed(&keys()[0], "k1", &right);
    let (message, _) = genuine.rsplit_once('.').unwrap();
    let none =
        format!("{}.{}.", url_safe(br#"{"alg":"none","kid":"k1"}"#), message.split_once('.').unwrap().1);
    let expired = with("exp", json!(world.clock.now().unix_timestamp() - 60));
    for (jwt, code) in [
        (signed(&keys()[1], "k1", &right), "assertion.signature"),
        (signed(&keys()[1], "k2", &right), "assertion.key"),
        (none, "assertion.algorithm"),
        ("x".to_owned(), "assertion.malformed"),
        (expired, "assertion.expired"),
        (with("aud", json!("api://other")), "client.unknown"),
        (with("sub", json!("other")), "client.unknown"),
        (with("iss", json!("https://evil.example/v2.0")), "client.unknown"),
    ] {
        refused(&world, &show(&world, &jwt).await, 401, "invalid_client", code);
    }
    let answer = show(&world, &signed(&keys()[1], "k1", &right)).await;
    assert_eq!(world.kinds_of(&answer).await, [EventKind::AccessRefused]);
    assert!(speaks(&world, &show(&world, &genuine).await).await.is_some());
}

/// [rfc7519 4.1.7]
#[tokio::test]
async fn an_assertion_with_a_name_is_used_once() {
    let (world, _publisher, known) = published().await;
    trust(&world, &world.contoso).await;
    round(&world, &known).await;
    let mut claims = claims(&world, &world.contoso);
    claims["jti"] = json!("7");
    let jwt = signed(&keys()[0], "k1", &claims);
    assert!(speaks(&world, &show(&world, &jwt).await).await.is_some());
    refused(&world, &show(&world, &jwt).await, 401, "invalid_client", "assertion.replayed");
    claims["jti"] = json!("8");
    let issued_before = signed(&keys()[0], "k1", &claims);
    world.clock.advance(Duration::minutes(2));
    world.store.mark_restored(world.clock.now()).await.unwrap();
    refused(&world, &show(&world, &issued_before).await, 401, "invalid_client", "assertion.before_restore");
}

/// The hostile administrator signs what he likes, with keys that his own directory publishes [attack H1].
#[tokio::test]
async fn h1_a_directory_speaks_for_no_other_customer() {
    let (world, _publisher, known) = published().await;
    let (ours, theirs) = (trust(&world, &world.contoso).await, trust(&world, &world.fabrikam).await);
    round(&world, &known).await;
    for (customer, client) in [(&world.contoso, &ours), (&world.fabrikam, &theirs)] {
        let answer = show(&world, &signed(&keys()[0], "k1", &claims(&world, customer))).await;
        let access = speaks(&world, &answer).await.unwrap();
        assert_eq!(
            (access.directory.tenant, access.directory.connection),
            (client.tenant, client.connection)
        );
    }
    // He names the other's client in the request.
    let jwt = signed(&keys()[0], "k1", &claims(&world, &world.fabrikam));
    let id = ours.id.to_string();
    let form = [
        ("grant_type", "client_credentials"),
        JWT,
        ("client_assertion", jwt.as_str()),
        ("client_id", id.as_str()),
    ];
    refused(&world, &ask(&world, &form).await, 401, "invalid_client", "client.unknown");
    let taken = (SUBJECT.parse().unwrap(), AUDIENCE.parse().unwrap());
    let now = world.clock.now();
    let again =
        world.store.create_trusting_client(&world.contoso.connection(), taken, (None, None), now).await;
    assert_eq!(again.unwrap_err().code(), "trust.taken");
}

/// [attack F6]
#[tokio::test]
async fn f6_keys_roll_over_and_unknown_ones_are_asked_for_seldom() {
    let (world, publisher, known) = published().await;
    trust(&world, &world.contoso).await;
    round(&world, &known).await;
    round(&world, &known).await;
    assert_eq!(publisher.asked(), 1);
    publisher.say(200, &[], json!({ "keys": [jwk("k2", &keys()[1])] }).to_string());
    let jwt = |n: usize, kid: &str| signed(&keys()[n], kid, &claims(&world, &world.contoso));
    for _ in 0..3 {
        refused(&world, &show(&world, &jwt(1, "k2")).await, 401, "invalid_client", "assertion.key");
        round(&world, &known).await;
    }
    assert_eq!(publisher.asked(), 1, "not within ten minutes");
    world.clock.advance(Duration::minutes(10));
    round(&world, &known).await;
    assert_eq!(publisher.asked(), 1, "and not without a reason");
    show(&world, &jwt(1, "k2")).await;
    round(&world, &known).await;
    assert_eq!(publisher.asked(), 2);
    assert!(speaks(&world, &show(&world, &jwt(1, "k2")).await).await.is_some());
    refused(&world, &show(&world, &jwt(0, "k1")).await, 401, "invalid_client", "assertion.key");

    // An outage costs nothing for a week, then nobody is believed any more.
    publisher.say(500, &[], "");
    for _ in 0..6 {
        world.clock.advance(Duration::DAY);
        round(&world, &known).await;
    }
    assert_eq!(publisher.asked(), 8);
    assert!(speaks(&world, &show(&world, &jwt(1, "k2")).await).await.is_some());
    world.clock.advance(Duration::DAY);
    refused(&world, &show(&world, &jwt(1, "k2")).await, 503, "temporarily_unavailable", "assertion.keys");
}

#[tokio::test]
async fn what_is_no_set_of_keys_of_the_issuer_is_not_taken() {
    let (world, publisher, known) = published().await;
    trust(&world, &world.contoso).await;
    let with = |name: &str, value: Value| {
        let mut key = jwk("k1", &keys()[0]);
        key[name] = value;
        json!({ "keys": [key] }).to_string()
    };
    let of_other = issuer(&world.fabrikam).to_string();
    let large = json!({ "keys": [jwk("k1", &keys()[0])], "x": "x".repeat(256 * 1024) }).to_string();
    let jwt = || signed(&keys()[0], "k1", &claims(&world, &world.contoso));
    for said in [
        "no json".to_owned(),
        "{}".to_owned(),
        json!({ "keys": [] }).to_string(),
        with("kty", json!("EC")),
        with("use", json!("enc")),
        with("alg", json!("RS512")),
        with("issuer", json!(of_other)),
        large,
    ] {
        publisher.say(200, &[], said.clone());
        round(&world, &known).await;
        let answer = show(&world, &jwt()).await;
        refused(&world, &answer, 503, "temporarily_unavailable", "assertion.keys");
        world.clock.advance(Duration::HOUR);
    }
    publisher.say(200, &[], with("alg", json!("RS256")));
    round(&world, &known).await;
    assert!(speaks(&world, &show(&world, &jwt()).await).await.is_some());
}
