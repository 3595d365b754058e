//! A message as it is kept for an operator, with all that it was judged by.

use std::fmt;

use landfall_accounts::{
    CertificateFingerprint, CertificateState, Connection, Danger, IdpTrust, MappingChoice, TracePlace,
    TrustedCertificate, Weakening,
};
use landfall_saml::{Decision, PendingRequest, RawMessage, ServiceProvider};
use landfall_xmldsig::{Certificate, decode_base64, encode_base64};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::decision_json;

/// Seals what is kept, before a store sees it.
///
/// # Security
/// Whoever implements it binds the octets to their place: those of another trace, or of another connection, must not open here.
pub trait Sealer: fmt::Debug + Send + Sync + 'static {
    /// Seals these octets.
    ///
    /// # Errors
    /// [`SealError`]: then nothing is kept, and the login goes on.
    fn seal(&self, place: &TracePlace, octets: &[u8]) -> Result<Vec<u8>, SealError>;
}

/// What is to be kept could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is to be kept cannot be sealed")]
pub struct SealError;

/// A response that came, and what it was judged by: enough to judge it again to the same decision.
///
/// ```
/// # use landfall_http::KeptTrace;
/// assert!(KeptTrace::read(b"{}\n<Response/>").is_err(), "not written by this version");
/// ```
///
/// # Security
/// It holds personal data: its octets are sealed before they leave, and `Debug` shows none of it.
#[derive(Deserialize, Serialize)]
pub struct KeptTrace {
    version: u32,
    /// The time at which it was judged.
    #[serde(with = "rfc3339")]
    pub at: OffsetDateTime,
    /// `accepted`, `tested`, `restarted` or the code of the refusal.
    pub outcome: String,
    /// The decision, as [`decision_json`](crate::decision_json) writes it; none if it was refused before it was judged.
    pub decision: Option<Value>,
    /// Whether it came with a RelayState.
    pub relay_state: bool,
    /// The request that it answered, as `landfall-saml` remembers one.
    pub request: Option<String>,
    /// Whether it answered a test login.
    pub test: bool,
    /// Our name then.
    pub entity_id: String,
    /// Our assertion consumer service then.
    pub acs: String,
    policy: KeptPolicy,
    #[serde(skip)]
    message: Vec<u8>,
}

/// What the connection was.
#[derive(Deserialize, Serialize)]
struct KeptPolicy {
    state: String,
    idp: String,
    /// Keys and values, as `Connection::set` takes them.
    settings: Vec<(String, String)>,
    /// Name, reason and end.
    weakenings: Vec<(String, String, i64)>,
    /// Those that counted: fingerprint, and DER in base64.
    certificates: Vec<(String, String)>,
    #[serde(with = "rfc3339::option")]
    valid_until: Option<OffsetDateTime>,
}

/// Stands in place of `preset` among the settings, with the version of the connection's own mapping.
const MAPPING: &str = "mapping";

/// First field of what is written; another number is of another version.
const VERSION: u32 = 1;

/// What is known of a response beside its octets, when it is kept.
pub(crate) struct Circumstances<'a> {
    pub(crate) at: OffsetDateTime,
    pub(crate) outcome: &'static str,
    pub(crate) decision: Option<&'a Decision>,
    pub(crate) relay_state: bool,
    pub(crate) request: Option<&'a PendingRequest>,
    pub(crate) test: bool,
}

impl KeptTrace {
    pub(crate) fn new(
        connection: &Connection,
        sp: &ServiceProvider,
        message: &RawMessage,
        circumstances: Circumstances<'_>,
    ) -> Self {
        let Circumstances { at, outcome, decision, relay_state, request, test } = circumstances;
        Self {
            version: VERSION,
            at,
            outcome: outcome.to_owned(),
            decision: decision.map(decision_json),
            relay_state,
            request: request.map(PendingRequest::to_state),
            test,
            entity_id: sp.entity_id().to_string(),
            acs: sp.acs().to_string(),
            policy: KeptPolicy::of(connection),
            message: message.octets().to_vec(),
        }
    }

    /// The message, as it came.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The fingerprints of the certificates that counted.
    pub fn certificates(&self) -> impl Iterator<Item = &str> {
        self.policy.certificates.iter().map(|(fingerprint, _)| fingerprint.as_str())
    }

    /// The settings of the connection then, as keys and values.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.policy.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// One line of JSON, then the message.
    ///
    /// # Errors
    /// [`KeptError`] if it cannot be written as JSON.
    pub(crate) fn octets(&self) -> Result<Vec<u8>, KeptError> {
        let mut octets = serde_json::to_vec(self)?;
        octets.push(b'\n');
        octets.extend_from_slice(&self.message);
        Ok(octets)
    }

    /// Reads what a server wrote and a [`Sealer`] sealed.
    ///
    /// # Errors
    /// [`KeptError`] if another version wrote it.
    pub fn read(octets: &[u8]) -> Result<Self, KeptError> {
        let end = octets.iter().position(|octet| *octet == b'\n').ok_or(KeptError::NoMessage)?;
        let (line, message) = octets.split_at(end);
        let kept: Self = serde_json::from_slice(line)?;
        if kept.version != VERSION {
            return Err(KeptError::Version { found: kept.version });
        }
        Ok(Self { message: message.get(1..).unwrap_or_default().to_vec(), ..kept })
    }

    /// The connection as it was, as far as a decision depends on it; the rest is as it is today.
    ///
    /// # Errors
    /// [`KeptError`] if what was kept fits no connection of this version.
    pub fn connection(&self, today: &Connection) -> Result<Connection, KeptError> {
        let mut then = today.clone();
        for (key, value) in &self.policy.settings {
            if key == MAPPING {
                then.settings.mapping = MappingChoice::Own(value.parse().map_err(KeptError::part)?);
                continue;
            }
            then.set(key, value).map_err(KeptError::part)?;
        }
        then.state = self.policy.state.parse().map_err(KeptError::part)?;
        let weakening = |(danger, reason, until): &(String, String, i64)| {
            let danger: Danger = danger.parse().map_err(KeptError::part)?;
            let until = OffsetDateTime::from_unix_timestamp(*until).map_err(KeptError::part)?;
            Ok(Weakening::kept(danger, reason.clone(), until))
        };
        then.weakenings = self.policy.weakenings.iter().map(weakening).collect::<Result<_, KeptError>>()?;
        let entity_id = self.policy.idp.parse().map_err(KeptError::part)?;
        let certificates = self.policy.certificates.iter().map(|(_, der)| self.certificate(der));
        let certificates = certificates.collect::<Result<_, _>>()?;
        then.idp =
            IdpTrust { entity_id, certificates, valid_until: self.policy.valid_until, ..today.idp.clone() };
        Ok(then)
    }

    fn certificate(&self, der: &str) -> Result<TrustedCertificate, KeptError> {
        let der = decode_base64(der).map_err(KeptError::part)?;
        let certificate = Certificate::from_der(&der).map_err(KeptError::part)?;
        Ok(TrustedCertificate {
            fingerprint: CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes()),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            state: CertificateState::Trusted,
            first_seen: self.at,
            last_used: None,
            der,
        })
    }
}

impl KeptPolicy {
    fn of(connection: &Connection) -> Self {
        let settings = &connection.settings;
        let settings = [
            match settings.mapping {
                MappingChoice::Preset(preset) => ("preset", preset.to_string()),
                MappingChoice::Own(version) => (MAPPING, version.to_string()),
            },
            ("jit", settings.jit.to_string()),
            ("unsolicited", settings.unsolicited.to_string()),
            ("certificate-dates", settings.certificate_dates.to_string()),
            ("guests", settings.guests.to_string()),
        ];
        let weakening = |weakening: &Weakening| {
            let until = weakening.until().unix_timestamp();
            (weakening.danger().to_string(), weakening.reason().to_owned(), until)
        };
        let trusted = connection.idp.in_state(CertificateState::Trusted);
        Self {
            state: connection.state.to_string(),
            idp: connection.idp.entity_id.to_string(),
            settings: settings.map(|(key, value)| (key.to_owned(), value)).into(),
            weakenings: connection.weakenings.iter().map(weakening).collect(),
            certificates: trusted.map(|one| (one.fingerprint.to_string(), encode_base64(&one.der))).collect(),
            valid_until: connection.idp.valid_until,
        }
    }
}

impl fmt::Debug for KeptTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, outcome) = (&self.at, &self.outcome);
        f.debug_struct("KeptTrace").field("at", at).field("outcome", outcome).finish_non_exhaustive()
    }
}

/// Why what was kept cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// Written by another version.
    #[error(
        "what was kept has version {found}, expected {VERSION}: look at it with the version that kept it"
    )]
    Version {
        /// The version.
        found: u32,
    },
    /// There is no line before the message.
    #[error("what was kept is no line and a message: look at it with the version that kept it")]
    NoMessage,
    /// The line is not what this version writes.
    #[error("what was kept cannot be read: look at it with the version that kept it")]
    Line(#[from] serde_json::Error),
    /// A part of it is not what this version knows.
    #[error("a part of what was kept is not known here")]
    Part(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl KeptError {
    fn part(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Part(Box::new(source))
    }
}
