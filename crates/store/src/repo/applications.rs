use landfall_accounts::{
    Activating, AppAuthentication, AppId, AppKind, AppName, AppUrl, Application, RedirectUri, TenantId,
    TokenHash,
    ports::{ApplicationDirectory, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use time::OffsetDateTime;

use super::{app_secrets, first};
use crate::{
    Store,
    convert::{broken, instant, millis, parsed},
    entity::applications::{Column, Entity, Model},
    fault::Fault,
};

impl ApplicationDirectory for Store {
    async fn application_named(&self, name: &AppName) -> Result<Option<Application>, PortError> {
        Ok(named(self.reader(), name).await?)
    }

    async fn application(&self, id: &AppId) -> Result<Option<Application>, PortError> {
        Ok(find(self.reader(), *id).await?)
    }

    async fn applications_to_activate(&self, tenant: &TenantId) -> Result<Vec<Application>, PortError> {
        let offered = [Column::Download, Column::Start, Column::Terms];
        let offered = offered.iter().fold(Expr::value(false), |any, column| any.or(column.is_not_null()));
        let serves = Column::TenantId.is_null().or(Column::TenantId.eq(tenant.as_uuid()));
        let rows = Entity::find()
            .filter(offered.and(serves))
            .order_by_asc(Column::Title)
            .order_by_asc(Column::Name)
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        Ok(rows.into_iter().map(application).collect::<Result<_, _>>()?)
    }

    async fn is_secret_of(
        &self,
        app: &AppId,
        secret: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<bool, PortError> {
        Ok(app_secrets::counts(self.reader(), *app, secret, now).await?)
    }

    async fn use_app_assertion(
        &self,
        app: &AppId,
        jti: &TokenHash,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<bool, PortError> {
        if until <= now {
            return Ok(false);
        }
        Ok(app_secrets::claim(self.writer(), *app, jti, until).await?)
    }
}

pub(super) async fn find(conn: &impl ConnectionTrait, id: AppId) -> Result<Option<Application>, Fault> {
    first(Entity::find_by_id(id.as_uuid()), conn).await?.map(application).transpose()
}

/// The application that another row names.
pub(super) async fn load(conn: &impl ConnectionTrait, id: AppId) -> Result<Application, Fault> {
    find(conn, id).await?.ok_or(Fault::Missing { what: "application" })
}

pub(super) async fn named(conn: &impl ConnectionTrait, name: &AppName) -> Result<Option<Application>, Fault> {
    let row = first(Entity::find().filter(Column::Name.eq(name.as_str())), conn).await?;
    row.map(application).transpose()
}

/// All of them, by name.
pub(super) async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Application>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Name).all(conn).await?;
    rows.into_iter().map(application).collect()
}

pub(super) fn row(app: &Application) -> Model {
    let texts = |uris: &[RedirectUri]| {
        let texts: Vec<&str> = uris.iter().map(RedirectUri::as_str).collect();
        serde_json::json!(texts).to_string()
    };
    let url = |url: &Option<AppUrl>| url.as_ref().map(|url| url.as_str().to_owned());
    let jwks = match &app.authentication {
        AppAuthentication::PrivateKeyJwt { keys } => Some(keys.clone()),
        AppAuthentication::None | AppAuthentication::Secret => None,
    };
    Model {
        id: app.id.as_uuid(),
        name: app.name.as_str().to_owned(),
        title: app.title.as_str().to_owned(),
        kind: app.kind.name().to_owned(),
        authentication: app.authentication.name().to_owned(),
        jwks,
        tenant_id: app.tenant.map(|tenant| tenant.as_uuid()),
        redirect_uris: texts(&app.redirect_uris),
        post_logout_uris: texts(&app.post_logout_uris),
        backchannel_logout: url(&app.backchannel_logout),
        offline: app.offline.name().to_owned(),
        signed_with: app.signed_with.name().to_owned(),
        download: url(&app.activation.download),
        start: url(&app.activation.start),
        terms: app.activation.terms.as_ref().map(|terms| terms.as_str().to_owned()),
        created_at: millis(app.created_at),
    }
}

pub(super) fn application(row: Model) -> Result<Application, Fault> {
    let url = |column, url: Option<String>| url.as_deref().map(|url| parsed(column, url)).transpose();
    let kind: AppKind = parsed("kind", &row.kind)?;
    Ok(Application {
        id: AppId::from_uuid(row.id),
        name: parsed("name", &row.name)?,
        title: parsed("title", &row.title)?,
        kind,
        authentication: authentication(&row.authentication, row.jwks)?,
        tenant: row.tenant_id.map(TenantId::from_uuid),
        redirect_uris: uris("redirect_uris", &row.redirect_uris)?,
        post_logout_uris: uris("post_logout_uris", &row.post_logout_uris)?,
        backchannel_logout: url("backchannel_logout", row.backchannel_logout)?,
        offline: parsed("offline", &row.offline)?,
        signed_with: parsed("signed_with", &row.signed_with)?,
        activation: Activating {
            download: url("download", row.download)?,
            start: url("start", row.start)?,
            terms: row.terms.as_deref().map(|terms| parsed("terms", terms)).transpose()?,
        },
        created_at: instant("created_at", row.created_at)?,
    })
}

fn authentication(name: &str, jwks: Option<String>) -> Result<AppAuthentication, Fault> {
    let known = [AppAuthentication::None, AppAuthentication::Secret];
    let keys = jwks.map(|keys| AppAuthentication::PrivateKeyJwt { keys });
    let found = known.into_iter().chain(keys).find(|one| one.name() == name);
    found.ok_or_else(|| broken("authentication", "expected none, secret, or private_key_jwt with keys"))
}

fn uris(column: &'static str, text: &str) -> Result<Vec<RedirectUri>, Fault> {
    let texts: Vec<String> = serde_json::from_str(text).map_err(|source| broken(column, source))?;
    texts.iter().map(|text| parsed(column, text)).collect()
}
