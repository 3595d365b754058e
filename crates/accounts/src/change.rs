use crate::{ConnectionId, EventKind, TenantId, UserId};

/// Whose access may be another one after an event: what is remembered of them must be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever remembers something must handle every change")]
pub enum Change {
    /// One account: its state, its sessions, its names and groups.
    Person(UserId),
    /// Everybody who signed in by a connection.
    Connection(ConnectionId),
    /// Everybody of a tenant.
    Tenant(TenantId),
    /// Everybody.
    Everybody,
}

impl Change {
    /// What an event may have changed, by whom it names; none if it takes nothing from anybody.
    ///
    /// A kind that this version does not know is `None`, and may have changed anything.
    ///
    /// # Security
    /// An event that names a person counts as that person's, unless it is about what is configured.
    /// Of the others, what anybody can cause from outside is harmless: each change costs a look into the database for all whom
    /// it concerns.
    /// Groups of a directory are harmless too: what gives access is what the mapping made at the latest login.
    #[must_use]
    pub fn of(
        kind: Option<EventKind>,
        tenant: Option<TenantId>,
        connection: Option<ConnectionId>,
        user: Option<UserId>,
    ) -> Option<Self> {
        match (kind.map(effect), user) {
            (Some(Effect::OnPeople | Effect::None), Some(user)) => Some(Self::Person(user)),
            (Some(Effect::None), None) => None,
            _ => Some(match (connection, tenant) {
                (Some(connection), _) => Self::Connection(connection),
                (None, Some(tenant)) => Self::Tenant(tenant),
                (None, None) => Self::Everybody,
            }),
        }
    }
}

/// What an event of a kind does to whoever is signed in.
enum Effect {
    /// To the person whom it names, or to nobody.
    None,
    /// To the person whom it names, or to whom nobody knows.
    OnPeople,
    /// To all for whom something is configured.
    OnConfiguration,
}

/// Each kind is judged: one that is new does not compile until it is.
fn effect(kind: EventKind) -> Effect {
    use EventKind as Kind;
    match kind {
        Kind::ConfigurationChanged | Kind::Restored => Effect::OnConfiguration,
        Kind::AccountCreated
        | Kind::AccountLinked
        | Kind::AccountChanged
        | Kind::AccountErased
        | Kind::MergeDecided
        | Kind::SessionOpened
        | Kind::SessionEnded
        | Kind::SiteReplayed => Effect::OnPeople,
        Kind::LoginAccepted
        | Kind::LoginRefused
        | Kind::EnginesDisagreed
        | Kind::LoginReplayed
        | Kind::LoginRestarted
        | Kind::LoginTested
        | Kind::AccountCollision
        | Kind::PushRefused
        | Kind::GroupChanged
        | Kind::InvitationMade
        | Kind::InvitationWithdrawn
        | Kind::InvitationRefused
        | Kind::MergeProposed
        | Kind::LogoutAccepted
        | Kind::LogoutRefused
        | Kind::LogoutReplayed
        | Kind::HopMissed
        | Kind::HopForeign
        | Kind::HopOtherPerson
        | Kind::SiteEntered
        | Kind::SiteRefused
        | Kind::AccessGranted
        | Kind::AccessRefused
        | Kind::GrantMade
        | Kind::GrantDenied
        | Kind::GrantEnded
        | Kind::GrantRefused
        | Kind::NoticeGivenUp
        | Kind::MetadataChanged
        | Kind::MetadataRefused
        | Kind::MetadataFailed
        | Kind::KeyExpires => Effect::None,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_event_changes_the_access_of_whom_it_names() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let connection = ConnectionId::from_uuid(Uuid::from_u128(2));
        let user = UserId::from_uuid(Uuid::from_u128(3));
        let (of_tenant, of_connection) = (Some(Change::Tenant(tenant)), Some(Change::Connection(connection)));
        let person = Some(Change::Person(user));
        let everybody = Some(Change::Everybody);
        // Of nobody, of a tenant, of a connection, of a person.
        for (kind, changes) in [
            (Some(EventKind::SessionEnded), [everybody, of_tenant, of_connection, person]),
            (Some(EventKind::AccountChanged), [everybody, of_tenant, of_connection, person]),
            (Some(EventKind::AccountErased), [everybody, of_tenant, of_connection, person]),
            (Some(EventKind::SiteReplayed), [everybody, of_tenant, of_connection, person]),
            (Some(EventKind::ConfigurationChanged), [everybody, of_tenant, of_connection, of_connection]),
            (Some(EventKind::Restored), [everybody, of_tenant, of_connection, of_connection]),
            (Some(EventKind::LoginRefused), [None, None, None, person]),
            (Some(EventKind::GroupChanged), [None, None, None, person]),
            (Some(EventKind::AccessGranted), [None, None, None, person]),
            (None, [everybody, of_tenant, of_connection, of_connection]),
        ] {
            let found = [
                Change::of(kind, None, None, None),
                Change::of(kind, Some(tenant), None, None),
                Change::of(kind, Some(tenant), Some(connection), None),
                Change::of(kind, Some(tenant), Some(connection), Some(user)),
            ];
            assert_eq!(found, changes, "{kind:?}");
        }
    }
}
