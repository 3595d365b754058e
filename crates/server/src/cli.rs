//! What may stand behind `landfall`.

use std::path::PathBuf;
use std::str::FromStr;

use crate::commands::app::App;
use crate::commands::audit::Audit;
use crate::commands::domain::Domain;
use crate::commands::inspect::Inspect;
use crate::commands::mapping::Mapping;
use crate::commands::merge::Merge;
use crate::commands::replay::Replay;
use crate::commands::scim::Scim;
use crate::commands::session::Session;
use crate::commands::site::Site;
use crate::commands::tenant::Tenant;
use crate::commands::user::User;
use clap::{Args, Parser, Subcommand, ValueEnum};
use landfall_accounts::{
    Approval, CertificateFingerprint, ConnectionName, ConnectionState, Danger, NotAFingerprint, SpEntityId,
    TenantName, TokenAlgorithm, TraceId,
};
use landfall_store::KeyPurpose;
use time::macros::format_description;
use time::{Date, Duration};

/// The service-provider side of enterprise single sign-on.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// The settings; without it ./landfall.toml if there is one, and LANDFALL_* in any case.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Runs the server until SIGTERM.
    Serve,
    /// Makes the tables of the database, or brings those of an earlier version up to date.
    Migrate,
    /// Copies the database into a new file, while the server runs.
    Backup { file: PathBuf },
    /// Makes the database from a backup: sessions end, and assertions that were issued before now are refused.
    Restore {
        /// The backup; none for PostgreSQL, into which pg_restore has brought it back.
        file: Option<PathBuf>,
    },
    /// Customers.
    #[command(subcommand)]
    Tenant(Tenant),
    /// The domains of customers, which tell the connection of a person.
    #[command(subcommand)]
    Domain(Domain),
    /// Links to customers' identity providers.
    #[command(subcommand)]
    Connection(Connection),
    /// The rules by which the attributes of a login become a profile.
    #[command(subcommand)]
    Mapping(Mapping),
    /// Accounts.
    #[command(subcommand)]
    User(User),
    /// Identities that were refused since their user name is an account's: may they be one person?
    #[command(subcommand)]
    Merge(Merge),
    /// Applications behind, to which people are signed on.
    #[command(subcommand)]
    App(App),
    /// Who is signed in, and what outlasts that.
    #[command(subcommand)]
    Session(Session),
    /// Applications that a proxy guards, which asks here who may use them.
    #[command(subcommand)]
    Site(Site),
    /// What customers' directories show to push people and groups.
    #[command(subcommand)]
    Scim(Scim),
    /// What happened: each login, refusal, change and end of a session.
    #[command(subcommand)]
    Audit(Audit),
    /// Our own keys, which a running server takes over within seconds.
    #[command(subcommand)]
    Key(Key),
    /// Prints one of our certificates, as PEM, for an identity provider that takes no metadata.
    Certificate {
        /// Of the key that signs our requests, or of the one that decrypts assertions.
        #[arg(value_enum)]
        purpose: Purpose,
        /// Of the key that is staged.
        #[arg(long)]
        next: bool,
    },
    /// Looks at settings, keys, dates, clocks, connections and weak settings, and changes nothing.
    Doctor(Doctor),
    /// Messages that were kept of connections that are traced.
    #[command(subcommand)]
    Trace(Trace),
    /// Judges a kept message again, and says whether the decision is the same.
    Replay(Replay),
    /// Says what a message is, every check with what it expected and what came, and what to do about it.
    Inspect(Inspect),
}

#[derive(Args)]
pub(crate) struct Doctor {
    /// This connection alone; without it all of them.
    pub(crate) connection: Option<ConnectionName>,
    /// Asks public_url whether it leads here, and the sign-on addresses of connections from files what time it is.
    #[arg(long)]
    pub(crate) online: bool,
}

#[derive(Subcommand)]
pub(crate) enum Connection {
    /// Connects a tenant to an identity provider by its metadata; whose signatures count is decided here.
    Import {
        tenant: TenantName,
        /// Federation metadata XML: a file, which is pinned, or an https address, from which it is fetched anew.
        #[arg(value_name = "FILE|URL")]
        from: String,
        /// Name of the connection, part of addresses such as /sso/NAME.
        #[arg(long)]
        name: ConnectionName,
        /// The identity provider, if the file describes several.
        #[arg(long, value_name = "ENTITY_ID")]
        entity: Option<String>,
        /// What becomes of new keys at an address: approve, or auto for hosts of metadata.auto_hosts.
        #[arg(long, value_name = "approve|auto", default_value = "approve")]
        new_keys: Approval,
        /// The certificate, PEM or DER, whose key must have signed the metadata, now and whenever they are fetched.
        #[arg(long, value_name = "FILE")]
        signed_by: Option<PathBuf>,
        /// Our own entity ID for this connection alone, which gives it the addresses /saml/NAME/acs and /saml/NAME/metadata:
        /// for a second connection to the same identity provider.
        #[arg(long, value_name = "OUR_ENTITY_ID")]
        entity_id: Option<SpEntityId>,
        /// Nobody signs in by it until `connection state` says so.
        #[arg(long)]
        draft: bool,
    },
    /// Takes addresses and keys anew from the identity provider's current metadata; what is not in it counts no more.
    Renew {
        name: ConnectionName,
        /// Federation metadata XML of the same identity provider: a file, which is pinned, or an https address,
        /// from which it is fetched anew.
        #[arg(value_name = "FILE|URL")]
        from: String,
        /// What becomes of new keys at an address: approve, or auto for hosts of metadata.auto_hosts.
        #[arg(long, value_name = "approve|auto", default_value = "approve")]
        new_keys: Approval,
        /// The certificate, PEM or DER, whose key must have signed the metadata, now and whenever they are fetched.
        #[arg(long, value_name = "FILE")]
        signed_by: Option<PathBuf>,
    },
    /// Fetches the metadata of a connection now.
    Refresh { name: ConnectionName },
    /// Shows the keys of a connection, where its metadata come from, and what waits or is wrong.
    Keys { name: ConnectionName },
    /// Lets a key count that waits, or sends logins to the addresses that wait.
    Approve {
        name: ConnectionName,
        /// SHA-256 of the certificate, or the word endpoints.
        #[arg(value_name = "FINGERPRINT|endpoints")]
        what: Waiting,
    },
    /// Refuses a key that waits, for good, whatever metadata say later.
    Refuse {
        name: ConnectionName,
        /// SHA-256 of the certificate, as `connection keys` prints it.
        fingerprint: CertificateFingerprint,
    },
    /// Says what would break if a key stopped counting now, and changes nothing.
    Rehearse {
        name: ConnectionName,
        /// SHA-256 of the certificate, as `connection keys` prints it.
        fingerprint: CertificateFingerprint,
    },
    /// Revokes a key for good, whatever metadata say later, and ends the sessions of the connection: after a theft.
    Revoke {
        name: ConnectionName,
        /// SHA-256 of the certificate, as `connection show` prints it.
        fingerprint: CertificateFingerprint,
    },
    /// Changes settings: preset, jit, activation, unsolicited, certificate-dates, guests, force-authn, name-id-format,
    /// authn-context, session-idle, session-absolute, entity-id, subject, login-name.
    Set {
        name: ConnectionName,
        /// key=value
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Frees a connection from a demand on messages, for a while: sha1, short-rsa, empty-reference, other-c14n,
    /// missing-audience.
    Weaken {
        name: ConnectionName,
        danger: Danger,
        /// Why; whoever reads it later must know.
        #[arg(long)]
        reason: String,
        /// First day on which the demand holds again, within a year.
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        until: Date,
    },
    /// Holds a connection to the demand again.
    Strengthen { name: ConnectionName, danger: Danger },
    /// Keeps its messages for a while, sealed, to look at them with `landfall trace` and `landfall replay`.
    Trace {
        name: ConnectionName,
        /// How long from now on, at most 72h.
        #[arg(long = "for", value_name = "24h", value_parser = lasting, required_unless_present = "off")]
        lasting: Option<Duration>,
        /// Why; whoever reads it later must know.
        #[arg(long, requires = "lasting", conflicts_with = "off")]
        reason: Option<String>,
        /// Keeps no more; what was kept stays until it is three days old.
        #[arg(long, conflicts_with = "lasting")]
        off: bool,
        /// Forgets what was kept too.
        #[arg(long, requires = "off", conflicts_with = "lasting")]
        forget: bool,
    },
    /// Shows everything about a connection.
    Show { name: ConnectionName },
    /// Lists all connections.
    List,
    /// Says who may sign in by it: draft nobody, testing an operator's test login, active its people, disabled nobody.
    /// In each but active its sessions end.
    State {
        name: ConnectionName,
        #[arg(value_name = "draft|testing|active|disabled")]
        state: ConnectionState,
    },
    /// Prints a link that tests it, once: whoever opens it signs in at the identity provider and sees the decision,
    /// and nobody is signed in here.
    Test { name: ConnectionName },
}

/// What can wait for an operator.
#[derive(Clone, Copy)]
pub(crate) enum Waiting {
    Key(CertificateFingerprint),
    Endpoints,
}

impl FromStr for Waiting {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        if text == "endpoints" { Ok(Self::Endpoints) } else { text.parse().map(Self::Key) }
    }
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| "expected a day such as 2030-06-30".to_owned())
}

pub(crate) fn lasting(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a time such as 24h, 30m or 3d".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u32 = number.parse().map_err(|_| wrong())?;
    match unit {
        "m" => Ok(Duration::minutes(number.into())),
        "h" => Ok(Duration::hours(number.into())),
        "d" => Ok(Duration::days(number.into())),
        _ => Err(wrong()),
    }
}

#[derive(Subcommand)]
pub(crate) enum Trace {
    /// Lists what is kept, of one connection or of all: trace, time, connection and outcome.
    List { name: Option<ConnectionName> },
    /// Shows the decision about a message, and what it was judged by.
    Show {
        /// The code that the person saw.
        trace: TraceId,
        /// The message instead, as it came: it holds personal data.
        #[arg(long)]
        raw: bool,
    },
    /// Forgets a message, or all messages of a connection, before their time is over.
    Forget {
        #[arg(required_unless_present = "connection")]
        trace: Option<TraceId>,
        #[arg(long, value_name = "NAME", conflicts_with = "trace")]
        connection: Option<ConnectionName>,
    },
}

#[derive(Subcommand)]
pub(crate) enum Key {
    /// Lists them all.
    List,
    /// Makes the key that is used next: it decrypts at once, and its certificate for signatures is announced.
    Stage {
        #[arg(value_enum)]
        purpose: Purpose,
    },
    /// Signs with the staged key from now on, or has others encrypt for it; the one before counts on.
    Activate {
        #[arg(value_enum)]
        purpose: Purpose,
    },
    /// Forgets a key that is no longer used, or was staged for nothing, for good.
    Retire {
        #[arg(value_enum)]
        purpose: Purpose,
        /// SHA-256 of its certificate, as `key list` prints it.
        fingerprint: CertificateFingerprint,
    },
}

/// What a key of ours is for.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Purpose {
    Signing,
    Decryption,
    IdTokenRs256,
    IdTokenEs256,
}

impl Purpose {
    pub(crate) fn of(self) -> KeyPurpose {
        match self {
            Self::Signing => KeyPurpose::Signing,
            Self::Decryption => KeyPurpose::Decryption,
            Self::IdTokenRs256 => KeyPurpose::IdToken(TokenAlgorithm::Rs256),
            Self::IdTokenEs256 => KeyPurpose::IdToken(TokenAlgorithm::Es256),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
