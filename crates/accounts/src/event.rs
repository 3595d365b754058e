use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{ConnectionId, TenantId, TraceId, UnknownName, UserId, named};

/// Something that happened and stays in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub at: OffsetDateTime,
    /// What happened.
    pub kind: EventKind,
    /// The tenant, if it is known.
    pub tenant: Option<TenantId>,
    /// The connection, if it is known.
    pub connection: Option<ConnectionId>,
    /// The account, if there is one.
    pub user: Option<UserId>,
    /// The request that caused it; an operator's command has none.
    pub trace: Option<TraceId>,
    /// What else is to be said.
    pub detail: Detail,
}

/// JSON text about an event: codes, ids, fingerprints.
///
/// # Security
/// Whoever makes one keeps the values of attributes and NameIDs out of it: logs are read by many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    /// Takes JSON text.
    pub fn new(json: impl Into<String>) -> Self {
        Self(json.into())
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A login was accepted, and its session waits for the hop.
    LoginAccepted,
    /// A login was refused.
    LoginRefused,
    /// Two engines for signatures disagreed about a message, which one of them has wrong: an alarm.
    EnginesDisagreed,
    /// An assertion came again.
    LoginReplayed,
    /// An unsolicited response started a login that we ask for.
    LoginRestarted,
    /// A response to a test login was judged, and nothing came of it.
    LoginTested,
    /// An account was made.
    AccountCreated,
    /// An account was linked to an identity for the first time.
    AccountLinked,
    /// A login name belongs to another account.
    AccountCollision,
    /// An account was changed.
    AccountChanged,
    /// A directory pushed a person or a group, and nothing came of it.
    PushRefused,
    /// A group of a directory was made, changed or deleted.
    GroupChanged,
    /// A pending person got a link that activates the account.
    InvitationMade,
    /// An operator took an invitation back.
    InvitationWithdrawn,
    /// A link was not redeemed: it was used, withdrawn, replaced, too old, or for an account that is not pending.
    InvitationRefused,
    /// Whatever told whose account it was is gone.
    AccountErased,
    /// An identity that was refused since its name is an account's waits for an operator.
    MergeProposed,
    /// An operator accepted or rejected it.
    MergeDecided,
    /// The identity provider signed a person out, or answered a logout of ours.
    LogoutAccepted,
    /// A logout message was refused.
    LogoutRefused,
    /// A logout request came again.
    LogoutReplayed,
    /// A session was opened.
    SessionOpened,
    /// A session ended before its time.
    SessionEnded,
    /// A hop found no session that waits for it.
    HopMissed,
    /// A hop came without the cookies of its login.
    HopForeign,
    /// A hop would have replaced another person's session and asked first.
    HopOtherPerson,
    /// A person entered a site, an application that a proxy guards.
    SiteEntered,
    /// A person was not let into a site, or the code of an entry came from elsewhere.
    SiteRefused,
    /// The code of an entry came again, and what it had opened has ended.
    SiteReplayed,
    /// A tenant, domain, connection or site was changed.
    ConfigurationChanged,
    /// A client of a directory got an access token.
    AccessGranted,
    /// A client of a directory got none.
    AccessRefused,
    /// A person let an application have something.
    GrantMade,
    /// A person said that a device is not theirs, so that it gets nothing.
    GrantDenied,
    /// What an application was let have ended before its time.
    GrantEnded,
    /// An application showed a code or a refresh token and got nothing.
    GrantRefused,
    /// An application could not be told that a session ended, for a day.
    NoticeGivenUp,
    /// Metadata that were fetched changed whom a connection trusts, or wait for an operator.
    MetadataChanged,
    /// Metadata that were fetched may not change anything: another identity provider, or no key that could count.
    MetadataRefused,
    /// Metadata cannot be fetched or read; it is written when that begins, and when its reason changes.
    MetadataFailed,
    /// A certificate that counts ends soon: 60, 30, 7 and 1 days before, each once.
    KeyExpires,
    /// The database was restored from a backup.
    Restored,
}

impl EventKind {
    const ALL: [Self; 42] = [
        Self::LoginAccepted,
        Self::LoginRefused,
        Self::EnginesDisagreed,
        Self::LoginReplayed,
        Self::LoginRestarted,
        Self::LoginTested,
        Self::AccountCreated,
        Self::AccountLinked,
        Self::AccountCollision,
        Self::AccountChanged,
        Self::PushRefused,
        Self::GroupChanged,
        Self::InvitationMade,
        Self::InvitationWithdrawn,
        Self::InvitationRefused,
        Self::AccountErased,
        Self::MergeProposed,
        Self::MergeDecided,
        Self::LogoutAccepted,
        Self::LogoutRefused,
        Self::LogoutReplayed,
        Self::SessionOpened,
        Self::SessionEnded,
        Self::HopMissed,
        Self::HopForeign,
        Self::HopOtherPerson,
        Self::SiteEntered,
        Self::SiteRefused,
        Self::SiteReplayed,
        Self::ConfigurationChanged,
        Self::AccessGranted,
        Self::AccessRefused,
        Self::GrantMade,
        Self::GrantDenied,
        Self::GrantEnded,
        Self::GrantRefused,
        Self::NoticeGivenUp,
        Self::MetadataChanged,
        Self::MetadataRefused,
        Self::MetadataFailed,
        Self::KeyExpires,
        Self::Restored,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::LoginAccepted => "login.accepted",
            Self::LoginRefused => "login.refused",
            Self::EnginesDisagreed => "login.engines_disagreed",
            Self::LoginReplayed => "login.replayed",
            Self::LoginRestarted => "login.restarted",
            Self::LoginTested => "login.tested",
            Self::AccountCreated => "account.created",
            Self::AccountLinked => "account.linked",
            Self::AccountCollision => "account.collision",
            Self::AccountChanged => "account.changed",
            Self::PushRefused => "push.refused",
            Self::GroupChanged => "group.changed",
            Self::InvitationMade => "invitation.made",
            Self::InvitationWithdrawn => "invitation.withdrawn",
            Self::InvitationRefused => "invitation.refused",
            Self::AccountErased => "account.erased",
            Self::MergeProposed => "merge.proposed",
            Self::MergeDecided => "merge.decided",
            Self::LogoutAccepted => "logout.accepted",
            Self::LogoutRefused => "logout.refused",
            Self::LogoutReplayed => "logout.replayed",
            Self::SessionOpened => "session.opened",
            Self::SessionEnded => "session.ended",
            Self::HopMissed => "hop.missed",
            Self::HopForeign => "hop.foreign",
            Self::HopOtherPerson => "hop.other_person",
            Self::SiteEntered => "site.entered",
            Self::SiteRefused => "site.refused",
            Self::SiteReplayed => "site.replayed",
            Self::ConfigurationChanged => "configuration.changed",
            Self::AccessGranted => "access.granted",
            Self::AccessRefused => "access.refused",
            Self::GrantMade => "grant.made",
            Self::GrantDenied => "grant.denied",
            Self::GrantEnded => "grant.ended",
            Self::GrantRefused => "grant.refused",
            Self::NoticeGivenUp => "notice.given_up",
            Self::MetadataChanged => "metadata.changed",
            Self::MetadataRefused => "metadata.refused",
            Self::MetadataFailed => "metadata.failed",
            Self::KeyExpires => "key.expires",
            Self::Restored => "database.restored",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for EventKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("kind of event", text, &Self::ALL, Self::code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_round_trip_and_differ() {
        for kind in EventKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!(EventKind::ALL.iter().collect::<HashSet<_>>().len(), EventKind::ALL.len());
    }
}
