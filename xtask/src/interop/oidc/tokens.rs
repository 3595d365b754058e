//! What becomes of tokens after a sign-in.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::case::PLAIN;
use super::peer::{At, Why};
use super::scene::{Account, Scene};

/// New tokens of each kind for the old refresh token; the new ones count.
pub(super) fn refresh(scene: &mut Scene<'_>) -> Result<()> {
    let before = scene.sign_in()?;
    let after = refreshed(scene, &before)?;
    ensure!(after.access_token()? != before.access_token()?, "the access token is the old one");
    ensure!(after.refresh_token()? != before.refresh_token()?, "the refresh token is the old one");
    ensure!(after.userinfo("sub") == before.claim("sub"), "the new access token is somebody else's");
    // Once more, with what came of the first.
    refreshed(scene, &after).map(drop)
}

/// Somebody has the refresh token too, and is quicker: the client's own attempt ends what both have.
pub(super) fn used_twice(scene: &mut Scene<'_>) -> Result<()> {
    let account = scene.sign_in()?;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", account.refresh_token()?)];
    let (status, stolen) = scene.stage.ask_as(&scene.site, "token", &fields)?;
    ensure!(status == 200, "expected tokens, got {status} {stolen}");
    let stolen = |name: &str| stolen.get(name).and_then(Value::as_str).map(str::to_owned).context("no token");
    let (access, refresh) = (stolen("access_token")?, stolen("refresh_token")?);
    ensure!(scene.counts(&access)?, "the tokens do not count");
    let page = scene.open(At::Refresh { access_token: account.access_token()? })?;
    scene.said(&page, Why::Answered("invalid_grant"))?;
    for token in [&access, &refresh] {
        ensure!(!scene.counts(token)?, "what somebody got for the refresh token still counts");
    }
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let (status, answer) = scene.stage.ask_as(&scene.site, "token", &fields)?;
    let error = answer.get("error").and_then(Value::as_str);
    ensure!(status == 400 && error == Some("invalid_grant"), "expected invalid_grant, got {status} {answer}");
    Ok(())
}

/// The client asks what its token stands for, and one that is none.
pub(super) fn introspection(scene: &mut Scene<'_>) -> Result<()> {
    let account = scene.sign_in()?;
    let page = scene.open(At::Introspect { token: account.access_token()? })?;
    let told: Value = serde_json::from_str(&page.text).unwrap_or_default();
    ensure!(told.get("active") == Some(&Value::Bool(true)), "expected an active token, got {}", page.told());
    ensure!(told.get("sub") == account.claim("sub"), "the token is somebody else's: {told}");
    ensure!(!is_active(scene, "no-token-at-all")?, "a text that is no token counts");
    Ok(())
}

/// Nobody learns of the token of another application.
pub(super) fn of_another_client(scene: &mut Scene<'_>) -> Result<()> {
    scene.sign_in()?;
    let other = scene.another(&PLAIN)?;
    let url = scene.at(&other, At::Account);
    let others = Account::on(&scene.browser.open(&url)?)?;
    let theirs = scene.at(&other, At::Introspect { token: others.access_token()? });
    let page = scene.browser.open(&theirs)?;
    ensure!(active(&page.text), "their own token does not count for them: {}", page.told());
    ensure!(!is_active(scene, others.access_token()?)?, "the token of another application counts");
    Ok(())
}

/// What the client gives up counts no more, and nothing that came with it.
pub(super) fn revocation(scene: &mut Scene<'_>) -> Result<()> {
    let account = scene.sign_in()?;
    let tokens = [account.access_token()?, account.refresh_token()?];
    for token in tokens {
        ensure!(scene.counts(token)?, "the tokens do not count");
    }
    scene.open(At::Revoke)?;
    for token in tokens {
        ensure!(!scene.counts(token)?, "what was given up still counts");
    }
    ensure!(scene.is_signed_in_at_provider()?, "the person was signed out too");
    Ok(())
}

fn refreshed(scene: &mut Scene<'_>, account: &Account) -> Result<Account> {
    let page = scene.open(At::Refresh { access_token: account.access_token()? })?;
    Account::on(&page)
}

fn is_active(scene: &mut Scene<'_>, token: &str) -> Result<bool> {
    Ok(active(&scene.open(At::Introspect { token })?.text))
}

fn active(text: &str) -> bool {
    let told: Value = serde_json::from_str(text).unwrap_or_default();
    told.get("active") == Some(&Value::Bool(true))
}
