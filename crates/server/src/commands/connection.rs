use anyhow::{Context, Result, bail};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{
    self as accounts, Approval, ConnectionKind, IdpUrl, SessionLimit, TenantName, TraceWindow, Weakening,
};
use landfall_http::{TestLink, connection_sp};
use landfall_saml::EntityId;
use landfall_store::Store;
use time::OffsetDateTime;

use super::keys;
use super::source::{self, Source};
use crate::cli::Connection;
use crate::config::Config;
use crate::environment::{System, now};
use crate::{glue, table};

pub(crate) async fn run(config: &Config, command: Connection) -> Result<()> {
    match command {
        Connection::Import { tenant, from, name, entity, new_keys, signed_by, entity_id, draft } => {
            // Read before the database is opened: a wrong file leaves nothing behind.
            let entity = entity.as_deref().map(EntityId::try_from).transpose().context("--entity")?;
            let from_where = Source::of(config, &from, new_keys, signed_by.as_deref())?;
            from_where.look(entity.as_ref())?;
            if let Some(own) = &entity_id {
                expect_own(config, own.as_str())?;
            }
            let store = glue::store(config).await?;
            let (metadata, watched) = from_where.take(config, &store, entity).await?;
            let (now, trust) = (now(), source::trusted(&metadata, watched.as_ref())?);
            let connection = match (&watched, entity_id) {
                (watched, own) if draft => {
                    store.import_draft(&tenant, name, own, trust, watched.as_ref(), now).await?
                }
                (Some(watched), own) => store.import_watched(&tenant, name, own, trust, watched, now).await?,
                (None, Some(own)) => store.import_connection_as(own, &tenant, name, trust, now).await?,
                (None, None) => store.import_connection(&tenant, name, trust, now).await?,
            };
            source::warn(&metadata);
            println!("connected {tenant} to {} as {}", connection.idp.entity_id, connection.name);
            print(config, &connection, watched.map(|it| (it.url, it.approval)), &tenant)?;
        }
        Connection::Renew { name, from, new_keys, signed_by } => {
            let from_where = Source::of(config, &from, new_keys, signed_by.as_deref())?;
            let store = glue::store(config).await?;
            let known = store.connection_named(&name).await?;
            let entity = known.as_ref().map(|known| EntityId::try_from(known.idp.entity_id.as_str()));
            let (metadata, watched) = from_where.take(config, &store, entity.transpose()?).await?;
            let (now, trust) = (now(), source::trusted(&metadata, watched.as_ref())?);
            let renewed = match &watched {
                Some(watched) => store.renew_watched(&name, trust, watched, now).await?,
                None => store.renew_connection(&name, trust, now).await?,
            };
            source::warn(&metadata);
            println!("{name} trusts what {from} says now");
            let tenant = tenant_of(&store, &renewed).await?;
            print(config, &renewed, watched.map(|it| (it.url, it.approval)), &tenant)?;
        }
        Connection::Refresh { name } => keys::refresh(config, &name).await?,
        Connection::Keys { name } => keys::list(&glue::store(config).await?, &name).await?,
        Connection::Approve { name, what } => keys::approve(&glue::store(config).await?, &name, what).await?,
        Connection::Refuse { name, fingerprint } => {
            glue::store(config).await?.refuse_key(&name, &fingerprint, now()).await?;
            println!("{name}: {fingerprint} is refused, and no metadata bring it back");
        }
        Connection::Rehearse { name, fingerprint } => {
            keys::rehearse(&glue::store(config).await?, &name, &fingerprint).await?;
        }
        Connection::Revoke { name, fingerprint } => {
            glue::store(config).await?.revoke_key(&name, &fingerprint, now()).await?;
            println!("{name}: {fingerprint} is revoked, and the sessions of the connection have ended");
        }
        Connection::Set { name, settings } => set(config, &name, &settings).await?,
        Connection::Weaken { name, danger, reason, until } => {
            let now = now();
            let weakening = Weakening::new(danger, &reason, until.midnight().assume_utc(), now)?;
            glue::store(config).await?.weaken_connection(&name, weakening, now).await?;
            println!("{name}: {danger} is allowed until {until}");
        }
        Connection::Strengthen { name, danger } => {
            glue::store(config).await?.strengthen_connection(&name, danger, now()).await?;
            println!("{name}: {danger} is refused");
        }
        Connection::Trace { name, lasting, reason, forget, .. } => {
            let (store, now) = (glue::store(config).await?, now());
            let window =
                lasting.map(|lasting| TraceWindow::new(lasting, reason.as_deref(), now)).transpose()?;
            let connection = store.trace_connection(&name, window, now).await?;
            match kept(&connection, now) {
                Some(kept) => println!("{name}: {kept}"),
                None => println!("{name}: no messages are kept from now on"),
            }
            if forget {
                println!("{name}: {} are forgotten", store.forget_traces(&name, now).await?);
            }
        }
        Connection::Show { name } => {
            let store = glue::store(config).await?;
            let connection =
                store.connections().await?.into_iter().find(|connection| connection.name == name);
            let connection = connection.with_context(|| {
                format!("there is no connection `{name}`: see `landfall connection list`")
            })?;
            let tenant = tenant_of(&store, &connection).await?;
            let source =
                store.metadata_sources().await?.into_iter().find(|it| it.connection == connection.id);
            print(config, &connection, source.map(|it| (it.url, it.approval)), &tenant)?;
        }
        Connection::List => list(&glue::store(config).await?).await?,
        Connection::Test { name } => {
            let link = TestLink::new(&System::default())?;
            glue::store(config).await?.create_test_link(&name, &link.hash(), now()).await?;
            println!("{}", link.address(&config.http.public_url));
        }
        Connection::State { name, state } => {
            let connection = glue::store(config).await?.set_connection_state(&name, state, now()).await?;
            println!("{} is {}", connection.name, connection.state);
        }
    }
    Ok(())
}

async fn tenant_of(store: &Store, connection: &accounts::Connection) -> Result<TenantName> {
    let tenants = store.tenants().await?;
    let tenant = tenants.into_iter().find(|tenant| tenant.id == connection.tenant);
    Ok(tenant.context("the tenant of the connection is gone")?.name)
}

async fn set(config: &Config, name: &accounts::ConnectionName, settings: &[String]) -> Result<()> {
    let mut pairs = Vec::new();
    for setting in settings {
        let Some(pair) = setting.split_once('=') else {
            bail!("expected KEY=VALUE, got {setting:?}");
        };
        if let ("entity-id", own) = pair {
            expect_own(config, own)?;
        }
        pairs.push(pair);
    }
    let store = glue::store(config).await?;
    store.set_connection(name, &pairs, now()).await?;
    for (key, value) in pairs {
        println!("{name}: {key} is {value}");
    }
    Ok(())
}

/// A name for one connection alone is not the one that all others share.
fn expect_own(config: &Config, own: &str) -> Result<()> {
    if own == config.entity_id.as_str() {
        bail!(
            "entity-id {own:?} is what all connections share: write entity-id=shared, or choose another one"
        );
    }
    Ok(())
}

async fn list(store: &Store) -> Result<()> {
    let tenants = store.tenants().await?;
    let connections = store.connections().await?;
    let rows: Vec<_> = connections
        .iter()
        .map(|connection| {
            let tenant = tenants.iter().find(|tenant| tenant.id == connection.tenant);
            [
                connection.name.to_string(),
                tenant.map(|tenant| tenant.name.to_string()).unwrap_or_default(),
                connection.state.to_string(),
                connection.idp.entity_id.to_string(),
            ]
        })
        .collect();
    table::print(["CONNECTION", "TENANT", "STATE", "IDENTITY PROVIDER"], &rows);
    Ok(())
}

/// Everything about a connection, and what the identity provider must be told.
fn print(
    config: &Config,
    connection: &accounts::Connection,
    source: Option<(IdpUrl, Approval)>,
    tenant: &TenantName,
) -> Result<()> {
    let settings = &connection.settings;
    let shared = glue::service_provider(config);
    let sp = connection_sp(&shared, &config.http.public_url, connection)
        .context("what is stored of the connection")?;
    let mut lines = vec![
        ("tenant", tenant.to_string()),
        ("state", connection.state.to_string()),
        ("identity provider", connection.idp.entity_id.to_string()),
    ];
    if let Some((url, approval)) = source {
        lines.push(("metadata", format!("{}, new keys: {approval}", url.as_str())));
    }
    lines.extend(
        connection
            .idp
            .sso
            .iter()
            .map(|sso| ("sign-on address", format!("{} {}", sso.binding, sso.location.as_str()))),
    );
    for certificate in &connection.idp.certificates {
        let until = certificate.not_after.date();
        lines.push((
            "certificate",
            format!("{} until {until}, {}", certificate.fingerprint, certificate.state),
        ));
    }
    lines.extend(kind(&connection.kind));
    for weakening in &connection.weakenings {
        let (danger, until, reason) = (weakening.danger(), weakening.until().date(), weakening.reason());
        lines.push(("DANGER", format!("{danger} is allowed until {until}: {reason}")));
    }
    lines.extend(kept(connection, now()).map(|kept| ("TRACED", kept)));
    lines.extend([
        ("preset", settings.preset.to_string()),
        ("jit", settings.jit.to_string()),
        ("unsolicited", settings.unsolicited.to_string()),
        ("certificate-dates", settings.certificate_dates.to_string()),
        ("guests", settings.guests.to_string()),
        ("force-authn", settings.asking.force_authn.to_string()),
        ("name-id-format", settings.asking.name_id_format.to_string()),
        ("authn-context", settings.asking.authn_context.to_string()),
        ("session-idle", limit(settings.sessions.idle)),
        ("session-absolute", limit(settings.sessions.absolute)),
        ("our Identifier (Entity ID)", sp.entity_id().to_string()),
        ("our Reply URL (ACS)", sp.acs().to_string()),
        ("our metadata", config.http.public_url.join(&metadata_path(connection))),
        (
            "our encryption certificate",
            "`landfall certificate decryption` prints it, for Entra's Token encryption".to_owned(),
        ),
        ("our Sign on URL", config.http.public_url.join("/sso")),
        ("  or, asking no name", config.http.public_url.join(&format!("/sso/{}", connection.name))),
    ]);
    for (name, value) in lines {
        println!("  {name:<26} {value}");
    }
    Ok(())
}

/// Where our metadata are for this connection.
fn metadata_path(connection: &accounts::Connection) -> String {
    match connection.own_entity_id {
        None => "/saml/metadata".to_owned(),
        Some(_) => format!("/saml/{}/metadata", connection.name),
    }
}

/// What is kept of the connection's messages, if anything is now.
pub(super) fn kept(connection: &accounts::Connection, now: OffsetDateTime) -> Option<String> {
    let window = connection.traced.as_ref().filter(|_| connection.is_traced(now))?;
    let until = window.until().replace_nanosecond(0).unwrap_or(window.until());
    let reason = window.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
    Some(format!("messages of its people are kept until {until}{reason}"))
}

fn limit(limit: Option<SessionLimit>) -> String {
    limit.map_or_else(|| "default".to_owned(), |limit| limit.to_string())
}

fn kind(kind: &ConnectionKind) -> Vec<(&'static str, String)> {
    match kind {
        ConnectionKind::Entra { tid } => vec![("kind", format!("Entra, directory {tid}"))],
        ConnectionKind::Other { subject, login_name } => {
            vec![("subject", subject.to_string()), ("login-name", login_name.to_string())]
        }
    }
}
