//! A double that repeats itself: a fixed clock and counted GUIDs.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use http_body_util::BodyExt as _;
use landfall_entra_twin::{App, IssueRequest, Seed, SigningOption, Tenant, Twin};
use std::io::{Read as _, Write as _};
use time::OffsetDateTime;
use time::macros::datetime;
use tower::ServiceExt as _;
use url::form_urlencoded::{self, Serializer};
use uuid::Uuid;

pub(crate) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05.805 UTC);
pub(crate) const SP: &str = "https://sp.example.com/saml/metadata";
pub(crate) const ACS: &str = "https://sp.example.com/saml/acs";

/// Contoso with a registered service provider, edited as the test likes.
pub(crate) fn twin_with(edit: impl FnOnce(&mut Tenant, &mut App)) -> Twin {
    let (mut tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
    app.register(SP, vec![ACS.to_owned()]);
    edit(&mut tenant, &mut app);
    let next = AtomicU64::new(1);
    Twin::new(tenant, app, || NOW)
        .with_guids(move || Uuid::from_u128(u128::from(next.fetch_add(1, Ordering::Relaxed))))
}

pub(crate) fn twin() -> Twin {
    twin_with(|_, _| {})
}

/// What an honest double would be asked in a login that the service provider began.
pub(crate) fn ask<'a>(twin: &'a Twin, user: &str, sign: SigningOption) -> IssueRequest<'a> {
    IssueRequest {
        user: twin.tenant().find(user).unwrap(),
        in_response_to: Some("id7f2c"),
        acs: ACS,
        audience: SP,
        authn_instant: datetime!(2030-01-01 20:00:00.039 UTC),
        now: NOW,
        sign,
    }
}

/// An AuthnRequest, edited as the test likes.
pub(crate) fn authn_request(edit: impl FnOnce(String) -> String) -> String {
    edit(format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" \
         IssueInstant=\"2030-01-02T03:04:00Z\" AssertionConsumerServiceURL=\"{ACS}\">\
         <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{SP}</Issuer></samlp:AuthnRequest>"
    ))
}

/// Value of `SAMLRequest` in the redirect binding, before URL encoding.
pub(crate) fn deflated(xml: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(xml.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

/// The XML in a parameter of an address that the double redirects to.
#[track_caller]
pub(crate) fn inflated(url: &str, parameter: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let value = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == parameter);
    let bytes =
        STANDARD.decode(value.unwrap_or_else(|| panic!("no {parameter} in {url}")).1.as_bytes()).unwrap();
    let mut xml = String::new();
    DeflateDecoder::new(bytes.as_slice()).read_to_string(&mut xml).unwrap();
    xml
}

pub(crate) fn encoded(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What a browser got.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(&name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    /// The cookie that the answer sets, as it is sent back.
    pub(crate) fn cookie(&self) -> &str {
        self.header(header::SET_COOKIE).split(';').next().unwrap()
    }

    /// Value of the first input of this name.
    #[track_caller]
    pub(crate) fn input(&self, name: &str) -> &str {
        let start = format!("name=\"{name}\" value=\"");
        self.body
            .split_once(&start)
            .and_then(|(_, rest)| rest.split_once('"'))
            .unwrap_or_else(|| panic!("no field {name} in {}", self.body))
            .0
    }

    /// The response in the form for the service provider.
    #[track_caller]
    pub(crate) fn response(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        String::from_utf8(STANDARD.decode(self.input("SAMLResponse")).unwrap()).unwrap()
    }
}

/// One request through a router, with the cookies of a browser.
pub(crate) async fn get(router: &Router, path: &str, cookie: &str) -> Answer {
    send(router, Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(router: &Router, path: &str, fields: &[(&str, &str)], cookie: &str) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, cookie)
        .body(Body::from(encoded(fields)))
        .unwrap();
    send(router, request).await
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
}
