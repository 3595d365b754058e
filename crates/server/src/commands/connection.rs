use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{
    self as accounts, CertificateFingerprint, CertificateState, ConnectionKind, ConnectionState, IdpTrust,
    IdpUrl, SloEndpoint, SsoBinding, SsoEndpoint, TenantName, TrustedCertificate, Weakening,
};
use landfall_saml::{Binding, EntityId, IdpMetadata};
use landfall_store::Store;
use landfall_xmldsig::Limits;
use time::OffsetDateTime;

use crate::cli::Connection;
use crate::config::Config;
use crate::environment::now;
use crate::{glue, table};

pub(crate) async fn run(config: &Config, command: Connection) -> Result<()> {
    match command {
        Connection::Import { tenant, file, name, entity } => {
            let now = now();
            // Read before the database is opened: a wrong file leaves nothing behind.
            let metadata = metadata(&bytes(&file)?, &file, entity.as_deref(), now)?;
            let trust = trust(&metadata, now)?;
            let store = glue::store(config).await?;
            let connection = store.import_connection(&tenant, name, trust, now).await?;
            for warning in metadata.warnings() {
                eprintln!("warning: {warning}");
            }
            println!("connected {tenant} to {} as {}", connection.idp.entity_id, connection.name);
            print(config, &connection, &tenant);
        }
        Connection::Renew { name, file } => {
            let now = now();
            let bytes = bytes(&file)?;
            let store = glue::store(config).await?;
            let known = store.connection_named(&name).await?;
            let entity = known.as_ref().map(|connection| connection.idp.entity_id.as_str());
            let metadata = metadata(&bytes, &file, entity, now)?;
            let renewed = store.renew_connection(&name, trust(&metadata, now)?, now).await?;
            for warning in metadata.warnings() {
                eprintln!("warning: {warning}");
            }
            println!("{name} trusts what {} says now", file.display());
            let tenant = tenant_of(&store, &renewed).await?;
            print(config, &renewed, &tenant);
        }
        Connection::Revoke { name, fingerprint } => {
            glue::store(config).await?.revoke_key(&name, &fingerprint, now()).await?;
            println!("{name}: {fingerprint} is revoked, and the sessions of the connection have ended");
        }
        Connection::Set { name, settings } => set(&glue::store(config).await?, &name, &settings).await?,
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
        Connection::Show { name } => {
            let store = glue::store(config).await?;
            let connection =
                store.connections().await?.into_iter().find(|connection| connection.name == name);
            let connection = connection.with_context(|| {
                format!("there is no connection `{name}`: see `landfall connection list`")
            })?;
            let tenant = tenant_of(&store, &connection).await?;
            print(config, &connection, &tenant);
        }
        Connection::List => list(&glue::store(config).await?).await?,
        Connection::Enable { name } => {
            state(&glue::store(config).await?, &name, ConnectionState::Enabled).await?
        }
        Connection::Disable { name } => {
            state(&glue::store(config).await?, &name, ConnectionState::Disabled).await?
        }
    }
    Ok(())
}

fn bytes(file: &Path) -> Result<Vec<u8>> {
    let name = || file.display().to_string();
    let opened = File::open(file).with_context(|| format!("cannot read {}", name()))?;
    let mut bytes = Vec::new();
    // One byte more than is read: then the reader says that it is too large.
    let most = u64::try_from(Limits::metadata().bytes).unwrap_or(u64::MAX).saturating_add(1);
    opened.take(most).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", name()))?;
    Ok(bytes)
}

fn metadata(bytes: &[u8], file: &Path, entity: Option<&str>, now: OffsetDateTime) -> Result<IdpMetadata> {
    let entity = entity.map(EntityId::try_from).transpose().context("--entity")?;
    IdpMetadata::read(bytes, entity.as_ref(), now).with_context(|| file.display().to_string())
}

async fn tenant_of(store: &Store, connection: &accounts::Connection) -> Result<TenantName> {
    let tenants = store.tenants().await?;
    let tenant = tenants.into_iter().find(|tenant| tenant.id == connection.tenant);
    Ok(tenant.context("the tenant of the connection is gone")?.name)
}

/// What is trusted from now on.
fn trust(metadata: &IdpMetadata, now: OffsetDateTime) -> Result<IdpTrust> {
    let certificates = metadata.certificates().iter().map(|certificate| TrustedCertificate {
        der: certificate.der().to_vec(),
        fingerprint: CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes()),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        state: CertificateState::Trusted,
        first_seen: now,
    });
    let sso = metadata.sso().iter().filter_map(|endpoint| {
        let location = IdpUrl::new(endpoint.location.as_str());
        Some(SsoEndpoint { binding: binding(endpoint.binding)?, location })
    });
    let slo = metadata.slo().iter().filter_map(|endpoint| {
        let response = endpoint.response_location.as_ref();
        Some(SloEndpoint {
            binding: binding(endpoint.binding)?,
            location: IdpUrl::new(endpoint.location.as_str()),
            response_location: response.map(|location| IdpUrl::new(location.as_str())),
        })
    });
    let entity_id = metadata.entity_id().as_str().parse().context("the entity ID")?;
    let (sso, slo) = (sso.collect(), slo.collect());
    Ok(IdpTrust { entity_id, sso, slo, certificates: certificates.collect() })
}

fn binding(binding: Binding) -> Option<SsoBinding> {
    match binding {
        Binding::Redirect => Some(SsoBinding::Redirect),
        Binding::Post => Some(SsoBinding::Post),
        _ => None,
    }
}

async fn set(store: &Store, name: &accounts::ConnectionName, settings: &[String]) -> Result<()> {
    let mut pairs = Vec::new();
    for setting in settings {
        let Some(pair) = setting.split_once('=') else {
            bail!("expected KEY=VALUE, got {setting:?}");
        };
        pairs.push(pair);
    }
    store.set_connection(name, &pairs, now()).await?;
    for (key, value) in pairs {
        println!("{name}: {key} is {value}");
    }
    Ok(())
}

async fn state(store: &Store, name: &accounts::ConnectionName, state: ConnectionState) -> Result<()> {
    let connection = store.set_connection_state(name, state, now()).await?;
    println!("{} is {}", connection.name, connection.state);
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
fn print(config: &Config, connection: &accounts::Connection, tenant: &TenantName) {
    let settings = &connection.settings;
    let mut lines = vec![
        ("tenant", tenant.to_string()),
        ("state", connection.state.to_string()),
        ("identity provider", connection.idp.entity_id.to_string()),
    ];
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
    lines.extend([
        ("preset", settings.preset.to_string()),
        ("jit", settings.jit.to_string()),
        ("unsolicited", settings.unsolicited.to_string()),
        ("certificate-dates", settings.certificate_dates.to_string()),
        ("guests", settings.guests.to_string()),
        ("our Identifier (Entity ID)", config.entity_id.to_string()),
        ("our Reply URL (ACS)", config.acs.to_string()),
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
}

fn kind(kind: &ConnectionKind) -> Vec<(&'static str, String)> {
    match kind {
        ConnectionKind::Entra { tid } => vec![("kind", format!("Entra, directory {tid}"))],
        ConnectionKind::Other { subject, login_name } => {
            vec![("subject", subject.to_string()), ("login-name", login_name.to_string())]
        }
    }
}
