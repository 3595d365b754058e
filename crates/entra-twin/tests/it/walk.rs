//! A browser that is told where to go, at an honest service provider.

use landfall_entra_twin::{Driver, Step, Stop, Unsolicited, Walk};
use url::Url;

use crate::sample_sp::{Flaw, Sites};

const SIMON: &str = "B.Simon@contoso.example";

async fn walk() -> (Sites, Walk) {
    let sites = Sites::start(Unsolicited::Restart, Flaw::None).await;
    let typed = [("login", SIMON), ("passwd", "Pass-1234")];
    let typed = typed.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    (sites, Walk::new(Driver::new().unwrap(), SIMON.to_owned(), typed))
}

fn paths(stop: &Stop) -> Vec<&str> {
    stop.passed.iter().map(Url::path).collect()
}

fn press(path: &str) -> Step {
    let fields = vec![("button".to_owned(), "pressed".to_owned())];
    Step::Press { path: path.to_owned(), fields }
}

#[tokio::test]
async fn whoever_is_asked_signs_in_and_is_not_asked_twice() {
    let (sites, mut walk) = walk().await;
    let account = Step::open(sites.sp("/account"));
    let stop = walk.take(&account).await.unwrap();
    assert_eq!((stop.url.as_str(), stop.status), (sites.sp("/account").as_str(), 200));
    assert!(stop.text.contains(SIMON), "{}", stop.text);
    assert!(paths(&stop).contains(&"/saml/hop") && paths(&stop).len() > 5, "{:?}", paths(&stop));
    let stop = walk.take(&account).await.unwrap();
    assert_eq!(paths(&stop), ["/account"]);
}

#[tokio::test]
async fn a_step_ends_short_of_an_address_and_the_next_one_may_go_there() {
    let (sites, mut walk) = walk().await;
    let hop = sites.sp("/saml/hop");
    let step = Step::Open { url: sites.sp("/account"), short_of: Some(hop.to_string()) };
    let stop = walk.take(&step).await.unwrap();
    assert_eq!((&stop.url, stop.status, stop.text.as_str()), (&hop, 303, ""));
    let stop = walk.take(&Step::open(hop)).await.unwrap();
    assert_eq!(paths(&stop), ["/saml/hop", "/account"]);
}

#[tokio::test]
async fn a_form_is_submitted_by_its_path() {
    let (sites, mut walk) = walk().await;
    let error = walk.take(&press("/account/sign-out")).await.unwrap_err();
    assert!(error.to_string().ends_with("open one first"), "{error}");
    walk.take(&Step::open(sites.sp("/account"))).await.unwrap();
    let error = walk.take(&press("/account/nothing")).await.unwrap_err();
    assert!(error.to_string().starts_with("expected a form to /account/nothing, got "), "{error}");
    // It leads to the landing page, which asks again.
    let stop = walk.take(&press("/account/sign-out")).await.unwrap();
    assert_eq!(paths(&stop).first(), Some(&"/account/sign-out"));
    assert_eq!(stop.url, sites.sp("/account"));
}
