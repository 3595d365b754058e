//! What every handler has at hand.

use std::sync::Arc;

use landfall_accounts::ports::{
    ConnectionDirectory, Health, LoginStore, LogoutStore, MetadataSchedule, SessionStore,
};
use landfall_saml::ServiceProvider;
use landfall_xmldsig::SigningKey;

use crate::limits::Shares;
use crate::{Environment, Settings};

/// Everything that a store must do for these routers.
pub trait Ports:
    ConnectionDirectory + LoginStore + LogoutStore + SessionStore + MetadataSchedule + Health + 'static
{
}

impl<P> Ports for P where
    P: ConnectionDirectory + LoginStore + LogoutStore + SessionStore + MetadataSchedule + Health + 'static
{
}

/// An installation: its store, its side of SAML, its settings, its clock. Cheap to clone.
pub struct App<P> {
    inner: Arc<Inner<P>>,
}

struct Inner<P> {
    ports: P,
    sp: ServiceProvider,
    key: SigningKey,
    settings: Settings,
    shares: Shares,
    environment: Box<dyn Environment>,
}

impl<P: Ports> App<P> {
    /// Puts an installation together; `key` signs its requests.
    #[must_use]
    pub fn new(
        ports: P,
        sp: ServiceProvider,
        key: SigningKey,
        settings: Settings,
        environment: impl Environment,
    ) -> Self {
        let shares = Shares::new(&settings.limits, environment.now());
        let environment = Box::new(environment);
        Self { inner: Arc::new(Inner { ports, sp, key, settings, shares, environment }) }
    }

    pub(crate) fn ports(&self) -> &P {
        &self.inner.ports
    }

    pub(crate) fn sp(&self) -> &ServiceProvider {
        &self.inner.sp
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.inner.key
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn shares(&self) -> &Shares {
        &self.inner.shares
    }

    pub(crate) fn environment(&self) -> &dyn Environment {
        self.inner.environment.as_ref()
    }
}

impl<P> Clone for App<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}
