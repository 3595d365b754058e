use time::OffsetDateTime;

use crate::{
    Access, Activity, Collision, ConnectionSettings, ConnectionState, DirectoryUser, DomainStanding, Guests,
    Home, NewUser, Origin, Push, PushRefusal, Refusal, Room, Standing, User, UserId, UserState,
};

/// Decides what a person whom a directory pushes means for the accounts of its tenant.
///
/// The first row that fits decides.
///
/// | # | The connection, the person, who is known | Decision |
/// | --- | --- | --- |
/// | 1 | connection disabled | refuse `connection.disabled` |
/// | 2 | new person or new user name: a guest's, and guests are refused | refuse `account.guest` |
/// | 3 | new person or new user name: its domain is not verified and bound to this connection | refuse `domain.…` |
/// | 4 | external id is another account's of this directory | refuse `push.external_id_taken` |
/// | 5 | key linked to another account than the one to change, or to one of a directory | refuse `push.key_taken` |
/// | 6 | the account to change has another key at this connection | refuse `push.key_changed` |
/// | 7 | the account of the key is an administrator's | refuse `collision.administrator` |
/// | 8 | the account with that key, or with that external id where no key came, was deleted, and not by the directory | refuse `identity.deleted` |
/// | 9 | user name is another living account's, of this directory | refuse `push.user_name_taken` |
/// | 10 | user name is another living account's, not of this directory | refuse `collision.…` |
/// | 11 | the account to change is known | change it, and link the key if it had none |
/// | 12 | key linked to an account of no directory | the account becomes the directory's, and follows it |
/// | 13 | nothing known, and the tenant has as many accounts as its limit | refuse `tenant.full` |
/// | 14 | nothing known | create an account, and link the key if one came |
///
/// *Rows 2 and 3.* What the directory takes away it may always take away: they are not asked where the name stays.
///
/// *Rows 5 and 12.* A person who signed in first and is pushed then has one account, since both say the same key.
///
/// *Row 8.* A directory may make a person anew whom it deleted itself: the account is a new one, and has nothing of the old.
/// What an operator deleted no directory brings back.
///
/// *Row 9.* Names are compared without case [attack H9].
///
/// *Row 10.* Neither user name nor external id nor e-mail address adopts an account [attack H7].
///
/// *Rows 11 and 12.* An inactive person's account is suspended, from whatever state it was in, and gets that state back
/// when the person is active again; what an operator suspended stays suspended.
///
/// # Security
/// Whoever may push for a connection makes, changes and locks accounts of its own directory, and of its own keys alone.
pub fn decide_push(
    push: &Push,
    facts: &PushFacts,
    settings: &ConnectionSettings,
    now: OffsetDateTime,
) -> PushDecision {
    match refusal(push, facts, settings) {
        Some(refusal) => PushDecision::Refuse(refusal),
        None => match (&facts.target, &facts.link) {
            (Some(target), link) => {
                let key = match (&push.subject, link) {
                    (Some(_), None) => KeyStep::Link,
                    _ => KeyStep::Keep,
                };
                PushDecision::Change(Box::new(followed(&target.user, target.suspended_from, push, key, now)))
            }
            (None, Some((user, _))) => {
                PushDecision::Attach(Box::new(followed(user, None, push, KeyStep::Keep, now)))
            }
            (None, None) => match facts.room {
                Room::Full(limit) => PushDecision::Refuse(Refusal::TenantFull { limit }.into()),
                Room::Free => PushDecision::Create(Box::new(created(push))),
            },
        },
    }
}

/// What a store knows about a push, read in the transaction that acts on the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushFacts {
    /// The state of the connection.
    pub connection: ConnectionState,
    /// The account that is to be changed; none if the directory makes one.
    pub target: Option<DirectoryUser>,
    /// Whether that account has an identity key of this connection that is not the pushed one.
    pub other_key: OtherKey,
    /// Where the domain of the user name stands.
    pub domain: DomainStanding,
    /// The account that the pushed key is linked to.
    pub link: Option<(User, Home)>,
    /// Who deleted the account that had the pushed key or, where no key came, the external id.
    pub deleted_by: Option<Origin>,
    /// The living account with this user name.
    pub namesake: Option<(User, Home)>,
    /// The living account of this directory with this external id.
    pub same_external_id: Option<UserId>,
    /// Whether the tenant may have one more account; asked for where one could be made.
    pub room: Room,
}

/// Whether an account has another identity key of a connection than the one that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum OtherKey {
    /// It has none, or none came.
    None,
    /// It has.
    Some,
}

/// What is to be done; accounts are given as they stand afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever carries it out must handle every decision")]
pub enum PushDecision {
    /// Make this account, and link the key to it if one came.
    Create(Box<NewUser>),
    /// The account that the key is linked to is the directory's from now on.
    Attach(Box<Followed>),
    /// Change the account.
    Change(Box<Followed>),
    /// Change nothing.
    Refuse(PushRefusal),
}

/// An account after a directory has had its say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The account.
    pub user: User,
    /// The state that it gets back, if the directory suspended it.
    pub suspended_from: Option<UserState>,
    /// What becomes of the key.
    pub key: KeyStep,
}

/// What becomes of a pushed identity key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two steps")]
pub enum KeyStep {
    /// It is linked to the account.
    Link,
    /// It is linked already, or none came.
    Keep,
}

fn refusal(push: &Push, facts: &PushFacts, settings: &ConnectionSettings) -> Option<PushRefusal> {
    if facts.connection == ConnectionState::Disabled {
        return Some(Refusal::ConnectionDisabled.into());
    }
    let target = facts.target.as_ref().map(|target| &target.user);
    let is_target = |id: UserId| target.is_some_and(|target| target.id == id);
    if !target.is_some_and(|target| target.is_named(&push.user_name)) {
        if settings.guests == Guests::Refuse && push.user_name.is_guest() {
            return Some(Refusal::Guest.into());
        }
        if let Some(refusal) = facts.domain.refusal() {
            return Some(refusal.into());
        }
    }
    if let Some(with) = facts.same_external_id.filter(|with| !is_target(*with)) {
        return Some(PushRefusal::ExternalIdTaken { with });
    }
    match &facts.link {
        Some((user, _)) if is_target(user.id) => {}
        Some((user, home)) if target.is_some() || *home != Home::None => {
            return Some(PushRefusal::KeyTaken { with: user.id });
        }
        _ if facts.other_key == OtherKey::Some => return Some(PushRefusal::KeyChanged),
        Some((user, _)) if user.standing == Standing::Administrator => {
            return Some(collision(user.id, Collision::Administrator));
        }
        Some(_) => {}
        None if facts.deleted_by.is_some_and(|who| who != Origin::Directory) => {
            return Some(Refusal::IdentityDeleted.into());
        }
        None => {}
    }
    let own = facts.link.as_ref().map(|(user, _)| user.id);
    match &facts.namesake {
        Some((user, _)) if is_target(user.id) || (target.is_none() && own == Some(user.id)) => None,
        Some((user, Home::Here)) => Some(PushRefusal::UserNameTaken { with: user.id }),
        Some((user, _)) if user.standing == Standing::Administrator => {
            Some(collision(user.id, Collision::Administrator))
        }
        Some((user, _)) => Some(collision(user.id, Collision::NotByDirectory)),
        None => None,
    }
}

fn collision(with: UserId, why: Collision) -> PushRefusal {
    Refusal::Collision { with, why }.into()
}

/// The account as the directory says; what it left empty is empty.
fn followed(
    user: &User,
    suspended_from: Option<UserState>,
    push: &Push,
    key: KeyStep,
    now: OffsetDateTime,
) -> Followed {
    let mut after = User {
        user_name: push.user_name.clone(),
        first_name: push.first_name.clone(),
        last_name: push.last_name.clone(),
        email: push.email.clone(),
        display_name: push.display_name.clone(),
        ..user.clone()
    };
    let mut before = suspended_from;
    match (push.activity, user.state) {
        (Activity::Inactive, UserState::Active | UserState::Pending) => {
            (after.state, after.state_by) = (UserState::Suspended, Origin::Directory);
            before = Some(user.state);
        }
        (Activity::Active, UserState::Suspended) if user.state_by == Origin::Directory => {
            after.state = before.take().unwrap_or(UserState::Active);
        }
        (Activity::Active, _) => before = None,
        (Activity::Inactive, UserState::Suspended | UserState::Deprovisioned) => {}
    }
    if after != *user {
        after.updated_at = now;
    }
    Followed { user: after, suspended_from: before, key }
}

fn created(push: &Push) -> NewUser {
    NewUser {
        user_name: push.user_name.clone(),
        state: match push.activity {
            Activity::Active => UserState::Active,
            Activity::Inactive => UserState::Suspended,
        },
        standing: Standing::Person,
        origin: Origin::Directory,
        first_name: push.first_name.clone(),
        last_name: push.last_name.clone(),
        email: push.email.clone(),
        display_name: push.display_name.clone(),
        access: Access::none(),
    }
}

#[cfg(test)]
mod tests;
