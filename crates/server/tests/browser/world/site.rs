use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use landfall_entra_twin::{Form, Method};
use tokio::net::TcpListener;
use url::Url;

/// A site that is neither ours nor the identity provider's, with pages that post a form by themselves.
pub(crate) struct Outsider {
    origin: String,
    pages: Pages,
}

type Pages = Arc<Mutex<Vec<String>>>;

impl Outsider {
    /// Another host than Landfall's and the double's: an address is a site of its own to a browser.
    pub(super) async fn start() -> Self {
        let (listener, origin) = listen("127.0.0.2", "127.0.0.2").await;
        let pages = Pages::default();
        let router = Router::new()
            .route("/{page}", get(page))
            .route("/nothing", post(StatusCode::NO_CONTENT))
            .route("/onward", post(onward))
            .with_state(pages.clone());
        serve(listener, router);
        Self { origin, pages }
    }

    /// An address at which a form may be posted, and the browser stays where it is.
    pub(crate) fn nothing(&self) -> String {
        format!("{}/nothing", self.origin)
    }

    /// An address that has a posted form go to another one.
    pub(crate) fn onward(&self, to: &str) -> String {
        format!("{}/onward?{to}", self.origin)
    }

    /// The address of a page that posts this form as soon as it is open.
    pub(crate) fn posts(&self, form: &Form) -> String {
        let field = |(name, value): &(String, String)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
        };
        let fields: String = form.fields.iter().map(field).collect();
        let page = format!(
            "<!doctype html><title>A site</title><form method=\"post\" action=\"{}\">{fields}</form>\
             <script>document.forms[0].submit()</script>",
            escape(form.action.as_str())
        );
        let mut pages = self.pages.lock().unwrap();
        pages.push(page);
        format!("{}/{}", self.origin, pages.len() - 1)
    }
}

async fn page(State(pages): State<Pages>, Path(page): Path<usize>) -> Html<String> {
    Html(pages.lock().unwrap().get(page).cloned().unwrap_or_default())
}

async fn onward(RawQuery(to): RawQuery) -> Redirect {
    Redirect::temporary(&to.unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// A form without fields.
pub(crate) fn form(action: &str) -> Form {
    let action: Url = action.parse().unwrap();
    let fields = Vec::new();
    Form { page: action.clone(), action, method: Method::Post, origin: String::new(), fields }
}

/// A free port of an address, and the origin that browsers reach it by under a name.
pub(crate) async fn listen(address: &str, name: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let origin = format!("http://{name}:{}", listener.local_addr().unwrap().port());
    (listener, origin)
}

/// Serves until the test ends.
pub(crate) fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}
