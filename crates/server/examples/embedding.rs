//! An application that signs people in by itself, with Landfall in its own process and a database in a folder.
//!
//! `cargo run -p landfall --example embedding` serves it at `http://127.0.0.1:8080`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use axum::Router;
use axum::routing::get;
use landfall_accounts::TokenAlgorithm;
use landfall_http::{
    App, Environment, NoRandomness, Own, Ports, PublicUrl, Settings, SignedIn, SignedInLayer, TokenKey,
    TokenKeys, router,
};
use landfall_saml::ServiceProvider;
use landfall_store::{Place, Store, TombstoneKey};
use landfall_xmldsig::{Certificate, SigningKey};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SignatureAlgorithm};
use time::OffsetDateTime;

/// Whoever comes here is signed in.
async fn hello(person: SignedIn) -> String {
    format!("Hello, {}. You may be {:?}.", person.user().user_name.as_str(), person.user().access.roles)
}

/// The application, and Landfall beside it: the landing page, the assertion consumer service, the account page.
fn application<P: Ports>(app: App<P>) -> Router {
    let own = Router::new().route("/", get(hello)).layer(SignedInLayer::new(app.clone()));
    own.merge(router(app))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join("landfall-embedding");
    fs::create_dir_all(&folder)?;
    let app = landfall(&folder, "http://127.0.0.1:8080".parse()?).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://127.0.0.1:8080, with the database in {}", folder.display());
    println!(
        "connect an identity provider with `landfall connection import`, by a landfall.toml with this data_dir"
    );
    let service = application(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await?;
    Ok(())
}

/// An installation whose signing keys last as long as the process; in earnest they are kept, and others know them.
async fn landfall(folder: &Path, public_url: PublicUrl) -> Result<App<Store>, Box<dyn Error>> {
    let rs256 = TokenKey::new(TokenAlgorithm::Rs256, key(&PKCS_RSA_SHA256)?, &[])?;
    let es256 = TokenKey::new(TokenAlgorithm::Es256, key(&PKCS_ECDSA_P256_SHA256)?, &[])?;
    let (name, acs) = (public_url.join("/saml/metadata"), public_url.join("/saml/acs"));
    let sp = ServiceProvider::new(name.as_str().try_into()?, acs.as_str().try_into()?);
    let own = Own::new(sp, key(&PKCS_RSA_SHA256)?, TokenKeys::new(rs256, es256)?);
    Ok(App::new(store(folder).await?, own, Settings::new(public_url), System))
}

/// The database, with the secret by which deleted people are recognised: without one no login is committed.
///
/// It is made once, kept beside the database, and the same for good: under another one, whoever was deleted comes back.
async fn store(folder: &Path) -> Result<Store, Box<dyn Error>> {
    let (place, file) = (Place::Sqlite(folder.join("landfall.db")), folder.join("tombstones.key"));
    Store::migrate(&place).await?;
    if !file.exists() {
        let mut secret = [0; 32];
        System.fill(&mut secret)?;
        fs::write(&file, secret)?;
    }
    let secret = fs::read(&file)?.try_into().map_err(|_| format!("{}: expected 32 bytes", file.display()))?;
    Ok(Store::open(&place).await?.with_tombstone_key(TombstoneKey::new(&secret)).await?)
}

/// A new key with a certificate of its own.
fn key(of: &'static SignatureAlgorithm) -> Result<SigningKey, Box<dyn Error>> {
    let pair = KeyPair::generate_for(of)?;
    let certificate = CertificateParams::default().self_signed(&pair)?;
    Ok(SigningKey::from_pkcs8(&pair.serialize_der(), Certificate::from_der(certificate.der())?)?)
}

struct System;

impl Environment for System {
    #[expect(clippy::disallowed_methods, reason = "this is the clock of the process")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        SystemRandom::new().fill(bytes).map_err(|_| NoRandomness)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, Response};
    use landfall_accounts::{
        CertificateFingerprint, CertificateState, DomainName, IdpBinding, IdpTrust, IdpUrl, SsoEndpoint,
        TenantName, TrustedCertificate,
    };
    use landfall_entra_twin::{IssueRequest, Message, Seed, Twin};
    use landfall_xmldsig::encode_base64;
    use tower::ServiceExt;
    use url::form_urlencoded::Serializer;

    use super::*;

    const HOME: &str = "http://127.0.0.1:8080";
    const ACS: &str = "http://127.0.0.1:8080/saml/acs";
    const ENTITY_ID: &str = "http://127.0.0.1:8080/saml/metadata";
    const SIMON: &str = "B.Simon@contoso.example";

    async fn send(app: &App<Store>, request: Request<Body>) -> Response<Body> {
        application(app.clone()).oneshot(request).await.unwrap()
    }

    async fn get(app: &App<Store>, path: &str, cookie: &str) -> Response<Body> {
        let asked = Request::get(path).header("sec-fetch-mode", "navigate").header("cookie", cookie);
        send(app, asked.body(Body::empty()).unwrap()).await
    }

    fn location(answer: &Response<Body>) -> (u16, &str) {
        (answer.status().as_u16(), answer.headers()["location"].to_str().unwrap())
    }

    fn cookies(answer: &Response<Body>) -> String {
        let lines = answer.headers().get_all("set-cookie").iter();
        lines.map(|line| line.to_str().unwrap().split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
    }

    /// As an operator does who imports the metadata of the double.
    async fn connect(store: &Store, twin: &Twin) {
        let (certificate, now) =
            (Certificate::from_der(twin.app().signing.certificate()).unwrap(), System.now());
        let trust = IdpTrust {
            entity_id: twin.tenant().issuer().parse().unwrap(),
            sso: vec![SsoEndpoint { binding: IdpBinding::Redirect, location: IdpUrl::new(twin.saml_url()) }],
            slo: vec![],
            certificates: vec![TrustedCertificate {
                der: certificate.der().to_vec(),
                fingerprint: CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes()),
                not_before: certificate.not_before(),
                not_after: certificate.not_after(),
                state: CertificateState::Trusted,
                first_seen: now,
                last_used: None,
            }],
            valid_until: None,
        };
        let (tenant, name) = ("contoso".parse::<TenantName>().unwrap(), "entra".parse().unwrap());
        let domain: DomainName = "contoso.example".parse().unwrap();
        store.create_tenant(tenant.clone(), now).await.unwrap();
        let connection = store.import_connection(&tenant, name, trust, now).await.unwrap();
        store.add_domain(&tenant, domain.clone(), now).await.unwrap();
        store.bind_domain(&domain, &connection.name, now).await.unwrap();
        store.set_connection(&connection.name, &[("unsolicited", "accept")], now).await.unwrap();
    }

    /// Somebody signs in by a response that nobody asked for, and asks for the page.
    async fn greeted(app: &App<Store>, twin: &Twin) -> (u16, String) {
        let (user, now) = (twin.tenant().find(SIMON).unwrap(), twin.now());
        let request = IssueRequest {
            user,
            in_response_to: None,
            acs: ACS,
            audience: ENTITY_ID,
            authn_instant: now,
            now,
            sign: twin.app().sign,
        };
        let response = encode_base64(twin.sign(&Message::honest(twin, &request)).unwrap().as_bytes());
        let form = Serializer::new(String::new()).append_pair("SAMLResponse", &response).finish();
        let posted = Request::post("/saml/acs").header("content-type", "application/x-www-form-urlencoded");
        let landed = send(app, posted.body(Body::from(form)).unwrap()).await;
        if landed.status() != 303 {
            return (landed.status().as_u16(), String::new());
        }
        let hop = get(app, location(&landed).1, &cookies(&landed)).await;
        assert_eq!(location(&hop), (303, "/account"));
        let page = get(app, "/", &cookies(&hop)).await;
        let status = page.status().as_u16();
        let said = to_bytes(page.into_body(), 1024).await.unwrap();
        (status, String::from_utf8(said.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn it_sends_people_to_sign_in() {
        let folder = tempfile::tempdir().unwrap();
        let app = landfall(folder.path(), HOME.parse().unwrap()).await.unwrap();
        assert_eq!(location(&get(&app, "/", "").await), (303, "/sso?target=%2F"));
    }

    #[tokio::test]
    async fn it_greets_whoever_signs_in_and_nobody_who_was_deleted_after_a_restart_either() {
        let folder = tempfile::tempdir().unwrap();
        let mut there = Seed::Contoso.app().unwrap();
        there.register(ENTITY_ID, vec![ACS.to_owned()]);
        let twin = Twin::new(Seed::Contoso.tenant().unwrap(), there, || System.now());
        let app = landfall(folder.path(), HOME.parse().unwrap()).await.unwrap();
        let store = store(folder.path()).await.unwrap();
        connect(&store, &twin).await;
        let (status, said) = greeted(&app, &twin).await;
        assert_eq!((status, said.split('.').next()), (200, Some("Hello, B")), "{said}");

        let (contoso, now) = ("contoso".parse().unwrap(), System.now());
        let simon = store.user_named(&contoso, &SIMON.parse().unwrap()).await.unwrap();
        store.erase_user(&contoso, &simon.id, now).await.unwrap();
        for _ in 0..2 {
            let app = landfall(folder.path(), HOME.parse().unwrap()).await.unwrap();
            assert_eq!(greeted(&app, &twin).await.0, 403);
        }
    }
}
