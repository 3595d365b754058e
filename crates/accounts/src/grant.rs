//! What a person let an application have, from the code to the last token.

use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    AppId, Authentication, ConnectionId, ConnectionName, NotAnId, Redirect, Scopes, SessionId, TenantId,
    TenantName, TokenHash, TraceId, User, UserAgent, UserId, ids,
};

/// Names a grant; identity tokens do not carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantId(Uuid);

impl GrantId {
    /// Takes a UUID as it is; whoever makes new ones takes version 7, which sorts by age.
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID itself.
    #[must_use]
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for GrantId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        ids::parse(text).map(Self)
    }
}

/// What a person let an application have: it is live until it ends, its session ends, or its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Names it for good.
    pub id: GrantId,
    /// The tenant of its user.
    pub tenant: TenantId,
    /// Whose it is.
    pub user: UserId,
    /// The application that has it.
    pub app: AppId,
    /// The connection by which the person signed in.
    pub connection: ConnectionId,
    /// The session in which it was made; it may have ended since where the grant is [`Lasting::OfItself`].
    pub session: SessionId,
    /// What was granted.
    pub scopes: Scopes,
    /// What the application wants to find in its identity tokens [openid-core 3.1.2.1].
    pub nonce: Option<Nonce>,
    /// How and when the person had proved who they are.
    pub authentication: Option<Authentication>,
    /// Whether it ends with its session.
    pub lasting: Lasting,
    /// When the person agreed.
    pub created_at: OffsetDateTime,
    /// When it was used last: a code or a refresh token was taken.
    pub last_used_at: OffsetDateTime,
    /// When it ends at the latest; the bound is exclusive.
    pub expires_at: OffsetDateTime,
    /// What the browser said of itself in which the person agreed.
    pub user_agent: Option<UserAgent>,
}

impl Grant {
    /// How long a code waits for its application [rfc6749 4.1.2].
    pub const CODE_LIFETIME: Duration = Duration::MINUTE;
    /// How long an access token counts.
    pub const ACCESS_LIFETIME: Duration = Duration::HOUR;
    /// How long a refresh token waits to be used.
    pub const REFRESH_LIFETIME: Duration = Duration::days(30);
    /// How long a grant lasts at most that does not end with its session.
    pub const LONGEST: Duration = Duration::days(365);
    /// Most grants of a person that are live at one application: when there are more, the oldest go.
    pub const MOST: u64 = 200;
}

/// Whether a grant ends with its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever judges a grant must handle both")]
pub enum Lasting {
    /// It ends with its session, however that ends.
    WithSession,
    /// It ends with the account, the connection, or when somebody ends it: an activation [openid-core 11].
    OfItself,
}

/// A person agrees, and the application is to get a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The application.
    pub app: AppId,
    /// The tenant of the session.
    pub tenant: TenantId,
    /// The session, which is looked at again.
    pub session: SessionId,
    /// What is granted.
    pub scopes: Scopes,
    /// Whether it is to end with its session.
    pub lasting: Lasting,
    /// Where the code goes.
    pub redirect: Redirect,
    /// What the application shows the preimage of [rfc7636 4.3].
    pub challenge: CodeChallenge,
    /// What it wants to find in its identity tokens.
    pub nonce: Option<Nonce>,
    /// Of the code.
    pub code: TokenHash,
    /// What the browser says of itself.
    pub user_agent: Option<UserAgent>,
    /// The request to us.
    pub trace: TraceId,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever answers must handle both")]
pub enum GrantOutcome {
    /// The code counts from now on.
    Granted(GrantId),
    /// The session, the application, or its right to this tenant's people is gone; nothing changed.
    Gone,
}

/// An application that has proved itself shows a code [rfc6749 4.1.3].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRedemption {
    /// The application.
    pub app: AppId,
    /// Of what it shows as the code.
    pub code: TokenHash,
    /// What it shows as the address to which the code went.
    pub redirect: Option<String>,
    /// What follows from the verifier that it shows.
    pub challenge: Option<CodeChallenge>,
    /// What it gets.
    pub tokens: NewTokens,
    /// The request to us.
    pub trace: TraceId,
}

/// An application that has proved itself shows a refresh token [rfc6749 6].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRedemption {
    /// The application.
    pub app: AppId,
    /// Of what it shows.
    pub refresh: TokenHash,
    /// What the new access token is good for, if the application wants less than was granted; the grant stays what it is.
    pub scopes: Option<Scopes>,
    /// What it gets in its place.
    pub tokens: NewTokens,
    /// The request to us.
    pub trace: TraceId,
}

/// Tokens that an application is to get: their hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTokens {
    /// Of the access token.
    pub access: TokenHash,
    /// Of the refresh token.
    pub refresh: TokenHash,
}

/// What became of a code, a refresh token, or a question of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the token endpoint must handle both")]
pub enum TokenOutcome {
    /// The tokens count from now on.
    Granted(Box<Granted>),
    /// They do not.
    Refused(GrantRefusal),
}

/// A live grant, and whose it is: what tokens are made of, and what an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The grant.
    pub grant: Grant,
    /// Its user, who is active.
    pub user: User,
    /// The name of the tenant.
    pub tenant: TenantName,
    /// The name of the connection.
    pub connection: ConnectionName,
    /// Whether the domain of the e-mail address is one that the tenant has proved to be its own.
    pub email_verified: bool,
}

/// A token that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveToken {
    /// What it is good for.
    pub kind: TokenKind,
    /// When it was made.
    pub issued_at: OffsetDateTime,
    /// When it ends; the bound is exclusive.
    pub expires_at: OffsetDateTime,
    /// For what: the scopes of the grant, or fewer where the application wanted fewer [rfc6749 6].
    pub scopes: Scopes,
    /// What it stands for.
    pub granted: Granted,
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever takes a token must handle both")]
pub enum TokenKind {
    /// It is shown with each request, to us or to whoever asks us about it.
    Access,
    /// It is shown once, for new ones.
    Refresh,
}

/// Why an application gets no tokens: each but [`Scope`](Self::Scope) is `invalid_grant` to it [rfc6749 5.2].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GrantRefusal {
    /// Nothing like that was given out, or it is long gone.
    #[error("it was never given out, or ended too long ago to be known")]
    Unknown,
    /// It was given to another application, for which it goes on to count.
    #[error("it was given to another application")]
    OtherApplication,
    /// It came after its time.
    #[error("it is too old: begin again")]
    Expired,
    /// It was used before: whatever came of it ended, since one of the two who showed it is not the application [rfc9700 4.14].
    #[error("it was used before, and what came of it ended: sign the person on again")]
    Reused,
    /// The address differs; the code is used up.
    #[error("redirect_uri is not the one to which the code was sent")]
    OtherRedirect,
    /// The verifier is missing or another one's; the code is used up [rfc7636 4.6].
    #[error("code_verifier is missing, or is not the one of code_challenge")]
    OtherVerifier,
    /// The grant, its session, its account or its connection ended.
    #[error("the person is signed out, or may not sign in any more")]
    Ended,
    /// A refresh asks for more than was granted; nothing is used up by it [rfc6749 6].
    #[error("scope asks for more than was granted, or lacks openid")]
    Scope,
}

impl GrantRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "grant.unknown",
            Self::OtherApplication => "grant.other_application",
            Self::Expired => "grant.expired",
            Self::Reused => "grant.reused",
            Self::OtherRedirect => "grant.other_redirect",
            Self::OtherVerifier => "grant.other_verifier",
            Self::Ended => "grant.ended",
            Self::Scope => "grant.scope",
        }
    }

    /// Whether the grant ends by it: somebody showed what only the application should have.
    #[must_use]
    pub fn ends_the_grant(self) -> bool {
        matches!(self, Self::Reused | Self::OtherRedirect | Self::OtherVerifier)
    }
}

/// What is known of a code that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store says all of it")]
pub struct CodeFacts {
    /// To whom it was given.
    pub app: AppId,
    /// Where it was sent.
    pub redirect: String,
    /// What its verifier leads to.
    pub challenge: CodeChallenge,
    /// When it ends; the bound is exclusive.
    pub until: OffsetDateTime,
    /// Whether it was shown before.
    pub used: bool,
    /// Whether grant, session, account and connection are live.
    pub live: bool,
}

/// Whether a code is taken [rfc6749 4.1.3].
///
/// # Errors
/// [`GrantRefusal`], the first that holds in its order: whose it is comes before everything else, so that a stranger who
/// found a code ends nothing; that it was used comes next, since then whoever uses it is not alone.
pub fn judge_code(
    facts: &CodeFacts,
    shown: &CodeRedemption,
    now: OffsetDateTime,
) -> Result<(), GrantRefusal> {
    if facts.app != shown.app {
        return Err(GrantRefusal::OtherApplication);
    }
    if facts.used {
        return Err(GrantRefusal::Reused);
    }
    if now >= facts.until {
        return Err(GrantRefusal::Expired);
    }
    if shown.redirect.as_deref() != Some(&facts.redirect) {
        return Err(GrantRefusal::OtherRedirect);
    }
    if shown.challenge.as_ref() != Some(&facts.challenge) {
        return Err(GrantRefusal::OtherVerifier);
    }
    if facts.live { Ok(()) } else { Err(GrantRefusal::Ended) }
}

/// What the verifier of a code leads to: 43 characters of base64url, a SHA-256 [rfc7636 4.2].
///
/// Only `S256` exists: with `plain` whoever sees the request has the verifier [rfc9700 2.1.1].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The 43 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CodeChallenge {
    type Err = NotAChallengeOfCode;

    fn from_str(text: &str) -> Result<Self, NotAChallengeOfCode> {
        let of_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() == 43 && text.bytes().all(of_base64url) {
            return Ok(Self(text.to_owned()));
        }
        Err(NotAChallengeOfCode)
    }
}

/// A text that is no challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 43 characters of base64url, the SHA-256 of the verifier")]
pub struct NotAChallengeOfCode;

/// What an application wants to find in its identity tokens: 1 to 255 printable ASCII characters [openid-core 3.1.2.1].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// The text, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Nonce {
    type Err = NotANonce;

    fn from_str(text: &str) -> Result<Self, NotANonce> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if (1..=255).contains(&text.len()) && printable { Ok(Self(text.to_owned())) } else { Err(NotANonce) }
    }
}

/// A text that is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 255 printable ASCII characters")]
pub struct NotANonce;

#[cfg(test)]
mod tests;
