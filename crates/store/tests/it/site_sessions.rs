//! Who is at which site: a code is used once, soon and by the browser that began, and nothing outlives its session.

use landfall_accounts::{
    ConnectionState, EndReason, EntryOutcome, EventKind, Opened, Site, SiteEntry, SitePass, SitePath,
    SiteRefusal, SiteRules, UserState,
    ports::{SessionStore, SiteStore},
};
use time::{Duration, OffsetDateTime};

use crate::{
    sites::origin,
    support::{ADA, MILLISECOND, NOW, SECOND, World, hash, tenant, token, trace},
};

/// Ada is signed in, and there is a site.
struct AtWork {
    world: World,
    ada: Opened,
    app: Site,
}

impl AtWork {
    async fn new() -> Self {
        let world = World::new().await;
        let ada = world.sign_in("ada", ADA, 1).await;
        let app = world.store.create_site(origin("app"), SiteRules::default(), NOW).await.unwrap();
        Self { world, ada, app }
    }

    /// Ada is given the code `code(n)` for a site.
    async fn pass(&self, site: &Site, n: u32) {
        let pass = SitePass {
            tenant: self.world.contoso.tenant,
            session: self.ada.session,
            site: site.id,
            code: hash("code", n),
            state: hash("state", n),
            target: SitePath::at(&site.origin, "/reports?year=2030").unwrap(),
        };
        self.world.store.keep_pass(pass, NOW).await.unwrap();
    }

    async fn enter(&self, entry: SiteEntry, at: OffsetDateTime) -> EntryOutcome {
        self.world.store.enter_site(entry, at).await.unwrap()
    }

    /// Whose token `at-site(n)` is.
    async fn is_there(&self, n: u32, at: OffsetDateTime) -> bool {
        let found = self.world.store.at_site(&hash("at-site", n), at).await.unwrap();
        if let Some(found) = &found {
            assert_eq!((found.signed_in.session.id, found.site.id), (self.ada.session, self.app.id));
        }
        found.is_some()
    }

    /// Ada enters with the code `code(n)` and gets the token `at-site(n)`.
    async fn has_entered(&self, n: u32) {
        self.pass(&self.app, n).await;
        entered(&self.enter(entry(&self.app, n), NOW).await);
        assert!(self.is_there(n, NOW).await);
    }

    /// The last event, as kind and detail.
    async fn last_event(&self) -> (EventKind, String) {
        let last = self.world.events().await.remove(0);
        assert_eq!(last.user, Some(self.ada.user.id));
        (last.kind, last.detail.as_str().to_owned())
    }
}

fn entry(site: &Site, n: u32) -> SiteEntry {
    SiteEntry {
        site: site.id,
        code: hash("code", n),
        state: Some(hash("state", n)),
        new_token: hash("at-site", n),
        trace: trace(n),
    }
}

#[track_caller]
fn entered(outcome: &EntryOutcome) {
    let EntryOutcome::Entered(entered) = outcome else { panic!("expected an entry, got {outcome:?}") };
    assert_eq!(entered.target.as_str(), "/reports?year=2030");
    assert_eq!(entered.expires_at, NOW + Duration::hours(8));
}

#[tokio::test]
async fn a_code_opens_a_site_once() {
    let at = AtWork::new().await;
    at.pass(&at.app, 1).await;
    assert!(!at.is_there(1, NOW).await, "a code is no token");
    entered(&at.enter(entry(&at.app, 1), NOW).await);
    assert_eq!(
        at.last_event().await,
        (EventKind::SiteEntered, r#"{"site":"https://app.example"}"#.to_owned())
    );
    let found = at.world.store.at_site(&hash("at-site", 1), NOW).await.unwrap().unwrap();
    let direct = at.world.store.session_of_token(&token(1), NOW).await.unwrap().unwrap();
    assert_eq!((found.site, found.signed_in), (at.app.clone(), direct));
    assert_eq!(at.world.store.at_site(&hash("code", 1), NOW).await.unwrap(), None);
    assert_eq!(at.world.store.at_site(&token(1), NOW).await.unwrap(), None, "the session's own token");
}

#[tokio::test]
async fn a_second_use_ends_what_the_first_has_opened() {
    let at = AtWork::new().await;
    at.has_entered(1).await;
    at.has_entered_elsewhere().await;
    let again = SiteEntry { new_token: hash("thief", 1), ..entry(&at.app, 1) };
    assert_eq!(at.enter(again.clone(), NOW + SECOND).await, EntryOutcome::Replayed);
    assert_eq!(at.last_event().await.0, EventKind::SiteReplayed);
    assert!(!at.is_there(1, NOW).await);
    assert_eq!(at.world.store.at_site(&hash("thief", 1), NOW).await.unwrap(), None);
    assert_eq!(at.enter(again, NOW).await, EntryOutcome::Unknown);
    assert!(at.is_at_wiki(NOW).await, "another site is not concerned");
}

impl AtWork {
    /// Ada is at the wiki too, with the token `at-wiki(1)`.
    async fn has_entered_elsewhere(&self) {
        let wiki = self.world.store.create_site(origin("wiki"), SiteRules::default(), NOW).await.unwrap();
        self.pass(&wiki, 100).await;
        let entry = SiteEntry { new_token: hash("at-wiki", 1), ..entry(&wiki, 100) };
        entered(&self.enter(entry, NOW).await);
    }

    async fn is_at_wiki(&self, at: OffsetDateTime) -> bool {
        let found = self.world.store.at_site(&hash("at-wiki", 1), at).await.unwrap();
        found.is_some_and(|found| found.site.origin == origin("wiki"))
    }
}

#[tokio::test]
async fn a_code_that_is_used_long_ago_is_recognised_still() {
    let at = AtWork::new().await;
    at.has_entered(1).await;
    at.world.store.purge(NOW + Duration::hours(1)).await.unwrap();
    assert_eq!(at.enter(entry(&at.app, 1), NOW + Duration::hours(1)).await, EntryOutcome::Replayed);
    assert!(!at.is_there(1, NOW).await);
}

#[tokio::test]
async fn e18_a_code_counts_in_the_browser_that_began() {
    for state in [None, Some(hash("state", 2)), Some(hash("code", 1))] {
        let at = AtWork::new().await;
        at.pass(&at.app, 1).await;
        let foreign = SiteEntry { state, ..entry(&at.app, 1) };
        assert_eq!(at.enter(foreign, NOW).await, EntryOutcome::Foreign);
        assert!(at.last_event().await.1.contains("site.foreign"));
        // And nowhere afterwards.
        assert_eq!(at.enter(entry(&at.app, 1), NOW).await, EntryOutcome::Unknown);
        at.has_entered(2).await;
    }
}

#[tokio::test]
async fn a_code_counts_at_its_site_alone() {
    let at = AtWork::new().await;
    let wiki = at.world.store.create_site(origin("wiki"), SiteRules::default(), NOW).await.unwrap();
    at.pass(&at.app, 1).await;
    let elsewhere = SiteEntry { site: wiki.id, ..entry(&at.app, 1) };
    assert_eq!(at.enter(elsewhere, NOW).await, EntryOutcome::OtherSite);
    assert!(at.last_event().await.1.contains("site.other"));
    entered(&at.enter(entry(&at.app, 1), NOW).await);
}

#[tokio::test]
async fn a_code_counts_for_a_minute() {
    let at = AtWork::new().await;
    for (n, after, fine) in [(1, SitePass::LIFETIME - MILLISECOND, true), (2, SitePass::LIFETIME, false)] {
        at.pass(&at.app, n).await;
        let outcome = at.enter(entry(&at.app, n), NOW + after).await;
        if fine {
            entered(&outcome)
        } else {
            assert_eq!(outcome, EntryOutcome::Late)
        }
        assert_eq!(at.is_there(n, NOW + after).await, fine);
    }
    assert_eq!(at.enter(entry(&at.app, 3), NOW).await, EntryOutcome::Unknown);
    at.pass(&at.app, 4).await;
    let forgotten = async |at: &AtWork, after| at.world.store.purge(NOW + after).await.unwrap().site_codes;
    assert_eq!(forgotten(&at, SitePass::LIFETIME - MILLISECOND).await, 0);
    assert_eq!(forgotten(&at, SitePass::LIFETIME).await, 1);
    assert_eq!(at.enter(entry(&at.app, 4), NOW).await, EntryOutcome::Unknown);
    assert!(at.is_there(1, NOW).await);
}

#[tokio::test]
async fn a_new_entry_takes_the_place_of_the_one_before() {
    let at = AtWork::new().await;
    at.has_entered_elsewhere().await;
    at.has_entered(1).await;
    at.has_entered(2).await;
    assert!(!at.is_there(1, NOW).await && at.is_at_wiki(NOW).await);
}

#[tokio::test]
async fn h8_nothing_is_entered_that_does_not_live_any_more() {
    type Step = fn(&AtWork) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>;
    let ways: [(&str, Step); 5] = [
        ("session", |at| {
            Box::pin(async {
                let _ =
                    at.world.store.end_session(&at.ada.session, None, EndReason::Revoked, NOW).await.unwrap();
            })
        }),
        ("suspended", |at| {
            Box::pin(async {
                at.world.store.set_user_state(&at.ada.user.id, UserState::Suspended, NOW).await.unwrap();
            })
        }),
        ("deleted", |at| {
            Box::pin(async {
                at.world.store.set_user_state(&at.ada.user.id, UserState::Deprovisioned, NOW).await.unwrap();
            })
        }),
        ("connection", |at| {
            Box::pin(async {
                let name = &at.world.contoso.name;
                at.world.store.set_connection_state(name, ConnectionState::Disabled, NOW).await.unwrap();
            })
        }),
        ("erased", |at| {
            Box::pin(async {
                at.world.store.erase_user(&tenant("contoso"), &at.ada.user.id, NOW).await.unwrap();
            })
        }),
    ];
    for (way, step) in ways {
        let at = AtWork::new().await;
        at.has_entered(1).await;
        at.pass(&at.app, 2).await;
        step(&at).await;
        assert!(!at.is_there(1, NOW).await, "{way}");
        let outcome = at.enter(entry(&at.app, 2), NOW).await;
        assert!(matches!(outcome, EntryOutcome::Ended | EntryOutcome::Unknown), "{way}: {outcome:?}");
        assert!(!at.is_there(2, NOW).await, "{way}");
    }
}

#[tokio::test]
async fn an_entry_lasts_as_long_as_its_session() {
    let at = AtWork::new().await;
    at.has_entered(1).await;
    let idle = NOW + Duration::hours(2);
    assert!(at.is_there(1, idle - MILLISECOND).await && !at.is_there(1, idle).await);
    at.world.use_until(1, at.ada.expires_at - SECOND).await;
    let end = at.ada.expires_at;
    assert!(at.is_there(1, end - MILLISECOND).await && !at.is_there(1, end).await);
    at.pass(&at.app, 2).await;
    at.world.store.purge(end).await.unwrap();
    assert_eq!(at.enter(entry(&at.app, 2), NOW).await, EntryOutcome::Unknown, "gone with its session");
    assert!(!at.is_there(1, NOW).await);
}

#[tokio::test]
async fn the_rules_of_the_site_hold_at_the_entry_and_after_it() {
    let at = AtWork::new().await;
    at.has_entered(1).await;
    at.pass(&at.app, 2).await;
    let writers = |before: SiteRules| before.with_roles(vec!["writer".to_owned()]);
    at.world.store.set_site(&at.app.origin, writers, NOW).await.unwrap();
    let found = at.world.store.at_site(&hash("at-site", 1), NOW).await.unwrap().unwrap();
    assert_eq!(found.admitted(), Err(SiteRefusal::Role));
    assert_eq!(at.enter(entry(&at.app, 2), NOW).await, EntryOutcome::Refused(SiteRefusal::Role));
    assert!(at.last_event().await.1.contains("site.role"));
    at.world.store.delete_site(&at.app.origin, NOW).await.unwrap();
    assert_eq!(at.world.store.at_site(&hash("at-site", 1), NOW).await.unwrap(), None);
}

#[tokio::test]
async fn of_two_who_bring_a_code_at_once_one_enters() {
    let at = AtWork::new().await;
    at.pass(&at.app, 1).await;
    let one = |n| SiteEntry { new_token: hash("at-site", n), ..entry(&at.app, 1) };
    let both = tokio::join!(at.enter(one(1), NOW), at.enter(one(2), NOW));
    let kinds = [&both.0, &both.1].map(|outcome| matches!(outcome, EntryOutcome::Entered(_)));
    assert!(kinds[0] != kinds[1], "{both:?}");
    assert!(
        !at.is_there(1, NOW).await && !at.is_there(2, NOW).await,
        "the second has ended what the first opened"
    );
}
