use landfall_claims::Profile;
use time::{Duration, OffsetDateTime};

use crate::{
    Activation, Collision, ConnectionSettings, ConnectionState, Guests, Identity, Jit, LoginName, Membership,
    NewUser, Origin, Refusal, Standing, User, UserId, UserLimit, UserState,
};

/// How long after its creation an account that has no link may get its first one.
pub const FIRST_LINK_WINDOW: Duration = Duration::days(14);

/// Decides what a verified arrival means for the accounts of its tenant.
///
/// The first row that fits decides.
///
/// | # | The connection, the login name, the identity key | Decision |
/// | --- | --- | --- |
/// | 1 | connection not active | refuse `connection.disabled` |
/// | 2 | guest, and guests are refused | refuse `account.guest` |
/// | 3 | the domain of the login name is not verified and bound to this connection | refuse `domain.…` |
/// | 4 | key linked, account active, or pending and activated by this login | sign in; profile and user name follow |
/// | 5 | key linked, account pending | refuse `account.awaiting_activation` |
/// | 6 | key linked, account suspended | refuse `account.suspended` |
/// | 7 | key linked, account deprovisioned | refuse `account.deprovisioned` |
/// | 8 | key was deleted | refuse `identity.deleted` |
/// | 9 | login name is the name of an account, and a first link is allowed | link; sign in if it is active or activated by this login, else refuse `account.awaiting_activation` |
/// | 10 | login name is the name of an account, and no first link is allowed | refuse `collision.…` |
/// | 11 | login name is the name of an account that was deleted before anybody had signed in to it | refuse `account.name_deleted` |
/// | 12 | nothing known, jit = off | refuse `account.none` |
/// | 13 | nothing known, and the tenant has as many accounts as its limit | refuse `tenant.full` |
/// | 14 | nothing known, jit = active | create an active account, sign in |
/// | 15 | nothing known, jit = pending | create a pending account, refuse `account.awaiting_activation` |
///
/// *Row 3.* The domain of a guest who is admitted is checked like any other: for a login name like
/// `ada_example.com#EXT#@contoso.onmicrosoft.com` the tenant's onmicrosoft domain must be verified and bound too.
///
/// *Row 4.* A claim that arrived replaces what the account has; one that did not arrive says nothing and changes nothing.
/// The user name follows the login name, unless another living account has that name:
/// then the old one stays, the person signs in, and the decision says whose name it is.
///
/// *Rows 4 and 9.* With activation = first-login, a login activates a pending person's account that no login has made:
/// pending means that it was never active, so that nothing that was suspended or deleted comes back by it.
///
/// *Row 9.* The account takes the profile and the spelling of the login name.
/// A first link is allowed if the account was made by an operator or the directory of this connection at most 14 days ago,
/// is no administrator, has no link to any identity, and is active or pending.
/// A pending account is linked as well: who it is was proven just now,
/// and when an operator activates it later the window may have closed.
///
/// *Row 11.* Such an account has no identity key that could have been kept as deleted.
/// An operator who wants the person back makes the account anew, and row 9 links it.
///
/// # Security
/// Guests and foreign domains are refused before any account is looked at [attack G4, G5].
/// The e-mail address is never compared, and an account of another tenant never looked at.
/// Everything that is refused here has passed the signature: the assertion is used up all the same.
///
/// ```
/// use landfall_accounts::{Arrival, ConnectionSettings, Facts, Provision, decide};
/// use time::OffsetDateTime;
///
/// fn admitted(arrival: &Arrival, facts: &Facts, settings: &ConnectionSettings, now: OffsetDateTime) -> bool {
///     matches!(decide(arrival, facts, settings, now), Provision::SignIn { .. })
/// }
/// ```
pub fn decide(
    arrival: &Arrival,
    facts: &Facts,
    settings: &ConnectionSettings,
    now: OffsetDateTime,
) -> Provision {
    if !facts.connection.admits_people() {
        return Provision::Refuse(Refusal::ConnectionDisabled);
    }
    if settings.guests == Guests::Refuse && arrival.identity.membership == Membership::Guest {
        return Provision::Refuse(Refusal::Guest);
    }
    if let Some(refusal) = facts.domain.refusal() {
        return Provision::Refuse(refusal);
    }
    if let Some(user) = &facts.link {
        return known(&admitted(user, settings, now), arrival, &facts.namesake, now);
    }
    if facts.tombstone == Tombstone::Standing {
        return Provision::Refuse(Refusal::IdentityDeleted);
    }
    match &facts.namesake {
        Namesake::Living { user, links, home } => match first_link_bar(user, *links, *home, now) {
            Some(why) => Provision::Refuse(Refusal::Collision { with: user.id, why }),
            None => {
                let name = &arrival.identity.login_name;
                let user = admitted(user, settings, now);
                Provision::Link(Box::new(updated(&user, name, &arrival.profile, now)))
            }
        },
        Namesake::Deleted => Provision::Refuse(Refusal::NameDeleted),
        Namesake::Nobody => match (settings.jit, facts.room) {
            (Jit::Off, _) => Provision::Refuse(Refusal::NoAccount),
            (_, Room::Full(limit)) => Provision::Refuse(Refusal::TenantFull { limit }),
            (Jit::Active, Room::Free) => Provision::Create(Box::new(created(arrival, UserState::Active))),
            (Jit::Pending, Room::Free) => Provision::Create(Box::new(created(arrival, UserState::Pending))),
        },
    }
}

/// A person as a verified assertion describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who it is at the identity provider.
    pub identity: Identity,
    /// What the application wants to know.
    pub profile: Profile,
}

/// What a store knows about an arrival, read in the transaction that acts on the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The state of the connection.
    pub connection: ConnectionState,
    /// Where the domain of the login name stands.
    pub domain: DomainStanding,
    /// The account that the identity key is linked to.
    pub link: Option<User>,
    /// Whether the identity key belonged to an account that was deleted.
    pub tombstone: Tombstone,
    /// Whose user name in this tenant the login name is.
    pub namesake: Namesake,
    /// Whether the tenant may have one more account; asked for where one could be made.
    pub room: Room,
}

/// Whether a tenant may have one more living account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Room {
    /// It may.
    Free,
    /// It has as many as its limit, or more.
    Full(UserLimit),
}

/// Where the domain of a login name stands, seen from one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the provisioning decision must handle every standing")]
pub enum DomainStanding {
    /// Verified for the tenant and bound to this connection.
    BoundHere,
    /// Verified for the tenant and bound to another connection.
    BoundElsewhere,
    /// Verified for the tenant and bound to no connection.
    Unbound,
    /// Verified for another tenant.
    OtherTenant,
    /// Verified for nobody.
    NotListed,
    /// The login name has no domain.
    None,
}

impl DomainStanding {
    pub(crate) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::BoundHere => None,
            Self::BoundElsewhere => Some(Refusal::DomainBoundElsewhere),
            Self::Unbound => Some(Refusal::DomainUnbound),
            Self::OtherTenant => Some(Refusal::DomainOfOtherTenant),
            Self::NotListed => Some(Refusal::DomainNotListed),
            Self::None => Some(Refusal::NoDomain),
        }
    }
}

/// Whether an identity key belonged to an account that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Tombstone {
    /// It did not.
    None,
    /// It did, and is never given a new account by a login.
    Standing,
}

/// Whose user name a login name is, without case, within the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the provisioning decision must handle every case")]
pub enum Namesake {
    /// Nobody's.
    Nobody,
    /// A living account's.
    Living {
        /// The account.
        user: Box<User>,
        /// Whether any identity is linked to it.
        links: Links,
        /// Whose directory it is of.
        home: Home,
    },
    /// No living account's, but one had it that was deleted before any identity was linked to it.
    Deleted,
}

/// Of which directory an account is, seen from one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are three answers")]
pub enum Home {
    /// Of none.
    None,
    /// Of this connection's.
    Here,
    /// Of another connection's.
    Elsewhere,
}

/// Whether any identity is linked to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Links {
    /// None.
    None,
    /// At least one.
    Some,
}

/// What is to be done; accounts are given as they stand afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever carries it out must handle every decision")]
pub enum Provision {
    /// Sign the person in to an account that is linked already.
    SignIn {
        /// The account, with its profile brought up to date.
        user: Box<User>,
        /// The account that has the login name as its user name, if that is another one.
        name_taken_by: Option<UserId>,
    },
    /// Link the identity to this account, then admit the person as the state of the account says.
    Link(Box<User>),
    /// Make and link this account, then admit the person as the state of the account says.
    Create(Box<NewUser>),
    /// Change nothing.
    Refuse(Refusal),
}

/// The account as this login meets it: one that no login has made is activated by it, where the settings say so.
fn admitted(user: &User, settings: &ConnectionSettings, now: OffsetDateTime) -> User {
    let waits = user.state == UserState::Pending
        && user.standing == Standing::Person
        && user.origin != Origin::JustInTime;
    if waits && settings.activation == Activation::FirstLogin {
        let (state, state_by) = (UserState::Active, Origin::JustInTime);
        return User { state, state_by, updated_at: now, ..user.clone() };
    }
    user.clone()
}

fn known(user: &User, arrival: &Arrival, namesake: &Namesake, now: OffsetDateTime) -> Provision {
    if let Some(refusal) = Refusal::for_state(user.state) {
        return Provision::Refuse(refusal);
    }
    let name_taken_by = match namesake {
        Namesake::Living { user: other, .. } if other.id != user.id => Some(other.id),
        _ => None,
    };
    let name = if name_taken_by.is_some() { &user.user_name } else { &arrival.identity.login_name };
    Provision::SignIn { user: Box::new(updated(user, name, &arrival.profile, now)), name_taken_by }
}

fn first_link_bar(user: &User, links: Links, home: Home, now: OffsetDateTime) -> Option<Collision> {
    if links == Links::Some {
        return Some(Collision::Linked);
    }
    if user.standing == Standing::Administrator {
        return Some(Collision::Administrator);
    }
    match (user.origin, home) {
        (Origin::Operator, Home::None | Home::Here) | (Origin::Directory, Home::Here) => {}
        _ => return Some(Collision::NotByOperator),
    }
    if now > user.created_at + FIRST_LINK_WINDOW {
        return Some(Collision::WindowClosed);
    }
    match user.state {
        UserState::Active | UserState::Pending => None,
        UserState::Suspended | UserState::Deprovisioned => Some(Collision::Suspended),
    }
}

/// The account with this user name and every claim that arrived.
fn updated(user: &User, name: &LoginName, profile: &Profile, now: OffsetDateTime) -> User {
    let mut after = User { user_name: name.clone(), ..user.clone() };
    for (field, claim) in [
        (&mut after.first_name, profile.first_name()),
        (&mut after.last_name, profile.last_name()),
        (&mut after.email, profile.email()),
        (&mut after.display_name, profile.display_name()),
    ] {
        if let Some(claim) = claim {
            *field = Some(claim.to_owned());
        }
    }
    if after != *user {
        after.updated_at = now;
    }
    after
}

fn created(arrival: &Arrival, state: UserState) -> NewUser {
    let profile = &arrival.profile;
    NewUser {
        user_name: arrival.identity.login_name.clone(),
        state,
        standing: Standing::Person,
        origin: Origin::JustInTime,
        first_name: profile.first_name().map(str::to_owned),
        last_name: profile.last_name().map(str::to_owned),
        email: profile.email().map(str::to_owned),
        display_name: profile.display_name().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests;
