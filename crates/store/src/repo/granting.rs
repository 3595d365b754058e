//! From a person's yes to the last token: each step is one transaction, in the turn of the person's tenant.

use landfall_accounts::{
    AppId, Application, CodeFacts, CodeRedemption, EndOutcome, EventKind, Grant, GrantId, GrantOutcome,
    GrantRefusal, Granted, Lasting, LiveToken, NewGrant, NewTokens, RefreshRedemption, Scope, Scopes,
    Session, TenantId, TokenHash, TokenKind, TokenOutcome, TraceId, UserId, judge_code,
    ports::{GrantStore, PortError},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use time::OffsetDateTime;

use super::{applications, ends, events, grant_admin, grant_tokens, grants, sessions};
use crate::{
    Store,
    convert::{broken, bytes, instant, millis, parsed},
    entity::{
        grant_tokens as tokens,
        grants::{Column, Entity, Model},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

impl GrantStore for Store {
    async fn grant(&self, new: NewGrant, now: OffsetDateTime) -> Result<GrantOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(new.tenant)).await?;
        let outcome = grant(&txn, &new, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn redeem_code(
        &self,
        shown: CodeRedemption,
        now: OffsetDateTime,
    ) -> Result<TokenOutcome, PortError> {
        let Some(found) = grants::of_code(self.reader(), &shown.code).await? else {
            return Ok(TokenOutcome::Refused(GrantRefusal::Unknown));
        };
        let txn = self.transaction(turn_of(&found)).await?;
        let outcome = redeem(&txn, &shown, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn refresh(
        &self,
        shown: RefreshRedemption,
        now: OffsetDateTime,
    ) -> Result<TokenOutcome, PortError> {
        let Some((_, found)) = grant_tokens::find(self.reader(), &shown.refresh).await? else {
            return Ok(TokenOutcome::Refused(GrantRefusal::Unknown));
        };
        let txn = self.transaction(turn_of(&found)).await?;
        let outcome = refresh(&txn, &shown, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn live_token(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Option<LiveToken>, PortError> {
        Ok(live(self.reader(), token, now).await?)
    }

    async fn revoke_token(
        &self,
        app: &AppId,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<(), PortError> {
        let Some((_, found)) = grant_tokens::find(self.reader(), token).await? else { return Ok(()) };
        let txn = self.transaction(turn_of(&found)).await?;
        let found = grants::of_id(&txn, &GrantId::from_uuid(found.id)).await?;
        let own = |row: &Model| row.app_id == app.as_uuid() && row.ended_at.is_none();
        if let Some(row) = found.filter(own) {
            ends::end_grants(&txn, &[row], "revoked-by-application", now).await?;
            finish(txn).await?;
        }
        Ok(())
    }

    async fn activations_of(
        &self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> Result<Vec<(Grant, Application)>, PortError> {
        Ok(grant_admin::activations_of(self.reader(), user, now).await?)
    }

    async fn end_grant(
        &self,
        grant: &GrantId,
        owner: Option<&UserId>,
        now: OffsetDateTime,
    ) -> Result<EndOutcome, PortError> {
        let Some(found) = grants::of_id(self.reader(), grant).await? else {
            return Ok(EndOutcome::NotFound);
        };
        let txn = self.transaction(turn_of(&found)).await?;
        let theirs = |row: &Model| owner.is_none_or(|owner| row.user_id == owner.as_uuid());
        let Some(row) = grants::of_id(&txn, grant).await?.filter(theirs) else {
            return Ok(EndOutcome::NotFound);
        };
        if row.redeemed_at.is_none() || grants::granted(&txn, &row, now).await?.is_none() {
            return Ok(EndOutcome::NotFound);
        }
        ends::end_grants(&txn, &[row], "revoked", now).await?;
        finish(txn).await?;
        Ok(EndOutcome::Ended)
    }
}

fn turn_of(row: &Model) -> Turn {
    Turn::Tenant(TenantId::from_uuid(row.tenant_id))
}

async fn grant(
    conn: &impl ConnectionTrait,
    new: &NewGrant,
    now: OffsetDateTime,
) -> Result<GrantOutcome, Fault> {
    let Some((app, by)) = grants::agreeing(conn, new.app, (new.tenant, new.session), now).await? else {
        return Ok(GrantOutcome::Gone);
    };
    // What the operator allows at this moment, whatever was looked at before.
    let (scopes, lasting) = match new.lasting {
        Lasting::WithSession => (new.scopes.without(Scope::OfflineAccess), Lasting::WithSession),
        Lasting::OfItself => app.grants(new.scopes),
    };
    let agreed = grants::Agreed { app: &app, by: &by, scopes, lasting, user_agent: new.user_agent.as_ref() };
    let row = Model {
        nonce: new.nonce.as_ref().map(|nonce| nonce.as_str().to_owned()),
        redirect: Some(new.redirect.as_str().to_owned()),
        challenge: Some(new.challenge.as_str().to_owned()),
        code: Some(bytes(&new.code)),
        code_until: Some(millis(now + Grant::CODE_LIFETIME)),
        ..agreed.row(now)
    };
    grants::insert(conn, row.clone()).await?;
    let mut event = grants::made(&row, &app, now);
    event.trace = Some(new.trace.clone());
    events::write(conn, &event).await?;
    grants::end_oldest(conn, app.id, &by.user, now).await?;
    Ok(GrantOutcome::Granted(GrantId::from_uuid(row.id)))
}

async fn redeem(
    conn: &impl ConnectionTrait,
    shown: &CodeRedemption,
    now: OffsetDateTime,
) -> Result<TokenOutcome, Fault> {
    let Some(row) = grants::of_code(conn, &shown.code).await? else {
        return Ok(TokenOutcome::Refused(GrantRefusal::Unknown));
    };
    let granted = grants::granted(conn, &row, now).await?;
    let judged = judge_code(&facts(&row, granted.is_some())?, shown, now);
    give(conn, row, judged.map(|()| granted), (&shown.app, &shown.tokens, &shown.trace), now).await
}

fn facts(row: &Model, live: bool) -> Result<CodeFacts, Fault> {
    let missing = |column| broken(column, "a grant with a code has one");
    let challenge = row.challenge.as_deref().ok_or_else(|| missing("challenge"))?;
    Ok(CodeFacts {
        app: AppId::from_uuid(row.app_id),
        redirect: row.redirect.clone().ok_or_else(|| missing("redirect"))?,
        challenge: parsed("challenge", challenge)?,
        until: instant("code_until", row.code_until.ok_or_else(|| missing("code_until"))?)?,
        used: row.redeemed_at.is_some(),
        live,
    })
}

/// Lets tokens of a grant count for the first time, or says why not: all of it, or nothing.
pub(super) async fn give(
    conn: &impl ConnectionTrait,
    row: Model,
    judged: Result<Option<Granted>, GrantRefusal>,
    (app, new, trace): (&AppId, &NewTokens, &TraceId),
    now: OffsetDateTime,
) -> Result<TokenOutcome, Fault> {
    let mut granted = match judged {
        Ok(Some(granted)) => granted,
        Ok(None) => return refuse(conn, row, GrantRefusal::Ended, (app, trace), now).await,
        Err(refusal) => return refuse(conn, row, refusal, (app, trace), now).await,
    };
    let redeemed = Entity::update_many()
        .col_expr(Column::RedeemedAt, Expr::value(millis(now)))
        .col_expr(Column::LastUsedAt, Expr::value(millis(now)))
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::Id.eq(row.id))
        .filter(Column::RedeemedAt.is_null())
        .exec(conn)
        .await?;
    if redeemed.rows_affected == 0 {
        return refuse(conn, row, GrantRefusal::Reused, (app, trace), now).await;
    }
    grant_tokens::insert(conn, &granted.grant, (new, None), now).await?;
    granted.grant.last_used_at = instant("last_used_at", millis(now))?;
    Ok(TokenOutcome::Granted(Box::new(granted)))
}

async fn refresh(
    conn: &impl ConnectionTrait,
    shown: &RefreshRedemption,
    now: OffsetDateTime,
) -> Result<TokenOutcome, Fault> {
    let found = grant_tokens::find(conn, &shown.refresh).await?;
    let Some((token, row)) =
        found.filter(|(token, _)| grant_tokens::kind(token).ok() == Some(TokenKind::Refresh))
    else {
        return Ok(TokenOutcome::Refused(GrantRefusal::Unknown));
    };
    let by = (&shown.app, &shown.trace);
    let (mut granted, session) = match judge_refresh(conn, &token, &row, shown, now).await? {
        Ok(granted) => granted,
        Err(refusal) => return refuse(conn, row, refusal, by, now).await,
    };
    if !grant_tokens::use_up(conn, &token, now).await? {
        return refuse(conn, row, GrantRefusal::Reused, by, now).await;
    }
    grant_tokens::insert(conn, &granted.grant, (&shown.tokens, shown.scopes), now).await?;
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(millis(now)))
        .filter(Column::TenantId.eq(row.tenant_id))
        .filter(Column::Id.eq(row.id))
        .exec(conn)
        .await?;
    if let Some(session) = session {
        sessions::seen(conn, &session, now).await?;
    }
    granted.grant.last_used_at = instant("last_used_at", millis(now))?;
    Ok(TokenOutcome::Granted(Box::new(granted)))
}

/// Whose it is comes first, so that a stranger ends nothing; that it was used comes next, in the order of [`judge_code`];
/// what is wanted comes last, of a token that counts.
async fn judge_refresh(
    conn: &impl ConnectionTrait,
    token: &tokens::Model,
    row: &Model,
    shown: &RefreshRedemption,
    now: OffsetDateTime,
) -> Result<Result<(Granted, Option<Session>), GrantRefusal>, Fault> {
    if row.app_id != shown.app.as_uuid() {
        return Ok(Err(GrantRefusal::OtherApplication));
    }
    if token.used_at.is_some() {
        return Ok(Err(GrantRefusal::Reused));
    }
    if token.expires_at <= millis(now) {
        return Ok(Err(GrantRefusal::Expired));
    }
    let Some((granted, session)) = grants::granted_in(conn, row, now).await? else {
        return Ok(Err(GrantRefusal::Ended));
    };
    let wanted =
        shown.scopes.map_or(Ok(granted.grant.scopes), |wanted| granted.grant.scopes.narrowed(wanted));
    Ok(wanted.map(|_| (granted, session)))
}

/// Writes why nothing is given, and ends the grant where somebody showed what only its application should have.
pub(super) async fn refuse(
    conn: &impl ConnectionTrait,
    row: Model,
    refusal: GrantRefusal,
    (app, trace): (&AppId, &TraceId),
    now: OffsetDateTime,
) -> Result<TokenOutcome, Fault> {
    let name = applications::find(conn, *app).await?.map(|app| app.name.to_string());
    let detail = json!({ "code": refusal.code(), "grant": row.id.to_string(), "application": name });
    let mut event = grants::event(EventKind::GrantRefused, &row, now, &detail);
    event.trace = Some(trace.clone());
    events::write(conn, &event).await?;
    if refusal.ends_the_grant() && row.ended_at.is_none() {
        ends::end_grants(conn, &[row], refusal.code(), now).await?;
    }
    Ok(TokenOutcome::Refused(refusal))
}

async fn live(
    conn: &impl ConnectionTrait,
    token: &TokenHash,
    now: OffsetDateTime,
) -> Result<Option<LiveToken>, Fault> {
    let Some((token, row)) = grant_tokens::find(conn, token).await? else { return Ok(None) };
    if token.used_at.is_some() || token.expires_at <= millis(now) {
        return Ok(None);
    }
    let Some(granted) = grants::granted(conn, &row, now).await? else { return Ok(None) };
    Ok(Some(LiveToken {
        kind: grant_tokens::kind(&token)?,
        issued_at: instant("created_at", token.created_at)?,
        expires_at: instant("expires_at", token.expires_at)?,
        scopes: token.scopes.as_deref().map_or(granted.grant.scopes, Scopes::asked),
        granted,
    }))
}
