use landfall_accounts::{
    Account, Activity, Application, Committed, Connection, ConnectionId, EndReason, HopOutcome, Lasting,
    MergeState, NewUser, Opened, Push, Standing, Subject, TenantName, User, UserId, UserState,
    ports::{DeleteOutcome, DirectoryStore, GrantStore, LoginStore, PushOutcome, SessionStore},
};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::seen::Seen;
use crate::{
    behind::{given, new_grant, redemption},
    support::{
        NOW, World, arrival_at, attempt, committed, connected, customer, new_user, person, pushed, tenant,
    },
};

/// What may happen; numbers choose among what there is.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Login { connection: u8, key: u8, name: u8, email: u8, hop: bool },
    Create { tenant: u8, name: u8, email: u8, pending: bool, administrator: bool },
    SetState { who: u8, state: UserState },
    Push { connection: u8, key: Option<u8>, name: u8, email: u8, external: u8, activity: Activity },
    Edit { who: u8, key: Option<u8>, name: Option<u8>, email: u8, activity: Activity },
    Delete { who: u8 },
    Logout { who: u8 },
    Merge { which: u8, accept: bool },
    Jit { connection: u8, policy: &'static str },
    Bind { domain: u8, connection: u8 },
    Days(u8),
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    let state = prop_oneof![
        3 => Just(UserState::Active),
        2 => Just(UserState::Suspended),
        2 => Just(UserState::Deprovisioned),
    ];
    let activity = || prop_oneof![2 => Just(Activity::Active), 1 => Just(Activity::Inactive)];
    let key = || prop::option::weighted(0.7, 0..4_u8);
    let policy = prop_oneof![4 => Just("active"), 1 => Just("pending"), 1 => Just("off")];
    let login = (0..3_u8, 0..4_u8, any::<u8>(), any::<u8>(), any::<bool>());
    let create = (0..2_u8, any::<u8>(), any::<u8>(), prop::bool::weighted(0.3), prop::bool::weighted(0.1));
    let push = (0..3_u8, key(), any::<u8>(), any::<u8>(), 0..5_u8, activity());
    let edit = (any::<u8>(), key(), prop::option::of(any::<u8>()), any::<u8>(), activity());
    prop_oneof![
        12 => login.prop_map(|(connection, key, name, email, hop)| Step::Login { connection, key, name, email, hop }),
        4 => create.prop_map(|(tenant, name, email, pending, administrator)| {
            Step::Create { tenant, name, email, pending, administrator }
        }),
        4 => (any::<u8>(), state).prop_map(|(who, state)| Step::SetState { who, state }),
        6 => push.prop_map(|(connection, key, name, email, external, activity)| {
            Step::Push { connection, key, name, email, external, activity }
        }),
        4 => edit.prop_map(|(who, key, name, email, activity)| Step::Edit { who, key, name, email, activity }),
        2 => any::<u8>().prop_map(|who| Step::Delete { who }),
        2 => any::<u8>().prop_map(|who| Step::Logout { who }),
        3 => (any::<u8>(), prop::bool::weighted(0.7)).prop_map(|(which, accept)| Step::Merge { which, accept }),
        1 => (0..3_u8, policy).prop_map(|(connection, policy)| Step::Jit { connection, policy }),
        1 => (0..2_u8, 0..2_u8).prop_map(|(domain, connection)| Step::Bind { domain, connection }),
        1 => (1..8_u8).prop_map(Step::Days),
    ]
}

/// An identity key: the subject means nothing without the connection.
pub(super) type Key = (ConnectionId, Subject);

/// What came of a step, as far as anything is to be held against it.
#[derive(Clone, Debug)]
pub(super) enum Did {
    Login { key: Key, name: String, bound_here: bool, account: Account },
    Push { key: Option<Key>, target: Option<UserId>, outcome: PushOutcome },
    Merged { key: Key, user: UserId },
    SetState { user: UserId, state: UserState },
    Deleted { user: UserId },
    Other,
}

/// Two customers, of whom the first has two connections: 0 and 1 are its, 2 is the other's.
pub(super) struct Customers<'a> {
    pub(super) world: &'a World,
    pub(super) tenants: [TenantName; 2],
    pub(super) connections: [Connection; 3],
    /// Which connection each domain is bound to.
    bound: [usize; 3],
    pub(super) now: OffsetDateTime,
    tokens: u32,
    app: Application,
    /// The refresh tokens that its application ever got.
    pub(super) granted: Vec<u32>,
}

impl<'a> Customers<'a> {
    pub(super) async fn new(world: &'a World, n: u32) -> Self {
        let tid = |which: u32| format!("{which:08x}-0000-4000-8000-{n:012x}");
        let [first, second] = [format!("first-{n}"), format!("second-{n}")];
        for name in [&first, &second] {
            world.store.create_tenant(tenant(name), NOW).await.unwrap();
        }
        let connections = [
            customer(&world.store, &first, &tid(1)).await,
            connected(&world.store, &first, &format!("other-{n}"), &tid(2)).await,
            customer(&world.store, &second, &tid(3)).await,
        ];
        let tenants = [tenant(&first), tenant(&second)];
        let app = world.application(&format!("app-{n}")).await;
        let (tokens, granted) = (n.wrapping_mul(1000), Vec::new());
        Self { world, tenants, connections, bound: [0, 1, 2], now: NOW, tokens, app, granted }
    }

    pub(super) async fn take(&mut self, step: &Step, seen: &Seen) -> Did {
        self.now += Duration::seconds(1);
        match step.clone() {
            Step::Login { connection, key, name, email, hop } => {
                self.login(connection, key, name, email, hop).await
            }
            Step::Create { tenant, name, email, pending, administrator } => {
                let state = if pending { UserState::Pending } else { UserState::Active };
                let standing = if administrator { Standing::Administrator } else { Standing::Person };
                let name = self.name(usize::from(tenant) * 2, name);
                let new = NewUser { state, standing, email: Some(self.name(0, email)), ..new_user(&name) };
                // Taken names are refused, and nothing is held against that.
                let _ = self.world.store.create_user(&self.tenants[usize::from(tenant)], new, self.now).await;
                Did::Other
            }
            Step::SetState { who, state } => match chosen(seen, who) {
                Some(user) => match self.world.store.set_user_state(&user.id, state, self.now).await {
                    Ok(user) => Did::SetState { user: user.id, state },
                    Err(_) => Did::Other,
                },
                None => Did::Other,
            },
            Step::Push { connection, key, name, email, external, activity } => {
                let from = usize::from(connection);
                let push = Push {
                    subject: key.map(subject),
                    external_id: Some(format!("external-{external}").parse().unwrap()),
                    email: Some(self.name(0, email)),
                    activity,
                    ..person("unused", &self.name(from, name))
                };
                let by = self.world.asks(&self.connections[from]);
                let outcome = self.world.store.push_user(&by, push, self.now).await.unwrap();
                Did::Push { key: key.map(|key| self.key(from, key)), target: None, outcome }
            }
            Step::Edit { who, key, name, email, activity } => {
                let Some((user, from)) = self.of_directory(seen, who) else { return Did::Other };
                let name = name.map(|name| self.name(from, name));
                let email = self.name(0, email);
                let by = self.world.asks(&self.connections[from]);
                let edit = |known: &landfall_accounts::DirectoryUser| {
                    let mut push =
                        Push { subject: key.map(subject), email: Some(email), activity, ..pushed(known) };
                    if let Some(name) = name {
                        push.user_name = name.parse().unwrap();
                    }
                    Ok::<_, ()>(push)
                };
                let outcome = self.world.store.edit_user(&by, &user, edit, self.now).await.unwrap().unwrap();
                Did::Push { key: key.map(|key| self.key(from, key)), target: Some(user), outcome }
            }
            Step::Delete { who } => {
                let Some((user, from)) = self.of_directory(seen, who) else { return Did::Other };
                let by = self.world.asks(&self.connections[from]);
                let outcome = self.world.store.delete_user(&by, &user, self.now).await.unwrap();
                assert_eq!(outcome, DeleteOutcome::Deleted);
                Did::Deleted { user }
            }
            Step::Logout { who } => {
                let Some(user) = chosen(seen, who) else { return Did::Other };
                for session in self.world.store.sessions_of(&user.id, self.now).await.unwrap() {
                    let ended = self.world.store.end_session(
                        &session.id,
                        Some(&user.id),
                        EndReason::SignedOut,
                        self.now,
                    );
                    let _ = ended.await.unwrap();
                }
                Did::Other
            }
            Step::Merge { which, accept } => self.merge(which, accept).await,
            Step::Jit { connection, policy } => {
                let name = &self.connections[usize::from(connection)].name;
                self.world.store.set_connection(name, &[("jit", policy)], self.now).await.unwrap();
                Did::Other
            }
            Step::Bind { domain, connection } => {
                let (domain, connection) = (usize::from(domain), usize::from(connection));
                let name = self.domain(domain).parse().unwrap();
                self.world
                    .store
                    .bind_domain(&name, &self.connections[connection].name, self.now)
                    .await
                    .unwrap();
                self.bound[domain] = connection;
                Did::Other
            }
            Step::Days(days) => {
                self.now += Duration::days(days.into());
                Did::Other
            }
        }
    }

    async fn login(&mut self, connection: u8, key: u8, name: u8, email: u8, hop: bool) -> Did {
        let from = usize::from(connection);
        let (key, name) = (self.key(from, key), self.name(from, name));
        let mut record = self.world.record(&self.connections[from], key.1.as_str(), &name);
        let email = self.name(0, email);
        record.arrival = arrival_at(&self.connections[from], key.1.as_str(), &name, &email);
        record.session.expires_at = self.now + Duration::hours(8);
        let Committed { account, .. } =
            committed(self.world.store.commit(record.clone(), self.now).await.unwrap());
        if hop && matches!(account, Account::SignedIn { .. }) {
            self.tokens += 1;
            let hop = self.world.store.hop(attempt(&record, self.tokens), self.now).await.unwrap();
            if let HopOutcome::Opened(opened) = hop {
                self.sign_on(&opened).await;
            }
        }
        let bound_here =
            (0..3).any(|domain| name.ends_with(&self.domain(domain)) && self.bound[domain] == from);
        Did::Login { key, name, bound_here, account }
    }

    /// Every other time for longer than the session.
    async fn sign_on(&mut self, by: &Opened) {
        let n = self.tokens;
        let lasting = if n.is_multiple_of(2) { Lasting::OfItself } else { Lasting::WithSession };
        self.world.agree(new_grant(&self.app, by, lasting, n), self.now).await;
        given(self.world.store.redeem_code(redemption(&self.app, n), self.now).await.unwrap());
        self.granted.push(n);
    }

    async fn merge(&self, which: u8, accept: bool) -> Did {
        let mut open = Vec::new();
        for tenant in &self.tenants {
            let merges = self.world.store.merges(Some(tenant)).await.unwrap();
            open.extend(merges.proposals.into_iter().filter(|one| one.state == MergeState::Open));
        }
        if open.is_empty() {
            return Did::Other;
        }
        let one = open.swap_remove(usize::from(which) % open.len());
        if !accept {
            self.world.store.reject_merge(&one.id, self.now).await.unwrap();
            return Did::Other;
        }
        match self.world.store.accept_merge(&one.id, self.now).await {
            Ok(one) => Did::Merged { key: (one.connection, one.subject), user: one.user },
            Err(_) => Did::Other,
        }
    }

    fn of_directory(&self, seen: &Seen, who: u8) -> Option<(UserId, usize)> {
        let all: Vec<_> = seen.homes.iter().collect();
        let (user, home) = all.get(usize::from(who) % all.len().max(1))?;
        let from = self.connections.iter().position(|connection| connection.id == **home)?;
        Some((**user, from))
    }

    fn key(&self, connection: usize, key: u8) -> Key {
        (self.connections[connection].id, subject(key))
    }

    fn domain(&self, domain: usize) -> String {
        let connection = self.connections[domain].name.as_str();
        format!("{}.example", connection.strip_suffix("-entra").unwrap())
    }

    /// One of nine names, most often of the connection's own domain, and at times in other letters.
    fn name(&self, connection: usize, name: u8) -> String {
        let name = usize::from(name);
        let domain = if name / 3 % 4 == 3 { name / 12 % 3 } else { connection };
        let local = ["ada", "Bob", "eve"][name % 3];
        let local = if name / 36 % 3 == 0 { local.to_uppercase() } else { local.to_owned() };
        format!("{local}@{}", self.domain(domain))
    }
}

fn subject(key: u8) -> Subject {
    format!("key-{key}").parse().unwrap()
}

fn chosen(seen: &Seen, who: u8) -> Option<&User> {
    let all: Vec<_> = seen.users.values().collect();
    all.get(usize::from(who) % all.len().max(1)).copied()
}
