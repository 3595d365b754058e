//! Who is signed in in a browser.

use std::time::Duration;

use landfall_accounts::{Session, SignedIn};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::cookies::Cookies;
use crate::error::{LoginError, chain};
use crate::{App, Ports};

/// How long a request waits for the store to write down that the session is used.
const LONGEST: Duration = Duration::from_millis(250);

impl<P: Ports> App<P> {
    /// The person whose live session the browser holds, which is used by that.
    pub(crate) async fn signed_in(&self, cookies: &Cookies) -> Result<Option<SignedIn>, LoginError> {
        let Some(token) = cookies.session() else { return Ok(None) };
        let now = self.environment().now();
        let found = self.ports().session_of_token(&token, now).await?;
        if let Some(SignedIn { session, .. }) = &found
            && session.is_seen_anew(now)
        {
            self.seen(session, now).await;
        }
        Ok(found)
    }

    /// Has it written down that a session is used, and says whether it was.
    ///
    /// Whatever goes wrong here, nobody waits long for it: the next request tries again, and without one the session ends.
    pub(crate) async fn seen(&self, session: &Session, now: OffsetDateTime) -> bool {
        let lost = match timeout(LONGEST, self.ports().session_seen(session, now)).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => chain(&error),
            Err(_) => "the store does not answer in time".to_owned(),
        };
        tracing::warn!(session = %session.id, cause = lost, "the use of a session is not written down");
        false
    }
}
