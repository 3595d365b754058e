use std::str::FromStr;

use anyhow::{Result, bail};
use landfall_accounts::{
    ConnectionName, LoginName, NameError, NewUser, Origin, Standing, Subject, TenantName, UserId, UserState,
};
use landfall_store::{AdminError, Scrubbed, Store};

use crate::environment::now;
use crate::table;
use clap::{Args, Subcommand};

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
    /// Lets a pending or suspended person sign in.
    Activate(Who),
    /// Ends the person's sessions and lets them sign in no more, until activated.
    Suspend(Who),
    /// Deprovisions the account for good: its sessions end and no login revives it.
    Delete(Who),
    /// Deletes an account and takes whatever tells whose it was out of the database, for good; no login revives it.
    Erase {
        tenant: TenantName,
        /// Of several accounts that have or had the name, the id alone says which.
        #[arg(value_name = "USER_NAME|ID")]
        who: Named,
        /// Nothing brings it back.
        #[arg(long)]
        yes: bool,
    },
}

impl User {
    /// Whether it leaves a tombstone.
    pub(crate) fn buries(&self) -> bool {
        matches!(self, Self::Delete(_) | Self::Erase { .. })
    }
}

/// An account by its user name or its id.
#[derive(Clone)]
pub(crate) enum Named {
    Id(UserId),
    Name(LoginName),
}

impl FromStr for Named {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.parse().map(Self::Id).or_else(|_| text.parse().map(Self::Name))
    }
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

pub(crate) async fn run(store: &Store, command: User) -> Result<()> {
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
        User::Activate(who) => change(store, &who, UserState::Active).await?,
        User::Suspend(who) => change(store, &who, UserState::Suspended).await?,
        User::Delete(who) => change(store, &who, UserState::Deprovisioned).await?,
        User::Erase { tenant, who, yes } => erase(store, &tenant, &who, yes).await?,
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

async fn change(store: &Store, who: &Who, state: UserState) -> Result<()> {
    let user = store.user_named(&who.tenant, &who.user_name).await?;
    let user = store.set_user_state(&user.id, state, now()).await?;
    println!("{} is {}", user.user_name.as_str(), user.state);
    Ok(())
}

async fn erase(store: &Store, tenant: &TenantName, who: &Named, yes: bool) -> Result<()> {
    let id = match who {
        Named::Id(id) => *id,
        Named::Name(name) => the_one(store, tenant, name).await?,
    };
    if !yes {
        bail!(
            "this deletes the account {id} and takes whatever tells whose it was out of the database, and nothing brings it back: say --yes"
        );
    }
    let erased = store.erase_user(tenant, &id, now()).await?;
    println!(
        "{id} is erased: {} identities, {} sessions and {} messages are gone",
        erased.identities, erased.sessions, erased.traces
    );
    println!("{} logins and logouts of `{tenant}` that were under way begin anew", erased.under_way);
    match store.scrub().await? {
        Scrubbed::Gone => {
            println!("the file of the database was written anew without them; backups keep theirs")
        }
        Scrubbed::Server => println!(
            "PostgreSQL keeps dead rows until VACUUM FULL, and archives and backups keep theirs: see docs/operations.md"
        ),
        _ => bail!(
            "somebody was reading, so that octets of it are still beside the database: erase {id} again"
        ),
    }
    Ok(())
}

async fn the_one(store: &Store, tenant: &TenantName, name: &LoginName) -> Result<UserId> {
    let named = store.users_ever_named(tenant, name).await?;
    match named.as_slice() {
        [] => Err(AdminError::NoUserNamed { tenant: tenant.clone() }.into()),
        [one] => Ok(one.id),
        several => {
            let ids: Vec<_> = several.iter().map(|user| format!("{} ({})", user.id, user.state)).collect();
            bail!("several accounts of `{tenant}` have or had this name: say which, {}", ids.join(", "))
        }
    }
}
