use std::future::Future;
use std::mem::replace;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::{OriginalUri, Request};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use landfall_accounts::TraceId;
use tower::{Layer, Service};

use super::{Arrival, NotSignedIn, SignedIn, is_safe};
use crate::cookies::Cookies;
use crate::environment::random;
use crate::error::LoginError;
use crate::navigation::is_navigation;
use crate::respond::refusal;
use crate::settings::DEFAULT_TARGET;
use crate::sso::{own_origin, sign_in_at};
use crate::{App, Ports};

/// Lets people in who are signed in, and sends others to the landing page.
///
/// It goes around the routes of an application that is served at the public address itself, beside [`router`](crate::router):
/// the cookie of a session comes to no other host.
/// The person is a [`SignedIn`] to the handlers.
/// An answer may be kept by nobody, unless the application says otherwise in `Cache-Control`.
///
/// ```
/// use axum::{Router, routing::get};
/// use landfall_http::{App, Ports, SignedIn, SignedInLayer, router};
///
/// async fn hello(person: SignedIn) -> String {
///     format!("Hello, {}", person.user().user_name.as_str())
/// }
///
/// fn serve<P: Ports>(app: App<P>) -> Router {
///     let own = Router::new().route("/hello", get(hello)).layer(SignedInLayer::new(app.clone()));
///     own.merge(router(app))
/// }
/// ```
///
/// # Security
/// The session is looked at with each request, so that whoever is deprovisioned is out at the next one.
/// A request that may change something must come from a page of ours, by its Origin [attack E22].
pub struct SignedInLayer<P: Ports> {
    app: App<P>,
    admits: Admits,
}

/// Whom a layer lets in.
#[derive(Clone, Copy)]
enum Admits {
    SignedIn,
    Anybody,
}

impl<P: Ports> SignedInLayer<P> {
    /// Lets nobody in who is not signed in.
    #[must_use]
    pub fn new(app: App<P>) -> Self {
        Self { app, admits: Admits::SignedIn }
    }

    /// Lets anybody in, and tells the handlers who it is: each says by its arguments whom it admits.
    #[must_use]
    pub fn open(app: App<P>) -> Self {
        Self { app, admits: Admits::Anybody }
    }
}

impl<P: Ports> Clone for SignedInLayer<P> {
    fn clone(&self) -> Self {
        Self { app: self.app.clone(), admits: self.admits }
    }
}

impl<S, P: Ports> Layer<S> for SignedInLayer<P> {
    type Service = SignedInService<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        SignedInService { inner, layer: self.clone() }
    }
}

/// A service behind a [`SignedInLayer`].
pub struct SignedInService<S, P: Ports> {
    inner: S,
    layer: SignedInLayer<P>,
}

impl<S: Clone, P: Ports> Clone for SignedInService<S, P> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S, P> Service<Request> for SignedInService<S, P>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    P: Ports,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let next = self.inner.clone();
        // The one that is ready is used, and the clone is asked next.
        let mut inner = replace(&mut self.inner, next);
        let layer = self.layer.clone();
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match layer.arrive(&mut parts).await {
                Ok(()) => inner.call(Request::from_parts(parts, body)).await.map(kept_by_nobody),
                Err(answer) => Ok(kept_by_nobody(answer)),
            }
        })
    }
}

impl<P: Ports> SignedInLayer<P> {
    /// Tells the request who sent it, or answers in place of the application.
    async fn arrive(&self, request: &mut Parts) -> Result<(), Response> {
        let arrival = match self.judge(request).await {
            Ok(arrival) => arrival,
            Err(error) => {
                let trace =
                    random(self.app.environment()).map_or_else(|_| TraceId::new([0; 8]), TraceId::new);
                return Err(refusal(&error, &trace, "/sso"));
            }
        };
        if let (Admits::SignedIn, None) = (self.admits, &arrival.person) {
            let way = arrival.way.map_or(NotSignedIn::Program, |way| NotSignedIn::Browser { way });
            return Err(way.into_response());
        }
        request.extensions.insert(arrival);
        Ok(())
    }

    async fn judge(&self, request: &Parts) -> Result<Arrival, LoginError> {
        let (settings, safe) = (self.app.settings(), is_safe(&request.method));
        let person = self.app.signed_in(&Cookies::of(&request.headers)).await?;
        if person.is_some() && !safe {
            own_origin(&request.headers, &settings.public_url)?;
        }
        // Within a nested router the other one lacks what the router stands under.
        let uri = request.extensions.get::<OriginalUri>().map_or(&request.uri, |OriginalUri(uri)| uri);
        let wanted = uri.path_and_query().map(|wanted| wanted.as_str()).filter(|_| safe);
        let target = wanted.and_then(|wanted| settings.target(Some(wanted)));
        let target = target.as_ref().map_or(DEFAULT_TARGET, |target| target.as_str());
        let way = is_navigation(&request.headers).then(|| sign_in_at("/sso", target, None).into());
        Ok(Arrival { person: person.map(SignedIn::new), way })
    }
}

fn kept_by_nobody(mut answer: Response) -> Response {
    answer.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}
