//! Plays all faults against a running service provider, as its identity provider and as the browser.

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

use browser::Begun;
use seen::{Anonymous, Seen};
use target::Target;

pub use report::{Case, Verdict};
pub use seen::Who;
pub use target::{MetadataSource, SourceError};

/// A service provider under attack, with the double as the identity provider that it trusts.
///
/// Each case begins with a login of its own, and each refusal is followed by the same login without the fault, which must
/// succeed: so the fault is why it was refused.
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
    /// [`AttackError`] if the metadata cannot be used, nobody may sign in, or the page does not come.
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
        })
    }

    /// Gives each step another time.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Leaves out the login that follows each refusal, for whoever has just seen that honest logins succeed.
    #[must_use]
    pub fn without_controls(mut self) -> Self {
        self.controls = false;
        self
    }

    /// Plays one fault and, where it must be refused, the same login without it.
    pub async fn run(&self, fault: &'static Fault) -> Case {
        let begun = Instant::now();
        let played = match fault.edit() {
            Edit::Flow(flow) => self.flow(flow).await,
            Edit::Logout(logout) => self.logout(logout).await,
            _ => self.post_fault(fault).await,
        };
        let took = begun.elapsed();
        let mut case = Case::judge(fault, played, &self.person.user_principal_name, took);
        if self.controls && case.verdict() == &Verdict::Passed && fault.expected() != Expected::Accept {
            let control = self.control(fault.sign()).await;
            case.control(control, &self.person.user_principal_name);
        }
        case
    }

    /// One login whose response, or the form around it, has the fault.
    async fn post_fault(&self, fault: &Fault) -> Result<Seen, Stop> {
        let mut browser = self.browser();
        let begun = self.begin(&mut browser).await?;
        let forged = self.scene(&begun).forge(fault)?;
        let mut posted = Posted::honest(&forged, begun.relay_state());
        if let Edit::Form(edit) = fault.edit() {
            edit(&mut posted, &forged);
        }
        Ok(self.post(&mut browser, &begun, &posted).await)
    }

    /// An honest login in a fresh browser.
    async fn control(&self, sign: SigningOption) -> Result<Seen, Stop> {
        let mut browser = self.browser();
        let begun = self.begin(&mut browser).await?;
        let posted = self.honest(&begun, sign)?;
        Ok(self.post(&mut browser, &begun, &posted).await)
    }

    fn honest(&self, begun: &Begun, sign: SigningOption) -> Result<Posted, Stop> {
        Ok(Posted::honest(&self.honest_response(begun, sign)?, begun.relay_state()))
    }

    fn honest_response(&self, begun: &Begun, sign: SigningOption) -> Result<Forged, Stop> {
        let honest = match sign {
            SigningOption::Assertion => "honest-assertion",
            SigningOption::Response => "honest-response",
            SigningOption::Both => "honest-both",
        };
        let fault = Fault::find(honest).ok_or(Stop::Skipped("no honest login is known"))?;
        Ok(self.scene(begun).forge(fault)?)
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
            Self::Whoami { .. } => "attack-whoami",
        }
    }
}
