use std::fmt::Display;

use landfall_accounts::{
    Account, Arrival, CommitOutcome, Committed, ConnectionId, ConnectionState, Event, EventKind, Facts, Home,
    How, LinkedBy, Links, LoginPurpose, LoginRecord, Namesake, Provision, Refusal, Room, TenantId, Tombstone,
    User, UserId, decide,
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use time::OffsetDateTime;

use super::{
    assertions::{self, Claim},
    connections, directory_users, domains, events, identities,
    identities::Key,
    key_use, merges,
    pending::{self, Answered, Consumption},
    sessions, tenants, users,
};
use crate::{TombstoneKey, fault::Fault};

/// Finishes a login inside the transaction of the caller.
pub(super) async fn commit(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    login: &LoginRecord,
    now: OffsetDateTime,
) -> Result<CommitOutcome, Fault> {
    let mut journal = Journal { conn, login, now, written: Vec::new() };
    let outcome = carry_through(&mut journal, stones).await?;
    events::write_all(conn, &journal.written).await?;
    Ok(outcome)
}

async fn carry_through<C: ConnectionTrait>(
    journal: &mut Journal<'_, C>,
    stones: &TombstoneKey,
) -> Result<CommitOutcome, Fault> {
    let Journal { conn, login, now, .. } = *journal;
    match assertions::claim(conn, login.tenant, login.connection, &login.used).await? {
        Claim::Won => {}
        Claim::Replayed => {
            journal.refuse(EventKind::LoginReplayed, "replayed", None)?;
            return Ok(CommitOutcome::Replayed);
        }
        Claim::BeforeRestore => {
            journal.refuse(EventKind::LoginRefused, "before_restore", None)?;
            return Ok(CommitOutcome::BeforeRestore);
        }
    }
    if let Some(request) = &login.request {
        let (tenant, connection, purpose) = (login.tenant, login.connection, LoginPurpose::SignIn);
        let answered = Answered { tenant, connection, request, purpose };
        if pending::consume(conn, &answered, now).await? == Consumption::Gone {
            journal.refuse(EventKind::LoginRefused, "request_gone", None)?;
            return Ok(CommitOutcome::RequestGone);
        }
    }
    if !key_use::uses(conn, login.tenant, login.connection, &login.signer, Some(login.clock_ahead), now)
        .await?
    {
        journal.refuse(EventKind::LoginRefused, "key_gone", None)?;
        return Ok(CommitOutcome::KeyGone);
    }
    let (state, settings) = connections::state_and_settings(conn, login.tenant, login.connection).await?;
    let facts = facts(conn, stones, (login.tenant, login.connection), &login.arrival, state).await?;
    let provision = decide(&login.arrival, &facts, &settings, now);
    let account = carry_out(journal, provision, &facts).await?;
    let events = journal.written.iter().map(|event| event.kind).collect();
    Ok(CommitOutcome::Committed(Committed { account, events }))
}

/// What is known already is not asked for again: an identity that is linked has no tombstone,
/// and a living name has one owner.
pub(super) async fn facts(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    (tenant, from): (TenantId, ConnectionId),
    arrival: &Arrival,
    connection: ConnectionState,
) -> Result<Facts, Fault> {
    let identity = &arrival.identity;
    let key = Key { tenant, connection: from, subject: &identity.subject };
    let link = identities::user_of(conn, key).await?;
    let tombstone = match link {
        Some(_) => Tombstone::None,
        None => identities::tombstone(conn, stones, key).await?,
    };
    let namesake = match &link {
        Some(user) if user.is_named(&identity.login_name) => {
            // Nobody asks of which directory it is: it is linked.
            Namesake::Living { user: Box::new(user.clone()), links: Links::Some, home: Home::None }
        }
        _ => users::namesake(conn, stones, (tenant, from), &identity.login_name).await?,
    };
    let domain = domains::standing(conn, &identity.login_name, tenant, from).await?;
    let could_be_made = link.is_none() && namesake == Namesake::Nobody;
    let room = if could_be_made { tenants::room(conn, tenant).await? } else { Room::Free };
    Ok(Facts { connection, domain, link, tombstone, namesake, room })
}

async fn carry_out<C: ConnectionTrait>(
    journal: &mut Journal<'_, C>,
    provision: Provision,
    facts: &Facts,
) -> Result<Account, Fault> {
    let (conn, now) = (journal.conn, journal.now);
    match provision {
        Provision::SignIn { user, name_taken_by } => {
            if let Some(before) = facts.link.as_ref().filter(|before| **before != *user) {
                users::save(conn, &user).await?;
                directory_users::touch(conn, &user, now).await?;
                let fields = users::changed_fields(before, &user);
                if !fields.is_empty() {
                    journal.write(EventKind::AccountChanged, Some(user.id), json!({ "fields": fields }));
                }
                note_activation(journal, before, &user);
            }
            if let Some(other) = name_taken_by {
                let detail = json!({ "code": "name_taken", "with": other.to_string() });
                journal.write(EventKind::AccountCollision, Some(user.id), detail);
            }
            admit(journal, *user, How::Known).await
        }
        Provision::Link(user) => {
            users::save(conn, &user).await?;
            directory_users::touch(conn, &user, now).await?;
            identities::link_to(conn, key(journal.login), user.id, LinkedBy::FirstLink, now).await?;
            journal.write(
                EventKind::AccountLinked,
                Some(user.id),
                json!({ "how": LinkedBy::FirstLink.name() }),
            );
            if let Namesake::Living { user: before, .. } = &facts.namesake {
                note_activation(journal, before, &user);
            }
            admit(journal, *user, How::Linked).await
        }
        Provision::Create(new) => {
            let user = users::insert(conn, journal.login.tenant, *new, now).await?;
            identities::link_to(conn, key(journal.login), user.id, LinkedBy::JustInTime, now).await?;
            let detail = json!({ "by": user.origin.name(), "state": user.state.name() });
            journal.write(EventKind::AccountCreated, Some(user.id), detail);
            admit(journal, user, How::Created).await
        }
        Provision::Refuse(refusal) => {
            if let Refusal::Collision { with, why } = refusal {
                let detail = json!({ "code": refusal.code(), "with": with.to_string() });
                journal.write(EventKind::AccountCollision, None, detail);
                if let Some(detail) = merges::propose(conn, key(journal.login), with, why, now).await? {
                    journal.write(EventKind::MergeProposed, Some(with), detail);
                }
            }
            refuse(journal, refusal, facts.link.as_ref().map(|user| user.id))
        }
    }
}

/// The event of an account that waited until this login.
fn note_activation<C: ConnectionTrait>(journal: &mut Journal<'_, C>, before: &User, after: &User) {
    if before.state != after.state {
        journal.write(EventKind::AccountChanged, Some(after.id), users::activated_by("first-login"));
    }
}

/// Writes the session that waits for its hop, if the account may sign in.
async fn admit<C: ConnectionTrait>(
    journal: &mut Journal<'_, C>,
    user: User,
    how: How,
) -> Result<Account, Fault> {
    if let Some(refusal) = Refusal::for_state(user.state) {
        return refuse(journal, refusal, Some(user.id));
    }
    let session = sessions::insert_awaiting(journal.conn, journal.login, &user, journal.now).await?;
    let login = journal.login;
    let detail = events::decided("accepted", Some(&login.used), &login.decision, Some(session))?;
    journal.write(EventKind::LoginAccepted, Some(user.id), detail);
    Ok(Account::SignedIn { user: Box::new(user), session, how })
}

fn refuse<C: ConnectionTrait>(
    journal: &mut Journal<'_, C>,
    refusal: Refusal,
    user: Option<UserId>,
) -> Result<Account, Fault> {
    journal.refuse(EventKind::LoginRefused, refusal.code(), user)?;
    Ok(Account::Refused { refusal, user })
}

fn key(login: &LoginRecord) -> Key<'_> {
    Key { tenant: login.tenant, connection: login.connection, subject: &login.arrival.identity.subject }
}

/// The events of one login, which are written at its end.
struct Journal<'a, C> {
    conn: &'a C,
    login: &'a LoginRecord,
    now: OffsetDateTime,
    written: Vec<Event>,
}

impl<C: ConnectionTrait> Journal<'_, C> {
    fn write(&mut self, kind: EventKind, user: Option<UserId>, detail: impl Display) {
        let mut event = events::about(kind, self.login.tenant, self.now, &detail);
        event.connection = Some(self.login.connection);
        event.user = user;
        event.trace = Some(self.login.trace.clone());
        self.written.push(event);
    }

    /// The end of a login that opens no session.
    fn refuse(&mut self, kind: EventKind, code: &str, user: Option<UserId>) -> Result<(), Fault> {
        let detail = events::decided(code, Some(&self.login.used), &self.login.decision, None)?;
        self.write(kind, user, detail);
        Ok(())
    }
}
