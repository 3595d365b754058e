//! How sign-ins end, and how keys change meanwhile.

use anyhow::{Context, Result, ensure};

use super::case::PLAIN;
use super::peer::At;
use super::scene::{Account, Scene, until};

/// The person leaves at the client, is signed out at Landfall, and comes back.
pub(super) fn logout(scene: &mut Scene<'_>) -> Result<()> {
    let account = scene.sign_in()?;
    let page = scene.open(At::Leave)?;
    let out = format!("{}/out", scene.site.base);
    let back = page.url.split('?').next() == Some(out.as_str());
    ensure!(back && page.status == 200, "expected {out}, got {}", page.told());
    ensure!(page.was_at("/oidc/logout"), "Landfall was not asked: {:?}", page.passed);
    ensure!(!scene.is_signed_in_at_provider()?, "the person is still signed in at Landfall");
    ensure!(!scene.is_signed_in()?, "the person is still signed in at the client");
    for token in [account.access_token()?, account.refresh_token()?] {
        ensure!(!scene.counts(token)?, "a token outlasts the logout");
    }
    Ok(())
}

/// One sign-on, two applications: who leaves at one is gone at the other, which Landfall tells.
pub(super) fn logout_reaches_others(scene: &mut Scene<'_>) -> Result<()> {
    scene.sign_in()?;
    let other = scene.another(&PLAIN)?;
    let url = scene.at(&other, At::Account);
    let page = scene.browser.open(&url)?;
    ensure!(!page.was_at("/saml2"), "the identity provider was asked again: {:?}", page.passed);
    Account::on(&page)?;
    scene.open(At::Leave)?;
    until("the other client is told", || Ok(!scene.is_signed_in_at(&other)?))
}

/// An operator takes the person's access away: the client is told, and forgets them.
pub(super) fn suspended(scene: &mut Scene<'_>) -> Result<()> {
    let account = scene.sign_in()?;
    ensure!(scene.is_signed_in()?, "the client forgets people by itself");
    scene.stage.person("suspend")?;
    let told = until("the client is told", || Ok(!scene.is_signed_in()?));
    let counts = scene.counts(account.access_token()?);
    scene.stage.person("activate")?;
    told?;
    ensure!(!counts?, "a token outlasts the suspension");
    scene.sign_in().map(drop)
}

/// Another key signs from now on: people who are signed in stay so, and others come in.
pub(super) fn keys(scene: &mut Scene<'_>) -> Result<()> {
    let (algorithm, purpose) = (scene.client.algorithm, "id-token-es256");
    ensure!(algorithm == "ES256", "the case is about ES256");
    let landfall = |words: &[&str]| scene.stage.landfall.command(words);
    let old = scene.stage.keys(algorithm)?;
    let current = old.first().context("no key")?.clone();
    landfall(&["key", "stage", purpose])?;
    until("the staged key is published", || Ok(scene.stage.keys(algorithm)?.len() > old.len()))?;
    let account = scene.sign_in()?;
    ensure!(account.head("kid")? == current, "a key signs that was only announced");
    scene.stage.landfall.command(&["key", "activate", purpose])?;
    until("the staged key signs", || Ok(scene.stage.keys(algorithm)?.first() != Some(&current)))?;
    ensure!(scene.is_signed_in()?, "the client forgot the person");
    // With a new identity token, where the client gets one.
    let page = scene.open(At::Refresh { access_token: account.access_token()? })?;
    Account::on(&page)?;
    let mut fresh = super::browser::Browser::start(scene.stage.workspace())?;
    let page = fresh.open(&scene.at(&scene.site, At::Account))?;
    let kid = Account::on(&page)?.head("kid")?;
    ensure!(kid != current, "the old key still signs");
    let listed = scene.stage.landfall.command(&["key", "list"])?;
    let retiring = listed.lines().find(|line| line.contains(purpose) && line.contains("retiring"));
    let retiring = retiring.and_then(|line| line.split_whitespace().nth(2)).context("no key is retiring")?;
    scene.stage.landfall.command(&["key", "retire", purpose, retiring])?;
    until("the old key is gone", || Ok(!scene.stage.keys(algorithm)?.contains(&current)))?;
    let mut fresh = super::browser::Browser::start(scene.stage.workspace())?;
    Account::on(&fresh.open(&scene.at(&scene.site, At::Account))?)?.is_ours()
}
