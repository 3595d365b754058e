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

use crate::backchannel::Sender;
use crate::config::Config;
use crate::environment::{System, now};
use crate::keyring::Keyring;
use crate::metadata::{IssuerKeys, Refresher};
use crate::{figures, glue, telemetry};

/// How often what is no longer needed is removed from the database.
const PURGE: Duration = Duration::from_secs(60);

/// How often what directories asked for is written into the provisioning log.
const PROVISIONING: Duration = Duration::from_millis(250);

/// How often it is looked whether applications are to be told that a session ended.
const LOGOUTS: Duration = Duration::from_millis(250);

/// How often it is looked which metadata, and which keys of issuers, are due.
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
    store.hold_sessions_to(&config.http.sessions, now()).await?;
    let keyring = Keyring::open(config, &store).await?;
    let store = store.with_tombstone_key(keyring.tombstones()).await?;
    let own = keyring.own(config)?;
    let issuer_keys = glue::issuer_keys(config);
    let settings = Settings {
        sealer: Some(Arc::new(glue::sealer(config)?)),
        assertion_keys: Some(Arc::new(issuer_keys.clone())),
        ..config.http.clone()
    };
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
    let logging = tokio::spawn(log_provisioning(app.clone()));
    let refreshing = tokio::spawn(refresh(glue::refresher(config, &store)));
    let asking = tokio::spawn(follow_issuers(store.clone(), issuer_keys));
    let telling = tokio::spawn(tell(glue::sender(config, &store, &app)));
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
    asking.abort();
    telling.abort();
    logging.abort();
    if let Err(error) = app.write_provisioning_log().await {
        tracing::error!(%error, "what directories asked for last could not be logged");
    }
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
                let states = KeyPurpose::ALL.map(|purpose| keyring.states(purpose));
                let [signing, decryption, id_token_rs256, id_token_es256] = states;
                let what = "the installation's keys have changed";
                tracing::info!(signing, decryption, id_token_rs256, id_token_es256, "{what}");
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

/// Writes what directories asked for, a few times a second.
async fn log_provisioning(app: App<Store>) {
    let mut ticks = tokio::time::interval(PROVISIONING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = app.write_provisioning_log().await {
            tracing::error!(%error, "what directories asked for could not be logged");
        }
    }
}

/// Tells applications that sessions ended, on whichever node.
async fn tell(sender: Sender<Store>) {
    let mut ticks = tokio::time::interval(LOGOUTS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let sender = sender.clone();
        // Nobody waits for an application that does not answer.
        tokio::spawn(async move {
            if let Err(error) = sender.round().await {
                tracing::error!(%error, "it cannot be looked which applications are to be told of logouts");
            }
        });
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

/// Fetches the keys of those who sign assertions, when they are due.
async fn follow_issuers(store: Store, keys: IssuerKeys) {
    let mut ticks = tokio::time::interval(METADATA);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match store.trusted_issuers().await {
            Ok(issuers) => keys.round(&issuers).await,
            Err(error) => tracing::error!(%error, "it cannot be looked whose keys are due"),
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
