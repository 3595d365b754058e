//! Fills the database of a benchmark: `many_sessions PLACE SESSIONS SITES`.
//!
//! The only connection of the only tenant gets so many people, each with a session and at one of so many sites,
//! `https://site-0.example` and so on in turn, with the token that the benchmark knows.
//! Their use is written down for an hour ahead. They are written past every rule.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a tool of benchmarks fails by panicking"
)]

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseBackend};
use time::OffsetDateTime;

/// How many rows one statement writes.
const BATCH: u64 = 1000;
const HOUR: i128 = 3_600_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [place, sessions, sites] = words.as_slice() else { panic!("expected PLACE SESSIONS SITES") };
    let (sessions, sites): (u64, u64) = (sessions.parse().unwrap(), sites.parse().unwrap());
    let url = if place.starts_with("postgres") { place.clone() } else { format!("sqlite:{place}") };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    let database = Database::connect(options).await.unwrap();
    let postgres = database.get_database_backend() == DatabaseBackend::Postgres;
    if postgres {
        // The count of living accounts is a trigger's, which a million rows in one transaction would keep for hours.
        database.execute_unprepared("SET session_replication_role = replica").await.unwrap();
    }
    let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
    let fill = Fill { postgres, sites, now };
    database.execute_unprepared(&fill.sites()).await.unwrap();
    for first in (0..sessions).step_by(usize::try_from(BATCH).unwrap()) {
        for statement in fill.people(first, sessions.min(first + BATCH)) {
            database.execute_unprepared(&statement).await.unwrap();
        }
    }
    database.execute_unprepared("ANALYZE").await.unwrap();
    database.close().await.unwrap();
}

struct Fill {
    postgres: bool,
    sites: u64,
    now: i128,
}

impl Fill {
    /// An id, by a kind and a number.
    fn id(&self, kind: u8, number: u64) -> String {
        let id = uuid::Uuid::from_u128(u128::from(kind) << 120 | 7 << 76 | 2 << 62 | u128::from(number));
        if self.postgres { format!("'{id}'") } else { format!("x'{}'", id.simple()) }
    }

    fn octets(&self, octets: &[u8]) -> String {
        let hex = octets.iter().fold(String::new(), |mut hex, octet| {
            write!(hex, "{octet:02x}").unwrap();
            hex
        });
        if self.postgres { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
    }

    fn sites(&self) -> String {
        let rows = (0..self.sites).map(|n| {
            format!("({}, 'https://site-{n}.example', '[]', '[]', '[]', {})", self.id(3, n), self.now)
        });
        let rows: Vec<String> = rows.collect();
        format!(
            "INSERT INTO sites (id, origin, tenants, groups, roles, created_at) VALUES {}",
            rows.join(", ")
        )
    }

    fn people(&self, first: u64, end: u64) -> [String; 3] {
        let (now, later, end_at) = (self.now, self.now + HOUR, self.now + 10 * HOUR);
        let values = |row: &dyn Fn(u64) -> String| (first..end).map(row).collect::<Vec<_>>().join(", ");
        let (tenant, connection) = ("(SELECT tenant_id FROM connections)", "(SELECT id FROM connections)");
        let users = values(&|n| {
            let name = format!("person-{n}@contoso.example");
            format!(
                "({tenant}, {}, '{name}', '{name}', 'active', 'person', 'directory', 'Augusta', 'King', '{name}', NULL,
                 0, 0, 'directory', '[\"reader\"]', '[\"sales\",\"ops\"]')",
                self.id(1, n)
            )
        });
        let sessions = values(&|n| {
            format!(
                "({tenant}, {}, {}, {connection}, '{n:016x}', 0, '/account', {now}, {end_at}, {}, {later})",
                self.id(2, n),
                self.id(1, n),
                2 * HOUR
            )
        });
        let at_sites = values(&|n| {
            let (code, token) = (format!("code-{n}"), token(n));
            format!(
                "({tenant}, {}, {}, {}, {}, '/', 0, {}, {now})",
                self.octets(digest(&SHA256, code.as_bytes()).as_ref()),
                self.id(2, n),
                self.id(3, n % self.sites),
                self.octets(&[0; 32]),
                self.octets(digest(&SHA256, token.as_bytes()).as_ref()),
            )
        });
        [
            format!(
                "INSERT INTO users (tenant_id, id, user_name, user_name_folded, state, standing, origin, first_name,
                 last_name, email, display_name, created_at, updated_at, state_by, roles, groups) VALUES {users}"
            ),
            format!(
                "INSERT INTO sessions (tenant_id, id, user_id, connection_id, handle, hop_until, target, opened_at,
                 expires_at, idle, last_seen_at) VALUES {sessions}"
            ),
            format!(
                "INSERT INTO site_sessions (tenant_id, code, session_id, site_id, state, target, code_until, token,
                 entered_at) VALUES {at_sites}"
            ),
        ]
    }
}

/// What the browser of a person has as the cookie of the site.
fn token(n: u64) -> String {
    format!("bench-{n:037}")
}
