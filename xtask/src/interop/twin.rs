//! The Entra double as an identity provider, and service providers that nobody here wrote.

mod case;
mod double;
mod mellon;
mod peer;
mod python;

use anyhow::{Context, Result, bail, ensure};

pub(super) use case::Keys;
pub(super) use double::{Double, PASSWORD, PERSON};
pub(super) use peer::{keep, versions};

use super::matrix::{Row, Verdict};
use super::sent;
use crate::workspace::Workspace;
use case::{Algorithm, CASES, Case, Expected, Start, Then};
use double::{Came, Outcome};
use mellon::Mellon;
use peer::{Asked, Peer};
use python::Python;

/// Keys of service providers, which the tests of the library use too.
const KEYS: [(&str, &str); 2] = [("sp.key", "other.key.pem"), ("sp.crt", "other.crt.pem")];

/// Runs every case at every service provider.
///
/// # Errors
/// When something cannot be started or installed; a case that fails is in its row.
pub(super) fn rows(workspace: &Workspace) -> Result<Vec<Row>> {
    let pysaml2 = at(workspace, &Python::pysaml2(workspace)?)?;
    let lasso = at(workspace, &Python::lasso())?;
    let mellon = at(workspace, &Mellon)?;
    Ok(vec![pysaml2, lasso, mellon])
}

/// A double for this service provider alone; the service provider itself is another one for each case.
fn at(workspace: &Workspace, peer: &impl Peer) -> Result<Row> {
    println!("\n{}, at the double: {}", peer.name(), peer.versions()?);
    let double = Double::start(workspace)?;
    let verdicts = CASES.iter().map(|case| {
        let verdict = match peer.cannot(case) {
            Some(why) => Verdict::Lacks(why),
            None => match judge(workspace, case, &double, peer) {
                Ok(()) => case.named.map_or(Verdict::Passed, Verdict::Named),
                Err(error) => Verdict::Failed(format!("{error:#}")),
            },
        };
        (case.name, verdict)
    });
    Ok(Row::of(peer.name(), verdicts))
}

/// Introduces a fresh service provider and the double to each other, and lets a person sign in.
fn judge(workspace: &Workspace, case: &Case, double: &Double<'_>, peer: &impl Peer) -> Result<()> {
    let folder = super::folder(workspace, "landfall-twin-", &KEYS)?;
    let asked = Asked {
        signs: case.signs,
        unsolicited: case.start == Start::MyApps,
        metadata_url: double.metadata_url(case.keys)?,
    };
    keep(folder.path(), "idp.xml", &double.metadata(case.keys)?)?;
    let server = peer.start(workspace, folder.path(), &asked)?;
    let page = |path: &str| format!("{}{path}", server.address);
    double.introduce(&crate::server::fetch(&server.address, peer.metadata_path())?)?;
    double.set(case)?;
    let start = match case.start {
        Start::Account => page("/account"),
        Start::MyApps => double.my_apps(),
    };
    let leave = match case.then {
        Then::SignOut => Some(page(&peer.leave_path(&server.address))),
        Then::SignOutAtDouble => Some(double.sign_out()?),
        Then::Stay | Then::ComeAgain => None,
    };
    let came = double.visit(&start, &page("/account"), case, leave.as_deref())?;
    let log = peer.log(folder.path(), &server)?;
    as_expected(case, peer, &came, &log).with_context(|| end(&log))
}

fn as_expected(case: &Case, peer: &impl Peer, came: &Came, log: &str) -> Result<()> {
    match (case.expected, &came.outcome) {
        (Expected::SignedIn, Outcome::SignedIn) => is_as_asked(case, &came.response),
        (Expected::Refused(why), Outcome::Refused(said))
        | (Expected::RefusedAgain(why), Outcome::RefusedAgain(said))
        | (Expected::NotSignedOut(why), Outcome::Stuck(said)) => {
            let words = peer.words(why);
            ensure!(
                said.contains(words) || log.contains(words),
                "refused, but not because of {why:?}, which it calls {words:?}: {said}"
            );
            Ok(())
        }
        (Expected::RefusedByDouble(code), Outcome::Stuck(said)) if said.contains(code) => Ok(()),
        (Expected::SignedOut, Outcome::SignedOut(passed)) => {
            let told = match case.then {
                Then::SignOutAtDouble => "signed you out too. The signature on its answer holds.",
                _ => "/saml2?SAMLRequest=",
            };
            for part in [peer.logout_path(), told] {
                ensure!(passed.contains(part), "expected {part:?} on the way, got {passed}");
            }
            Ok(())
        }
        (expected, came) => bail!("expected {expected:?}, got {came:?}"),
    }
}

/// Whether the double sent what the case is about: another message that is accepted would prove nothing.
fn is_as_asked(case: &Case, response: &str) -> Result<()> {
    sent::check(response, &case.answer)?;
    let weak = response.contains("xmldsig#rsa-sha1\"");
    ensure!(
        case.answer.encrypted.is_some() || weak == (case.algorithm == Algorithm::Sha1),
        "signed by SHA-1: {weak}, which was not asked for"
    );
    Ok(())
}

/// The last that a program logged.
pub(super) fn end(log: &str) -> String {
    const SHOWN: usize = 12;
    let lines: Vec<&str> = log.lines().collect();
    format!(
        "its log ends so:\n{}",
        lines.get(lines.len().saturating_sub(SHOWN)..).unwrap_or_default().join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use case::Why;

    #[test]
    fn a_refusal_for_another_reason_is_a_failure() {
        let case = CASES.iter().find(|case| case.expected == Expected::Refused(Why::NoSignature)).unwrap();
        let refused =
            |said: &str| Came { outcome: Outcome::Refused(said.to_owned()), response: String::new() };
        let peer = Python::lasso();
        assert!(as_expected(case, &peer, &refused("400 DsSignatureNotFoundError"), "").is_ok());
        assert!(as_expected(case, &peer, &refused("400"), "lasso.DsSignatureNotFoundError").is_ok());
        assert!(as_expected(case, &peer, &refused("400 KeyError"), "").is_err());
        let signed_in = Came { outcome: Outcome::SignedIn, response: String::new() };
        assert!(as_expected(case, &peer, &signed_in, "DsSignatureNotFoundError").is_err());
    }

    #[test]
    fn a_response_that_is_signed_otherwise_proves_nothing() {
        let response = |algorithm: &str| {
            format!(
                "<samlp:Response><Assertion><SignatureMethod Algorithm=\"http://www.w3.org/{algorithm}\"/>\
                 <SignatureValue>x</SignatureValue></Assertion></samlp:Response>"
            )
        };
        let (sha1, sha256) =
            (response("2000/09/xmldsig#rsa-sha1"), response("2001/04/xmldsig-more#rsa-sha256"));
        for case in CASES.iter().filter(|case| case.answer == CASES[0].answer) {
            let weak = case.algorithm == Algorithm::Sha1;
            assert_eq!(is_as_asked(case, &sha1).is_ok(), weak, "{}", case.name);
            assert_eq!(is_as_asked(case, &sha256).is_ok(), !weak, "{}", case.name);
        }
    }

    #[test]
    fn a_logout_must_be_answered_with_a_signature_that_holds() {
        let case = CASES.iter().find(|case| case.then == Then::SignOutAtDouble).unwrap();
        let came = |text: &str| Came {
            outcome: Outcome::SignedOut(format!("http://x/slo?SAMLRequest=y and read {text}")),
            response: String::new(),
        };
        let good = "X signed you out too. The signature on its answer holds.";
        assert!(as_expected(case, &Python::lasso(), &came(good), "").is_ok());
        assert!(as_expected(case, &Python::lasso(), &came("X did not sign you out: no"), "").is_err());
        assert!(as_expected(case, &Mellon, &came(good), "").is_err(), "it was at another address");
    }
}
