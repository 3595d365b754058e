//! Whatever operators, logins, directories and merges do after one another, these hold.
//!
//! `PROPTEST_CASES=5000 cargo test -p landfall-store --test it model -- --nocapture` tries longer and says how much.

mod invariants;
mod seen;
mod steps;

use std::cell::Cell;

use proptest::{
    collection::vec,
    test_runner::{Config, TestCaseError, TestRunner},
};

use self::{
    invariants::INVARIANTS,
    seen::{Book, Seen},
    steps::{Customers, any_step},
};
use crate::support::World;

/// How many interleavings are tried where nobody says another number; half as many on PostgreSQL.
const CASES: u32 = 32;
const LONGEST: usize = 30;

#[test]
fn whatever_happens_in_whatever_order_these_invariants_hold() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let mut config = Config { failure_persistence: None, max_shrink_time: 20_000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = if world.database.is_postgres() { CASES / 2 } else { CASES };
    }
    let (cases, taken) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(config).run(&vec(any_step(), 1..LONGEST), |steps| {
        cases.set(cases.get() + 1);
        taken.set(taken.get() + steps.len());
        runtime.block_on(tried(&world, cases.get(), steps))
    });
    println!("{} interleavings, {} steps", cases.get(), taken.get());
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Takes the steps at customers of their own, and looks after each of them.
async fn tried(world: &World, n: u32, steps: Vec<steps::Step>) -> Result<(), TestCaseError> {
    let mut customers = Customers::new(world, n).await;
    let (mut book, mut before) = (Book::default(), Seen::of(&customers).await);
    for step in steps {
        let did = customers.take(&step, &before).await;
        let after = Seen::of(&customers).await;
        book.write(&did);
        let broken: Vec<String> = INVARIANTS
            .iter()
            .filter_map(|(name, invariant)| {
                let why = invariant(&before, &did, &after, &book).err()?;
                Some(format!("{name} does not hold: {why}"))
            })
            .collect();
        if !broken.is_empty() {
            return Err(TestCaseError::fail(format!("after {step:?}\n{}", broken.join("\n"))));
        }
        before = after;
    }
    Ok(())
}
