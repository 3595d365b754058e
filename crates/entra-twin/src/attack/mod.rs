//! Plays all faults against a running service provider, as its identity provider and as the browser.

mod bait;
mod browser;
mod flow;
mod logout;
mod report;
mod seen;
mod target;

use std::time::{Duration, Instant};

use url::Url;

use crate::fault::{Edit, Forged, Posted, Scene};
use crate::{DriveError, Driver, Expected, Fault, ForgeError, SigningOption, SpMetadataError, Twin, User};

use bait::Bait;
use browser::Begun;
use seen::{Anonymous, Seen};
use target::Target;

pub use report::{Case, Verdict};
pub use seen::Who;
pub use target::{MetadataSource, SourceError};

/// A service provider under attack, with the double as the identity provider that it trusts.
///
/// Each case begins with a login of its own, and each refusal is followed by its honest form ([`Fault::honest`]), which
/// must be accepted: so the fault is why it was refused.
/// Whoever fetches an address that a message names fails the case: it is a port of 127.0.0.1 that is listened at.
///
/// ```no_run
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use landfall_entra_twin::{Attack, DataDir, Fault, MetadataSource, Twin};
/// let data = DataDir::at("twin");
/// let twin = Twin::new(data.tenant()?, data.app()?, time::OffsetDateTime::now_utc);
/// let metadata = "sp.xml".parse::<MetadataSource>()?.read().await?;
/// let (login, whoami) = ("http://127.0.0.1:8080/sso".parse()?, "http://127.0.0.1:8080/account".parse()?);
/// let attack = Attack::prepare(twin, &metadata, login, whoami).await?;
/// for fault in Fault::all() {
///     println!("{}", attack.run(fault).await);
/// }
/// # Ok(()) }
/// ```
pub struct Attack {
    twin: Twin,
    target: Target,
    login: Url,
    whoami: Url,
    person: User,
    victim: User,
    /// A browser without cookies, which is copied for each that is needed.
    fresh: Driver,
    patience: Duration,
    controls: bool,
    anonymous: Anonymous,
    bait: Bait,
}

impl Attack {
    /// How long one step may take, unless [`Attack::with_patience`] says otherwise.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// Reads the metadata of the service provider, chooses the first two people who may sign in, and looks at the page
    /// `whoami` as nobody.
    ///
    /// `login` is where a login begins: a page with the field `login_name`, or a redirect to the identity provider.
    ///
    /// # Errors
    /// [`AttackError`] if the metadata cannot be used, nobody may sign in, the page does not come, or no port is free.
    pub async fn prepare(twin: Twin, metadata: &str, login: Url, whoami: Url) -> Result<Self, AttackError> {
        let target = Target::read(metadata)?;
        let mut people = twin.assigned().cloned();
        let (person, victim) = people
            .next()
            .zip(people.next())
            .ok_or_else(|| AttackError::NoPeople { tenant: twin.tenant().name.clone() })?;
        drop(people);
        // It leaves neither the service provider nor its pages.
        let acs = target.acs.iter().filter_map(|acs| Url::parse(acs).ok());
        let own = [login.clone(), whoami.clone()].into_iter().chain(acs).map(|url| url.origin());
        let fresh = Driver::unhurried()?.within(own.collect());
        let page = browser::within(Self::PATIENCE, fresh.clone().open(&whoami)).await;
        let page = page.map_err(|source| AttackError::Whoami { source })?;
        Ok(Self {
            twin,
            target,
            login,
            whoami,
            person,
            victim,
            fresh,
            patience: Self::PATIENCE,
            controls: true,
            anonymous: Anonymous::of(&page),
            bait: Bait::lay().map_err(|source| AttackError::Bait { source })?,
        })
    }

    /// Gives each step another time.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Leaves out what follows each refusal, for whoever has just seen that honest logins and logouts succeed.
    #[must_use]
    pub fn without_controls(mut self) -> Self {
        self.controls = false;
        self
    }

    /// Plays one fault and, where it must be refused, its honest form.
    pub async fn run(&self, fault: &'static Fault) -> Case {
        let begun = Instant::now();
        let played = self.play(fault).await;
        let took = begun.elapsed();
        let mut case = Case::judge(fault, played, &self.person.user_principal_name, took);
        if self.controls && case.verdict() == &Verdict::Passed && fault.expected() != Expected::Accept {
            let control = self.play(fault.honest()).await;
            case.control(control, &self.person.user_principal_name);
        }
        // Last, since whoever fetches may do so while others are served.
        case.fetched(self.bait.taken());
        case
    }

    async fn play(&self, fault: &Fault) -> Result<Seen, Stop> {
        match fault.edit() {
            Edit::Flow(flow) => self.flow(flow).await,
            Edit::Logout(logout) => self.logout(logout).await,
            _ => self.post_fault(fault).await,
        }
    }

    /// One login whose response, or the form around it, has the fault.
    async fn post_fault(&self, fault: &Fault) -> Result<Seen, Stop> {
        let mut browser = self.browser();
        let begun = self.begin(&mut browser).await?;
        let forged = self.scene(&begun).forge(fault)?;
        let mut posted = Posted::honest(&forged, begun.relay_state());
        if let Edit::Form(edit) = fault.edit() {
            let honest = posted.clone();
            edit(&mut posted, &forged);
            if posted == honest {
                return Err(ForgeError::NoChange { fault: fault.name() }.into());
            }
        }
        Ok(self.post(&mut browser, &begun, &posted).await)
    }

    /// The response of an honest login as Entra sends it by default.
    fn honest(&self, begun: &Begun) -> Result<Forged, Stop> {
        Ok(self.scene(begun).forge(Fault::login(SigningOption::Assertion))?)
    }

    /// Whether that person is signed in.
    fn has_signed_in(&self, seen: &Seen) -> bool {
        seen.who == Who::Person(self.person.user_principal_name.clone())
    }

    fn scene<'a>(&'a self, begun: &'a Begun) -> Scene<'a> {
        Scene {
            twin: &self.twin,
            person: &self.person,
            victim: &self.victim,
            in_response_to: begun.request_id(),
            acs: begun.acs(),
            audience: &self.target.entity_id,
            authn_instant: self.twin.now(),
            encryption: self.target.encryption.as_deref(),
            bait: self.bait.address(),
        }
    }

    fn browser(&self) -> Driver {
        self.fresh.clone()
    }
}

/// Why a case came to no judgement.
enum Stop {
    /// The service provider does not offer what it needs.
    Skipped(&'static str),
    /// It could not be played.
    Broken(String),
}

impl From<DriveError> for Stop {
    fn from(error: DriveError) -> Self {
        Self::Broken(format!("no login can begin: {}", seen::name_of(&error)))
    }
}

impl From<ForgeError> for Stop {
    fn from(error: ForgeError) -> Self {
        match error {
            ForgeError::NoEncryption => Self::Skipped("its metadata have no certificate for encryption"),
            other => {
                let cause = std::error::Error::source(&other).map(|cause| format!(": {cause}"));
                Self::Broken(format!("the double cannot make it: {other}{}", cause.unwrap_or_default()))
            }
        }
    }
}

/// A service provider cannot be attacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttackError {
    /// Its metadata say too little.
    #[error(transparent)]
    Metadata(#[from] SpMetadataError),
    /// The tenant has too few people.
    #[error("expected two people of {tenant} who may sign in: assign them in app.toml")]
    NoPeople {
        /// The tenant.
        tenant: String,
    },
    /// The browser does not work at all.
    #[error("there is no browser")]
    Drive(#[from] DriveError),
    /// There is no address that nobody may fetch.
    #[error("cannot listen at 127.0.0.1, to see whether an address is fetched that a message names")]
    Bait {
        /// What the system said.
        source: std::io::Error,
    },
    /// The page that says who is signed in does not come.
    #[error(
        "the page that says who is signed in does not come: is --whoami right, and does the service provider run?"
    )]
    Whoami {
        /// Why not.
        source: DriveError,
    },
}

impl AttackError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Metadata(_) => "attack-metadata",
            Self::NoPeople { .. } => "attack-no-people",
            Self::Drive(_) => "attack-drive",
            Self::Bait { .. } => "attack-bait",
            Self::Whoami { .. } => "attack-whoami",
        }
    }
}
