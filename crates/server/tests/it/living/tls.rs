//! Servers with certificates, good and bad, at the other end of a real handshake.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use landfall_accounts::Validators;
use landfall_http::error_chain;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use reqwest::Certificate;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion, version};
use time::{Duration, OffsetDateTime};

use super::LONGEST;
use super::names::{HOST, Names};
use crate::metadata::{Fetcher, Rules, Way};

/// A certification authority that a test makes.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for this name, valid from and for so many days from now on.
    #[expect(clippy::disallowed_methods, reason = "a handshake has no other clock")]
    fn vouch(
        &self,
        name: &str,
        (from, until): (i64, i64),
    ) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let now = OffsetDateTime::now_utc();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (now + Duration::days(from), now + Duration::days(until));
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    /// As the system would trust it.
    fn trusted(&self) -> Certificate {
        Certificate::from_der(self.0.der()).unwrap()
    }
}

/// A web server on loopback that has this certificate, and speaks these versions.
fn serve(
    (chain, key): (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>),
    versions: &[&'static SupportedProtocolVersion],
) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::Stream::new(&mut connection, &mut stream);
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && tls.read_exact(&mut byte).is_ok() {
                request.extend_from_slice(&byte);
            }
            // Who refused the certificate hears nothing of it.
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere");
            connection.send_close_notify();
            let _ = connection.write_tls(&mut stream);
        }
    });
    address
}

/// What comes of `https://idp.example` where it is at this address, and the system trusts this authority.
async fn fetch(address: SocketAddr, trusted: &Authority) -> Result<Vec<u8>, String> {
    let place = format!("{HOST}:{}", address.port());
    let rules = Rules { allow_private: [place.clone()].into(), ..Rules::default() };
    let way = Way { names: Names::here(), authorities: vec![trusted.trusted()] };
    let mut came = Vec::new();
    let take = |bytes: &[u8]| {
        came.extend_from_slice(bytes);
        ControlFlow::Continue(())
    };
    let url = format!("https://{place}/metadata");
    let got = Fetcher::new(rules, way, LONGEST).get(&url, &Validators::default(), take).await;
    got.map_err(|error| {
        assert_eq!(error.code(), "fetch.connect");
        error_chain(&error)
    })?;
    Ok(came)
}

const NOW: (i64, i64) = (-1, 30);

#[tokio::test]
async fn f6_a_server_with_a_good_certificate_is_fetched_from() {
    let authority = Authority::new("authority");
    for version in [&version::TLS12, &version::TLS13] {
        let address = serve(authority.vouch(HOST, NOW), &[version]);
        assert_eq!(fetch(address, &authority).await.unwrap(), b"here", "{version:?}");
    }
}

/// Each differs from the good one in one thing, which is told.
#[tokio::test]
async fn f6_a_server_with_another_certificate_is_not() {
    let (authority, stranger) = (Authority::new("authority"), Authority::new("stranger"));
    for (certificate, told) in [
        (authority.vouch(HOST, (-30, -1)), "expired"),
        (authority.vouch(HOST, (1, 30)), "not valid yet"),
        (authority.vouch("evil.example", NOW), "not valid for name"),
        (stranger.vouch(HOST, NOW), "unknownissuer"),
    ] {
        let error = fetch(serve(certificate, &[&version::TLS13]), &authority).await.unwrap_err();
        assert!(error.starts_with("idp.example cannot be reached: look at its name,"), "{error}");
        assert!(error.to_lowercase().contains(told), "{told}: {error}");
    }
}

/// Answers with a ServerHello of this version, whatever it is asked [rfc5246 7.4.1.3].
fn says_version(minor: u8) -> SocketAddr {
    let mut hello = vec![22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
    hello.extend([7; 32]);
    // No session, ECDHE with RSA and AES-128-CBC, no compression.
    hello.extend([0, 0xc0, 0x13, 0]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.write_all(&hello);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    address
}

#[tokio::test]
async fn f6_an_older_version_of_tls_is_not_spoken() {
    let authority = Authority::new("authority");
    for minor in [1, 2] {
        let error = fetch(says_version(minor), &authority).await.unwrap_err();
        assert!(error.contains("peer is incompatible"), "{minor}: {error}");
    }
}
