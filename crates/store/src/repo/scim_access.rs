//! What a client of the token endpoint shows, and the access token that it gets for it.

use landfall_accounts::{
    AccessOutcome, AccessRefusal, AccessRequest, CredentialKind, EventKind, Proof, ScimClient,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    assertions::{self, Claim},
    connections, credentials, events, first,
    scim_clients::{find, of},
};
use crate::{
    Store,
    convert::{bytes, millis, new_id},
    entity::scim_credentials as shown,
    fault::Fault,
    open::Turn,
    store::finish,
};

/// How many access tokens are forgotten at once of a client that has too many.
const BATCH: u64 = 1000;

/// Judges what a client shows, and lets its token count: all of it, or nothing [rfc6749 4.4].
pub(super) async fn grant(
    store: &Store,
    asked: &AccessRequest,
    now: OffsetDateTime,
) -> Result<AccessOutcome, Fault> {
    let Some(client) = find(store.reader(), &asked.client).await? else {
        return Ok(AccessOutcome::Refused(AccessRefusal::Client));
    };
    let txn = store.transaction(Turn::Tenant(client.tenant)).await?;
    let outcome = match judge(&txn, asked, now).await? {
        Ok(issued_by) => {
            let credential = credentials::insert(&txn, access(&client, asked, issued_by, now)).await?;
            forget_oldest(&txn, &client).await?;
            let detail = json!({
                "client": client.id.to_string(),
                "secret": issued_by.map(|id| id.to_string()),
                "credential": credential.id.to_string(),
                "prefix": credential.prefix.as_str(),
            });
            note(&txn, EventKind::AccessGranted, &client, asked, &detail, now).await?;
            AccessOutcome::Granted(credentials::access_of(&credential))
        }
        Err(refusal) => {
            let detail = json!({ "client": client.id.to_string(), "code": refusal.code() });
            note(&txn, EventKind::AccessRefused, &client, asked, &detail, now).await?;
            AccessOutcome::Refused(refusal)
        }
    };
    finish(txn).await?;
    Ok(outcome)
}

async fn note(
    conn: &impl ConnectionTrait,
    kind: EventKind,
    client: &ScimClient,
    asked: &AccessRequest,
    detail: &Value,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let mut event = events::about(kind, client.tenant, now, detail);
    (event.connection, event.trace) = (Some(client.connection), Some(asked.trace.clone()));
    events::write(conn, &event).await
}

/// The secret that was shown, if there is one; what counts is looked at in the transaction that grants.
async fn judge(
    conn: &impl ConnectionTrait,
    asked: &AccessRequest,
    now: OffsetDateTime,
) -> Result<Result<Option<Uuid>, AccessRefusal>, Fault> {
    let found = find(conn, &asked.client).await?.filter(|client| client.revoked_at.is_none());
    let Some(client) = found else { return Ok(Err(AccessRefusal::Client)) };
    let (state, _) = connections::state_and_settings(conn, client.tenant, client.connection).await?;
    if !state.admits_pushes() {
        return Ok(Err(AccessRefusal::Connection));
    }
    match &asked.proof {
        Proof::Secret(hash) => {
            let own = credentials::shown(hash, now)
                .and(of(&client))
                .and(shown::Column::Kind.eq(CredentialKind::Secret.name()));
            let Some(secret) = first(shown::Entity::find().filter(own), conn).await? else {
                return Ok(Err(AccessRefusal::Secret));
            };
            credentials::used(conn, &secret, now).await?;
            Ok(Ok(Some(secret.id)))
        }
        Proof::Assertion { trust, .. } if client.trust.as_ref() != Some(trust) => {
            Ok(Err(AccessRefusal::Trust))
        }
        Proof::Assertion { used: None, .. } => Ok(Ok(None)),
        Proof::Assertion { used: Some(used), .. } => {
            Ok(match assertions::claim(conn, client.tenant, client.connection, used).await? {
                Claim::Won => Ok(None),
                Claim::Replayed => Err(AccessRefusal::Replayed),
                Claim::BeforeRestore => Err(AccessRefusal::BeforeRestore),
            })
        }
    }
}

/// Of a client that asks and asks, the oldest access tokens go.
async fn forget_oldest(conn: &impl ConnectionTrait, client: &ScimClient) -> Result<(), Fault> {
    let theirs = || of(client).and(shown::Column::Kind.eq(CredentialKind::Access.name()));
    let too_many: Vec<Uuid> = shown::Entity::find()
        .select_only()
        .column(shown::Column::Id)
        .filter(theirs())
        .order_by_desc(shown::Column::CreatedAt)
        .order_by_desc(shown::Column::Id)
        .offset(AccessRequest::MOST)
        .limit(BATCH)
        .into_tuple()
        .all(conn)
        .await?;
    if !too_many.is_empty() {
        let oldest = theirs().and(shown::Column::Id.is_in(too_many));
        shown::Entity::delete_many().filter(oldest).exec(conn).await?;
    }
    Ok(())
}

/// The row of a token that is given to a client.
fn access(
    client: &ScimClient,
    asked: &AccessRequest,
    issued_by: Option<Uuid>,
    now: OffsetDateTime,
) -> shown::Model {
    shown::Model {
        tenant_id: client.tenant.as_uuid(),
        id: new_id(now),
        connection_id: client.connection.as_uuid(),
        client_id: Some(client.id.as_uuid()),
        issued_by,
        dialect: client.dialect.name().to_owned(),
        kind: CredentialKind::Access.name().to_owned(),
        prefix: asked.prefix.as_str().to_owned(),
        digest: bytes(&asked.token),
        label: None,
        created_at: millis(now),
        expires_at: Some(millis(now + AccessRequest::LIFETIME)),
        last_used: None,
        revoked_at: None,
    }
}
