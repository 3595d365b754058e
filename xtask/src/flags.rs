//! What may stand behind `cargo xtask`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::bench::provisioning::PEOPLE;
use crate::corpus::Snapshot;
use crate::demo::Then;
use crate::interop::Peers;
use crate::race::Nodes;

pub(crate) const USAGE: &str = "\
cargo xtask TASK

  setup   install what is missing on this machine: system packages, developer tools, crates
  demo [--once]
          sign people in from end to end, then stay up until Ctrl-C; with --once end after the proof
  test    build and run every test of the workspace, and print a table
  tidy    check what the compiler cannot: dependency direction, file sizes, the tree, a test for each rule
  spec-map
          write docs/spec-map.md: each clause and class of attack, its code and its tests
  mutate-rules
          take each rule of landfall-saml away, and show the tests that notice
  mutants [--shard K/N]
          change the verifier in every small way, or in a part of them, and show what no test notices
  corpus DIR [--json FILE] [--rewrite]
          run a corpus of messages and signatures, print what differs from its manifest, and map what each login says;
          with --rewrite that becomes the snapshot of the mapping
  race [--kill]
          sign 200 people in 2,000 times at once on each database; with --kill nodes die 20 times meanwhile
  attack  play every fault that the double knows against a fresh Landfall, and again with each demand of a connection
          dropped: what gets through must be what that explains
  interop pysaml2 | simplesamlphp | nanoidp | twin | oidc | scim2-tester | scim-sanity | schemathesis | forward-auth | all
          sign in at identity providers that others wrote, in every way that they have,
          and let suites that others wrote push people by SCIM;
          twin is the Entra double at service providers that others wrote: pysaml2, lasso and mod_auth_mellon;
          oidc is clients that others wrote, signed on by Landfall: mod_auth_openidc, authlib and openid-client;
          forward-auth is nginx, Caddy and HAProxy before an application, and Chromium before nginx
  differential DIR
          compare with libxmlsec1 on each message and signature of a corpus
  fuzz [NAME] [--seconds N]
          run one fuzz target, or each of them but diff, for a minute or N seconds
  bench [NAME]
          run one benchmark, or each of them; of verify it prints the ratio to the limit, of decrypt the time of each
          outcome, of login the server process beside mod_auth_mellon, of store a million people beside a thousand,
          of revocation how long a session goes on at another node than the one that ended it,
          of scim what a directory asks for, with a thousand people and with a million,
          of forward-auth what a check of a proxy costs, with 100,000 sessions, and with 1,000 sites and 1,000,000 sessions,
          of memory the highest heap of a verification in multiples of its message, of metadata the speed and the heap
          of an aggregate that is read piece by piece, of provisioning the cycles of Entra's double with 10,000 people
  bench provisioning --users N
          the same with N people
  bench verify --peers
          the limit, ours, libxmlsec1, samael and bergshamra in one run, on one core
  ci      everything that must pass before a change lands";

/// One task, with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Setup,
    Demo(Then),
    Test,
    Tidy,
    SpecMap,
    MutateRules,
    Mutants { shard: Option<String> },
    Corpus { folder: PathBuf, json: Option<PathBuf>, snapshot: Snapshot },
    Race(Nodes),
    Attack,
    Interop(Peers),
    Differential { folder: PathBuf },
    Fuzz { name: Option<String>, time: Duration },
    Bench { name: Option<String>, users: u32 },
    Peers,
    Ci,
}

/// Reads the words behind `cargo xtask`.
///
/// # Errors
/// Names the word that is no task, or no option of its task.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Task> {
    let mut words = words.into_iter();
    let Some(task) = words.next() else { bail!("which task?") };
    let mut rest = words.collect();
    let task = match task.as_str() {
        "help" | "-h" | "--help" => Task::Help,
        "setup" => Task::Setup,
        "demo" => Task::Demo(if flag(&mut rest, "--once") { Then::End } else { Then::StayUp }),
        "test" => Task::Test,
        "tidy" => Task::Tidy,
        "spec-map" => Task::SpecMap,
        "mutate-rules" => Task::MutateRules,
        "mutants" => Task::Mutants { shard: option(&mut rest, "--shard")? },
        "corpus" => {
            let json = option(&mut rest, "--json")?.map(PathBuf::from);
            let snapshot = if flag(&mut rest, "--rewrite") { Snapshot::Rewrite } else { Snapshot::Compare };
            Task::Corpus { folder: name(&mut rest).context("which folder?")?.into(), json, snapshot }
        }
        "race" => Task::Race(if flag(&mut rest, "--kill") { Nodes::Die } else { Nodes::Live }),
        "attack" => Task::Attack,
        "interop" => Task::Interop(name(&mut rest).context("which peer?")?.parse()?),
        "differential" => Task::Differential { folder: name(&mut rest).context("which folder?")?.into() },
        "fuzz" => {
            let seconds = option(&mut rest, "--seconds")?.unwrap_or_else(|| "60".to_owned());
            let number = seconds.parse().with_context(|| format!("{seconds:?} is no number of seconds"))?;
            Task::Fuzz { name: name(&mut rest), time: Duration::from_secs(number) }
        }
        "bench" => match (name(&mut rest), flag(&mut rest, "--peers")) {
            (name, false) => {
                let number = option(&mut rest, "--users")?;
                if number.is_some() && name.as_deref() != Some("provisioning") {
                    bail!("--users stands behind `bench provisioning`");
                }
                let number = number.unwrap_or_else(|| PEOPLE.to_string());
                let users = number.parse().with_context(|| format!("{number:?} is no number of users"))?;
                Task::Bench { name, users }
            }
            (Some(name), true) if name == "verify" => Task::Peers,
            (_, true) => bail!("--peers stands behind `bench verify`"),
        },
        "ci" => Task::Ci,
        other => bail!("there is no task {other:?}"),
    };
    match rest.first() {
        None => Ok(task),
        Some(extra) => bail!("{extra:?} is no option of this task"),
    }
}

/// Takes an option and its value out of the words.
fn option(words: &mut Vec<String>, option: &str) -> Result<Option<String>> {
    let Some(at) = words.iter().position(|word| word == option) else { return Ok(None) };
    words.remove(at);
    if at < words.len() { Ok(Some(words.remove(at))) } else { bail!("{option} wants a value") }
}

/// Takes an option without a value out of the words, if it stands there.
fn flag(words: &mut Vec<String>, flag: &str) -> bool {
    let at = words.iter().position(|word| word == flag);
    at.map(|at| words.remove(at)).is_some()
}

/// Takes the first word, unless it is an option.
fn name(words: &mut Vec<String>) -> Option<String> {
    let named = words.first().is_some_and(|word| !word.starts_with('-'));
    named.then(|| words.remove(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn each_task_is_known_by_its_name() {
        assert_eq!(parsed("setup"), Ok(Task::Setup));
        assert_eq!(parsed("test"), Ok(Task::Test));
        assert_eq!(parsed("tidy"), Ok(Task::Tidy));
        assert_eq!(parsed("spec-map"), Ok(Task::SpecMap));
        assert_eq!(parsed("mutate-rules"), Ok(Task::MutateRules));
        assert_eq!(parsed("attack"), Ok(Task::Attack));
        assert_eq!(parsed("ci"), Ok(Task::Ci));
        assert_eq!(parsed("--help"), Ok(Task::Help));
    }

    #[test]
    fn the_demo_stays_up_unless_it_is_for_once() {
        assert_eq!(parsed("demo"), Ok(Task::Demo(Then::StayUp)));
        assert_eq!(parsed("demo --once"), Ok(Task::Demo(Then::End)));
    }

    #[test]
    fn options_stand_before_and_behind_a_name() {
        let corpus = |json: Option<&str>| Task::Corpus {
            folder: "x/y".into(),
            json: json.map(PathBuf::from),
            snapshot: Snapshot::Compare,
        };
        let Task::Corpus { snapshot, .. } = parsed("corpus x/y --rewrite").unwrap() else {
            panic!("a corpus")
        };
        assert_eq!(snapshot, Snapshot::Rewrite);
        assert_eq!(parsed("corpus x/y"), Ok(corpus(None)));
        assert_eq!(parsed("corpus x/y --json out"), Ok(corpus(Some("out"))));
        assert_eq!(parsed("corpus --json out x/y"), Ok(corpus(Some("out"))));
        assert_eq!(parsed("differential x/y"), Ok(Task::Differential { folder: "x/y".into() }));
        let fuzz = |name: Option<&str>, seconds| Task::Fuzz {
            name: name.map(str::to_owned),
            time: Duration::from_secs(seconds),
        };
        assert_eq!(parsed("fuzz"), Ok(fuzz(None, 60)));
        assert_eq!(parsed("fuzz --seconds 5"), Ok(fuzz(None, 5)));
        assert_eq!(parsed("fuzz c14n --seconds 5"), Ok(fuzz(Some("c14n"), 5)));
        assert_eq!(parsed("mutants"), Ok(Task::Mutants { shard: None }));
        assert_eq!(parsed("mutants --shard 1/8"), Ok(Task::Mutants { shard: Some("1/8".to_owned()) }));
        assert_eq!(parsed("race"), Ok(Task::Race(Nodes::Live)));
        assert_eq!(parsed("race --kill"), Ok(Task::Race(Nodes::Die)));
        assert_eq!(parsed("interop nanoidp"), Ok(Task::Interop(Peers::Nanoidp)));
        assert_eq!(parsed("interop twin"), Ok(Task::Interop(Peers::Twin)));
        assert_eq!(parsed("interop oidc"), Ok(Task::Interop(Peers::Oidc)));
        assert_eq!(parsed("interop forward-auth"), Ok(Task::Interop(Peers::ForwardAuth)));
        assert_eq!(parsed("interop all"), Ok(Task::Interop(Peers::All)));
        assert_eq!(parsed("bench"), Ok(Task::Bench { name: None, users: PEOPLE }));
        let provisioning = Task::Bench { name: Some("provisioning".to_owned()), users: 50 };
        assert_eq!(parsed("bench provisioning --users 50"), Ok(provisioning));
        assert_eq!(parsed("bench verify --peers"), Ok(Task::Peers));
        assert_eq!(
            parsed("bench verify"),
            Ok(Task::Bench { name: Some("verify".to_owned()), users: PEOPLE })
        );
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (line, error) in [
            ("", "which task?"),
            ("tests", "there is no task \"tests\""),
            ("tidy --fast", "\"--fast\" is no option of this task"),
            ("demo --once --once", "\"--once\" is no option of this task"),
            ("corpus", "which folder?"),
            ("differential", "which folder?"),
            ("interop", "which peer?"),
            (
                "interop okta",
                "\"okta\" is none of pysaml2, simplesamlphp, nanoidp, twin, oidc, scim2-tester, scim-sanity, schemathesis, forward-auth and all",
            ),
            ("corpus a b", "\"b\" is no option of this task"),
            ("corpus a --json", "--json wants a value"),
            ("bench login --peers", "--peers stands behind `bench verify`"),
            ("bench --peers", "--peers stands behind `bench verify`"),
            ("bench scim --users 5", "--users stands behind `bench provisioning`"),
            ("bench provisioning --users many", "\"many\" is no number of users"),
            ("fuzz --seconds long", "\"long\" is no number of seconds"),
        ] {
            assert_eq!(parsed(line), Err(error.to_owned()));
        }
    }
}
