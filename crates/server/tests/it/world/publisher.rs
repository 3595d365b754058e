//! A web server on loopback that publishes metadata.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{Response, StatusCode};
use landfall_entra_twin::KeysOf;
use landfall_xmldsig::encode_base64;
use tokio::net::TcpListener;

use super::Customer;

/// Answers every path the same, and counts who asks.
pub(crate) struct Publisher {
    address: SocketAddr,
    said: Arc<Mutex<Said>>,
}

struct Said {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    asked: Vec<String>,
}

impl Publisher {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let said = Said { status: StatusCode::OK, headers: Vec::new(), body: Vec::new(), asked: Vec::new() };
        let said = Arc::new(Mutex::new(said));
        let answers = Arc::clone(&said);
        let router = Router::new().fallback(async move |request: Request| {
            let mut said = answers.lock().unwrap();
            said.asked.push(request.uri().to_string());
            let known = request.headers().get(IF_NONE_MATCH).map(|value| value.to_str().unwrap().to_owned());
            let etag =
                said.headers.iter().find(|(name, _)| *name == ETAG.as_str()).map(|(_, value)| value.clone());
            let mut answer = Response::builder();
            if known.is_some() && known == etag {
                return answer.status(StatusCode::NOT_MODIFIED).body(Body::empty()).unwrap();
            }
            for (name, value) in &said.headers {
                answer = answer.header(*name, value);
            }
            let body = Body::from(said.body.clone());
            let unsized_body = said.headers.iter().any(|(name, _)| *name == "x-chunks");
            let body = if unsized_body { Body::from_stream(body.into_data_stream()) } else { body };
            answer.status(said.status).body(body).unwrap()
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, said }
    }

    /// `127.0.0.1` and the port.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/metadata?appid=1", self.address)
    }

    /// From now on it answers so.
    pub(crate) fn say(&self, status: u16, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) {
        let mut said = self.said.lock().unwrap();
        said.status = StatusCode::from_u16(status).unwrap();
        said.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        said.body = body.into();
    }

    /// From now on it publishes the metadata of a customer, with the signing certificates of these.
    pub(crate) fn publish(&self, customer: &Customer, keys: &[&Customer]) {
        self.say(200, &[], metadata(customer, keys));
    }

    /// From now on it sends so many bytes, and does not say how many.
    pub(crate) fn say_in_chunks(&self, bytes: usize) {
        self.say(200, &[("x-chunks", "yes")], vec![b'x'; bytes]);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.said.lock().unwrap().asked.len()
    }
}

/// The metadata of a customer, with the signing certificates of these.
pub(crate) fn metadata(customer: &Customer, keys: &[&Customer]) -> String {
    let certificate = |customer: &Customer| {
        let text = encode_base64(customer.twin.app().signing.certificate());
        format!("<X509Data><X509Certificate>{text}</X509Certificate></X509Data>")
    };
    let listed: String = keys.iter().map(|key| certificate(key)).collect();
    let text = customer.twin.metadata(KeysOf::App).unwrap();
    let (before, role) = text.split_once("<IDPSSODescriptor").unwrap();
    format!("{before}<IDPSSODescriptor{}", role.replace(&certificate(customer), &listed))
}
