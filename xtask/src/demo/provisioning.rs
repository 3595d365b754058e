//! A directory that pushes: somebody is made, signs in, is disabled, and is out.

use std::io::{BufRead, BufReader};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::PASSWORD;
use super::stage::{Stage, step};

/// Whom nobody but the directory makes.
const H_TANAKA: &str = "H.Tanaka@contoso.example";
/// The others have accounts already, which logins made.
const SCOPE: &str = "[[users.filter]]\nname = \"sales\"\nclause = [{ attribute = \"department\", operator = \"EQUALS\", value = \"Sales\" }]\n";

pub(super) fn prove(stage: &Stage<'_>) -> Result<()> {
    let token = stage.landfall(&["scim", "token", "create", "contoso", "--name", "the double"])?;
    stage.keep("token", token.lines().next().unwrap_or_default())?;
    stage.keep("twin/provisioning.toml", SCOPE)?;
    let url = stage.page("/scim/v2?aadOptscim062020");
    let target = ["--data", "twin", "--tenant-url", &url, "--token-file", "token"];
    let provision = |word: &str| stage.double(&[&["provision", word], &target[..]].concat());
    step("scim", &format!("{url}: {}", provision("test")?.trim()));

    stage.double(&[
        "user",
        "add",
        "--data",
        "twin",
        H_TANAKA,
        "--display-name",
        "Hana Tanaka",
        "--assign",
    ])?;
    stage.change(H_TANAKA, "department=Sales")?;
    let said = provision("cycle")?;
    ensure!(said.contains(" 1 created,"), "expected one account to be made, got {said}");
    step("pushed", said.lines().next().unwrap_or_default());
    step("directory", &stage.account(H_TANAKA, &["active", "directory", "Hana Tanaka"])?);

    let (landing, account) = (stage.page("/sso"), stage.page("/account"));
    let person = ["--user", H_TANAKA, "--password", PASSWORD, "--login-name", H_TANAKA];
    let pages = ["--landing", &landing, "--expect-account", &account];
    let mut browser = stage.browser(&[&["drive", "session-end"], &person[..], &pages].concat())?;
    let mut lines = BufReader::new(browser.stdout.take().context("a browser has no output")?).lines();
    let mut next = || -> Result<String> {
        let line = lines.next().transpose().context("a browser prints no text")?;
        line.with_context(|| format!("the browser of {H_TANAKA} ended without a word: see above"))
    };
    let signed_in = next()?;
    step("signed in", signed_in.trim_start_matches("signed in: "));

    let begun = Instant::now();
    stage.change(H_TANAKA, "account=disabled")?;
    let changed = begun.elapsed();
    let said = provision("cycle")?;
    ensure!(said.contains(" 1 disabled,"), "expected one account to be disabled, got {said}");
    let cycled = begun.elapsed();
    let over = next()?;
    let over_after = begun.elapsed();
    ensure!(
        browser.wait().context("a browser cannot be waited for")?.success(),
        "expected an end, got {over}"
    );
    step("disabled", said.lines().next().unwrap_or_default());
    let over = over.trim_start_matches("session over: ");
    step(
        "session over",
        &format!(
            "{over}, {} ms after the change at the double, whose cycle ended after {} ms",
            (over_after - changed).as_millis(),
            (cycled - changed).as_millis()
        ),
    );
    step("directory", &stage.account(H_TANAKA, &["suspended"])?);
    Ok(())
}
