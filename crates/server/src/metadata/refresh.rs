//! The refresh of connections: which is due, whose turn it is, what it changes.

use std::sync::Arc;

use landfall_accounts::ports::{ConnectionDirectory, PortError};
use landfall_accounts::{
    Approval, Connection, MetadataSource, NotAnEntityId, Refresh, RefreshRefusal, Validators, Watched,
    next_fetch, next_try,
};
use landfall_http::{Environment, error_chain};
use landfall_saml::{EntityId, IdError, IdpMetadata, MetadataError};
use landfall_store::{Fetched, Store};
use time::Duration;
use tokio::task::JoinSet;
use url::Url;

use super::fetch::{Answer, FetchError, Fetcher};
use super::gauges;
use super::reading::Reading;
use super::trust::{self, PinError, trust};

/// How long a node may take before another may try: longer than a fetch.
const LEASE: Duration = Duration::minutes(5);
/// How many are fetched at once.
const AT_ONCE: usize = 8;

/// Refreshes the connections of an installation.
#[derive(Clone)]
pub(crate) struct Refresher {
    store: Store,
    fetcher: Fetcher,
    environment: Arc<dyn Environment>,
}

/// What became of a refresh.
#[derive(Debug)]
pub(crate) enum Refreshed {
    /// The server says that nothing changed.
    Unchanged,
    /// Metadata came, and were taken.
    Taken(Box<Refresh>),
}

/// Why a refresh changed nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefreshError {
    #[error("the metadata cannot be fetched")]
    Fetch(#[from] FetchError),
    #[error("what was fetched is refused")]
    Read(#[from] MetadataError),
    #[error(transparent)]
    Pin(#[from] PinError),
    #[error("the name of the identity provider")]
    Name(#[from] IdError),
    #[error("the name of the identity provider")]
    EntityId(#[from] NotAnEntityId),
    #[error("what was fetched changes nothing")]
    Refused(#[from] RefreshRefusal),
    #[error("the reading of the metadata was broken off")]
    Stopped,
    #[error(transparent)]
    Store(#[from] PortError),
}

impl RefreshError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Pin(_) => "metadata.pin",
            Self::Name(_) | Self::EntityId(_) => "metadata.entity_id",
            Self::Refused(refusal) => refusal.code(),
            Self::Stopped => "metadata.stopped",
            Self::Store(error) => error.code(),
        }
    }
}

impl Refresher {
    pub(crate) fn new(store: Store, fetcher: Fetcher, environment: Arc<dyn Environment>) -> Self {
        Self { store, fetcher, environment }
    }

    /// Refreshes what is due and no other node has taken on.
    pub(crate) async fn round(&self) -> Result<(), PortError> {
        let due = self.store.metadata_due(self.environment.now()).await?;
        for some in due.chunks(AT_ONCE) {
            let mut running = JoinSet::new();
            for source in some {
                let (one, source) = (self.clone(), source.clone());
                running.spawn(async move { one.take_on(&source).await });
            }
            while let Some(ended) = running.join_next().await {
                if let Ok(Err(error)) = ended {
                    tracing::error!(cause = error_chain(&error), "metadata cannot be refreshed");
                }
            }
        }
        Ok(())
    }

    /// Warns of certificates that end, and sets the gauges.
    pub(crate) async fn survey(&self) -> Result<(), PortError> {
        let now = self.environment.now();
        for warning in self.store.warn_of_expiry(now).await? {
            let days = (warning.not_after - now).whole_days();
            let (connection, certificate) = (&warning.connection.name, warning.certificate);
            tracing::warn!(%connection, %certificate, days, "a certificate that counts ends soon");
        }
        gauges::set(&self.store.connections().await?, &self.store.metadata_sources().await?);
        Ok(())
    }

    /// Refreshes one, if no other node does.
    async fn take_on(&self, source: &MetadataSource) -> Result<(), PortError> {
        let now = self.environment.now();
        if !self.store.claim_metadata(source, now + LEASE, now).await? {
            return Ok(());
        }
        let Some(connection) = self.store.connection(&source.connection).await? else { return Ok(()) };
        let name = &connection.name;
        match self.refresh(&connection, source).await {
            Ok(Refreshed::Unchanged) => tracing::info!(connection = %name, "the metadata have not changed"),
            Ok(Refreshed::Taken(refresh)) if refresh.changes.is_empty() => {
                tracing::info!(connection = %name, "the metadata say nothing new");
            }
            Ok(Refreshed::Taken(refresh)) => {
                let changes: Vec<_> = refresh.changes.iter().map(|change| change.code()).collect();
                tracing::warn!(connection = %name, changes = changes.join(","), "the metadata have changed");
            }
            Err(error) => {
                let (code, cause) = (error.code(), error_chain(&error));
                tracing::warn!(connection = %name, code, cause, "the metadata cannot be taken");
            }
        }
        Ok(())
    }

    /// Fetches the metadata of a connection now, whenever they are due: an operator asks.
    pub(crate) async fn refresh_now(
        &self,
        connection: &Connection,
        source: &MetadataSource,
    ) -> Result<Refreshed, RefreshError> {
        let now = self.environment.now();
        // A node that fetches at the same time does no harm.
        self.store.claim_metadata(source, now + LEASE, now).await?;
        self.refresh(connection, source).await
    }

    /// Fetches the metadata of a connection, and lets them change what they may.
    ///
    /// A failure is written down, and what was trusted is trusted on.
    async fn refresh(
        &self,
        connection: &Connection,
        source: &MetadataSource,
    ) -> Result<Refreshed, RefreshError> {
        let refreshed = self.attempt(connection, source).await;
        if let Err(error) = &refreshed
            && !matches!(error, RefreshError::Store(_) | RefreshError::Refused(_))
        {
            let now = self.environment.now();
            self.store.metadata_failed(source, error.code(), next_try(now, self.jitter()), now).await?;
        }
        refreshed
    }

    async fn attempt(
        &self,
        connection: &Connection,
        source: &MetadataSource,
    ) -> Result<Refreshed, RefreshError> {
        let entity = EntityId::try_from(connection.idp.entity_id.as_str())?;
        let url = source.url.as_str();
        let fetched = self.fetch(url, &source.validators, Some(entity), source.signed_by.as_deref());
        let (answer, reading) = fetched.await?;
        let now = self.environment.now();
        let Answer::Copy { validators } = answer else {
            let next = next_fetch(now, None, self.jitter());
            self.store.metadata_unchanged(source, next, now).await?;
            return Ok(Refreshed::Unchanged);
        };
        let metadata = read(reading).await?;
        let fetched = Fetched {
            idp: trust(&metadata, now)?,
            approval: self.approval(source),
            validators,
            next_attempt: next_fetch(now, metadata.cache_duration(), self.jitter()),
        };
        let retry = next_try(now, self.jitter());
        let refresh = self.store.metadata_fetched(source, &fetched, retry, now).await??;
        Ok(Refreshed::Taken(Box::new(refresh)))
    }

    /// What an operator imports from an address, and how it is fetched from then on.
    pub(crate) async fn import(
        &self,
        url: &Url,
        approval: Approval,
        signed_by: Option<Vec<u8>>,
        entity: Option<EntityId>,
    ) -> Result<(IdpMetadata, Watched), RefreshError> {
        let known = Default::default();
        let (answer, reading) = self.fetch(url.as_str(), &known, entity, signed_by.as_deref()).await?;
        let now = self.environment.now();
        let Answer::Copy { validators } = answer else { return Err(RefreshError::Stopped) };
        let metadata = read(reading).await?;
        let next_attempt = next_fetch(now, metadata.cache_duration(), self.jitter());
        let url = landfall_accounts::IdpUrl::new(url.as_str());
        Ok((metadata, Watched { url, approval, signed_by, validators, next_attempt }))
    }

    /// What stands at an address, read while it comes as far as it is large.
    async fn fetch(
        &self,
        url: &str,
        known: &Validators,
        entity: Option<EntityId>,
        signed_by: Option<&[u8]>,
    ) -> Result<(Answer, Reading), RefreshError> {
        let pinned = signed_by.map(trust::pinned).transpose()?;
        let mut reading = Reading::new(entity, pinned, self.environment.now());
        let answer = self.fetcher.get(url, known, |bytes| reading.push(bytes)).await?;
        Ok((answer, reading))
    }

    /// New keys count at once where the operator still lists the host, whatever was set at import.
    fn approval(&self, source: &MetadataSource) -> Approval {
        let url = Url::parse(source.url.as_str());
        match source.approval {
            Approval::Auto if url.is_ok_and(|url| self.fetcher.rules().is_auto(&url)) => Approval::Auto,
            _ => Approval::Approve,
        }
    }

    /// Without randomness all are due at once, which is no reason to fetch nothing.
    fn jitter(&self) -> u16 {
        let mut bytes = [0; 2];
        self.environment.fill(&mut bytes).map_or(0, |()| u16::from_be_bytes(bytes))
    }
}

/// Reads what may be large, where nobody waits for it.
async fn read(reading: Reading) -> Result<IdpMetadata, RefreshError> {
    let read = tokio::task::spawn_blocking(move || reading.finish());
    Ok(read.await.map_err(|_| RefreshError::Stopped)??)
}
