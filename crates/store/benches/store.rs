//! What a login and the look-ups in it cost with a thousand people and with a million.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

#[path = "../tests/it/database.rs"]
mod database;
#[path = "../tests/it/support.rs"]
#[allow(dead_code, reason = "what the tests share")]
mod support;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use landfall_accounts::ports::{LoginStore, SessionStore};
use tokio::runtime::Runtime;

use database::Database;
use support::{NOW, World, attempt, committed, opened, signed_in, tenant, token};

fn store(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("store");
    // Compiled and run once, as CI does, nobody waits for a million.
    let many = if std::env::args().any(|word| word == "--bench") { 1_000_000 } else { 2_000 };
    for people in [1_000, many] {
        let world = runtime.block_on(World::on(runtime.block_on(Database::fresh())));
        runtime.block_on(fill(&world, people));
        let mut n = 0;
        // Each time another one, from all over the table.
        let mut next = move || {
            n = (n + 7_919) % people;
            n
        };
        let name = |n: u64| format!("person-{n}@contoso.example");
        runtime.block_on(world.sign_in("person-1", &name(1), u32::MAX));
        let size = |what: &str| BenchmarkId::new(what, people);
        group.bench_function(size("user-name"), |bencher| {
            bencher.iter(|| {
                let name = name(next()).parse().unwrap();
                black_box(runtime.block_on(world.store.user_named(&tenant("contoso"), &name)).unwrap())
            });
        });
        group.bench_function(size("subject"), |bencher| {
            bencher.iter(|| {
                let subject = format!("person-{}", next()).parse().unwrap();
                let found = world.store.user_of_subject(&world.contoso.name, &subject);
                black_box(runtime.block_on(found).unwrap().unwrap())
            });
        });
        group.bench_function(size("token"), |bencher| {
            let token = token(u32::MAX);
            bencher.iter(|| {
                black_box(runtime.block_on(world.store.session_of_token(&token, NOW)).unwrap().unwrap())
            });
        });
        let mut hops = 0;
        group.bench_function(size("login"), |bencher| {
            bencher.iter(|| {
                let n = next();
                let record = world.record(&world.contoso, &format!("person-{n}"), &name(n));
                hops += 1;
                runtime.block_on(async {
                    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
                    black_box(opened(world.store.hop(attempt(&record, hops), NOW).await.unwrap()))
                })
            });
        });
    }
    group.finish();
}

/// Makes people with a link each, in the way that is quickest for the database.
async fn fill(world: &World, people: u64) {
    let (tenant, connection) = (world.contoso.tenant.as_uuid(), world.contoso.id.as_uuid());
    let (numbers, id, tenant, connection) = if world.database.is_postgres() {
        let numbers = format!("SELECT generate_series(0, {people} - 1) n");
        (numbers, "gen_random_uuid()", format!("'{tenant}'"), format!("'{connection}'"))
    } else {
        let numbers = format!(
            "WITH RECURSIVE all_n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM all_n WHERE n < {people} - 1) SELECT n FROM all_n"
        );
        let hex = |id: uuid::Uuid| format!("X'{}'", id.simple());
        (numbers, "randomblob(16)", hex(tenant), hex(connection))
    };
    // The count of living accounts is a trigger's, which a million rows in one transaction would keep for hours.
    let quick = if world.database.is_postgres() { "SET session_replication_role = replica; " } else { "" };
    world
        .database
        .sql(&format!(
            "{quick}INSERT INTO users (tenant_id, id, user_name, user_name_folded, state, standing, origin, first_name,
            last_name, email, created_at, updated_at) SELECT {tenant}, {id}, 'person-' || n || '@contoso.example',
            'person-' || n || '@contoso.example', 'active', 'person', 'just-in-time', 'Augusta', 'King',
            'person-' || n || '@contoso.example', 0, 0 FROM ({numbers}) people"
        ))
        .await;
    let subject = "substr(user_name, 1, length(user_name) - length('@contoso.example'))";
    world.database.sql(&format!(
        "INSERT INTO identity_links SELECT {tenant}, {connection}, {subject}, id, 0, 'just-in-time' FROM users"
    )).await;
    world.database.sql("ANALYZE").await;
}

criterion_group!(benches, store);
criterion_main!(benches);
