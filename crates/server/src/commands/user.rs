use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{
    ConnectionName, InvitationLifetime, LoginName, NewUser, Origin, Standing, Subject, TenantName, UserState,
};
use landfall_http::InvitationLink;
use landfall_store::Store;

use crate::cli::lasting;
use crate::config::Config;
use crate::environment::{System, now};
use crate::{glue, table};

#[derive(Subcommand)]
pub(crate) enum User {
    /// Lists the accounts of a tenant.
    List { tenant: TenantName },
    /// Finds the account that an identity is linked to, with Entra by its object id.
    Find { connection: ConnectionName, subject: Subject },
    /// Makes an account; at its first login the identity with this user name is linked to it.
    Create {
        tenant: TenantName,
        user_name: LoginName,
        #[command(flatten)]
        profile: Profile,
        /// It waits for activation.
        #[arg(long)]
        pending: bool,
        /// It administers the installation, and no login is ever linked to it by its name.
        #[arg(long)]
        administrator: bool,
    },
    /// Prints a link by which a pending person activates the account, once; the account is made if there is none,
    /// and a link that the person got before ends.
    Invite {
        #[command(flatten)]
        who: Who,
        /// How long the link can be used, at most 30d; without it 7d.
        #[arg(long, value_name = "7d", value_parser = invitation)]
        expires: Option<InvitationLifetime>,
        /// Takes the last link back instead.
        #[arg(long, conflicts_with = "expires")]
        withdraw: bool,
    },
    /// Lets a pending or suspended person sign in.
    Activate(Who),
    /// Ends the person's sessions and lets them sign in no more, until activated.
    Suspend(Who),
    /// Deprovisions the account for good: its sessions end and no login revives it.
    Delete(Who),
}

#[derive(Args)]
pub(crate) struct Profile {
    #[arg(long)]
    pub(crate) first_name: Option<String>,
    #[arg(long)]
    pub(crate) last_name: Option<String>,
    #[arg(long)]
    pub(crate) email: Option<String>,
    #[arg(long)]
    pub(crate) display_name: Option<String>,
}

#[derive(Args)]
pub(crate) struct Who {
    pub(crate) tenant: TenantName,
    pub(crate) user_name: LoginName,
}

fn invitation(text: &str) -> Result<InvitationLifetime, String> {
    lasting(text).and_then(|lasting| InvitationLifetime::new(lasting).map_err(|error| error.to_string()))
}

pub(crate) async fn run(config: &Config, command: User) -> Result<()> {
    let store = &glue::store(config).await?;
    match command {
        User::List { tenant } => print(&store.users(&tenant).await?),
        User::Find { connection, subject } => match store.user_of_subject(&connection, &subject).await? {
            Some(user) => print(&[user]),
            None => bail!(
                "no account is linked to {} of `{connection}`: the person has not signed in, or the account was deleted",
                subject.as_str()
            ),
        },
        User::Create { tenant, user_name, profile, pending, administrator } => {
            let new = NewUser {
                user_name,
                state: if pending { UserState::Pending } else { UserState::Active },
                standing: if administrator { Standing::Administrator } else { Standing::Person },
                origin: Origin::Operator,
                first_name: profile.first_name,
                last_name: profile.last_name,
                email: profile.email,
                display_name: profile.display_name,
            };
            let user = store.create_user(&tenant, new, now()).await?;
            println!("made the account {} ({}), {}", user.user_name.as_str(), user.id, user.state);
        }
        User::Invite { who, withdraw: true, .. } => {
            let user = store.withdraw_invitation(&who.tenant, &who.user_name, now()).await?;
            println!("the invitation of {} counts no more", user.user_name.as_str());
        }
        User::Invite { who, expires, .. } => {
            invite(config, store, &who, expires.unwrap_or_default()).await?;
        }
        User::Activate(who) => change(store, &who, UserState::Active).await?,
        User::Suspend(who) => change(store, &who, UserState::Suspended).await?,
        User::Delete(who) => change(store, &who, UserState::Deprovisioned).await?,
    }
    Ok(())
}

fn print(users: &[landfall_accounts::User]) {
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            [
                user.user_name.as_str().to_owned(),
                user.state.to_string(),
                user.origin.to_string(),
                user.display_name.clone().unwrap_or_default(),
                user.id.to_string(),
            ]
        })
        .collect();
    table::print(["USER", "STATE", "MADE BY", "NAME", "ID"], &rows);
}

async fn invite(config: &Config, store: &Store, who: &Who, lasting: InvitationLifetime) -> Result<()> {
    let link = InvitationLink::new(&System::default())?;
    let invited = store.invite(&who.tenant, &who.user_name, &link.hash(), lasting, now()).await?;
    let (name, until) = (invited.user.user_name.as_str(), invited.expires_at);
    println!(
        "{name} is pending: whoever opens this link and confirms activates the account, once, until {}:",
        minute(until)
    );
    println!("{}", link.address(&config.http.public_url));
    if let Some(last) = invited.first_link_until {
        println!("nobody has signed in to the account: the first sign-in must come by {}", minute(last));
    }
    let connection = match invited.user.user_name.domain() {
        Some(domain) => store.connection_of_domain(&domain).await?,
        None => None,
    };
    if connection.is_none() {
        eprintln!(
            "landfall: warning: the domain of the user name is bound to no active connection, so that the person cannot sign in yet: see `landfall domain list`"
        );
    }
    Ok(())
}

/// A time to the minute, which is not later than it is.
fn minute(at: time::OffsetDateTime) -> String {
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

async fn change(store: &Store, who: &Who, state: UserState) -> Result<()> {
    let user = store.user_named(&who.tenant, &who.user_name).await?;
    let user = store.set_user_state(&user.id, state, now()).await?;
    println!("{} is {}", user.user_name.as_str(), user.state);
    Ok(())
}
