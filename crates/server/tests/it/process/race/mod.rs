//! Many people at once, at every node of an installation, some of which are killed.
//!
//! `cargo xtask race` runs the same with the numbers of [`Race::asked`] from the environment.
#![expect(clippy::print_stdout, reason = "the figures are what whoever runs a race wants to see")]

mod client;
mod invariants;
mod nodes;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use client::Outcome;

pub(super) use client::{Client, uuid};
pub(super) use nodes::Nodes;

/// How many of whom.
struct Race {
    people: usize,
    logins: usize,
    clients: usize,
    kills: usize,
}

impl Race {
    fn asked(kills: usize) -> Self {
        let number =
            |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
        Self {
            people: number("LANDFALL_RACE_PEOPLE", 10),
            logins: number("LANDFALL_RACE_LOGINS", 60),
            clients: 32,
            kills: number("LANDFALL_RACE_KILLS", kills),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_assertion_is_accepted_once_whichever_node_it_reaches() {
    run(Race { kills: 0, ..Race::asked(0) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_node_that_is_killed_leaves_nothing_half_made() {
    run(Race::asked(3)).await;
}

async fn run(race: Race) {
    let nodes = Nodes::start().await;
    let board = Board::new(&race);
    let mut clients = JoinSet::new();
    for n in 0..race.clients.min(race.logins) {
        let client = Client::new(nodes.clone(), n as u64);
        let board = board.clone();
        clients.spawn(async move {
            while let Some(person) = board.next() {
                while client.login(person).await == Outcome::Lost {
                    board.lost.fetch_add(1, Ordering::Relaxed);
                }
                board.done();
            }
        });
    }
    for n in 0..race.kills {
        // At different points of the run, whatever the other clients are about.
        board.until((n + 1) * race.logins / (race.kills + 2)).await;
        nodes.kill(n);
        invariants::hold(&nodes).await;
        nodes.restart(n).await;
    }
    clients.join_all().await;
    let found = invariants::hold(&nodes).await;
    let lost = board.lost.load(Ordering::Relaxed);
    assert_eq!(found.users, race.people);
    assert!((race.logins..=race.logins + lost).contains(&found.accepted), "{found:?}, {lost} lost");
    let kills = match race.kills {
        0 => String::new(),
        kills => format!(", {kills} kills, {lost} logins begun anew"),
    };
    println!("{} users, {} assertions accepted once{kills}", found.users, found.accepted);
}

/// Who is still to sign in, and how many have.
#[derive(Clone)]
struct Board(std::sync::Arc<Shared>);

struct Shared {
    waiting: Mutex<VecDeque<usize>>,
    done: AtomicUsize,
    one_more: Notify,
    lost: AtomicUsize,
}

impl std::ops::Deref for Board {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Board {
    fn new(race: &Race) -> Self {
        let mut waiting: Vec<usize> = (0..race.logins).map(|n| n % race.people).collect();
        let mut random = client::Random::new(7);
        for n in (1..waiting.len()).rev() {
            waiting.swap(n, random.below(n + 1));
        }
        Self(std::sync::Arc::new(Shared {
            waiting: Mutex::new(waiting.into()),
            done: AtomicUsize::new(0),
            one_more: Notify::new(),
            lost: AtomicUsize::new(0),
        }))
    }

    fn next(&self) -> Option<usize> {
        self.waiting.lock().unwrap().pop_front()
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.one_more.notify_waiters();
    }

    /// Waits until so many have signed in.
    async fn until(&self, count: usize) {
        loop {
            let one_more = self.one_more.notified();
            if self.done.load(Ordering::Relaxed) >= count {
                return;
            }
            one_more.await;
        }
    }
}
