//! What every handler has at hand.

use std::sync::{Arc, PoisonError, RwLock};

use landfall_accounts::ports::{
    ChangeFeed, ConnectionDirectory, CredentialStore, DirectoryStore, Health, InvitationStore, LoginStore,
    LogoutStore, MetadataSchedule, ProvisioningLog, SessionStore, SiteStore, TestStore, TraceStore,
};
use landfall_saml::ServiceProvider;
use landfall_xmldsig::{Certificate, Signer, SigningKey};

use crate::forward_auth::Guard;
use crate::limits::Shares;
use crate::mappings::Mappings;
use crate::provisioning_log::Waiting;
use crate::scim::Extensions;
use crate::{Environment, Settings};

/// Everything that a store must do for these routers.
pub trait Ports:
    ConnectionDirectory
    + LoginStore
    + LogoutStore
    + SessionStore
    + TestStore
    + InvitationStore
    + MetadataSchedule
    + TraceStore
    + CredentialStore
    + DirectoryStore
    + ProvisioningLog
    + SiteStore
    + ChangeFeed
    + Health
    + 'static
{
}

impl<P> Ports for P where
    P: ConnectionDirectory
        + LoginStore
        + LogoutStore
        + SessionStore
        + TestStore
        + InvitationStore
        + MetadataSchedule
        + TraceStore
        + CredentialStore
        + DirectoryStore
        + ProvisioningLog
        + SiteStore
        + ChangeFeed
        + Health
        + 'static
{
}

/// An installation: its store, its side of SAML, its settings, its clock. Cheap to clone.
pub struct App<P: Ports> {
    inner: Arc<Inner<P>>,
}

struct Inner<P: Ports> {
    ports: P,
    own: RwLock<Arc<Own>>,
    settings: Settings,
    shares: Shares,
    mappings: Mappings,
    extensions: Extensions,
    waiting: Waiting,
    guard: Guard<P::Position>,
    environment: Box<dyn Environment>,
}

/// Our side of SAML with the keys of one moment.
#[derive(Debug)]
pub struct Own {
    sp: ServiceProvider,
    key: SigningKey,
    others: Vec<Certificate>,
}

impl Own {
    /// `key` signs requests; `sp` has the keys to decrypt with, if there are any.
    #[must_use]
    pub fn new(sp: ServiceProvider, key: SigningKey) -> Self {
        Self { sp, key, others: Vec::new() }
    }

    /// Announces further certificates for signatures in the metadata: of the key that comes next, or came before.
    #[must_use]
    pub fn announcing(self, others: Vec<Certificate>) -> Self {
        Self { others, ..self }
    }

    pub(crate) fn sp(&self) -> &ServiceProvider {
        &self.sp
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The certificates that identity providers are to verify our requests with, the one in use first.
    pub(crate) fn certificates(&self) -> Vec<Certificate> {
        std::iter::once(self.key.certificate()).chain(&self.others).cloned().collect()
    }
}

impl<P: Ports> App<P> {
    /// Puts an installation together.
    #[must_use]
    pub fn new(ports: P, own: Own, settings: Settings, environment: impl Environment) -> Self {
        let shares = Shares::new(&settings.limits, environment.now());
        let (own, environment) = (RwLock::new(Arc::new(own)), Box::new(environment));
        Self {
            inner: Arc::new(Inner {
                ports,
                own,
                settings,
                shares,
                mappings: Mappings::default(),
                extensions: Extensions::default(),
                waiting: Waiting::default(),
                guard: Guard::default(),
                environment,
            }),
        }
    }

    /// Takes other keys from the next step of any login on; one that is under way ends with those that it began with.
    pub fn replace_keys(&self, own: Own) {
        *self.inner.own.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(own);
    }

    /// Our side of SAML as it is now.
    pub(crate) fn own(&self) -> Arc<Own> {
        Arc::clone(&self.inner.own.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn ports(&self) -> &P {
        &self.inner.ports
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn shares(&self) -> &Shares {
        &self.inner.shares
    }

    pub(crate) fn mappings(&self) -> &Mappings {
        &self.inner.mappings
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.inner.extensions
    }

    pub(crate) fn waiting(&self) -> &Waiting {
        &self.inner.waiting
    }

    /// Who is at which site, as far as it is remembered.
    pub(crate) fn guard(&self) -> &Guard<P::Position> {
        &self.inner.guard
    }

    pub(crate) fn environment(&self) -> &dyn Environment {
        self.inner.environment.as_ref()
    }
}

impl<P: Ports> Clone for App<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}
