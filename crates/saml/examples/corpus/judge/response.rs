use std::error::Error;
use std::path::Path;

use landfall_saml::{
    Accepted, Attribute, CertificateDates, Check, Decision, EntityId, IdentityProvider, Location,
    PendingRequest, Policy, RawMessage, Reject, ServiceProvider, Unsolicited,
};
use landfall_xmldsig::{DecryptionKey, DecryptionKeys, Document, EncryptionPolicy, Limits, TrustedKeys};

use super::{Attributes, Said, algorithms, now};
use crate::expect::Mode;
use crate::manifest::{Case, Encoding, Options};
use crate::trust;

/// Stands where a case names nobody, and nobody is.
const NOBODY: &str = "urn:nobody";

/// Stands where a case names no address, or one that may not be configured: plain http, or a placeholder.
const NOWHERE: &str = "https://nowhere.invalid/";

/// The response signs somebody in.
pub(super) fn judge(folder: &Path, case: &Case, mode: Mode, document: &[u8]) -> Result<Said, Box<dyn Error>> {
    let (judged, decision) = match finished(folder, case, mode, document)? {
        Ok(finished) => finished,
        Err(refused) => return Ok(refused),
    };
    let address = case.options.acs_url.as_deref().filter(|address| Location::try_from(*address).is_err());
    Ok(said(judged, &decision, address))
}

/// The attributes of the login that the response comes to, if it comes to one.
pub(super) fn attributes(
    folder: &Path,
    case: &Case,
    mode: Mode,
    document: &[u8],
) -> Result<Option<Attributes>, Box<dyn Error>> {
    let Ok((Ok(Accepted::Login(login)), _)) = finished(folder, case, mode, document)? else {
        return Ok(None);
    };
    let named = |attribute: &Attribute| (attribute.name().to_owned(), attribute.values().to_vec());
    Ok(Some(login.attributes().iter().map(named).collect()))
}

/// What was said of the response by every rule; or the refusal before any of them.
type Finished = Result<(Result<Accepted, Reject>, Decision), Said>;

fn finished(folder: &Path, case: &Case, mode: Mode, document: &[u8]) -> Result<Finished, Box<dyn Error>> {
    let message = match case.encoding {
        Encoding::Base64 => RawMessage::from_post(std::str::from_utf8(&case.raw(folder)?)?)?,
        _ => RawMessage::from_xml(document),
    };
    let response = match message.response() {
        Ok(response) => response,
        Err(error) => return Ok(Err(Said::rejected(&error.into()))),
    };
    let options = &case.options;
    let anchor = case.trust_anchor.as_ref().ok_or_else(|| format!("{}: no trust anchor", case.id))?;
    let keys = match trust::keys(folder, anchor, now(options))? {
        Ok(keys) => keys,
        Err(refused) => return Ok(Err(refused)),
    };
    let audience = match (options.skip_audience, mode) {
        (true, Mode::Strict) => None,
        (true, Mode::Lenient) => audience(document),
        (false, _) => options.audience.clone(),
    };
    let (sp, idp, pending) = match parties(options, audience.as_deref(), keys)? {
        Ok(parties) => parties,
        Err(refused) => return Ok(Err(refused)),
    };
    let sp = match decryption_keys(folder, options)? {
        Ok(keys) => sp.with_decryption(keys, EncryptionPolicy::standard()),
        Err(refused) => return Ok(Err(refused)),
    };
    let policy =
        Policy::new(Unsolicited::Accept, CertificateDates::Warn).danger_algorithms(algorithms(options, mode));
    let policy = match (options.skip_audience, mode) {
        (true, Mode::Lenient) => policy.danger_allow_missing_audience(),
        _ => policy,
    };
    Ok(Ok(sp.finish(&idp, pending.as_ref(), &response, &policy, now(options))))
}

/// The recipient's key, or one that no case is encrypted for; or the refusal of one that may not be ours.
fn decryption_keys(folder: &Path, options: &Options) -> Result<Result<DecryptionKeys, Said>, Box<dyn Error>> {
    let pem = match &options.decryption_key {
        Some(file) => {
            std::fs::read_to_string(folder.join(file)).map_err(|error| format!("{file}: {error}"))?
        }
        None => include_str!("../../../tests/keys/other.key.pem").to_owned(),
    };
    let keys = DecryptionKey::from_pem(&pem).and_then(|key| DecryptionKeys::new([key]));
    Ok(keys.map_err(|error| Said::refused("decryption_key", &error)))
}

type Parties = (ServiceProvider, IdentityProvider, Option<PendingRequest>);

/// Those whom a case is between; or the refusal of a name that nobody may have.
fn parties(
    options: &Options,
    audience: Option<&str>,
    keys: TrustedKeys,
) -> Result<Result<Parties, Said>, Box<dyn Error>> {
    let acs = options.acs_url.as_deref().and_then(|address| Location::try_from(address).ok());
    let acs = acs.map_or_else(|| Location::try_from(NOWHERE), Ok)?;
    let name = |name: Option<&str>| {
        EntityId::try_from(name.unwrap_or(NOBODY)).map_err(|error| Said::refused("entity_id", &error))
    };
    let (sp, idp) = match (name(audience), name(options.idp_entity_id.as_deref())) {
        (Ok(sp), Ok(idp)) => (sp, idp),
        (Err(refused), _) | (_, Err(refused)) => return Ok(Err(refused)),
    };
    let pending =
        options.request_id.as_ref().map(|id| PendingRequest::from_state(&format!("1\n{id}\n{idp}")));
    Ok(match pending.transpose() {
        Ok(pending) => {
            Ok((ServiceProvider::new(sp, acs), IdentityProvider::new(idp, Vec::new(), keys), pending))
        }
        Err(error) => Err(Said::refused("request_id", &error)),
    })
}

/// The first audience that the message names.
fn audience(document: &[u8]) -> Option<String> {
    let document = Document::parse(document, &Limits::message()).ok()?;
    let mut elements = document.root().descendants();
    let audience =
        elements.find(|element| element.is("urn:oasis:names:tc:SAML:2.0:assertion", "Audience"))?;
    audience.text().ok().map(str::to_owned)
}

/// Where the case's `address` may not be ours, the message need not be sent to ours but to that, byte for byte.
fn said(judged: Result<Accepted, Reject>, decision: &Decision, address: Option<&str>) -> Said {
    match judged {
        Ok(Accepted::Login(_)) => return Said::Accepted,
        Ok(other) => return Said::other("no_login", format!("{other:?}")),
        Err(_) => {}
    }
    let elsewhere = |check: &Check| {
        matches!(check.rule, "destination" | "recipient") && address == Some(check.actual.as_ref())
    };
    Said::failed(decision, elsewhere)
}
