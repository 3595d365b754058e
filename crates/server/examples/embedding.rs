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
use landfall_http::{
    App, Environment, NoRandomness, Own, Ports, PublicUrl, Settings, SignedIn, SignedInLayer, router,
};
use landfall_saml::ServiceProvider;
use landfall_store::{Place, Store};
use landfall_xmldsig::{Certificate, SigningKey};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
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

/// An installation with a key that lasts as long as the process; in earnest it is kept, and identity providers know it.
async fn landfall(folder: &Path, public_url: PublicUrl) -> Result<App<Store>, Box<dyn Error>> {
    let place = Place::Sqlite(folder.join("landfall.db"));
    Store::migrate(&place).await?;
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let certificate = CertificateParams::default().self_signed(&pair)?;
    let key = SigningKey::from_pkcs8(&pair.serialize_der(), Certificate::from_der(certificate.der())?)?;
    let (name, acs) = (public_url.join("/saml/metadata"), public_url.join("/saml/acs"));
    let sp = ServiceProvider::new(name.as_str().try_into()?, acs.as_str().try_into()?);
    Ok(App::new(Store::open(&place).await?, Own::new(sp, key), Settings::new(public_url), System))
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
}
