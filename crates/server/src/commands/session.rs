use anyhow::Result;
use clap::{Args, Subcommand};
use landfall_accounts::{ConnectionName, GrantId, LoginName, SessionId, SignedIn, TenantName};
use landfall_store::{Activation, AdminError, ApplicationError, SessionsOf, Store};

use crate::environment::now;
use crate::table::{self, moment};

#[derive(Subcommand)]
pub(crate) enum Session {
    /// Lists the live sessions, of all or of some, and activations: what people granted applications for longer.
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Ends sessions and activations at once, on every node; who may sign in can do so again.
    Revoke(Revoke),
}

#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Whose {
    /// Of a customer.
    #[arg(long)]
    tenant: Option<TenantName>,
    /// Of whoever signed in by a connection.
    #[arg(long, value_name = "NAME")]
    connection: Option<ConnectionName>,
    /// Of a person.
    #[arg(long, num_args = 2, value_names = ["TENANT", "USER_NAME"])]
    user: Option<Vec<String>>,
}

#[derive(Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["session", "tenant", "connection", "user"]))]
pub(crate) struct Revoke {
    /// One session or activation, as `session list` prints it.
    session: Option<SessionId>,
    #[command(flatten)]
    whose: Whose,
}

impl Whose {
    fn sessions(self) -> Result<Option<SessionsOf>> {
        let person = |names: Vec<String>| match names.as_slice() {
            [tenant, user_name] => {
                let user_name: LoginName = user_name.parse()?;
                Ok(Some(SessionsOf::User(tenant.parse()?, user_name)))
            }
            _ => Ok(None),
        };
        match (self.tenant, self.connection, self.user) {
            (Some(tenant), ..) => Ok(Some(SessionsOf::Tenant(tenant))),
            (_, Some(connection), _) => Ok(Some(SessionsOf::Connection(connection))),
            (_, _, Some(names)) => person(names),
            (None, None, None) => Ok(None),
        }
    }
}

pub(crate) async fn run(store: &Store, command: Session) -> Result<()> {
    match command {
        Session::List { whose } => {
            let (whose, now) = (whose.sessions()?, now());
            let sessions = store.sessions(whose.as_ref(), now).await?;
            let rows: Vec<_> = sessions.iter().map(row).collect();
            table::print(["SESSION", "TENANT", "USER", "CONNECTION", "SINCE", "LAST USED"], &rows);
            let activations = store.activations(whose.as_ref(), now).await?;
            if !activations.is_empty() {
                println!();
                let rows: Vec<_> = activations.iter().map(activation).collect();
                table::print(["ACTIVATION", "TENANT", "USER", "APPLICATION", "SINCE", "LAST USED"], &rows);
            }
        }
        Session::Revoke(Revoke { session: Some(session), .. }) => {
            let now = now();
            let activation = GrantId::from_uuid(session.as_uuid());
            match store.revoke_session(&session, now).await {
                // One list has both, and an id is of one of them alone.
                Err(none @ AdminError::NoSession { .. }) => {
                    match store.revoke_grant(&activation, now).await {
                        Ok(()) => println!("ended the activation {session}"),
                        Err(AdminError::Application(ApplicationError::NoGrant { .. })) => {
                            return Err(none.into());
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                ended => {
                    ended?;
                    println!("ended the session {session}");
                }
            }
        }
        Session::Revoke(Revoke { session: None, whose }) => {
            if let Some(whose) = whose.sessions()? {
                let ended = store.revoke_sessions(&whose, now()).await?;
                let sessions = if ended == 1 { "session" } else { "sessions" };
                println!("ended {ended} {sessions}, and whatever was granted to applications");
            }
        }
    }
    Ok(())
}

fn activation(one: &Activation) -> [String; 6] {
    [
        one.grant.id.to_string(),
        one.tenant.to_string(),
        one.user.user_name.as_str().to_owned(),
        one.application.name.to_string(),
        moment(one.grant.created_at),
        moment(one.grant.last_used_at),
    ]
}

fn row(signed_in: &SignedIn) -> [String; 6] {
    [
        signed_in.session.id.to_string(),
        signed_in.tenant.to_string(),
        signed_in.user.user_name.as_str().to_owned(),
        signed_in.connection.to_string(),
        moment(signed_in.session.opened_at),
        moment(signed_in.session.last_seen_at),
    ]
}
