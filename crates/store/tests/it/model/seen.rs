use std::collections::{BTreeMap, HashMap, HashSet};

use landfall_accounts::{
    Account, ConnectionId, Criterion, Event, IdentityLink, Origin, TenantId, User, UserId, UserState,
    ports::{DirectoryStore, GrantStore, PushOutcome, SessionStore},
};
use landfall_store::EventFilter;

use super::steps::{Customers, Did, Key};
use crate::{
    behind::refresh,
    support::{directory, page, query},
};

/// How many events are looked back at: more than the steps of one interleaving leave.
const BACK: u64 = 256;

/// Everything that can be seen of two customers.
pub(super) struct Seen {
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) links: Vec<IdentityLink>,
    /// Of the accounts of directories, whose they are.
    pub(super) homes: BTreeMap<UserId, ConnectionId>,
    /// Of the accounts of directories, what the directory said.
    pub(super) inactive: HashSet<UserId>,
    pub(super) signed_in: HashSet<UserId>,
    /// Whose each refresh token is that counts, by its place among those that were ever given out.
    pub(super) granted: BTreeMap<usize, UserId>,
    /// How many were.
    pub(super) given_out: usize,
    /// The oldest first.
    pub(super) events: Vec<Event>,
    pub(super) tenants: HashMap<ConnectionId, TenantId>,
}

impl Seen {
    pub(super) async fn of(customers: &Customers<'_>) -> Self {
        let store = &customers.world.store;
        let events = store.events(&EventFilter::default(), BACK).await.unwrap();
        let events = events.into_iter().map(|recorded| recorded.event).collect();
        let mut seen = Self {
            users: BTreeMap::new(),
            links: Vec::new(),
            homes: BTreeMap::new(),
            inactive: HashSet::new(),
            signed_in: HashSet::new(),
            granted: BTreeMap::new(),
            given_out: customers.granted.len(),
            events,
            tenants: HashMap::new(),
        };
        for (place, n) in customers.granted.iter().enumerate() {
            if let Some(live) = store.live_token(&refresh(*n), customers.now).await.unwrap() {
                seen.granted.insert(place, live.granted.user.id);
            }
        }
        for tenant in &customers.tenants {
            for user in store.users(tenant).await.unwrap() {
                seen.links.extend(store.identities_of(&user.id).await.unwrap());
                if !store.sessions_of(&user.id, customers.now).await.unwrap().is_empty() {
                    seen.signed_in.insert(user.id);
                }
                seen.users.insert(user.id, user);
            }
        }
        for connection in &customers.connections {
            seen.tenants.insert(connection.id, connection.tenant);
            let found = store
                .users_page(&directory(connection), &query(Criterion::everything(), page(0, 1000)))
                .await
                .unwrap();
            for one in found.items {
                seen.homes.insert(one.user.id, connection.id);
                if one.activity == landfall_accounts::Activity::Inactive {
                    seen.inactive.insert(one.user.id);
                }
            }
        }
        let ours =
            |event: &Event| event.tenant.is_some_and(|id| seen.tenants.values().any(|ours| *ours == id));
        seen.events.retain(ours);
        seen.events.reverse();
        seen
    }

    /// What was written since.
    pub(super) fn new_events<'a>(&'a self, before: &Self) -> &'a [Event] {
        self.events.get(before.events.len()..).unwrap_or_default()
    }

    pub(super) fn named(&self, tenant: TenantId, folded: &str) -> Option<&User> {
        self.users.values().find(|user| {
            user.tenant == tenant
                && user.state != UserState::Deprovisioned
                && user.user_name.folded() == folded
        })
    }
}

/// What should be so, written from what was done and answered, and never read from the database.
#[derive(Default)]
pub(super) struct Book {
    /// Whose each key is.
    pub(super) keys: HashMap<Key, UserId>,
    /// Keys of deleted accounts, and who deleted the last.
    pub(super) buried: HashMap<Key, Origin>,
    pub(super) deprovisioned: HashSet<UserId>,
    /// Whose the key of a step was before it.
    pub(super) owner_before: Option<UserId>,
}

impl Book {
    pub(super) fn write(&mut self, did: &Did) {
        self.owner_before = None;
        match did {
            Did::Login { key, account, .. } => {
                self.owner_before = self.keys.get(key).copied();
                let user = match account {
                    Account::SignedIn { user, .. } => Some(user.id),
                    Account::Refused { user, .. } => *user,
                };
                if let Some(user) = user {
                    self.keys.entry(key.clone()).or_insert(user);
                }
            }
            Did::Push { key: Some(key), outcome, .. } => {
                self.owner_before = self.keys.get(key).copied();
                if let PushOutcome::Created(one) | PushOutcome::Attached(one) | PushOutcome::Changed(one) =
                    outcome
                {
                    self.keys.entry(key.clone()).or_insert(one.user.id);
                }
            }
            Did::Merged { key, user } => {
                self.owner_before = self.keys.get(key).copied();
                self.keys.entry(key.clone()).or_insert(*user);
            }
            Did::SetState { user, state: UserState::Deprovisioned } => self.bury(*user, Origin::Operator),
            Did::Deleted { user } => self.bury(*user, Origin::Directory),
            Did::Push { key: None, .. } | Did::SetState { .. } | Did::Other => {}
        }
    }

    fn bury(&mut self, user: UserId, by: Origin) {
        self.deprovisioned.insert(user);
        let theirs: Vec<_> = self.keys.iter().filter(|(_, owner)| **owner == user).collect();
        let theirs: Vec<Key> = theirs.into_iter().map(|(key, _)| key.clone()).collect();
        for key in theirs {
            self.keys.remove(&key);
            self.buried.insert(key, by);
        }
    }
}
