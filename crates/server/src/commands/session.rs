use anyhow::Result;
use landfall_store::Store;
use time::format_description::well_known::Rfc3339;

use crate::environment::now;
use crate::table;
use clap::Subcommand;
use landfall_accounts::SessionId;

#[derive(Subcommand)]
pub(crate) enum Session {
    /// Lists all live sessions.
    List,
    /// Ends a session at once.
    Revoke { session: SessionId },
}

pub(crate) async fn run(store: &Store, command: Session) -> Result<()> {
    match command {
        Session::List => {
            let sessions = store.sessions(now()).await?;
            let rows: Vec<_> = sessions
                .iter()
                .map(|signed_in| {
                    [
                        signed_in.session.id.to_string(),
                        signed_in.tenant.to_string(),
                        signed_in.user.user_name.as_str().to_owned(),
                        signed_in.connection.to_string(),
                        signed_in.session.opened_at.format(&Rfc3339).unwrap_or_default(),
                    ]
                })
                .collect();
            table::print(["SESSION", "TENANT", "USER", "CONNECTION", "SINCE"], &rows);
        }
        Session::Revoke { session } => {
            store.revoke_session(&session, now()).await?;
            println!("ended the session {session}");
        }
    }
    Ok(())
}
