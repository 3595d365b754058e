use std::future::Future;

use time::OffsetDateTime;

use super::PortError;
use crate::{AtSite, EntryOutcome, Site, SiteEntry, SiteOrigin, SitePass, TokenHash};

/// Knows the applications that proxies guard, and who is at which.
pub trait SiteStore: Send + Sync {
    /// The site at this origin.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn site(&self, origin: &SiteOrigin) -> impl Future<Output = Result<Option<Site>, PortError>> + Send;

    /// Remembers a code that takes a person to a site.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then the code counts for nothing.
    fn keep_pass(
        &self,
        pass: SitePass,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Exchanges a code for a token that counts at the site, in one transaction.
    ///
    /// Session, account, connection and the rules of the site are looked at again.
    /// What the same session had at the site before ends.
    /// Each outcome leaves its event, but [`EntryOutcome::Unknown`], since anybody can make up codes.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    ///
    /// # Security
    /// A code is used once: the second time, what the first has opened ends too, since nobody knows whose it was.
    /// The caller compares no cookie: a code whose `state` is another one is forgotten here [attack E18].
    fn enter_site(
        &self,
        entry: SiteEntry,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<EntryOutcome, PortError>> + Send;

    /// The person whose live session has this token at a site, as for
    /// [`session_of_token`](super::SessionStore::session_of_token), and the site of the token.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// The caller compares the site with the one that is asked for: a token of one is worth nothing at another.
    fn at_site(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<AtSite>, PortError>> + Send;
}
