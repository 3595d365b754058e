use time::{Duration, OffsetDateTime};

use crate::{SessionId, SiteId, SitePath, SiteRefusal, TenantId, TokenHash, TraceId};

/// What takes a person who is signed in to a site: a code, which is used once and soon.
///
/// A cookie of one host does not reach another: at a site, the code is exchanged for a cookie of the site's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePass {
    /// The tenant of the session.
    pub tenant: TenantId,
    /// The session, with which what the code opens lives and ends.
    pub session: SessionId,
    /// The site, the only one at which the code counts.
    pub site: SiteId,
    /// The hash of the code.
    pub code: TokenHash,
    /// The hash of the cookie that the browser got at the site when it began.
    pub state: TokenHash,
    /// Where the person goes at the site.
    pub target: SitePath,
}

impl SitePass {
    /// How long a code counts.
    pub const LIFETIME: Duration = Duration::seconds(60);
}

/// A code that came to a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteEntry {
    /// The site to which it came.
    pub site: SiteId,
    /// The hash of the code.
    pub code: TokenHash,
    /// The hash of the cookie by which the browser proves that it began; none if it has none.
    pub state: Option<TokenHash>,
    /// The hash of the token that the browser gets if it is let in.
    pub new_token: TokenHash,
    /// The request.
    pub trace: TraceId,
}

/// What became of a code.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever answers a browser must handle every outcome")]
pub enum EntryOutcome {
    /// The token counts from now on.
    Entered(Entered),
    /// Nobody gave it out, or it is forgotten.
    Unknown,
    /// It is for another site, and waits for it.
    OtherSite,
    /// It came a second time: what it had opened has ended.
    Replayed,
    /// The browser that brings it is not the one that began: it counts no more.
    Foreign,
    /// It came too late.
    Late,
    /// The session has ended meanwhile, or account or connection admit nobody.
    Ended,
    /// The site does not admit the person.
    Refused(SiteRefusal),
}

/// A person who has entered a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Where to go.
    pub target: SitePath,
    /// When the session ends at the latest.
    pub expires_at: OffsetDateTime,
}
