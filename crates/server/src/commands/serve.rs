use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use landfall_http::{App, Settings, router};
use landfall_store::{KeyPurpose, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

use crate::config::Config;
use crate::environment::{System, now};
use crate::keyring::Keyring;
use crate::metadata::Refresher;
use crate::{figures, glue, telemetry};

/// How often what is no longer needed is removed from the database.
const PURGE: Duration = Duration::from_secs(60);

/// How often it is looked which metadata are due.
const METADATA: Duration = Duration::from_secs(30);
/// How often it is looked which certificates end soon.
const SURVEY: Duration = Duration::from_secs(600);
/// How often the installation's keys are looked at: so late a change by `landfall key` counts on this node.
const RELOAD: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT; requests that have begun are answered first.
pub(crate) async fn run(config: &Config) -> Result<()> {
    telemetry::start(config)?;
    if let Some(listen) = config.metrics {
        figures::serve(listen).await?;
    }
    let store = glue::store(config).await?;
    store.hold_sessions_to(&config.http.sessions).await?;
    let keyring = Keyring::open(config, &store).await?;
    let own = keyring.own(config)?;
    let settings = Settings { sealer: Some(Arc::new(glue::sealer(config)?)), ..config.http.clone() };
    let app = App::new(store.clone(), own, settings, System::default());
    let address = config.listen.address();
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("listen: cannot listen on {address}"))?;
    // Before anybody is told the address: whoever reads it may send the signal at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listening = listener.local_addr()?;
    println!("listening http://{listening} as {}", config.http.public_url.origin());
    let purging = tokio::spawn(purge(store.clone()));
    let refreshing = tokio::spawn(refresh(glue::refresher(config, &store)));
    let surveying = tokio::spawn(survey(glue::refresher(config, &store)));
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("draining");
        })
        .into_future();
    tokio::select! {
        served = serving => served?,
        () = follow_keys(config, &store, &app, keyring) => {}
    }
    purging.abort();
    refreshing.abort();
    surveying.abort();
    store.close().await;
    Ok(())
}

/// Takes over the installation's keys when an operator has changed them; until the server ends.
async fn follow_keys(config: &Config, store: &Store, app: &App<Store>, mut keyring: Keyring) {
    let mut ticks = tokio::time::interval(RELOAD);
    loop {
        ticks.tick().await;
        match keyring.reload(store).await.and_then(|changed| changed.then(|| keyring.own(config)).transpose())
        {
            Ok(None) => {}
            Ok(Some(own)) => {
                app.replace_keys(own);
                let [signing, decryption] =
                    [KeyPurpose::Signing, KeyPurpose::Decryption].map(|purpose| keyring.states(purpose));
                tracing::info!(signing, decryption, "the installation's keys have changed");
            }
            Err(error) => tracing::error!(
                cause = format!("{error:#}"),
                "the installation's keys could not be read again"
            ),
        }
    }
}

async fn purge(store: Store) {
    let mut ticks = tokio::time::interval(PURGE);
    loop {
        ticks.tick().await;
        match store.purge(now()).await {
            Ok(purged) => figures::sessions_ended(purged.sessions),
            Err(error) => tracing::error!(%error, "what is no longer needed could not be removed"),
        }
    }
}

async fn survey(refresher: Refresher) {
    let mut ticks = tokio::time::interval(SURVEY);
    loop {
        ticks.tick().await;
        if let Err(error) = refresher.survey().await {
            tracing::error!(%error, "it cannot be looked which certificates end soon");
        }
    }
}

async fn refresh(refresher: Refresher) {
    let mut ticks = tokio::time::interval(METADATA);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = refresher.round().await {
            tracing::error!(%error, "it cannot be looked which metadata are due");
        }
    }
}
