//! `entra-twin drive`: one scenario, in a fresh browser, with one line as the result.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use landfall_entra_twin::{
    Driver, Elsewhere, Outcome, Person, Posts, Provider, ScenarioError, Unsolicited, elsewhere,
    idp_initiated, not_assigned, refused, replay, session_end, sign_out, sp_initiated,
};
use url::Url;

use crate::walker::WalkArgs;

/// How long after one look at the account page the next one follows.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
/// More of them than anybody waits for: a minute.
const MOST_LOOKS: usize = 3_000;

#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// From the landing page of the service provider to the account page.
    SpInitiated(FromLanding),
    /// From the tile of My Apps to the account page.
    IdpInitiated {
        /// The My Apps page of the double.
        #[arg(long)]
        my_apps: Url,
        #[command(flatten)]
        who: Who,
        /// The account page of the service provider.
        #[arg(long)]
        expect_account: Url,
        /// What the service provider does with a response that it did not ask for.
        #[arg(long)]
        policy: Policy,
    },
    /// Signs in, then posts the same response again from another browser: it must be refused.
    Replay(FromLanding),
    /// Signs in somebody whom the service provider gives no access: 403, and the account page stays closed.
    Refused(FromLanding),
    /// Signs in somebody who is not assigned: the double refuses with AADSTS50105.
    NotAssigned {
        #[command(flatten)]
        start: Start,
        #[command(flatten)]
        who: Who,
    },
    /// Signs in, then out: the account page must be closed.
    SignOut(FromLanding),
    /// Signs in, says so in a first line, and looks at the account page until it is closed, for a minute at most.
    SessionEnd(FromLanding),
    /// Signs in at an identity provider that is not the double, and says what the service provider made of it;
    /// the last response follows, as it came.
    Elsewhere(Box<Abroad>),
    /// Goes where each line of standard input says, as JSON, and says in one line where that ended;
    /// whoever is asked on the way who they are signs in.
    Walk(WalkArgs),
}

#[derive(Args)]
pub(crate) struct Abroad {
    /// Where it begins, at either of the two.
    #[arg(long)]
    start: Url,
    /// What is typed at the landing page, and what the account page must show.
    #[arg(long)]
    login_name: String,
    /// What is typed at the identity provider.
    #[arg(long = "type", value_name = "FIELD=VALUE", value_parser = pair)]
    typed: Vec<(String, String)>,
    /// The account page of the service provider.
    #[arg(long)]
    expect_account: Url,
    /// Changes this text of each response on its way.
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    change: Option<(String, String)>,
    /// Leaves there afterwards: by the form of the account page that goes there, or by opening it.
    #[arg(long)]
    leave: Option<Url>,
    /// Posts the response a second time once it was taken, from a copy of the browser as it was before.
    #[arg(long, conflicts_with = "leave")]
    twice: bool,
}

pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected two texts with = between them")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[derive(Args)]
pub(crate) struct FromLanding {
    #[command(flatten)]
    start: Start,
    #[command(flatten)]
    who: Who,
    /// The account page of the service provider.
    #[arg(long)]
    expect_account: Url,
}

#[derive(Args)]
pub(crate) struct Start {
    /// The landing page of the service provider.
    #[arg(long)]
    landing: Url,
    /// What is typed there.
    #[arg(long)]
    login_name: String,
}

#[derive(Args)]
pub(crate) struct Who {
    /// User principal name at the double.
    #[arg(long)]
    user: String,
    /// Password at the double.
    #[arg(long)]
    password: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Policy {
    /// It begins a login of its own.
    Restart,
    /// It takes the response.
    Accept,
}

impl Scenario {
    /// Runs the scenario; the line says how it ended.
    pub(crate) async fn run(&self) -> Result<String, ScenarioError> {
        let mut driver = Driver::new()?;
        match self {
            Self::SpInitiated(args) => {
                sp_initiated(&mut driver, args.provider(), &args.start.login_name, args.who.person()).await
            }
            Self::IdpInitiated { my_apps, who, expect_account, policy } => {
                idp_initiated(&mut driver, my_apps, expect_account, who.person(), (*policy).into()).await
            }
            Self::Replay(args) => {
                replay(&mut driver, args.provider(), &args.start.login_name, args.who.person()).await
            }
            Self::Refused(args) => {
                refused(&mut driver, args.provider(), &args.start.login_name, args.who.person()).await
            }
            Self::NotAssigned { start, who } => {
                not_assigned(&mut driver, &start.landing, &start.login_name, who.person()).await
            }
            Self::SignOut(args) => {
                sign_out(&mut driver, args.provider(), &args.start.login_name, args.who.person()).await
            }
            Self::SessionEnd(args) => {
                let (login_name, person) = (&args.start.login_name, args.who.person());
                let between = async |looks| {
                    match looks {
                        0 => println!("signed in: {login_name} at {}", args.expect_account),
                        _ => tokio::time::sleep(BETWEEN_LOOKS).await,
                    }
                    looks < MOST_LOOKS
                };
                session_end(&mut driver, args.provider(), login_name, person, between).await
            }
            Self::Elsewhere(args) => args.run(&mut driver).await,
            Self::Walk(args) => Ok(args.run(driver).await),
        }
    }
}

impl Abroad {
    async fn run(&self, driver: &mut Driver) -> Result<String, ScenarioError> {
        let way = Elsewhere {
            start: &self.start,
            login_name: &self.login_name,
            typed: &self.typed,
            account: &self.expect_account,
            change: self.change.as_ref().map(|(old, new)| (old.as_str(), new.as_str())),
            leave: self.leave.as_ref(),
            posts: if self.twice { Posts::Twice } else { Posts::Once },
        };
        let ending = elsewhere(driver, way).await?;
        let outcome = match ending.outcome {
            Outcome::SignedIn => format!("signed in: {} responses", ending.responses.len()),
            Outcome::Refused { status, text } => format!("refused: {status} {text}"),
            Outcome::RefusedAgain { status, text } => format!("refused again: {status} {text}"),
            Outcome::SignedInAgain => "signed in again: with the same response".to_owned(),
            Outcome::SignedOut { passed, text } => {
                let passed: Vec<&str> = passed.iter().map(Url::as_str).collect();
                format!("signed out: {} and read {text}", passed.join(" "))
            }
            other => format!("{other:?}"),
        };
        Ok(format!("{outcome}\n{}", ending.responses.last().map_or("", String::as_str)))
    }
}

impl FromLanding {
    fn provider(&self) -> Provider<'_> {
        Provider { landing: &self.start.landing, account: &self.expect_account }
    }
}

impl Who {
    fn person(&self) -> Person<'_> {
        Person { name: &self.user, password: &self.password }
    }
}

impl From<Policy> for Unsolicited {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Restart => Self::Restart,
            Policy::Accept => Self::Accept,
        }
    }
}
