//! Signing people in to an application that has these routers in its own process.

mod layer;
mod signed_in;

pub use layer::{SignedInLayer, SignedInService};
pub use signed_in::{NotSignedIn, SignedIn};

use std::sync::Arc;

use axum::http::Method;

/// What the layer found out about a request, for the handlers behind it.
#[derive(Clone)]
struct Arrival {
    person: Option<SignedIn>,
    /// Where a browser goes that is to sign in; none if nobody looks at the answer.
    way: Option<Arc<str>>,
}

/// Whether a method may change something, so that it matters which site sent the request [rfc9110 9.2.1].
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
