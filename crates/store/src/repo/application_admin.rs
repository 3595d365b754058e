//! What an operator does with applications.

use landfall_accounts::{
    AppAuthentication, AppCredential, AppFlaw, AppId, AppName, Application, EventKind, GrantId, Lasting,
    NewAppCredential, NewApplication, OfflineAccess, ports::PortError,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::ExprTrait,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{app_secrets, applications, ends, events, grants, logout_notices};
use crate::{
    AdminError, Store,
    convert::new_id,
    entity::{
        applications::{Column, Entity},
        grants as granted,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// Why an operator's change about an application was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplicationError {
    /// The name is taken.
    #[error("there is an application `{name}` already: choose another name")]
    Exists {
        /// The name.
        name: AppName,
    },
    /// Nobody has the name.
    #[error("there is no application `{name}`: see `landfall app list`")]
    Unknown {
        /// The name.
        name: AppName,
    },
    /// It cannot be so.
    #[error("the application `{name}` cannot be so")]
    Flaw {
        /// The name.
        name: AppName,
        /// Why not.
        #[source]
        source: AppFlaw,
    },
    /// Its secret is not what it proves itself with.
    #[error(
        "the application `{name}` authenticates by `{found}`: a secret is for one that authenticates by `secret`"
    )]
    NoSecret {
        /// The name.
        name: AppName,
        /// How it does.
        found: &'static str,
    },
    /// The grant has ended, or there never was one.
    #[error("no grant {grant} is live: see `landfall session list`")]
    NoGrant {
        /// The grant.
        grant: GrantId,
    },
}

impl ApplicationError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "application.exists",
            Self::Unknown { .. } => "application.unknown",
            Self::Flaw { source, .. } => source.code(),
            Self::NoSecret { .. } => "application.no_secret",
            Self::NoGrant { .. } => "grant.unknown",
        }
    }
}

impl Store {
    /// Makes an application, with its first secret where it authenticates by one.
    ///
    /// # Errors
    /// [`AdminError::Application`] if the name is taken, or the application cannot be so.
    pub async fn create_application(
        &self,
        new: NewApplication,
        secret: Option<&NewAppCredential>,
        now: OffsetDateTime,
    ) -> Result<(Application, Option<AppCredential>), AdminError> {
        let app = new.made(AppId::from_uuid(new_id(now)), now);
        judge(&app)?;
        let txn = self.transaction(Turn::Alone).await?;
        if applications::named(&txn, &app.name).await?.is_some() {
            return Err(ApplicationError::Exists { name: app.name }.into());
        }
        let row = applications::row(&app).into_active_model();
        Entity::insert(row).exec_without_returning(&txn).await.map_err(Fault::from)?;
        note(&txn, &app, "app.create", json!({}), now).await?;
        let secret = match secret {
            Some(secret) => Some(add_secret(&txn, &app, secret, now, now).await?),
            None => None,
        };
        finish(txn).await?;
        Ok((app, secret))
    }

    /// All applications, by name.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn applications(&self) -> Result<Vec<Application>, PortError> {
        Ok(applications::all(self.reader()).await?)
    }

    /// The secrets of an application that count, the newest first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn app_secrets(
        &self,
        app: &AppId,
        now: OffsetDateTime,
    ) -> Result<Vec<AppCredential>, PortError> {
        Ok(app_secrets::of(self.reader(), *app, now).await?)
    }

    /// Changes an application; its id, name and kind stay.
    ///
    /// What it may have no more ends at once: what people of other tenants granted it, where it is to serve one alone,
    /// and what lasts of itself, where nothing is to.
    ///
    /// # Errors
    /// [`AdminError::Application`] if there is none, or it cannot be so.
    pub async fn change_application(
        &self,
        name: &AppName,
        edit: impl FnOnce(&mut Application) + Send,
        now: OffsetDateTime,
    ) -> Result<Application, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let before = required(&txn, name).await?;
        let mut after = before.clone();
        edit(&mut after);
        after = Application {
            id: before.id,
            name: before.name.clone(),
            kind: before.kind,
            created_at: before.created_at,
            ..after
        };
        judge(&after)?;
        let fields = changed_fields(&before, &after);
        if fields.is_empty() {
            return Ok(after);
        }
        let row = applications::row(&after).into_active_model().reset_all();
        Entity::update(row).exec(&txn).await.map_err(Fault::from)?;
        note(&txn, &after, "app.set", json!(fields), now).await?;
        end_what_it_may_have_no_more(&txn, &after, now).await?;
        logout_notices::follow(&txn, &after).await?;
        finish(txn).await?;
        Ok(after)
    }

    /// Makes another secret, which counts at once; those before count until `others_until`.
    ///
    /// # Errors
    /// [`AdminError::Application`] if there is no such application, or it has no secret.
    pub async fn rotate_app_secret(
        &self,
        name: &AppName,
        secret: &NewAppCredential,
        others_until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<AppCredential, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let app = required(&txn, name).await?;
        let made = add_secret(&txn, &app, secret, others_until, now).await?;
        finish(txn).await?;
        Ok(made)
    }

    /// Forgets an application: whatever people granted it ends first, and it is told of that once more.
    ///
    /// # Errors
    /// [`AdminError::Application`] if there is none.
    pub async fn delete_application(
        &self,
        name: &AppName,
        now: OffsetDateTime,
    ) -> Result<Application, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let app = required(&txn, name).await?;
        let rows = grants::all_living(&txn, grants::at(app.id), now).await?;
        ends::end_grants_and_tell(&txn, &rows, "application-deleted", now).await?;
        // Secrets, grants, tokens and devices go with it.
        Entity::delete_many()
            .filter(Column::Id.eq(app.id.as_uuid()))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        note(&txn, &app, "app.delete", json!({}), now).await?;
        finish(txn).await?;
        Ok(app)
    }
}

async fn required(conn: &impl ConnectionTrait, name: &AppName) -> Result<Application, AdminError> {
    let found = applications::named(conn, name).await?;
    found.ok_or_else(|| ApplicationError::Unknown { name: name.clone() }.into())
}

fn judge(app: &Application) -> Result<(), ApplicationError> {
    app.judged().map_err(|source| ApplicationError::Flaw { name: app.name.clone(), source })
}

async fn add_secret(
    conn: &impl ConnectionTrait,
    app: &Application,
    secret: &NewAppCredential,
    others_until: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<AppCredential, AdminError> {
    if app.authentication != AppAuthentication::Secret {
        let (name, found) = (app.name.clone(), app.authentication.name());
        return Err(ApplicationError::NoSecret { name, found }.into());
    }
    let made = app_secrets::rotate(conn, app, secret, others_until, now).await?;
    note(conn, app, "app.secret.create", json!(made.prefix.as_str()), now).await?;
    Ok(made)
}

async fn end_what_it_may_have_no_more(
    conn: &impl ConnectionTrait,
    app: &Application,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    if let Some(tenant) = app.tenant {
        let others = grants::at(app.id).and(granted::Column::TenantId.ne(tenant.as_uuid()));
        let rows = grants::all_living(conn, others, now).await?;
        ends::end_grants_and_tell(conn, &rows, "application-of-other-tenant", now).await?;
    }
    if app.offline == OfflineAccess::Never {
        let lasting = grants::at(app.id).and(grants::lasting(Lasting::OfItself));
        let rows = grants::all_living(conn, lasting, now).await?;
        ends::end_grants(conn, &rows, "offline-never", now).await?;
    }
    Ok(())
}

fn changed_fields(before: &Application, after: &Application) -> Vec<&'static str> {
    [
        ("title", before.title != after.title),
        ("authentication", before.authentication != after.authentication),
        ("tenant", before.tenant != after.tenant),
        ("redirect_uris", before.redirect_uris != after.redirect_uris),
        ("post_logout_uris", before.post_logout_uris != after.post_logout_uris),
        ("backchannel_logout", before.backchannel_logout != after.backchannel_logout),
        ("offline", before.offline != after.offline),
        ("signed_with", before.signed_with != after.signed_with),
        ("activation", before.activation != after.activation),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect()
}

/// Of the installation, even where the application serves one tenant: it is not that tenant's to change.
async fn note(
    conn: &impl ConnectionTrait,
    app: &Application,
    action: &str,
    what: Value,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let detail = json!({ "by": "operator", "action": action, "name": app.name.as_str(), "what": what });
    events::write(conn, &events::of_installation(EventKind::ConfigurationChanged, now, &detail)).await
}
