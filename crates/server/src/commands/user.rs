use anyhow::{Result, bail};
use landfall_accounts::{NewUser, Origin, Standing, User, UserState};
use landfall_store::Store;

use crate::cli::{self, Who};
use crate::environment::now;
use crate::table;

pub(crate) async fn run(store: &Store, command: cli::User) -> Result<()> {
    match command {
        cli::User::List { tenant } => print(&store.users(&tenant).await?),
        cli::User::Find { connection, subject } => {
            match store.user_of_subject(&connection, &subject).await? {
                Some(user) => print(&[user]),
                None => bail!(
                    "no account is linked to {} of `{connection}`: the person has not signed in, or the account was deleted",
                    subject.as_str()
                ),
            }
        }
        cli::User::Create { tenant, user_name, profile, pending, administrator } => {
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
        cli::User::Activate(who) => change(store, &who, UserState::Active).await?,
        cli::User::Suspend(who) => change(store, &who, UserState::Suspended).await?,
        cli::User::Delete(who) => change(store, &who, UserState::Deprovisioned).await?,
    }
    Ok(())
}

fn print(users: &[User]) {
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
