//! Each scenario passes at an honest service provider and fails at one with the matching flaw.

use landfall_entra_twin::{
    Driver, Elsewhere, Ending, Outcome, Person, Posts, Provider, ScenarioError, Unsolicited, elsewhere,
    idp_initiated, not_assigned, replay, session_end, sign_out, sp_initiated,
};

use url::Url;

use crate::sample_sp::{Flaw, Sites};

const SIMON: Person<'_> = Person { name: "B.Simon@contoso.example", password: "Pass-1234" };
const OKAFOR: Person<'_> = Person { name: "D.Okafor@contoso.example", password: "Pass-1234" };

#[derive(Clone, Copy)]
enum Scenario {
    SpInitiated,
    Replay,
    SignOut,
}

async fn run(scenario: Scenario, flaw: Flaw, person: Person<'_>) -> Result<String, ScenarioError> {
    let sites = Sites::start(Unsolicited::Restart, flaw).await;
    let (landing, account) = (sites.sp("/sso"), sites.sp("/account"));
    let sp = Provider { landing: &landing, account: &account };
    let mut driver = Driver::new().unwrap();
    match scenario {
        Scenario::SpInitiated => sp_initiated(&mut driver, sp, SIMON.name, person).await,
        Scenario::Replay => replay(&mut driver, sp, SIMON.name, person).await,
        Scenario::SignOut => sign_out(&mut driver, sp, SIMON.name, person).await,
    }
}

#[track_caller]
fn unexpected(result: Result<String, ScenarioError>, part: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), "scenario-unexpected");
    assert!(error.to_string().contains(part), "{error}");
}

#[tokio::test]
async fn sp_initiated_ends_at_the_account() {
    let line = run(Scenario::SpInitiated, Flaw::None, SIMON).await.unwrap();
    assert!(line.starts_with("SP-initiated: ") && line.contains(SIMON.name), "{line}");
    unexpected(run(Scenario::SpInitiated, Flaw::OpensNone, SIMON).await, "/account with the name");
    unexpected(run(Scenario::SpInitiated, Flaw::None, OKAFOR).await, "AADSTS50105");
    let wrong = Person { password: "wrong", ..SIMON };
    unexpected(run(Scenario::SpInitiated, Flaw::None, wrong).await, "AADSTS50126");
}

#[tokio::test]
async fn replay_is_refused() {
    let line = run(Scenario::Replay, Flaw::None, SIMON).await.unwrap();
    assert!(line.starts_with("replay refused: ") && line.contains("403"), "{line}");
    unexpected(run(Scenario::Replay, Flaw::TakesReplays, SIMON).await, "used already");
}

#[tokio::test]
async fn sign_out_closes_the_account() {
    let line = run(Scenario::SignOut, Flaw::None, SIMON).await.unwrap();
    assert!(line.starts_with("sign-out: ") && line.contains("303"), "{line}");
    unexpected(run(Scenario::SignOut, Flaw::KeepsSessions, SIMON).await, "redirect 303");
}

#[tokio::test]
async fn idp_initiated_counts_the_trips() {
    for (policy, other, told) in [
        (Unsolicited::Restart, Unsolicited::Accept, "asked again"),
        (Unsolicited::Accept, Unsolicited::Restart, "took it"),
    ] {
        let sites = Sites::start(policy, Flaw::None).await;
        let (my_apps, account) = (sites.idp("/myapps"), sites.sp("/account"));
        let mut driver = Driver::new().unwrap();
        let line = idp_initiated(&mut driver, &my_apps, &account, SIMON, policy).await.unwrap();
        assert!(line.starts_with("IdP-initiated: ") && line.contains(told), "{line}");
        let mut driver = Driver::new().unwrap();
        unexpected(idp_initiated(&mut driver, &my_apps, &account, SIMON, other).await, "SAML forms");
        let mut driver = Driver::new().unwrap();
        unexpected(idp_initiated(&mut driver, &my_apps, &account, OKAFOR, policy).await, "a tile");
    }
}

#[tokio::test]
async fn who_is_not_assigned_sees_it_at_the_double() {
    let sites = Sites::start(Unsolicited::Restart, Flaw::None).await;
    let landing = sites.sp("/sso");
    let mut driver = Driver::new().unwrap();
    let line = not_assigned(&mut driver, &landing, OKAFOR.name, OKAFOR).await.unwrap();
    assert!(line.starts_with("not assigned: ") && line.contains("AADSTS50105"), "{line}");
    let mut driver = Driver::new().unwrap();
    unexpected(not_assigned(&mut driver, &landing, SIMON.name, SIMON).await, "AADSTS50105");
}

/// From the landing page, as at an identity provider that is not known.
async fn abroad(flaw: Flaw, edit: impl FnOnce(&mut Elsewhere<'_>)) -> Result<Ending, ScenarioError> {
    let sites = Sites::start(Unsolicited::Restart, flaw).await;
    abroad_at(&sites, &sites.sp("/sso"), None, edit).await
}

async fn abroad_at(
    sites: &Sites,
    start: &Url,
    leave: Option<&Url>,
    edit: impl FnOnce(&mut Elsewhere<'_>),
) -> Result<Ending, ScenarioError> {
    let account = sites.sp("/account");
    let typed =
        [("login".to_owned(), SIMON.name.to_owned()), ("passwd".to_owned(), SIMON.password.to_owned())];
    let mut way = Elsewhere {
        start,
        login_name: SIMON.name,
        typed: &typed,
        account: &account,
        change: None,
        leave,
        posts: Posts::Once,
    };
    edit(&mut way);
    elsewhere(&mut Driver::new().unwrap(), way).await
}

#[tokio::test]
async fn elsewhere_pages_are_walked_through_as_they_come() {
    let sites = Sites::start(Unsolicited::Restart, Flaw::None).await;
    for (start, count) in [(sites.sp("/sso"), 1), (sites.idp("/myapps"), 2)] {
        let ending = abroad_at(&sites, &start, None, |_| {}).await.unwrap();
        assert_eq!((&ending.outcome, ending.responses.len()), (&Outcome::SignedIn, count));
        assert!(ending.responses.iter().all(|response| response.contains(">Simon<")));
    }
}

#[tokio::test]
async fn elsewhere_a_response_is_changed_on_its_way() {
    let ending = abroad(Flaw::None, |way| way.change = Some((">Simon<", ">Other<"))).await.unwrap();
    let refused = Outcome::Refused { status: 403, text: "The double did not sign this.".to_owned() };
    assert_eq!(ending.outcome, refused);
    assert!(ending.responses[0].contains(">Simon<"), "as it came");
    let error = abroad(Flaw::None, |way| way.change = Some(("nowhere", "x"))).await.unwrap_err();
    assert!(error.to_string().starts_with("expected a response with \"nowhere\" in it"), "{error}");
}

#[tokio::test]
async fn elsewhere_a_response_is_posted_twice() {
    let twice = |way: &mut Elsewhere<'_>| way.posts = Posts::Twice;
    let ending = abroad(Flaw::None, twice).await.unwrap();
    let Outcome::RefusedAgain { status, text } = ending.outcome else { panic!("{:?}", ending.outcome) };
    assert_eq!((status, text.contains("already")), (403, true), "{text}");
    let taken = abroad(Flaw::TakesReplays, twice).await.unwrap();
    assert_eq!((taken.outcome, taken.responses.len()), (Outcome::SignedInAgain, 1));
}

#[tokio::test]
async fn elsewhere_the_person_leaves_again() {
    for flaw in [Flaw::None, Flaw::KeepsSessions] {
        let sites = Sites::start(Unsolicited::Restart, flaw).await;
        let leave = sites.sp("/account/sign-out");
        let left = abroad_at(&sites, &sites.sp("/sso"), Some(&leave), |_| {}).await;
        match (flaw, left.map(|ending| ending.outcome)) {
            (Flaw::None, Ok(Outcome::SignedOut { passed, text })) => {
                assert!(passed.contains(&leave), "{passed:?}");
                assert_eq!(text, "Who are you?");
            }
            (Flaw::KeepsSessions, Err(error)) => {
                assert!(error.to_string().starts_with("expected a closed account"), "{error}");
            }
            (_, came) => panic!("{came:?}"),
        }
    }
}

#[tokio::test]
async fn elsewhere_has_an_end() {
    let error = abroad(Flaw::OpensNone, |_| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("expected an end after 16 pages"), "{error}");
}

#[tokio::test]
async fn the_end_of_a_session_is_seen_at_the_next_look() {
    let sites = Sites::start(Unsolicited::Restart, Flaw::None).await;
    let (landing, account) = (sites.sp("/sso"), sites.sp("/account"));
    let sp = Provider { landing: &landing, account: &account };
    let mut last = 0;
    let between = async |looks| {
        last = looks;
        if looks == 3 {
            sites.end_sessions();
        }
        true
    };
    let said = session_end(&mut Driver::new().unwrap(), sp, SIMON.name, SIMON, between).await.unwrap();
    assert!(said.starts_with("session over: "), "{said}");
    assert_eq!(last, 3);
    let never =
        session_end(&mut Driver::new().unwrap(), sp, SIMON.name, SIMON, async |looks| looks < 5).await;
    assert!(
        never.unwrap_err().to_string().starts_with("expected a closed account page after at most 5 looks")
    );
}

#[tokio::test]
async fn a_lax_cookie_is_absent_at_the_post_and_present_at_the_hop() {
    let sites = Sites::start(Unsolicited::Restart, Flaw::None).await;
    let (landing, account) = (sites.sp("/sso"), sites.sp("/account"));
    let sp = Provider { landing: &landing, account: &account };
    let mut driver = Driver::new().unwrap();
    sp_initiated(&mut driver, sp, SIMON.name, SIMON).await.unwrap();
    // Signed in and posted once more: the session's cookie does not come along either.
    let page = driver.open(&sites.idp("/myapps")).await.unwrap();
    let tile = page.links.iter().find(|link| link.href.path().contains("signin")).unwrap().clone();
    let page = driver.follow(&tile).await.unwrap();
    driver.follow_auto_post(page).await.unwrap();
    assert_eq!(sites.cookies_at_acs(), ["", "", ""]);
    assert_eq!(driver.open(&account).await.unwrap().hops, []);
}

#[tokio::test]
async fn a_dead_server_is_named_as_such() {
    let mut driver = Driver::new().unwrap();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sso", closed.local_addr().unwrap()).parse().unwrap();
    drop(closed);
    let sp = Provider { landing: &url, account: &url };
    let error = sp_initiated(&mut driver, sp, SIMON.name, SIMON).await.unwrap_err();
    assert_eq!(error.code(), "scenario-drive");
}
