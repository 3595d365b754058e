//! `entra-twin user`: what an administrator does with people, while the double runs.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use landfall_entra_twin::{DataDir, Newcomer, Tenant, User, UserChange};
use uuid::Uuid;

use crate::Folder;

#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Changes a person: user-principal-name, object-id (a GUID, or new: somebody else of this name),
    /// account (enabled, disabled), display-name, given-name, surname, mail, job-title, department, employee-id,
    /// manager (a user principal name), identity-provider, authentication, roles, or another attribute of the
    /// directory; nothing behind = takes a value away.
    Set {
        #[command(flatten)]
        folder: Folder,
        /// The user principal name until now.
        user: String,
        /// name=value
        #[arg(required = true)]
        changes: Vec<UserChange>,
    },
    /// Makes a person, who is not assigned yet; the password is everybody's.
    Add {
        #[command(flatten)]
        folder: Folder,
        /// The user principal name.
        user: String,
        /// The name that people read.
        #[arg(long)]
        display_name: Option<String>,
        /// Assigns the person to the application too.
        #[arg(long)]
        assign: bool,
    },
    /// Makes many people who do not exist, all assigned: employee.00001 and so on.
    Generate {
        #[command(flatten)]
        folder: Folder,
        /// How many, at most 100,000.
        count: u32,
    },
    /// Deletes a person, who can be restored; with --purge for good.
    Delete {
        #[command(flatten)]
        of: Of,
        /// For good, as Entra does after 30 days.
        #[arg(long)]
        purge: bool,
    },
    /// Restores a person who was deleted.
    Restore(Of),
    /// Assigns a person to the application.
    Assign(Of),
    /// Takes the assignment away.
    Unassign(Of),
}

#[derive(Args)]
pub(crate) struct Of {
    #[command(flatten)]
    folder: Folder,
    /// The user principal name.
    user: String,
}

impl UserCommand {
    /// Runs it; the line says what is true now.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Set { folder, user, changes } => change(folder, &user, &changes),
            Self::Add { folder, user, display_name, assign } => {
                let data = DataDir::at(folder.data);
                let mut tenant = data.tenant()?;
                let newcomer = Newcomer { name: user.clone(), display_name, object_id: Uuid::new_v4() };
                let object_id = newcomer.object_id;
                tenant.add(newcomer)?;
                data.save_tenant(&tenant)?;
                if assign {
                    assignment(&data, &user, true)?;
                }
                println!("{user} has the object id {object_id}");
                Ok(())
            }
            Self::Generate { folder, count } => {
                const MOST: u32 = 100_000;
                if count > MOST {
                    bail!("expected at most {MOST} people, got {count}");
                }
                let data = DataDir::at(folder.data);
                let (mut tenant, mut app) = (data.tenant()?, data.app()?);
                let made = tenant.generate(count, Uuid::new_v4);
                app.assigned.extend(made);
                data.save_tenant(&tenant)?;
                data.save_app(&app)?;
                println!("{} people are in the tenant", tenant.users.len());
                Ok(())
            }
            Self::Delete { of: Of { folder, user }, purge } => {
                in_tenant(folder, |tenant| match purge {
                    true => tenant.purge(&user),
                    false => tenant.soft_delete(&user),
                })?;
                println!("{user} is deleted{}", if purge { " for good" } else { "" });
                Ok(())
            }
            Self::Restore(Of { folder, user }) => {
                in_tenant(folder, |tenant| tenant.restore(&user))?;
                println!("{user} is restored");
                Ok(())
            }
            Self::Assign(Of { folder, user }) => assignment(&DataDir::at(folder.data), &user, true),
            Self::Unassign(Of { folder, user }) => assignment(&DataDir::at(folder.data), &user, false),
        }
    }
}

fn in_tenant<E: std::error::Error + Send + Sync + 'static>(
    folder: Folder,
    change: impl FnOnce(&mut Tenant) -> Result<(), E>,
) -> anyhow::Result<()> {
    let data = DataDir::at(folder.data);
    let mut tenant = data.tenant()?;
    change(&mut tenant)?;
    Ok(data.save_tenant(&tenant)?)
}

fn assignment(data: &DataDir, name: &str, assign: bool) -> anyhow::Result<()> {
    let (tenant, mut app) = (data.tenant()?, data.app()?);
    let user: &User = tenant.find(name).with_context(|| format!("nobody in the tenant is {name:?}"))?;
    app.assigned.retain(|assigned| assigned.to_lowercase() != name.to_lowercase());
    if assign {
        app.assigned.push(user.user_principal_name.clone());
    }
    data.save_app(&app)?;
    println!("{name} is {}assigned to {}", if assign { "" } else { "no more " }, app.name);
    Ok(())
}

fn change(folder: Folder, user: &str, changes: &[UserChange]) -> anyhow::Result<()> {
    let data = DataDir::at(folder.data);
    let (mut tenant, mut app) = (data.tenant()?, data.app()?);
    let mut name = user.to_owned();
    for change in changes {
        change.make(&mut tenant, &mut app, &name)?;
        if let UserChange::Name(new) = change {
            name.clone_from(new);
        }
    }
    // The assignment first: for a moment nobody has the new name.
    data.save_app(&app)?;
    data.save_tenant(&tenant)?;
    let user = tenant.find(&name).context("the person is gone")?;
    println!("{} has the object id {}", user.user_principal_name, user.object_id);
    Ok(())
}
