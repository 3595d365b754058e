use std::collections::HashMap;

use anyhow::{Context, Result};
use clap::Subcommand;
use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{
    Collision, Connection, ConnectionId, MergeId, MergeProposal, MergeState, Tenant, TenantId, TenantName,
};
use landfall_store::{AdminError, Store};

use crate::environment::now;
use crate::table::{self, moment};

#[derive(Subcommand)]
pub(crate) enum Merge {
    /// Lists the proposals that wait, the one that was seen last first.
    List {
        /// Those of this tenant alone.
        #[arg(long)]
        tenant: Option<TenantName>,
        /// Those that were decided too.
        #[arg(long)]
        all: bool,
    },
    /// Shows who it is, why the identity was refused, and what accepting would do.
    Show { merge: MergeId },
    /// Links the identity to the account, if everything still holds: from now on it opens the account.
    Accept { merge: MergeId },
    /// Decides against it: the identity goes on being refused, and is not proposed again.
    Reject { merge: MergeId },
}

pub(crate) async fn run(store: &Store, command: Merge) -> Result<()> {
    match command {
        Merge::List { tenant, all } => list(store, tenant.as_ref(), all).await,
        Merge::Show { merge } => show(store, merge).await,
        Merge::Accept { merge } => {
            let accepted = store.accept_merge(&merge, now()).await?;
            let user = store.user(&accepted.user).await?;
            println!(
                "linked the identity to the account {} ({}), which is {}",
                user.user_name.as_str(),
                user.id,
                user.state
            );
            Ok(())
        }
        Merge::Reject { merge } => {
            store.reject_merge(&merge, now()).await?;
            println!(
                "rejected the proposal {merge}: the identity goes on being refused, and is not proposed again"
            );
            Ok(())
        }
    }
}

async fn list(store: &Store, tenant: Option<&TenantName>, all: bool) -> Result<()> {
    let merges = store.merges(tenant).await?;
    let connections: HashMap<ConnectionId, Connection> =
        store.connections().await?.into_iter().map(|connection| (connection.id, connection)).collect();
    let tenants: HashMap<TenantId, Tenant> =
        store.tenants().await?.into_iter().map(|tenant| (tenant.id, tenant)).collect();
    let name = |id: &ConnectionId| connections.get(id).map(|one| one.name.to_string()).unwrap_or_default();
    let mut rows = Vec::new();
    for one in merges.proposals.iter().filter(|one| all || one.state == MergeState::Open) {
        let user = store.user(&one.user).await?;
        rows.push([
            one.id.to_string(),
            tenants.get(&one.tenant).map(|tenant| tenant.name.to_string()).unwrap_or_default(),
            name(&one.connection),
            user.user_name.as_str().to_owned(),
            one.why.code().to_owned(),
            one.times.to_string(),
            moment(one.last_seen),
            one.state.to_string(),
        ]);
    }
    table::print(
        ["PROPOSAL", "TENANT", "CONNECTION", "ACCOUNT", "WHY", "TIMES", "LAST SEEN", "STATE"],
        &rows,
    );
    for (connection, times) in &merges.overflows {
        println!(
            "{}: {times} more refusals were not proposed, since it had {} that wait: decide about some",
            name(connection),
            MergeProposal::MOST_OPEN
        );
    }
    Ok(())
}

async fn show(store: &Store, id: MergeId) -> Result<()> {
    let one = store.merge(&id).await?.ok_or(AdminError::NoMerge { merge: id })?;
    let user = store.user(&one.user).await?;
    let connection =
        store.connection(&one.connection).await?.context("the connection of the proposal is gone")?;
    let identities = store.identities_of(&user.id).await?;
    let here = identities.iter().filter(|link| link.connection == one.connection).count();
    for (what, value) in [
        ("proposal", one.id.to_string()),
        ("state", one.state.to_string()),
        ("connection", connection.name.to_string()),
        ("identity", one.subject.as_str().to_owned()),
        (
            "refused",
            format!("{} times, first {}, last {}", one.times, moment(one.first_seen), moment(one.last_seen)),
        ),
        ("why", format!("{}: {}", one.why.code(), one.why)),
        ("account", format!("{} ({})", user.user_name.as_str(), user.id)),
        ("account state", format!("{} by {}", user.state, user.state_by)),
        ("account made", format!("{} by {}", moment(user.created_at), user.origin)),
        ("last login", user.last_login_at.map_or_else(|| "never".to_owned(), moment)),
        ("identities", format!("{}, {here} of them of this connection", identities.len())),
    ] {
        println!("{what:<14} {}", crate::visible::visible(&value));
    }
    println!();
    println!("The identity came with the user name that this account has, and was refused.");
    println!(
        "Accepted, it opens this account from now on, whatever its user name, and reads and does everything in it."
    );
    println!("{}", danger(one.why));
    println!(
        "Ask the customer, in another way than by e-mail, whether both are one person before you accept."
    );
    Ok(())
}

fn danger(why: Collision) -> &'static str {
    match why {
        Collision::Linked => {
            "The danger: another identity has this account. The name may have been given to somebody new, who would get what the one before had."
        }
        Collision::WindowClosed => {
            "The danger: the account was made long ago. The name may have been given to somebody else since."
        }
        Collision::Suspended => {
            "The danger: somebody suspended the account, and may have had a reason. It stays suspended until it is activated."
        }
        _ => {
            "The danger: the account was made in another way, and may be somebody else's who has the same name."
        }
    }
}
