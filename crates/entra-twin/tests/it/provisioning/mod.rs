//! The provisioning service against a small SCIM server in memory.

mod command;
mod cycles;
mod faults;
mod groups;
mod people;
mod quarantine;
mod server;
mod wire;

use std::sync::Arc;

use landfall_entra_twin::provisioning::{
    CycleError, CycleReport, Directory, Job, LogEntry, Settings, Status, Whom, cycle, on_demand,
};
use landfall_entra_twin::{App, Group, GroupKind, Newcomer, Seed, Tenant, User};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use url::Url;
use uuid::Uuid;

use server::Server;

const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);
/// So that requests come in one order.
const ONE_AT_A_TIME: &str = "concurrency = 1\n";
const SIMON: &str = "B.Simon@contoso.example";
const CLARA: &str = "C.Lindqvist@contoso.example";
const ESTELLE: &str = "E.Moreau@contoso.example";

/// A tenant in which nobody is assigned, a target that knows nobody, and a job that has done nothing.
struct World {
    tenant: Tenant,
    app: App,
    server: Arc<Server>,
    settings: Arc<Settings>,
    job: Job,
    now: OffsetDateTime,
    url: Url,
}

impl World {
    fn new() -> Self {
        let (tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        app.assigned.clear();
        Self {
            tenant,
            app,
            server: Arc::new(Server::default()),
            settings: Arc::new(ONE_AT_A_TIME.parse().unwrap()),
            job: Job::new(Uuid::from_u128(7)),
            now: NOW,
            url: "https://sp.example.com/scim/v2".parse().unwrap(),
        }
    }

    /// With the flag of the Tenant URL.
    fn compliant(mut self) -> Self {
        self.url.set_query(Some("aadOptscim062020"));
        self
    }

    fn with_settings(mut self, text: &str) -> Self {
        self.settings = Arc::new(format!("{ONE_AT_A_TIME}{text}").parse().unwrap());
        self
    }

    fn assign(&mut self, name: &str) {
        self.app.assigned.push(name.to_owned());
    }

    fn unassign(&mut self, name: &str) {
        self.app.assigned.retain(|assigned| assigned != name);
    }

    fn user(&mut self, name: &str) -> &mut User {
        self.tenant.users.iter_mut().find(|user| user.user_principal_name == name).unwrap()
    }

    fn id(&self, name: &str) -> Uuid {
        self.tenant.find(name).unwrap().object_id
    }

    /// Somebody new, who is assigned.
    fn add(&mut self, number: u128) -> String {
        let name = format!("n{number}@contoso.example");
        let newcomer =
            Newcomer { name: name.clone(), display_name: None, object_id: Uuid::from_u128(1_000 + number) };
        self.tenant.add(newcomer).unwrap();
        self.assign(&name);
        name
    }

    /// An assigned group of these people.
    fn group(&mut self, name: &str, members: &[&str]) -> &mut Group {
        let members = members.iter().map(|member| self.id(member)).collect();
        let group = Group {
            object_id: Uuid::from_u128(100 + self.tenant.groups.len() as u128),
            display_name: name.to_owned(),
            kind: GroupKind::default(),
            assigned: true,
            members,
            on_premises: None,
            app_roles: Vec::new(),
        };
        self.tenant.groups.push(group);
        self.tenant.groups.last_mut().unwrap()
    }

    async fn try_cycle(&mut self) -> Result<CycleReport, CycleError> {
        let directory = Directory::of(&self.tenant, &self.app);
        cycle(self.server.clone(), &self.url, &self.settings, &directory, &mut self.job, self.now).await
    }

    /// One cycle, 40 minutes after the one before.
    async fn cycle(&mut self) -> CycleReport {
        self.now += Job::INTERVAL;
        self.try_cycle().await.unwrap()
    }

    async fn demand(&mut self, user: &str) -> LogEntry {
        self.demand_of(Whom::User(user)).await
    }

    async fn demand_of(&mut self, whom: Whom<'_>) -> LogEntry {
        let directory = Directory::of(&self.tenant, &self.app);
        let how = (whom, Uuid::from_u128(9), self.now);
        on_demand(self.server.clone(), &self.url, &self.settings, &directory, &mut self.job, how).await
    }

    /// One cycle, and what it sent.
    async fn wire(&mut self) -> String {
        self.server.sent();
        self.cycle().await;
        self.server.sent()
    }

    fn later(&mut self, time: Duration) {
        self.now += time;
    }
}

/// Action, status and code of the only entry.
#[track_caller]
fn only(report: &CycleReport) -> String {
    assert_eq!(report.entries.len(), 1, "{:#?}", report.entries);
    short(&report.entries[0])
}

fn short(entry: &LogEntry) -> String {
    let code = entry.code.map(|code| format!(" {code:?}")).unwrap_or_default();
    format!("{:?} {:?}{code}", entry.action, entry.status)
}

/// How many entries are no failures.
fn fine(report: &CycleReport) -> bool {
    report.ended(Status::Failure) == 0
}
