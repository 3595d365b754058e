use std::collections::{HashMap, HashSet};

use landfall_accounts::{
    Account, Event, EventKind, IdentityLink, Origin, Standing, UserId, UserState, ports::PushOutcome,
};

use super::{
    seen::{Book, Seen},
    steps::{Did, Key},
};

type Invariant = fn(before: &Seen, did: &Did, after: &Seen, book: &Book) -> Result<(), String>;

/// What must hold after each step, whatever came before.
pub(super) const INVARIANTS: &[(&str, Invariant)] = &[
    ("one_person_a_key", one_person_a_key),
    ("no_key_across_tenants_or_connections", no_key_across_tenants_or_connections),
    ("no_link_by_email", no_link_by_email),
    ("deprovisioned_never_revived_by_a_login", deprovisioned_never_revived_by_a_login),
    ("upn_change_keeps_the_account", upn_change_keeps_the_account),
    ("history_kept", history_kept),
    ("each_gives_back_what_it_took", each_gives_back_what_it_took),
    ("a_name_is_one_living_account_s", a_name_is_one_living_account_s),
    ("no_administrator_is_linked", no_administrator_is_linked),
    ("nobody_is_signed_in_who_may_not", nobody_is_signed_in_who_may_not),
    ("what_was_granted_does_not_come_back", what_was_granted_does_not_come_back),
];

type Held = Result<(), String>;

fn hold(holds: bool, why: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(why()) }
}

fn key(link: &IdentityLink) -> Key {
    (link.connection, link.subject.clone())
}

/// A key is linked to the account that first had it, until that account is deleted, and to no other.
fn one_person_a_key(_: &Seen, did: &Did, after: &Seen, book: &Book) -> Held {
    let mut linked = HashMap::new();
    for link in &after.links {
        if let Some(other) = linked.insert(key(link), link.user) {
            return Err(format!("one key of {other} and {}", link.user));
        }
    }
    hold(linked == book.keys, || format!("{} keys are linked, {} should be", linked.len(), book.keys.len()))?;
    let came_to = match did {
        Did::Login { account: Account::SignedIn { user, .. }, .. } => Some(user.id),
        Did::Merged { user, .. } => Some(*user),
        _ => None,
    };
    match (book.owner_before, came_to) {
        (Some(owner), Some(user)) => hold(owner == user, || format!("the key of {owner} led to {user}")),
        _ => Ok(()),
    }
}

/// A key leads to an account of its own tenant, which is linked to it at its own connection.
fn no_key_across_tenants_or_connections(_: &Seen, did: &Did, after: &Seen, _: &Book) -> Held {
    for link in &after.links {
        let user = after.users.get(&link.user).ok_or("a link to nobody")?;
        let tenant = after.tenants.get(&link.connection).copied();
        hold(user.tenant == link.tenant && tenant == Some(link.tenant), || format!("a link of {}", user.id))?;
    }
    let Did::Login { key: arrived, account: Account::SignedIn { user, .. }, .. } = did else { return Ok(()) };
    let own = after.links.iter().any(|link| link.user == user.id && key(link) == *arrived);
    hold(own && after.tenants.get(&arrived.0) == Some(&user.tenant), || {
        format!("{} was opened by a key that is not linked to it", user.id)
    })
}

/// An account that was there gets a key by its name at a login, by its directory, or by an operator, and by nothing else;
/// and a directory gets an account that was there by its key.
fn no_link_by_email(before: &Seen, did: &Did, after: &Seen, _: &Book) -> Held {
    let had: HashSet<Key> = before.links.iter().map(key).collect();
    for link in after.links.iter().filter(|link| !had.contains(&key(link))) {
        let Some(user) = before.users.get(&link.user) else { continue };
        let fair = match did {
            Did::Login { name, .. } => {
                let name: landfall_accounts::LoginName = name.parse().map_err(|_| "no name")?;
                user.user_name.folded() == name.folded()
            }
            Did::Push { target, .. } => *target == Some(user.id),
            Did::Merged { user: merged, .. } => *merged == user.id,
            _ => false,
        };
        hold(fair, || format!("{} was linked by {did:?}", user.id))?;
    }
    for user in after.homes.keys().filter(|user| !before.homes.contains_key(user)) {
        let was_linked = before.links.iter().any(|link| link.user == *user);
        hold(!before.users.contains_key(user) || was_linked, || format!("{user} was adopted"))?;
    }
    Ok(())
}

fn deprovisioned_never_revived_by_a_login(before: &Seen, did: &Did, after: &Seen, book: &Book) -> Held {
    for user in &book.deprovisioned {
        let state = after.users.get(user).map(|user| user.state);
        hold(state == Some(UserState::Deprovisioned), || format!("{user} is {state:?}"))?;
        hold(!after.links.iter().any(|link| link.user == *user), || format!("{user} is linked"))?;
    }
    let Did::Login { key, account, .. } = did else { return Ok(()) };
    if book.owner_before.is_none() && book.buried.contains_key(key) {
        hold(matches!(account, Account::Refused { user: None, .. }), || {
            "a buried key opened an account".to_owned()
        })?;
        hold(after.users.len() == before.users.len(), || "a buried key got an account".to_owned())?;
    }
    Ok(())
}

/// Whoever comes with a known key gets the known account, and its name follows unless somebody else has that.
fn upn_change_keeps_the_account(before: &Seen, did: &Did, after: &Seen, book: &Book) -> Held {
    let Did::Login { name, bound_here, account, .. } = did else { return Ok(()) };
    let Some(owner) = book.owner_before.and_then(|owner| before.users.get(&owner)) else { return Ok(()) };
    let folded = name.parse::<landfall_accounts::LoginName>().map_err(|_| "no name")?.folded();
    if owner.state == UserState::Active && *bound_here {
        let same = matches!(account, Account::SignedIn { user, .. } if user.id == owner.id);
        hold(same, || format!("{} was not signed in: {account:?}", owner.id))?;
        let taken = before.named(owner.tenant, &folded).is_some_and(|other| other.id != owner.id);
        let expected = if taken { owner.user_name.folded() } else { folded };
        let got = after.users.get(&owner.id).map(|user| user.user_name.folded());
        hold(got == Some(expected), || format!("the name of {} did not follow", owner.id))?;
    }
    for (id, user) in before.users.iter().filter(|(id, _)| **id != owner.id) {
        hold(after.users.get(id) == Some(user), || format!("{id} changed when {} signed in", owner.id))?;
    }
    Ok(())
}

/// Events are added and never lost, accounts stay, and whatever happened to an account has its event.
fn history_kept(before: &Seen, did: &Did, after: &Seen, _: &Book) -> Held {
    hold(after.events.starts_with(&before.events), || "an event is gone or changed".to_owned())?;
    let new = after.new_events(before);
    let told = |user: UserId, kinds: &[EventKind], words: &str| {
        let fits = |event: &&Event| {
            event.user == Some(user) && kinds.contains(&event.kind) && event.detail.as_str().contains(words)
        };
        new.iter().any(|event| fits(&event))
    };
    for (id, user) in &before.users {
        let Some(now) = after.users.get(id) else { return Err(format!("{id} is gone")) };
        let born = |user: &landfall_accounts::User| (user.tenant, user.origin, user.created_at);
        hold(born(user) == born(now), || format!("{id} has another past"))?;
        if user.state != now.state {
            let to = format!("\"to\":\"{}\"", now.state);
            hold(told(*id, &[EventKind::AccountChanged], &to), || {
                format!("nothing tells that {id} is {}", now.state)
            })?;
        }
        if (&user.user_name, &user.email) != (&now.user_name, &now.email) {
            let kinds = [EventKind::AccountChanged, EventKind::AccountLinked];
            hold(told(*id, &kinds, ""), || format!("nothing tells that {id} was changed"))?;
        }
    }
    for id in after.users.keys().filter(|id| !before.users.contains_key(id)) {
        hold(told(*id, &[EventKind::AccountCreated], ""), || format!("nothing tells that {id} was made"))?;
    }
    let had: HashSet<Key> = before.links.iter().map(key).collect();
    for link in after.links.iter().filter(|link| !had.contains(&key(link))) {
        let kinds = [EventKind::AccountCreated, EventKind::AccountLinked];
        hold(told(link.user, &kinds, ""), || format!("nothing tells that {} was linked", link.user))?;
    }
    let silent = matches!(
        did,
        Did::Other | Did::Push { outcome: PushOutcome::Changed(_) | PushOutcome::NotFound, .. }
    );
    hold(silent || !new.is_empty(), || format!("nothing tells of {did:?}"))
}

/// What an operator took no directory gives back, and what the directory took no operator gives back.
fn each_gives_back_what_it_took(before: &Seen, did: &Did, after: &Seen, book: &Book) -> Held {
    if let Did::Push { key: Some(key), outcome: PushOutcome::Created(_), .. } = did {
        let by = book.buried.get(key);
        hold(by != Some(&Origin::Operator), || "a directory made anew whom an operator deleted".to_owned())?;
    }
    for (id, user) in &before.users {
        let state = after.users.get(id).map(|user| user.state);
        if user.state == UserState::Suspended && state == Some(UserState::Active) {
            let fair = match did {
                Did::SetState { .. } => !before.inactive.contains(id),
                Did::Push { .. } => user.state_by == Origin::Directory,
                _ => false,
            };
            hold(fair, || format!("{id} was activated by {did:?}"))?;
        }
        if user.state == UserState::Pending && state == Some(UserState::Active) {
            hold(matches!(did, Did::SetState { .. }), || format!("{id} was activated by {did:?}"))?;
        }
    }
    for id in &after.inactive {
        let state = after.users.get(id).map(|user| user.state);
        hold(state == Some(UserState::Suspended), || format!("{id} is inactive and {state:?}"))?;
    }
    Ok(())
}

fn a_name_is_one_living_account_s(_: &Seen, _: &Did, after: &Seen, _: &Book) -> Held {
    let mut names = HashSet::new();
    for user in after.users.values().filter(|user| user.state != UserState::Deprovisioned) {
        hold(names.insert((user.tenant, user.user_name.folded())), || {
            format!("{} has another's name", user.id)
        })?;
    }
    Ok(())
}

fn no_administrator_is_linked(_: &Seen, _: &Did, after: &Seen, _: &Book) -> Held {
    let administrator =
        |user: &UserId| after.users.get(user).is_some_and(|user| user.standing == Standing::Administrator);
    let linked =
        after.links.iter().map(|link| &link.user).chain(after.homes.keys()).find(|user| administrator(user));
    hold(linked.is_none(), || format!("{linked:?}"))
}

fn nobody_is_signed_in_who_may_not(_: &Seen, _: &Did, after: &Seen, _: &Book) -> Held {
    for user in after.signed_in.iter().chain(after.granted.values()) {
        let state = after.users.get(user).map(|user| user.state);
        hold(state == Some(UserState::Active), || format!("{user} is signed in and {state:?}"))?;
    }
    Ok(())
}

/// What has ended stays so, whoever is activated again.
fn what_was_granted_does_not_come_back(before: &Seen, _: &Did, after: &Seen, _: &Book) -> Held {
    for place in after.granted.keys() {
        let fair = before.granted.contains_key(place) || *place >= before.given_out;
        hold(fair, || format!("grant {place} had ended"))?;
    }
    Ok(())
}
