//! An installation in a temporary folder, and short words for what happens in it.

use std::sync::atomic::{AtomicU32, Ordering};

use landfall_accounts::{
    Access, Account, Activity, Arrival, AssertionId, AssertionUse, Authentication, AwaitingSession,
    CertificateFingerprint, CertificateState, CommitOutcome, Committed, Connection, Criterion, Detail,
    Directory, DirectoryRequest, DirectoryUser, Event, EventKind, Handle, HopAttempt, HopOutcome, Identity,
    IdpBinding, IdpSession, IdpTrust, IdpUrl, LoginName, LoginPurpose, LoginRecord, MappingChoice,
    Membership, NewUser, Opened, Origin, PageOf, PendingLogin, Push, Query, Refusal, Replace, RequestId,
    SamlState, SsoEndpoint, Standing, Target, TenantName, TokenHash, TraceId, TrustedCertificate, User,
    UserAgent, UserId, UserState,
    ports::{DirectoryStore, LoginStore, PushOutcome, SessionStore},
};
use landfall_store::{EventFilter, Store};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::database::Database;

pub(crate) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05.678 UTC);
pub(crate) const ADA: &str = "Ada@contoso.example";
pub(crate) const SECOND: Duration = Duration::seconds(1);
pub(crate) const MILLISECOND: Duration = Duration::milliseconds(1);

/// The tenant contoso with the domain contoso.example bound to its connection contoso-entra.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) contoso: Connection,
    pub(crate) database: Database,
    count: AtomicU32,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Database::fresh().await).await
    }

    pub(crate) async fn on(database: Database) -> Self {
        let store = database.store().await;
        store.create_tenant(tenant("contoso"), NOW).await.unwrap();
        let contoso = customer(&store, "contoso", "11111111-2222-4333-8444-555555555555").await;
        Self { store, contoso, database, count: AtomicU32::new(0) }
    }

    /// A second customer, fabrikam, with everything of its own.
    pub(crate) async fn fabrikam(&self) -> Connection {
        self.store.create_tenant(tenant("fabrikam"), NOW).await.unwrap();
        customer(&self.store, "fabrikam", "99999999-2222-4333-8444-555555555555").await
    }

    pub(crate) async fn set(&self, key: &str, value: &str) {
        self.store.set_connection(&self.contoso.name, &[(key, value)], NOW).await.unwrap();
    }

    pub(crate) async fn create(&self, user_name: &str) -> User {
        self.store.create_user(&tenant("contoso"), new_user(user_name), NOW).await.unwrap()
    }

    /// An unsolicited login with an assertion and a handle of its own.
    pub(crate) fn record(&self, connection: &Connection, subject: &str, login_name: &str) -> LoginRecord {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        LoginRecord {
            connection: connection.id,
            tenant: connection.tenant,
            signer: certificate(1).fingerprint,
            clock_ahead: Duration::ZERO,
            used: AssertionUse {
                assertion: AssertionId::new(format!("_assertion-{n}")),
                issued_since: NOW - Duration::minutes(1),
                keep_until: NOW + Duration::hours(1),
            },
            request: None,
            arrival: arrival(connection, subject, login_name),
            session: AwaitingSession {
                handle: Handle::new(NOW, n.to_be_bytes()),
                hop: hash("hop", n),
                browser: None,
                target: Target::new("/account"),
                expires_at: NOW + Duration::hours(8),
                idle: Duration::hours(2),
                authentication: Authentication::asserted(NOW - SECOND, Some("urn:password"), NOW),
                user_agent: Some(UserAgent::new("Mozilla/5.0")),
                idp_session: IdpSession {
                    name_id: login_name.to_owned(),
                    saml: SamlState::new(login_name.as_bytes().to_vec()),
                    index: Some(format!("_session-{n}")),
                },
            },
            trace: trace(n),
            decision: Detail::new(r#"{"rules":"passed"}"#),
        }
    }

    /// A login that was begun here, with the request it answers.
    pub(crate) fn pending(&self, connection: &Connection) -> PendingLogin {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        PendingLogin {
            request_id: RequestId::new(format!("_request-{n}")),
            handle: Handle::new(NOW, n.to_be_bytes()),
            connection: connection.id,
            tenant: connection.tenant,
            relay_state: hash("relay-state", n),
            browser: hash("browser", n),
            purpose: LoginPurpose::SignIn,
            target: Target::new("/account"),
            begun_at: NOW,
            expires_at: NOW + PendingLogin::LIFETIME,
            restart: None,
            saml: SamlState::new(vec![1, 2, 3]),
        }
    }

    /// The answer to a login that was begun here.
    pub(crate) fn answer(&self, pending: &PendingLogin, subject: &str, login_name: &str) -> LoginRecord {
        let mut record = self.record(&self.contoso, subject, login_name);
        record.request = Some(pending.request_id.clone());
        record.session.handle = pending.handle.clone();
        record.session.browser = Some(pending.browser.clone());
        record
    }

    /// Signs somebody in by an unsolicited login, as far as the hop.
    pub(crate) async fn login(&self, subject: &str, login_name: &str) -> (LoginRecord, Committed) {
        let record = self.record(&self.contoso, subject, login_name);
        let committed = committed(self.store.commit(record.clone(), NOW).await.unwrap());
        (record, committed)
    }

    /// Signs somebody in to the end; the session has the token `token(n)`.
    pub(crate) async fn sign_in(&self, subject: &str, login_name: &str, n: u32) -> Opened {
        let (record, _) = self.login(subject, login_name).await;
        opened(self.store.hop(attempt(&record, n), NOW).await.unwrap())
    }

    /// A request of the directory of a connection.
    pub(crate) fn asks(&self, connection: &Connection) -> DirectoryRequest {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        DirectoryRequest { directory: directory(connection), trace: trace(n) }
    }

    /// What becomes of a person whom contoso's directory pushes.
    pub(crate) async fn push(&self, push: Push) -> PushOutcome {
        self.store.push_user(&self.asks(&self.contoso), push, NOW).await.unwrap()
    }

    /// What becomes of a change by contoso's directory.
    pub(crate) async fn change(&self, user: &UserId, edit: impl FnOnce(&mut Push) + Send) -> PushOutcome {
        let by = self.asks(&self.contoso);
        let edit = |known: &DirectoryUser| {
            let mut push = pushed(known);
            edit(&mut push);
            Ok::<_, ()>(push)
        };
        self.store.edit_user(&by, user, edit, NOW).await.unwrap().unwrap()
    }

    /// The session of the token `token(n)` is used each hour until then.
    pub(crate) async fn use_until(&self, n: u32, end: OffsetDateTime) {
        let mut at = NOW;
        while at < end {
            at = end.min(at + Duration::hours(1));
            let found = self.store.session_of_token(&token(n), at).await.unwrap().unwrap();
            self.store.session_seen(&found.session, at).await.unwrap();
        }
    }

    pub(crate) async fn events(&self) -> Vec<Event> {
        let events = self.store.events(&EventFilter::default(), 1000).await.unwrap();
        events.into_iter().map(|recorded| recorded.event).collect()
    }

    /// How often something happened.
    pub(crate) async fn count(&self, kind: EventKind) -> usize {
        self.events().await.iter().filter(|event| event.kind == kind).count()
    }

    pub(crate) async fn users(&self) -> Vec<User> {
        self.store.users(&tenant("contoso")).await.unwrap()
    }
}

pub(crate) async fn customer(store: &Store, name: &str, tid: &str) -> Connection {
    connected(store, name, name, tid).await
}

/// Another connection of a tenant, with a domain of its own that has its name.
pub(crate) async fn connected(store: &Store, owner: &str, name: &str, tid: &str) -> Connection {
    let domain = format!("{name}.example").parse().unwrap();
    store.add_domain(&tenant(owner), domain, NOW).await.unwrap();
    let connection = format!("{name}-entra").parse().unwrap();
    let idp = idp(&format!("https://sts.windows.net/{tid}/"));
    let connection = store.import_connection(&tenant(owner), connection, idp, NOW).await.unwrap();
    let domain = format!("{name}.example").parse().unwrap();
    store.bind_domain(&domain, &connection.name, NOW).await.unwrap();
    connection
}

pub(crate) fn idp(entity_id: &str) -> IdpTrust {
    IdpTrust {
        entity_id: entity_id.parse().unwrap(),
        sso: vec![SsoEndpoint {
            binding: IdpBinding::Redirect,
            location: IdpUrl::new("https://login.example/saml2"),
        }],
        slo: vec![],
        certificates: vec![certificate(1)],
        valid_until: None,
    }
}

pub(crate) fn certificate(n: u8) -> TrustedCertificate {
    TrustedCertificate {
        der: vec![0x30, n],
        fingerprint: CertificateFingerprint::from_bytes([n; 32]),
        not_before: datetime!(2029-01-01 00:00 UTC),
        not_after: datetime!(2032-01-01 00:00 UTC) - Duration::days(n.into()),
        state: CertificateState::Trusted,
        first_seen: NOW,
        last_used: None,
    }
}

pub(crate) fn arrival(connection: &Connection, subject: &str, login_name: &str) -> Arrival {
    arrival_at(connection, subject, login_name, login_name)
}

/// The same, with an e-mail address that is not the login name.
pub(crate) fn arrival_at(connection: &Connection, subject: &str, login_name: &str, email: &str) -> Arrival {
    let attributes =
        [("firstName", ["Augusta"]), ("lastName", ["King"]), ("email", [email]), ("username", [login_name])];
    let login_name: LoginName = login_name.parse().unwrap();
    let MappingChoice::Preset(preset) = connection.settings.mapping else {
        panic!("{} has a mapping of its own", connection.name)
    };
    let membership = if login_name.is_guest() { Membership::Guest } else { Membership::Member };
    Arrival {
        identity: Identity { subject: subject.parse().unwrap(), login_name, membership },
        profile: preset.map(&attributes.into_iter().collect()).unwrap(),
    }
}

pub(crate) fn new_user(user_name: &str) -> NewUser {
    NewUser {
        user_name: user_name.parse().unwrap(),
        state: UserState::Active,
        standing: Standing::Person,
        origin: Origin::Operator,
        first_name: Some("Ada".to_owned()),
        last_name: None,
        email: None,
        display_name: Some("Ada L.".to_owned()),
        access: Access::none(),
    }
}

pub(crate) fn directory(connection: &Connection) -> Directory {
    Directory { tenant: connection.tenant, connection: connection.id }
}

/// An active person, pushed with an identity key and an external id that are the same.
pub(crate) fn person(key: &str, user_name: &str) -> Push {
    Push {
        subject: Some(key.parse().unwrap()),
        user_name: user_name.parse().unwrap(),
        external_id: Some(key.parse().unwrap()),
        activity: Activity::Active,
        first_name: Some("Augusta".to_owned()),
        last_name: Some("King".to_owned()),
        email: Some(user_name.to_owned()),
        display_name: None,
        rest: r#"{"title":"Countess"}"#.parse().unwrap(),
    }
}

/// What a directory would push to leave an account as it is.
pub(crate) fn pushed(known: &DirectoryUser) -> Push {
    let user = &known.user;
    Push {
        subject: None,
        user_name: user.user_name.clone(),
        external_id: known.external_id.clone(),
        activity: known.activity,
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        email: user.email.clone(),
        display_name: user.display_name.clone(),
        rest: known.rest.clone(),
    }
}

pub(crate) fn query<F>(filter: Criterion<F>, page: PageOf) -> Query<F> {
    Query { filter, order: None, page }
}

pub(crate) fn page(offset: u64, limit: u32) -> PageOf {
    PageOf { offset, limit: limit.try_into().unwrap() }
}

/// The hop of the browser that the login belongs to, for the session token `token(n)`.
pub(crate) fn attempt(record: &LoginRecord, n: u32) -> HopAttempt {
    HopAttempt {
        handle: record.session.handle.clone(),
        hop: Some(record.session.hop.clone()),
        browser: record.session.browser.clone(),
        new_token: token(n),
        current: None,
        replace: Replace::Ask,
        trace: trace(n),
    }
}

pub(crate) fn tenant(name: &str) -> TenantName {
    name.parse().unwrap()
}

pub(crate) fn token(n: u32) -> TokenHash {
    hash("token", n)
}

pub(crate) fn hash(what: &str, n: u32) -> TokenHash {
    let mut digest = [0; 32];
    digest[..what.len()].copy_from_slice(what.as_bytes());
    digest[28..].copy_from_slice(&n.to_be_bytes());
    TokenHash::from_bytes(digest)
}

pub(crate) fn trace(n: u32) -> TraceId {
    TraceId::new(u64::from(n).to_be_bytes())
}

#[track_caller]
pub(crate) fn committed(outcome: CommitOutcome) -> Committed {
    match outcome {
        CommitOutcome::Committed(committed) => committed,
        other => panic!("expected a commit, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn signed_in(committed: Committed) -> User {
    match committed.account {
        Account::SignedIn { user, .. } => *user,
        other @ Account::Refused { .. } => panic!("expected a sign-in, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused(committed: &Committed) -> Refusal {
    match &committed.account {
        Account::Refused { refusal, .. } => *refusal,
        other @ Account::SignedIn { .. } => panic!("expected a refusal, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn known(outcome: PushOutcome) -> DirectoryUser {
    match outcome {
        PushOutcome::Created(known) | PushOutcome::Attached(known) | PushOutcome::Changed(known) => *known,
        other => panic!("expected an account, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused_push(outcome: &PushOutcome) -> &'static str {
    match outcome {
        PushOutcome::Refused(refusal) => refusal.code(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn opened(outcome: HopOutcome) -> Opened {
    match outcome {
        HopOutcome::Opened(opened) => opened,
        other => panic!("expected an open session, got {other:?}"),
    }
}
