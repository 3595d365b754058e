//! The double over HTTP.

mod clock;
mod faults;
mod fields;
mod logout;
mod metadata;
mod my_apps;
mod order;
mod pages;
mod saml2;
mod sessions;
mod sign_in;

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use time::OffsetDateTime;

use crate::aadsts::Aadsts;
use crate::fault::Faults;
use crate::twin::Clock;
use crate::{ClockChange, DataDir, DataError, ForgeError, SignError, Twin};

use fields::Fields;
use pages::{BrokenPage, ErrorPage};
use sessions::Sessions;

impl Twin {
    /// The pages and endpoints of this double; its sessions live as long as the router.
    ///
    /// ```
    /// # use landfall_entra_twin::{Seed, Twin};
    /// # use time::macros::datetime;
    /// let twin = Twin::new(Seed::Contoso.tenant()?, Seed::Contoso.app()?, || datetime!(2030-01-02 03:04:05 UTC));
    /// let router: axum::Router = twin.with_base_url("http://localhost:8080").router();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn router(self) -> Router {
        router(Place::Given(RwLock::new(Arc::new(self))))
    }
}

impl DataDir {
    /// Like [`Twin::router`], with both files read again at each request.
    ///
    /// ```
    /// # use landfall_entra_twin::{DataDir, Seed};
    /// # use time::macros::datetime;
    /// let folder = tempfile::tempdir()?;
    /// let data = DataDir::init(folder.path(), Seed::Contoso)?;
    /// let router = data.router("http://localhost:8080", || datetime!(2030-01-02 03:04:05 UTC));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn router(
        self,
        base_url: impl Into<String>,
        clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static,
    ) -> Router {
        router(Place::Folder {
            data: self,
            base_url: base_url.into(),
            clock: Arc::new(clock),
            faults: Faults::default(),
        })
    }
}

fn router(place: Place) -> Router {
    Router::new()
        .route("/{tenant}/saml2", get(saml2::redirect).post(saml2::post))
        .route("/{tenant}/login", post(sign_in::post))
        .route("/{tenant}/signout", get(logout::sign_out))
        .route("/{tenant}/FederationMetadata/2007-06/FederationMetadata.xml", get(metadata::get))
        // The address that the portal shows for an application is in lower case.
        .route("/{tenant}/federationmetadata/2007-06/federationmetadata.xml", get(metadata::get))
        .route("/faults", get(faults::get).post(faults::post))
        .route("/clock", get(clock::get).post(clock::post))
        .route("/myapps", get(my_apps::get))
        .route("/myapps/signin/{app}", get(my_apps::tile))
        .with_state(Double(Arc::new((place, Sessions::default()))))
}

/// Where tenant and application come from.
enum Place {
    Given(RwLock<Arc<Twin>>),
    Folder { data: DataDir, base_url: String, clock: Clock, faults: Faults },
}

impl Place {
    fn twin(&self) -> Result<Arc<Twin>, DataError> {
        match self {
            Self::Given(twin) => Ok(twin.read().unwrap_or_else(PoisonError::into_inner).clone()),
            Self::Folder { data, base_url, clock, faults } => {
                let clock = clock.clone();
                let twin = Twin::new(data.tenant()?, data.app()?, move || clock());
                Ok(Arc::new(twin.with_base_url(base_url).with_faults(faults)))
            }
        }
    }
}

impl Place {
    /// Changes the clock, in the file if there is one.
    fn set_clock(&self, change: ClockChange) -> Result<(), DataError> {
        match self {
            Self::Given(twin) => {
                let mut twin = twin.write().unwrap_or_else(PoisonError::into_inner);
                *twin = Arc::new(Twin::clone(&twin).with_clock(change));
            }
            Self::Folder { data, clock, .. } => {
                let mut tenant = data.tenant()?;
                change.make(&mut tenant, clock());
                data.save_tenant(&tenant)?;
            }
        }
        Ok(())
    }
}

/// What the handlers share.
#[derive(Clone)]
struct Double(Arc<(Place, Sessions)>);

impl Double {
    /// Runs a handler with the double of this moment and shows what it refuses.
    fn answer(&self, work: impl FnOnce(&Twin, &Sessions) -> Result<Response, Failure>) -> Response {
        let (place, sessions) = &*self.0;
        let twin = match place.twin() {
            Ok(twin) => twin,
            Err(error) => return broken(&error),
        };
        work(&twin, sessions).unwrap_or_else(|failure| show(&twin, &failure))
    }
}

/// Why there is no answer.
enum Failure {
    Aadsts(Aadsts),
    Sign(SignError),
    Forge(ForgeError),
}

impl<E: Into<Aadsts>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Aadsts(error.into())
    }
}

fn show(twin: &Twin, failure: &Failure) -> Response {
    match failure {
        Failure::Aadsts(error) => pages::page(StatusCode::BAD_REQUEST, &ErrorPage::new(twin, error)),
        Failure::Sign(error) => broken(error),
        Failure::Forge(error) => broken(error),
    }
}

fn broken(error: &dyn std::error::Error) -> Response {
    pages::page(StatusCode::INTERNAL_SERVER_ERROR, &BrokenPage::new(error))
}

/// The tenant in the path must be ours.
fn check_tenant(twin: &Twin, segment: &str) -> Result<(), Aadsts> {
    if twin.tenant().is_named(segment) { Ok(()) } else { Err(Aadsts::NoTenant { got: segment.to_owned() }) }
}

fn see_other(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [("location", location.to_owned())]).into_response()
}
