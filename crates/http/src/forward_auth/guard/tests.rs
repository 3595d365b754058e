use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use landfall_accounts::ports::{Changes, PortError};
use landfall_accounts::{AtSite, Change};

use super::*;
use crate::NoRandomness;
use crate::testing::{NOW, at_site};

/// A store whose changes a test makes up, and a clock that it moves.
#[derive(Default)]
struct Feed {
    /// Pages that wait to be read.
    pages: StdMutex<Vec<Vec<Change>>>,
    written: AtomicU64,
    reads: AtomicUsize,
    problem: StdMutex<Option<Problem>>,
}

#[derive(Clone, Copy)]
enum Problem {
    Fails,
    Hangs,
    /// Each page takes a while, and there is always another one.
    NeverEnds,
}

impl ChangeFeed for Feed {
    type Position = ();

    fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    async fn changes(&self, (): &mut (), _: OffsetDateTime) -> Result<Changes, PortError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let problem = *self.problem.lock().unwrap();
        match problem {
            Some(Problem::Fails) => Err(PortError::unavailable("the disk is gone")),
            Some(Problem::Hangs) => std::future::pending().await,
            Some(Problem::NeverEnds) => {
                tokio::time::sleep(LONGEST * 2 / 5).await;
                Ok(Changes::new(vec![ada()], true))
            }
            None => {
                let mut pages = self.pages.lock().unwrap();
                let page = if pages.is_empty() { Vec::new() } else { pages.remove(0) };
                Ok(Changes::new(page, !pages.is_empty()))
            }
        }
    }
}

struct Clock(StdMutex<OffsetDateTime>);

impl Environment for Clock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    fn fill(&self, _: &mut [u8]) -> Result<(), NoRandomness> {
        Err(NoRandomness)
    }
}

struct World {
    feed: Feed,
    guard: Guard<()>,
    clock: Clock,
}

fn entry(at: AtSite, as_of: u64, now: OffsetDateTime) -> Entry {
    Entry::new(at, "", as_of, now)
}

fn token() -> TokenHash {
    TokenHash::from_bytes([7; 32])
}

impl World {
    /// Ada is remembered, and all changes are known.
    async fn new() -> Self {
        let (feed, guard, clock) = (Feed::default(), Guard::default(), Clock(StdMutex::new(NOW)));
        let world = Self { feed, guard, clock };
        world.remember().await;
        assert!(world.knows().await);
        world
    }

    async fn remember(&self) {
        let mut at = at_site();
        at.signed_in.session.last_seen_at = self.clock.now();
        let as_of = self.guard.as_of(&self.feed, &self.clock).await;
        self.guard.keep(&token(), entry(at, as_of, self.clock.now()));
    }

    async fn knows(&self) -> bool {
        self.guard.find(&token(), &self.feed, &self.clock).await.is_some()
    }

    fn advance(&self, by: Duration) {
        *self.clock.0.lock().unwrap() += by;
    }

    /// Somebody has written this.
    fn changed(&self, changes: &[Change]) {
        self.feed.pages.lock().unwrap().push(changes.to_vec());
    }

    /// Somebody has written this by this process.
    fn changed_here(&self, changes: &[Change]) {
        self.changed(changes);
        self.feed.written.fetch_add(1, Ordering::SeqCst);
    }

    fn reads(&self) -> usize {
        self.feed.reads.load(Ordering::SeqCst)
    }
}

fn ada() -> Change {
    Change::Person(at_site().signed_in.user.id)
}

#[tokio::test]
async fn what_this_process_has_written_counts_at_once() {
    let world = World::new().await;
    world.changed_here(&[ada()]);
    assert!(!world.knows().await);
    world.remember().await;
    assert!(world.knows().await);
}

#[tokio::test]
async fn what_others_have_written_counts_a_moment_later() {
    let world = World::new().await;
    world.changed(&[ada()]);
    world.advance(CURRENT - Duration::MILLISECOND);
    assert!(world.knows().await, "nobody has looked yet");
    world.advance(Duration::MILLISECOND);
    assert!(!world.knows().await);
}

#[tokio::test]
async fn all_pages_are_read_before_anything_counts() {
    let world = World::new().await;
    let other = Change::Tenant(landfall_accounts::TenantId::from_uuid(uuid::Uuid::from_u128(9)));
    for page in [vec![other], vec![], vec![ada()]] {
        world.changed(&page);
    }
    world.advance(CURRENT);
    assert!(!world.knows().await);
}

#[tokio::test]
async fn changes_are_read_once_for_all_who_wait_and_not_again_for_a_while() {
    let world = World::new().await;
    let before = world.reads();
    world.advance(CURRENT);
    let all = tokio::join!(world.knows(), world.knows(), world.knows(), world.knows());
    assert_eq!((all, world.reads()), ((true, true, true, true), before + 1));
    assert!(world.knows().await && world.reads() == before + 1);
    world.changed_here(&[]);
    let all = tokio::join!(world.knows(), world.knows());
    assert_eq!((all, world.reads()), ((true, true), before + 2));
}

#[tokio::test]
async fn nothing_counts_while_the_changes_cannot_be_read() {
    let world = World::new().await;
    *world.feed.problem.lock().unwrap() = Some(Problem::Fails);
    assert!(world.knows().await, "they were read a moment ago");
    world.advance(CURRENT);
    let before = world.reads();
    for _ in 0..5 {
        assert!(!world.knows().await);
    }
    assert_eq!(world.reads(), before + 1, "not each check tries");
    world.advance(CURRENT);
    assert!(!world.knows().await);
    assert_eq!(world.reads(), before + 2);
    // What happened meanwhile is not lost.
    *world.feed.problem.lock().unwrap() = None;
    world.changed(&[ada()]);
    world.advance(CURRENT);
    assert!(!world.knows().await);
    world.remember().await;
    assert!(world.knows().await);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_a_store_that_hangs() {
    let world = World::new().await;
    for problem in [Problem::Hangs, Problem::NeverEnds] {
        *world.feed.problem.lock().unwrap() = Some(problem);
        world.advance(CURRENT);
        let begun = tokio::time::Instant::now();
        let all = tokio::join!(world.knows(), world.knows(), world.knows());
        assert_eq!((all, begun.elapsed()), ((false, false, false), LONGEST));
    }
    // What was read in time is known.
    *world.feed.problem.lock().unwrap() = None;
    world.advance(CURRENT);
    assert!(!world.knows().await);
    world.remember().await;
    assert!(world.knows().await);
}

#[tokio::test]
async fn who_gives_up_loses_no_change() {
    let world = World::new().await;
    world.changed(&[ada()]);
    world.advance(CURRENT);
    {
        let waits = world.knows();
        tokio::pin!(waits);
        // Dropped in the middle of reading.
        assert!(futures_poll(waits.as_mut()).await.is_pending());
    }
    assert!(!world.knows().await);
}

async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context))).await
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_count_longer() {
    let world = World::new().await;
    world.advance(-Duration::HOUR);
    assert!(!world.knows().await, "read in the future");
    let (as_of, now) = (world.guard.as_of(&world.feed, &world.clock).await, world.clock.now());
    world.advance(Duration::HOUR);
    world.guard.keep(&token(), entry(at_site(), as_of, now + Duration::HOUR));
    assert!(world.knows().await);
    world.changed(&[ada()]);
    world.advance(-CURRENT / 2);
    world.guard.keep(&token(), entry(at_site(), as_of, world.clock.now()));
    assert!(!world.knows().await, "the changes were read in the future");
}

#[tokio::test]
async fn what_happened_before_something_is_read_does_not_make_it_old() {
    let world = World::new().await;
    world.changed_here(&[ada()]);
    world.remember().await;
    assert!(world.knows().await);
    world.changed(&[ada()]);
    world.advance(CURRENT);
    world.remember().await;
    assert!(world.knows().await);
}

#[tokio::test]
async fn what_was_read_before_a_change_and_kept_after_it_does_not_count() {
    let world = World::new().await;
    // A check asks the database, and somebody is suspended before it has the answer.
    let (as_of, now) = (world.guard.as_of(&world.feed, &world.clock).await, world.clock.now());
    world.changed_here(&[ada()]);
    assert!(!world.knows().await);
    world.guard.keep(&token(), entry(at_site(), as_of, now));
    assert!(!world.knows().await);
}
