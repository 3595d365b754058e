//! Sign-ins: what arrives, what is refused and by whom, and how much the person is asked.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::browser::Page;
use super::case::PLAIN;
use super::peer::{At, Why, encoded};
use super::scene::{Account, Scene};
use super::stage::{Client, GROUP, ROLE_HERE};
use crate::interop::twin::PERSON;

/// A code by PKCE, with state, nonce and iss; an identity token that is signed as the application is registered.
pub(super) fn plain(scene: &mut Scene<'_>) -> Result<()> {
    let page = scene.open(At::Account)?;
    let account = Account::on(&page)?;
    went_the_way(scene, &page)?;
    is_as_registered(scene, &account)
}

/// An application on a device: at a port that it did not register, and the person says yes on a page.
pub(super) fn native(scene: &mut Scene<'_>) -> Result<()> {
    let page = scene.open(At::Account)?;
    ensure!(
        page.url.starts_with(&scene.provider("/oidc/authorize")),
        "expected a question, got {}",
        page.told()
    );
    let page = scene.browser.press("/oidc/activate", &[("answer", "activate")])?;
    let account = Account::on(&page)?;
    is_as_registered(scene, &account)
}

/// What each scope brings, in the identity token and by userinfo, and nothing of it where it is not asked for.
pub(super) fn claims(scene: &mut Scene<'_>) -> Result<()> {
    let all = [
        ("name", json!("B.Simon")),
        ("given_name", json!("B")),
        ("family_name", json!("Simon")),
        ("preferred_username", json!(PERSON)),
        ("email", json!(PERSON)),
        ("email_verified", json!(true)),
        ("roles", json!([ROLE_HERE])),
        ("groups", json!([GROUP])),
        ("tenant", json!("contoso")),
    ];
    let account = scene.sign_in()?;
    for (name, value) in &all {
        for (from, got) in [("identity token", account.claim(name)), ("userinfo", account.userinfo(name))] {
            ensure!(got == Some(value), "expected {name} to be {value} by {from}, got {got:?}");
        }
    }
    let subject = account.claim("sub").context("no sub")?;
    ensure!(account.userinfo("sub") == Some(subject), "userinfo is about somebody else");
    // The same person at another application, which asks for nothing but who it is.
    let other = scene.another(&Client { scope: "openid", ..PLAIN })?;
    let url = scene.at(&other, At::Account);
    let account = Account::on(&scene.browser.open(&url)?)?;
    ensure!(account.claim("sub") == Some(subject), "another application has another sub");
    for (name, _) in all.iter().filter(|(name, _)| *name != "tenant") {
        let got = account.claim(name).or_else(|| account.userinfo(name));
        ensure!(got.is_none(), "expected no {name} without its scope, got {got:?}");
    }
    Ok(())
}

/// An answer to a question that nobody here asked.
pub(super) fn other_state(scene: &mut Scene<'_>) -> Result<()> {
    changed_answer(scene, "state", "AAAAAAAAAAAAAAAAAAAAAAAAAAA", Why::State)
}

/// An answer in the name of another provider [RFC 9207].
pub(super) fn other_issuer(scene: &mut Scene<'_>) -> Result<()> {
    changed_answer(scene, "iss", "https://other.example", Why::Issuer)
}

/// An identity token for another question.
pub(super) fn other_nonce(scene: &mut Scene<'_>) -> Result<()> {
    let asked = scene.asked()?;
    let page = scene.browser.open(&with(&asked, "nonce", Some("another-nonce"))?)?;
    scene.refused(&page, Why::Nonce)?;
    scene.sign_in().map(drop)
}

/// Somebody takes the challenge away on the way: Landfall gives no code, and the client says so.
pub(super) fn no_challenge(scene: &mut Scene<'_>) -> Result<()> {
    let asked = scene.asked()?;
    let page = scene.browser.open(&with(&asked, "code_challenge", None)?)?;
    ensure!(page.was_at("error=invalid_request"), "expected invalid_request, got {}", page.told());
    scene.refused(&page, Why::Answered("code_challenge is missing"))?;
    scene.sign_in().map(drop)
}

/// Another address for the code: the person sees a page of Landfall, and is sent nowhere.
pub(super) fn other_redirect(scene: &mut Scene<'_>) -> Result<()> {
    let asked = scene.asked()?;
    let other = format!("{}/callback/other", scene.site.base);
    let page = scene.browser.open(&with(&asked, "redirect_uri", Some(&other))?)?;
    let stays = page.url.starts_with(&scene.provider("/oidc/authorize"));
    ensure!(stays && page.status == 400, "expected a page of Landfall with 400, got {}", page.told());
    let code = scene.stage.landfall.code_on(&page.text)?;
    ensure!(code == "app.redirect", "refused with {code}");
    scene.sign_in().map(drop)
}

/// The code of another browser, brought in the answer to a question of this one: its challenge is another one.
pub(super) fn injected_code(scene: &mut Scene<'_>) -> Result<()> {
    let stolen = scene.answered()?;
    let honest = scene.answered()?;
    let code = value(&stolen, "code").context("no code in the answer")?;
    let page = scene.browser.open(&replaced(&honest, "code", Some(code))?)?;
    scene.refused(&page, Why::Answered("invalid_grant"))?;
    scene.sign_in().map(drop)
}

/// The application of another customer gets nobody of this one.
pub(super) fn other_tenant(scene: &mut Scene<'_>) -> Result<()> {
    let page = scene.open(At::Account)?;
    ensure!(page.was_at("error=access_denied"), "expected access_denied, got {}", page.told());
    scene.refused(&page, Why::Answered("access_denied"))
}

/// Whoever is signed in at Landfall is asked nothing.
pub(super) fn silently(scene: &mut Scene<'_>) -> Result<()> {
    scene.sign_in_at_provider()?;
    let page = scene.open(At::Silently)?;
    Account::on(&page)?.is_ours()?;
    ensure!(!page.was_at("/saml2"), "the identity provider was asked: {:?}", page.passed);
    Ok(())
}

/// Nobody is signed in, and nobody is asked: the client is told so.
pub(super) fn silently_nobody(scene: &mut Scene<'_>) -> Result<()> {
    let page = scene.open(At::Silently)?;
    ensure!(!page.was_at("/sso"), "somebody was asked: {:?}", page.passed);
    ensure!(page.was_at("error=login_required"), "expected login_required, got {}", page.told());
    scene.refused(&page, Why::Answered("login_required"))
}

/// A sign-in that is too old is done anew, and one that is not is taken.
pub(super) fn max_age(scene: &mut Scene<'_>) -> Result<()> {
    scene.sign_in_at_provider()?;
    let page = scene.open(At::WithinAnHour)?;
    ensure!(!page.was_at("/saml2"), "the identity provider was asked: {:?}", page.passed);
    let before = auth_time(&Account::on(&page)?)?;
    // Times are in seconds.
    thread::sleep(Duration::from_millis(1_100));
    // At another program, where nobody is signed in yet.
    let other = scene.another(&PLAIN)?;
    let url = scene.at(&other, At::Anew);
    let page = scene.browser.open(&url)?;
    ensure!(page.was_at("/saml2"), "the identity provider was not asked: {:?}", page.passed);
    let after = auth_time(&Account::on(&page)?)?;
    ensure!(after > before, "expected a later auth_time than {before}, got {after}");
    Ok(())
}

fn auth_time(account: &Account) -> Result<i64> {
    account.claim("auth_time").and_then(Value::as_i64).context("expected an auth_time")
}

/// The browser was at each side, with what each has to say.
fn went_the_way(scene: &Scene<'_>, page: &Page) -> Result<()> {
    let find = |start: &str| page.passed.iter().find(|url| url.starts_with(start));
    let asked = find(&scene.provider("/oidc/authorize?")).context("the provider was not asked")?;
    for name in ["state", "nonce", "code_challenge"] {
        ensure!(value(asked, name).is_some(), "the client sent no {name}: {asked}");
    }
    ensure!(value(asked, "code_challenge_method") == Some("S256"), "expected S256: {asked}");
    let answer = find(&format!("{}/callback?", scene.site.base)).context("the client got no answer")?;
    ensure!(value(answer, "state") == value(asked, "state"), "another state came back: {answer}");
    ensure!(value(answer, "iss") == Some(&encoded(&scene.stage.issuer())), "expected iss: {answer}");
    ensure!(page.was_at("/saml2"), "the identity provider was not asked: {:?}", page.passed);
    Ok(())
}

fn is_as_registered(scene: &Scene<'_>, account: &Account) -> Result<()> {
    account.is_ours()?;
    let text = |name: &str| account.claim(name).and_then(Value::as_str).map(str::to_owned);
    ensure!(text("iss") == Some(scene.stage.issuer()), "another issuer: {:?}", text("iss"));
    ensure!(
        text("aud").as_deref() == Some(scene.site.client.as_str()),
        "another audience: {:?}",
        text("aud")
    );
    let algorithm = account.head("alg")?;
    ensure!(algorithm == scene.client.algorithm, "signed by {algorithm}");
    ensure!(account.userinfo("sub") == account.claim("sub"), "userinfo is about somebody else");
    Ok(())
}

/// The honest answer with one value changed: the client refuses it by itself.
fn changed_answer(scene: &mut Scene<'_>, name: &str, other: &str, why: Why) -> Result<()> {
    let answer = scene.answered()?;
    let page = scene.browser.open(&with(&answer, name, Some(other))?)?;
    scene.refused(&page, why)?;
    scene.sign_in().map(drop)
}

/// A value of a query, as it stands there.
fn value<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(of, _)| *of == name).map(|(_, value)| value)
}

/// The address with another value, or without the pair.
fn with(url: &str, name: &str, other: Option<&str>) -> Result<String> {
    replaced(url, name, other.map(encoded).as_deref())
}

/// The same, with the value as it is to stand there.
fn replaced(url: &str, name: &str, other: Option<&str>) -> Result<String> {
    ensure!(value(url, name).is_some(), "no {name} in {url}");
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let pairs = query.split('&').filter_map(|pair| match (pair.split_once('='), other) {
        (Some((of, _)), Some(other)) if of == name => Some(format!("{of}={other}")),
        (Some((of, _)), None) if of == name => None,
        _ => Some(pair.to_owned()),
    });
    Ok(format!("{path}?{}", pairs.collect::<Vec<_>>().join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_of_an_address_is_changed() {
        let url = "http://x/cb?code=a&state=b%20c&iss=d";
        assert_eq!(value(url, "state"), Some("b%20c"));
        assert_eq!(value(url, "cod"), None);
        assert_eq!(
            with(url, "iss", Some("http://y")).unwrap(),
            "http://x/cb?code=a&state=b%20c&iss=http%3A%2F%2Fy"
        );
        assert_eq!(with(url, "code", None).unwrap(), "http://x/cb?state=b%20c&iss=d");
        assert_eq!(replaced(url, "code", Some("%41")).unwrap(), "http://x/cb?code=%41&state=b%20c&iss=d");
        assert!(with(url, "nonce", None).is_err());
    }
}
