//! An installation in a temporary folder, the two customers that it serves, and the network between them.

mod answer;
mod browser;
mod customer;
mod directory;
mod faults;
mod log;
mod net;
mod own;
mod publisher;
mod sealer;
mod signed;
mod token_keys;

use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use axum::Router;
use landfall_accounts::{
    Access, ConnectionState, Event, EventKind, IdpBinding, NewUser, Origin, ProvisioningEntry, SessionLimits,
    Standing, User, UserState,
};
use landfall_entra_twin::{App as Application, Seed};
use landfall_http::{
    App, AssertionKeys, Environment, Limits, Network, NoRandomness, Own, Sealer, SecondEngine, Settings,
    router,
};
use landfall_store::{EventFilter, Place, ProvisioningFilter, Store};
use sea_orm::DatabaseConnection;
use time::{Duration, OffsetDateTime, macros::datetime};

pub(crate) use answer::{Answer, Form};
pub(crate) use browser::{Begun, Browser, pending};
pub(crate) use customer::Customer;
pub(crate) use directory::Directory;
pub(crate) use faults::Outage;
pub(crate) use net::Clock;
pub(crate) use own::{encryption_certificate, service_provider, signing_certificate};
pub(crate) use publisher::{Publisher, metadata as publisher_metadata};

use crate::database::Database;

use log::Log;
use net::Net;
use own::signing_key;

pub(crate) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);
pub(crate) const HOME: &str = "https://sso.example";
pub(crate) const ACS: &str = "https://sso.example/saml/acs";
pub(crate) const ENTITY_ID: &str = "https://sso.example/saml/metadata";
pub(crate) const SIMON: &str = "B.Simon@contoso.example";
pub(crate) const LINDQVIST: &str = "C.Lindqvist@contoso.example";
pub(crate) const REYES: &str = "M.Reyes@fabrikam.example";
pub(crate) const MILLISECOND: Duration = Duration::milliseconds(1);

/// Landfall at [`HOME`], and the tenants contoso and fabrikam with a double of Entra, a connection and a domain each.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) contoso: Customer,
    pub(crate) fabrikam: Customer,
    second_engine: Option<SecondEngine>,
    limits: Limits,
    proxies: Vec<Network>,
    sessions: SessionLimits,
    sealer: Option<Arc<dyn Sealer>>,
    assertion_keys: Option<Arc<dyn AssertionKeys>>,
    net: Net,
    log: Log,
    database: Database,
    holder: Option<DatabaseConnection>,
    app: Option<App<Store>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With an edit of contoso's application at its double.
    pub(crate) async fn with(edit: impl FnOnce(&mut Application)) -> Self {
        Self::made(edit, IdpBinding::Redirect).await
    }

    /// Each identity provider takes requests by POST alone.
    pub(crate) async fn asking_by_post() -> Self {
        Self::made(|_| (), IdpBinding::Post).await
    }

    async fn made(edit: impl FnOnce(&mut Application), binding: IdpBinding) -> Self {
        let (database, clock, net) = (Database::fresh().await, Clock::at(NOW), Net::default());
        let store = database.store().await;
        let contoso = Customer::new(Seed::Contoso, &clock, edit);
        let fabrikam = Customer::new(Seed::Fabrikam, &clock, |_| ());
        for customer in [&contoso, &fabrikam] {
            store.create_tenant(customer.tenant(), NOW).await.unwrap();
            let (name, trust) = (customer.connection(), customer.trust(binding));
            store.import_connection(&customer.tenant(), name, trust, NOW).await.unwrap();
            store.add_domain(&customer.tenant(), customer.domain(), NOW).await.unwrap();
            store.bind_domain(&customer.domain(), &customer.connection(), NOW).await.unwrap();
            net.put(&customer.host(), customer.twin.clone().router());
        }
        let log = Log::start();
        let (second_engine, limits, holder) = (None, Limits::default(), None);
        let sealer: Option<Arc<dyn Sealer>> = Some(Arc::new(sealer::Seal));
        let mut world = Self {
            clock,
            store,
            contoso,
            fabrikam,
            second_engine,
            limits,
            proxies: Vec::new(),
            sessions: SessionLimits::default(),
            sealer,
            assertion_keys: None,
            net,
            log,
            database,
            holder,
            app: None,
        };
        world.serve();
        world
    }

    /// Another Landfall over the same database, as after a restart of the process.
    pub(crate) async fn restart(&mut self) {
        self.store.clone().close().await;
        self.store = self.database.open().await;
        self.serve();
    }

    /// From now on a second engine is asked too.
    pub(crate) fn ask_too(&mut self, second_engine: SecondEngine) {
        self.second_engine = Some(second_engine);
        self.serve();
    }

    /// From now on these keys verify assertions.
    pub(crate) fn know(&mut self, keys: impl AssertionKeys + 'static) {
        self.assertion_keys = Some(Arc::new(keys));
        self.serve();
    }

    /// From now on these limits hold, and nothing is used up.
    pub(crate) fn limit(&mut self, limits: Limits) {
        self.limits = limits;
        self.serve();
    }

    /// From now on the headers of this proxy count.
    pub(crate) fn trust(&mut self, proxy: &str) {
        self.proxies.push(proxy.parse().unwrap());
        self.serve();
    }

    /// Puts somebody at a host of the network.
    pub(crate) fn put(&self, host: &str, router: Router) {
        self.net.put(host, router);
    }

    /// Landfall itself, past the network.
    pub(crate) fn router(&self) -> Router {
        self.net.at("sso.example")
    }

    /// From now on sessions are opened with these limits.
    pub(crate) fn let_last(&mut self, sessions: SessionLimits) {
        self.sessions = sessions;
        self.serve();
    }

    /// From now on identity tokens are signed with another key, and those of before verify.
    pub(crate) fn sign_tokens_with_another_key(&self) {
        let own = Own::new(service_provider(), signing_key(), token_keys::second());
        self.app.as_ref().unwrap().replace_keys(own);
    }

    /// From now on nobody knows the first key of identity tokens.
    pub(crate) fn retire_the_first_token_key(&self) {
        let own = Own::new(service_provider(), signing_key(), token_keys::second_alone());
        self.app.as_ref().unwrap().replace_keys(own);
    }

    /// From now on the database cannot be asked, until [`World::restart`].
    pub(crate) async fn lose_the_store(&self) {
        self.store.clone().close().await;
    }

    /// From now on the system has no random bytes.
    pub(crate) fn lose_randomness(&self) {
        struct None(Clock);
        impl Environment for None {
            fn now(&self) -> OffsetDateTime {
                self.0.now()
            }
            fn fill(&self, _: &mut [u8]) -> Result<(), NoRandomness> {
                Err(NoRandomness)
            }
        }
        self.net.put("sso.example", router(self.landfall(None(self.clock.clone()))));
    }

    fn serve(&mut self) {
        let app = self.landfall(self.environment());
        self.net.put("sso.example", router(app.clone()));
        self.app = Some(app);
    }

    /// Serves what is made of Landfall in its place.
    pub(crate) fn embed(&self, with: impl FnOnce(App<Store>) -> axum::Router) {
        self.net.put("sso.example", with(self.app()));
    }

    pub(crate) fn app(&self) -> App<Store> {
        self.app.clone().unwrap()
    }

    /// What directories asked for, the oldest first.
    pub(crate) async fn provisioning(&self) -> Vec<ProvisioningEntry> {
        self.app.as_ref().unwrap().write_provisioning_log().await.unwrap();
        let recorded = self.store.provisioning(&ProvisioningFilter::default(), 1000).await.unwrap();
        recorded.into_iter().rev().map(|recorded| recorded.entry).collect()
    }

    /// What the tokens of a customer's connection speak for.
    pub(crate) async fn directory_of(&self, customer: &Customer) -> landfall_accounts::Directory {
        let connections = self.store.connections().await.unwrap();
        let own = connections.iter().find(|connection| connection.name == customer.connection()).unwrap();
        landfall_accounts::Directory { tenant: own.tenant, connection: own.id }
    }

    fn landfall(&self, environment: impl Environment) -> App<Store> {
        let settings = Settings {
            public_url: HOME.parse().unwrap(),
            landing_aliases: vec!["/ClientActivation/ssolanding.go".to_owned()],
            scim_aliases: vec!["/moservices/scim/v1".to_owned()],
            target_origins: vec!["https://app.example".parse().unwrap()],
            sessions: self.sessions,
            second_engine: self.second_engine.clone(),
            limits: self.limits,
            trusted_proxies: self.proxies.clone(),
            sealer: self.sealer.clone(),
            assertion_keys: self.assertion_keys.clone(),
        };
        let own = Own::new(service_provider(), signing_key(), token_keys::first());
        App::new(self.store.clone(), own, settings, environment)
    }

    pub(crate) fn environment(&self) -> impl Environment + use<> {
        TestEnvironment { clock: self.clock.clone(), random: SystemRandom::new() }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.net.clone(), self.clock.clone())
    }

    /// Where the database is, for another node.
    pub(crate) fn place(&self) -> Place {
        self.database.place()
    }

    /// Sets a setting of contoso's connection.
    pub(crate) async fn set(&self, key: &str, value: &str) {
        self.store
            .set_connection(&self.contoso.connection(), &[(key, value)], self.clock.now())
            .await
            .unwrap();
    }

    pub(crate) async fn disable(&self, customer: &Customer) {
        self.set_state_of(customer, ConnectionState::Disabled).await;
    }

    pub(crate) async fn enable(&self, customer: &Customer) {
        self.set_state_of(customer, ConnectionState::Active).await;
    }

    pub(crate) async fn set_state_of(&self, customer: &Customer, state: ConnectionState) {
        self.store.set_connection_state(&customer.connection(), state, self.clock.now()).await.unwrap();
    }

    /// Makes an account of contoso as an operator would.
    pub(crate) async fn make_user(&self, user_name: &str, edit: impl FnOnce(&mut NewUser)) -> User {
        let mut new = NewUser {
            access: Access::none(),
            user_name: user_name.parse().unwrap(),
            state: UserState::Active,
            standing: Standing::Person,
            origin: Origin::Operator,
            first_name: None,
            last_name: None,
            email: None,
            display_name: None,
        };
        edit(&mut new);
        self.store.create_user(&self.contoso.tenant(), new, self.clock.now()).await.unwrap()
    }

    /// The living account of this name at contoso.
    pub(crate) async fn user(&self, user_name: &str) -> User {
        self.store.user_named(&self.contoso.tenant(), &user_name.parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn set_state(&self, user: &User, state: UserState) {
        self.store.set_user_state(&user.id, state, self.clock.now()).await.unwrap();
    }

    /// All accounts of a customer, the deleted ones too.
    pub(crate) async fn users(&self, customer: &Customer) -> Vec<User> {
        self.store.users(&customer.tenant()).await.unwrap()
    }

    /// How many sessions are open.
    pub(crate) async fn sessions(&self) -> usize {
        self.store.sessions(None, self.clock.now()).await.unwrap().len()
    }

    /// The events that one request left, in their order.
    pub(crate) async fn events_of(&self, answer: &Answer) -> Vec<Event> {
        let mut events = self.events().await;
        events.retain(|event| event.trace.as_ref().is_some_and(|trace| trace.as_str() == answer.trace()));
        events
    }

    pub(crate) async fn kinds_of(&self, answer: &Answer) -> Vec<EventKind> {
        self.events_of(answer).await.iter().map(|event| event.kind).collect()
    }

    /// All events, the oldest first.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let events = self.store.events(&EventFilter::default(), 10_000).await.unwrap();
        events.into_iter().rev().map(|recorded| recorded.event).collect()
    }

    /// What is kept of people, groups, keys and sessions, a line a row: equal if nothing changed.
    pub(crate) async fn directories(&self) -> Vec<String> {
        let connection = self.database.connect().await;
        let mut kept = Vec::new();
        for (table, row) in [
            ("users", "user_name || state || state_by || updated_at || coalesce(display_name, '')"),
            ("directory_users", "version || activity || rest || changed_at || coalesce(external_id, '')"),
            ("directory_groups", "name || version || rest || changed_at || coalesce(external_id, '')"),
            ("directory_members", "'member'"),
            ("identity_links", "subject"),
            ("sessions", "'session'"),
        ] {
            let sql = format!("SELECT {row} FROM {table} ORDER BY 1");
            let asked = sea_orm::Statement::from_string(connection.get_database_backend(), sql);
            for row in sea_orm::ConnectionTrait::query_all_raw(&connection, asked).await.unwrap() {
                kept.push(format!("{table} {}", row.try_get_by_index::<String>(0).unwrap()));
            }
        }
        connection.close().await.unwrap();
        kept
    }

    /// What was logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// The code of a refusal, as the operator finds it.
    pub(crate) fn code(&self, answer: &Answer) -> Option<String> {
        self.log.code(answer.trace())
    }

    /// The page refuses with this status; the operator finds this code by the trace id that the page shows.
    #[track_caller]
    pub(crate) fn refused(&self, answer: &Answer, status: u16, code: &str) {
        let Answer { url, body, .. } = answer;
        let found = self.code(answer);
        let found = (answer.status, found.as_deref());
        assert_eq!(found, (status, Some(code)), "{url} {:?} {body}", answer.header("location"));
        assert!(body.contains(answer.trace()), "no code for the administrator: {body}");
        let onward = ["Sign in again", "Back to your account"].iter().any(|label| body.contains(label));
        assert!(onward, "no way on: {body}");
        assert!(answer.cookies().is_empty(), "a refusal sets cookies: {:?}", answer.cookies());
    }
}

/// The test's clock, and the system's random bytes.
struct TestEnvironment {
    clock: Clock,
    random: SystemRandom,
}

impl Environment for TestEnvironment {
    fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.random.fill(bytes).map_err(|_| NoRandomness)
    }
}
