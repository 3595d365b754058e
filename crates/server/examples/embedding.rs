//! An application that signs people in by itself, with Landfall in its own process and a database in a folder.
//!
//! `cargo run -p landfall --example embedding` serves it at `http://127.0.0.1:8080`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
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
    std::fs::create_dir_all(&folder)?;
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

/// An installation with keys that last as long as the process; in earnest they are kept, and others know them.
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
/// In earnest the secret is kept too, and stays the same for good.
async fn store(folder: &Path) -> Result<Store, Box<dyn Error>> {
    let place = Place::Sqlite(folder.join("landfall.db"));
    Store::migrate(&place).await?;
    let mut secret = [0; 32];
    System.fill(&mut secret)?;
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
    use axum::body::Body;
    use axum::http::Request;
    use landfall_accounts::{Access, NewUser, Origin, Standing, TenantName, UserState};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn it_sends_people_to_sign_in() {
        let folder = tempfile::tempdir().unwrap();
        let app = landfall(folder.path(), "http://127.0.0.1:8080".parse().unwrap()).await.unwrap();
        let asked = Request::get("/").header("sec-fetch-mode", "navigate").body(Body::empty()).unwrap();
        let answer = application(app).oneshot(asked).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["location"]),
            (303, &"/sso?target=%2F".parse().unwrap())
        );
    }

    #[tokio::test]
    async fn its_store_has_the_key_that_logins_and_deletions_need() {
        let folder = tempfile::tempdir().unwrap();
        let (store, now) = (store(folder.path()).await.unwrap(), System.now());
        let contoso: TenantName = "contoso".parse().unwrap();
        store.create_tenant(contoso.clone(), now).await.unwrap();
        let ada = NewUser {
            user_name: "ada@contoso.example".parse().unwrap(),
            state: UserState::Active,
            standing: Standing::Person,
            origin: Origin::Operator,
            first_name: None,
            last_name: None,
            email: None,
            display_name: None,
            access: Access::none(),
        };
        let ada = store.create_user(&contoso, ada, now).await.unwrap();
        store.erase_user(&contoso, &ada.id, now).await.unwrap();
    }
}
