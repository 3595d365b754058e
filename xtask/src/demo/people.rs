//! What becomes of people: renamed, replaced, suspended, deleted, of another domain, of another customer.

use anyhow::{Context, Result, bail, ensure};

use super::stage::{Stage, step};
use super::{PASSWORD, drive, from_landing};

const E_MOREAU: &str = "E.Moreau@contoso.example";
/// What her directory calls her later.
const E_MARTIN: &str = "E.Martin@contoso.example";
const F_NOVAK: &str = "F.Novak@contoso.example";
/// A domain that is nobody's here.
const F_NOVAK_ABROAD: &str = "F.Novak@northwind.example";
const M_REYES: &str = "M.Reyes@fabrikam.example";
/// Whom the administrator of fabrikam copies, object id included.
const B_SIMON: &str = super::B_SIMON;

pub(super) fn prove(stage: &Stage<'_>) -> Result<()> {
    renamed(stage)?;
    another_of_the_same_name(stage)?;
    of_another_domain(stage)?;
    suspended_and_deleted(stage)?;
    hostile_tenant(stage)
}

/// A new user principal name, the same object id: the same account.
fn renamed(stage: &Stage<'_>) -> Result<()> {
    from_landing(stage, "sp-initiated", "/sso", E_MOREAU)?;
    let before = stage.account(E_MOREAU, &["active"])?;
    stage.change(E_MOREAU, &format!("user-principal-name={E_MARTIN}"))?;
    from_landing(stage, "sp-initiated", "/sso", E_MARTIN)?;
    let after = stage.account(E_MARTIN, &["active"])?;
    ensure!(id(&before)? == id(&after)?, "expected the same account, got\n{before}\n{after}");
    ensure!(stage.account(E_MOREAU, &[]).is_err(), "expected no account {E_MOREAU} any more");
    step(
        "renamed",
        &format!("{E_MOREAU} became {E_MARTIN} at the double, and has the same account {}", id(&after)?),
    );
    Ok(())
}

/// The same user principal name, a new object id: another person, who gets the name when it is free.
fn another_of_the_same_name(stage: &Stage<'_>) -> Result<()> {
    from_landing(stage, "sp-initiated", "/sso", F_NOVAK)?;
    let first = stage.account(F_NOVAK, &["active"])?;
    stage.change(F_NOVAK, "object-id=new")?;
    refused(stage, "new object id", F_NOVAK, "collision.linked")?;
    ensure!(stage.account(F_NOVAK, &["active"])? == first, "expected the first account as it was");
    stage.landfall(&["user", "delete", "contoso", F_NOVAK])?;
    from_landing(stage, "sp-initiated", "/sso", F_NOVAK)?;
    let second = stage.living(F_NOVAK, &["active", "just-in-time"])?;
    ensure!(id(&first)? != id(&second)?, "expected another account, got\n{first}\n{second}");
    let told = format!(
        "the first {F_NOVAK} was deleted, and the second has an account of their own {}",
        id(&second)?
    );
    step("new person", &told);
    Ok(())
}

/// The directory may call its people as it likes: the domain must be the customer's here.
fn of_another_domain(stage: &Stage<'_>) -> Result<()> {
    stage.change(F_NOVAK, &format!("user-principal-name={F_NOVAK_ABROAD}"))?;
    refused(stage, "other domain", F_NOVAK_ABROAD, "domain.not_listed")?;
    stage.change(F_NOVAK_ABROAD, &format!("user-principal-name={F_NOVAK}"))?;
    from_landing(stage, "sp-initiated", "/sso", F_NOVAK)
}

fn suspended_and_deleted(stage: &Stage<'_>) -> Result<()> {
    stage.landfall(&["user", "suspend", "contoso", E_MARTIN])?;
    refused(stage, "suspended", E_MARTIN, "account.suspended")?;
    stage.landfall(&["user", "activate", "contoso", E_MARTIN])?;
    from_landing(stage, "sp-initiated", "/sso", E_MARTIN)?;
    stage.landfall(&["user", "delete", "contoso", E_MARTIN])?;
    refused(stage, "deprovisioned", E_MARTIN, "identity.deleted")
}

/// Another customer's administrator, who signs what he likes: his own people come in, and nobody of contoso.
fn hostile_tenant(stage: &Stage<'_>) -> Result<()> {
    stage.introduce_fabrikam()?;
    let (start, account) = (stage.page("/sso/fabrikam"), stage.page("/account"));
    let more = ["--landing", &start, "--login-name", M_REYES, "--expect-account", &account];
    drive(stage, "sp-initiated", M_REYES, &more, "")?;
    let before = stage.account(B_SIMON, &["active"])?;
    refused_at(stage, "hostile tenant", "/sso/fabrikam", B_SIMON, "domain.other_tenant")?;
    ensure!(stage.account(B_SIMON, &["active"])? == before, "expected the account of contoso as it was");
    Ok(())
}

/// Somebody of contoso, whom Landfall must refuse with this code.
fn refused(stage: &Stage<'_>, word: &str, user: &str, code: &str) -> Result<()> {
    refused_at(stage, word, "/sso/contoso", user, code)
}

/// The page says little; the code on it finds what the operator reads.
fn refused_at(stage: &Stage<'_>, word: &str, path: &str, user: &str, code: &str) -> Result<()> {
    let (start, account) = (stage.page(path), stage.page("/account"));
    let words = ["drive", "refused", "--user", user, "--password", PASSWORD, "--landing", &start];
    let more = ["--login-name", user, "--expect-account", &account];
    let said = stage.double(&[&words[..], &more].concat());
    let said = said.with_context(|| format!("{word}: expected {user} to be refused, {code}"))?;
    let is_trace = |word: &&str| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let trace = said.split(|c: char| !c.is_ascii_alphanumeric()).find(is_trace);
    let trace =
        trace.with_context(|| format!("{word}: expected a code for the administrator, got {said:?}"))?;
    let log = stage.log()?;
    let line = log.lines().find(|line| line.contains(trace) && line.contains("request refused"));
    let line = line.with_context(|| format!("{word}: expected {trace} in the log"))?;
    let sentence = line.split_once(&format!("code=\"{code}\"")).map(|(_, rest)| rest);
    let Some(sentence) = sentence.and_then(|rest| rest.split_once("cause=")).map(|(_, cause)| cause) else {
        bail!("{word}: expected {code} for {user}, got {line:?}");
    };
    step(word, &format!("{user} is refused, {code}: {}", sentence.trim()));
    Ok(())
}

/// The last column of an account.
fn id(row: &str) -> Result<&str> {
    row.split_whitespace().last().with_context(|| format!("expected an account, got {row:?}"))
}
