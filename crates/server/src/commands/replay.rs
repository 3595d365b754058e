//! `landfall replay`: judges a kept message again, by the same code.

use anyhow::{Context, Result, bail};
use clap::Args;
use landfall_accounts::{Connection, TraceId};
use landfall_http::{
    Demand, KeptTrace, connection_policy, connection_provider, connection_sp, decision_json,
};
use landfall_saml::{Accepted, IdentityProvider, PendingRequest, RawMessage, ServiceProvider};
use landfall_store::{KeyPurpose, Store};
use landfall_xmldsig::Opinion;
use serde_json::Value;
use time::OffsetDateTime;

use super::inspect::{instant, verdict};
use super::{decision, trace};
use crate::config::Config;
use crate::environment::now;
use crate::keys::MasterKey;
use crate::visible::visible;
use crate::{glue, keyring};

#[derive(Args)]
pub(crate) struct Replay {
    /// The code that the person saw.
    trace: TraceId,
    /// The time of judgement, RFC 3339; without it, the one at which the message came.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<OffsetDateTime>,
    /// By today's keys, settings and addresses, instead of those when it came.
    #[arg(long)]
    current: bool,
}

pub(crate) async fn run(config: &Config, args: &Replay) -> Result<()> {
    let store = glue::store(config).await?;
    let (kept, today) = trace::opened(config, &store, &args.trace).await?;
    let at = args.at.unwrap_or(kept.at);
    // What is allowed for a while is allowed now or was allowed then.
    let (connection, ruled) =
        if args.current { (today.clone(), now()) } else { (kept.connection(&today)?, at) };
    for line in trace::described(&args.trace, &kept, &today)? {
        println!("{}", visible(&line));
    }
    let state = connection.state;
    let admitted = if kept.test { state.admits_tests() } else { state.admits_people() };
    let after = if !admitted {
        println!("refused before it is judged: the connection is {state}");
        None
    } else if connection.idp.is_expired(ruled) {
        println!("refused before it is judged, metadata.expired: what the connection trusts has ended");
        None
    } else {
        let sp = service_provider(config, &store, &kept, &connection, args.current).await?;
        let idp = connection_provider(&connection).context("the keys of the connection")?;
        Some(judge(config, &sp, &idp, &connection_policy(&connection, ruled), &kept, at).await?)
    };
    if was_not_judged(&kept) {
        println!(
            "it was not judged when it came, since it was refused before, {}: see above for what it would have come to",
            kept.outcome
        );
        return Ok(());
    }
    if after == kept.decision {
        println!("the same decision as the one that was kept");
        return Ok(());
    }
    println!("the decision that was kept is another one:");
    let none = Value::Null;
    let (before, after) = (kept.decision.as_ref().unwrap_or(&none), after.as_ref().unwrap_or(&none));
    for line in decision::differences(before, after) {
        println!("{}", visible(&line));
    }
    bail!("the decision differs: see above")
}

/// Whether the request that it names had it refused: answered, expired, or another one's RelayState.
fn was_not_judged(kept: &KeptTrace) -> bool {
    kept.decision.is_none()
        && ["request.answered", "request.expired", "relay_state"].contains(&kept.outcome.as_str())
}

/// Judges as the server does, and prints as `landfall inspect` does; the second engine has the last word.
async fn judge(
    config: &Config,
    sp: &ServiceProvider,
    idp: &IdentityProvider,
    policy: &landfall_saml::Policy,
    kept: &KeptTrace,
    at: OffsetDateTime,
) -> Result<Value> {
    let request = kept.request.as_deref().map(PendingRequest::from_state).transpose()?;
    let message = RawMessage::from_xml(kept.message());
    let response = message.response().context("the kept message")?;
    let (judged, decision) = sp.finish(idp, request.as_ref(), &response, policy, at);
    for line in decision.to_string().lines() {
        println!("{}", visible(line));
    }
    if let Ok(accepted) = &judged {
        println!("{}", visible(&asked_again(config, idp, accepted).await));
    }
    match &judged {
        Ok(Accepted::Restart(_)) => println!("accepted, and a login that we ask for takes its place"),
        judged => println!("{}", visible(&verdict(judged.as_ref().err()))),
    }
    Ok(decision_json(&decision))
}

/// What the second engine says of what the first accepted, where this server has one.
async fn asked_again(config: &Config, idp: &IdentityProvider, accepted: &Accepted) -> String {
    let Some(second) = &config.http.second_engine else {
        return "the second engine is not asked: second_opinion is off".to_owned();
    };
    match second.ask(accepted.documents(), idp.keys()).await {
        Opinion::Agree => "the second engine agrees".to_owned(),
        Opinion::Disagree { found } => {
            format!(
                "the second engine disagrees, and so the login is refused, second_opinion.disagrees: {found}"
            )
        }
        Opinion::Inconclusive { reason } if second.demand() == Demand::Advise => {
            format!("the second engine cannot tell, and only advises: {reason}")
        }
        Opinion::Inconclusive { reason } => {
            format!(
                "the second engine cannot tell, and so the login is refused, second_opinion.inconclusive: {reason}"
            )
        }
        _ => "the second engine gives an answer that is not known here".to_owned(),
    }
}

/// Our side as it was, or as it is today, in both cases with the decryption keys that there are now.
pub(super) async fn service_provider(
    config: &Config,
    store: &Store,
    kept: &KeptTrace,
    connection: &Connection,
    current: bool,
) -> Result<ServiceProvider> {
    let warn = |why: &str| {
        if kept.message().windows(MARK.len()).any(|octets| octets == MARK) {
            eprintln!("warning: a part of the message is encrypted, and {why}");
        }
    };
    let keys = store.sp_keys(KeyPurpose::Decryption).await?;
    let all = || keys.current.iter().chain(&keys.next).chain(&keys.retiring);
    let shared = if keys.current.is_none() {
        warn("there is no decryption key any more");
        glue::service_provider(config)
    } else {
        if all().all(|key| key.created_at > kept.at) {
            warn("each decryption key was made after it came");
        }
        let opened = MasterKey::read(&config.master_key);
        let opened = opened.and_then(|master| keyring::decrypting(config, &master, &keys));
        opened.unwrap_or_else(|error| {
            warn(&format!("the decryption keys are not to be had: {error:#}"));
            glue::service_provider(config)
        })
    };
    if current {
        let sp = connection_sp(&shared, &config.http.public_url, connection);
        return Ok(sp.context("what is stored of the connection")?.into_owned());
    }
    Ok(shared.renamed(kept.entity_id.as_str().try_into()?, kept.acs.as_str().try_into()?, None))
}

/// What encrypted parts of a message are called.
const MARK: &[u8] = b"EncryptedData";
