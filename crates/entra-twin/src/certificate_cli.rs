//! `entra-twin app certificate`: the signing certificates of the application.

use anyhow::Context as _;
use clap::Subcommand;
use landfall_entra_twin::{App, CertificateState, Credential, DataDir, Twin};
use time::{Duration, OffsetDateTime};

use crate::Folder;

#[derive(Subcommand)]
pub(crate) enum Certificates {
    /// Prints each with its state and its thumbprint.
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Makes a new one, which is inactive.
    New {
        #[command(flatten)]
        folder: Folder,
        /// How many days it is valid from now on, by the clock of the double; Entra's are valid for three years.
        #[arg(long, default_value_t = 3 * 365, allow_negative_numbers = true)]
        days: i64,
    },
    /// Makes one active; the one that was is inactive then.
    Activate {
        #[command(flatten)]
        folder: Folder,
        /// As `list` prints it.
        thumbprint: String,
        /// For how many seconds metadata still lists what it lists now.
        #[arg(long, default_value_t = 0)]
        lag: u32,
    },
}

impl Certificates {
    /// Does it, and says what there is then.
    pub(crate) fn run(self, real: fn() -> OffsetDateTime) -> anyhow::Result<String> {
        let (Self::List { folder } | Self::New { folder, .. } | Self::Activate { folder, .. }) = &self;
        let data = DataDir::at(&folder.data);
        let mut app = data.app()?;
        let now = Twin::new(data.tenant()?, app.clone(), real).now();
        match &self {
            Self::List { .. } => return Ok(listed(&app, now)),
            Self::New { days, .. } => {
                let length = days.checked_mul(24 * 60 * 60).map(Duration::seconds);
                let end = length.and_then(|length| now.checked_add(length));
                let end = end.with_context(|| format!("no certificate can be valid for {days} days"))?;
                // One that has expired from the start was valid for a day before.
                app.inactive.push(Credential::generate(now.min(end - Duration::DAY), end)?);
            }
            Self::Activate { thumbprint, lag, .. } => {
                if *lag > 0 {
                    app.publish_later(now, now + Duration::seconds((*lag).into()));
                }
                app.activate(thumbprint)?;
            }
        }
        data.save_app(&app)?;
        Ok(listed(&app, now))
    }
}

/// One line for each, the active one first.
fn listed(app: &App, now: OffsetDateTime) -> String {
    let signs = app.signing_at(now);
    let lines = app.certificates().map(|(state, credential)| {
        let state = match state {
            CertificateState::Active => "active",
            _ => "inactive",
        };
        let valid = if credential.is_valid_at(now) { "" } else { ", not valid now" };
        let signs = if credential == signs { ", signs" } else { "" };
        format!("{} {state}{valid}{signs}", credential.thumbprint())
    });
    lines.collect::<Vec<_>>().join("\n")
}
