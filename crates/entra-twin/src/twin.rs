//! The double itself.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::fault::Faults;
use crate::{
    App, ClockChange, Credential, Group, IssueRequest, KeysOf, Message, SignError, Tenant, User, metadata,
};

/// What tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// What makes the GUIDs of messages, sessions and error pages.
type Guids = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// A local double of Entra: one tenant with one gallery application.
///
/// It answers over HTTP ([`Twin::router`]) or without ([`Twin::issue`]).
///
/// ```
/// use landfall_entra_twin::{IssueRequest, Seed, SigningOption, Twin};
/// use time::macros::datetime;
///
/// let twin = Twin::new(Seed::Contoso.tenant()?, Seed::Contoso.app()?, || datetime!(2030-01-02 03:04:05 UTC));
/// let response = twin.issue(&IssueRequest {
///     user: twin.tenant().find("B.Simon@contoso.example").ok_or("not there")?,
///     in_response_to: None,
///     acs: "https://sp.example.com/acs",
///     audience: "https://sp.example.com",
///     authn_instant: twin.now(),
///     now: twin.now(),
///     sign: SigningOption::Assertion,
/// })?;
/// assert!(response.starts_with("<samlp:Response ID=\"_"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Twin {
    tenant: Tenant,
    app: App,
    clock: Clock,
    guids: Guids,
    base_url: String,
    faults: Faults,
}

impl Twin {
    /// A double at Entra's own address, with random GUIDs.
    pub fn new(tenant: Tenant, app: App, clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        let base_url = format!("https://{}", tenant.cloud.login_host());
        let (clock, guids) = (Arc::new(clock), Arc::new(Uuid::new_v4));
        Self { tenant, app, clock, guids, base_url, faults: Faults::default() }
    }

    /// Takes GUIDs from elsewhere, so that a test can repeat.
    #[must_use]
    pub fn with_guids(mut self, guids: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        self.guids = Arc::new(guids);
        self
    }

    /// Says where the double can be reached, such as `http://localhost:8080`; no slash at the end.
    ///
    /// Metadata and pages name this address; the issuer does not change with it.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Shares the faults of a double that is made anew at each request.
    pub(crate) fn with_faults(mut self, faults: &Faults) -> Self {
        self.faults = faults.clone();
        self
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The application.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The time by the clock of the double, which its tenant may set wrong.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        let real = (self.clock)();
        real.checked_add(Duration::seconds(self.tenant.clock_offset)).unwrap_or(real)
    }

    /// Sets the clock of the double right, wrong, or at a moment.
    ///
    /// ```
    /// # use landfall_entra_twin::{Seed, Twin};
    /// # use time::{Duration, macros::datetime};
    /// let now = datetime!(2030-01-02 03:04:05 UTC);
    /// let twin = Twin::new(Seed::Contoso.tenant()?, Seed::Contoso.app()?, move || now);
    /// assert_eq!(twin.with_clock("by=-90".parse()?).now(), now - Duration::seconds(90));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_clock(mut self, change: ClockChange) -> Self {
        change.make(&mut self.tenant, (self.clock)());
        self
    }

    /// The credential that signs now: of the application, see [`App::signing_at`].
    #[must_use]
    pub fn signing(&self) -> &Credential {
        self.app.signing_at(self.now())
    }

    /// Makes a signed response as Entra would.
    ///
    /// # Errors
    /// [`SignError`] if libxmlsec1 does not sign.
    pub fn issue(&self, request: &IssueRequest<'_>) -> Result<String, SignError> {
        self.sign(&Message::honest(self, request))
    }

    /// Writes any message and signs it with the key of the application, whatever it says.
    ///
    /// # Errors
    /// [`SignError`] if libxmlsec1 does not sign.
    pub fn sign(&self, message: &Message) -> Result<String, SignError> {
        message.write(&self.app, self.signing())
    }

    /// Writes the federation metadata, byte order mark included.
    ///
    /// # Errors
    /// [`SignError`] if libxmlsec1 does not sign.
    pub fn metadata(&self, keys: KeysOf) -> Result<String, SignError> {
        metadata::write(self, keys)
    }

    /// Login URL and Logout URL of the portal's "Set up" box: `{base_url}/{TID}/saml2`.
    #[must_use]
    pub fn saml_url(&self) -> String {
        format!("{}/saml2", self.login_url())
    }

    /// Whether the person sees the tile: who is assigned does, by name or as a direct member of a group.
    pub(crate) fn is_assigned(&self, user: &User) -> bool {
        let is_member = |group: &Group| group.assigned && group.members.contains(&user.object_id);
        self.app.is_assigned(user) || self.tenant.groups.iter().any(is_member)
    }

    /// Whether the person may have a token.
    pub(crate) fn admits(&self, user: &User) -> bool {
        self.app.admits(user) || self.is_assigned(user)
    }

    /// Where the addresses of this tenant begin.
    pub(crate) fn login_url(&self) -> String {
        self.url_of(&self.tenant.id.to_string())
    }

    /// Where the addresses of a tenant begin, or of all of them.
    pub(crate) fn url_of(&self, segment: &str) -> String {
        format!("{}/{segment}", self.base_url)
    }

    pub(crate) fn guid(&self) -> Uuid {
        (self.guids)()
    }
}
