use std::collections::HashSet;

use time::OffsetDateTime;

use crate::{
    Approval, CertificateFingerprint, CertificateState, Endpoints, IdpEntityId, IdpTrust, IdpUrl,
    TrustedCertificate,
};

/// How many certificates fetched metadata may list: as many as a verifier takes.
pub const MOST_KEYS: usize = 16;
/// How many that are gone are remembered.
const MOST_GONE: usize = 16;

/// What becomes of a connection's trust by metadata that were fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Refresh {
    /// What is trusted from now on.
    pub idp: IdpTrust,
    /// Addresses that wait for an operator.
    pub waiting: Option<Endpoints>,
    /// What is new.
    pub changes: Vec<TrustChange>,
}

/// One thing that a refresh changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever tells an operator must handle every change")]
pub enum TrustChange {
    /// A key counts.
    KeyTrusted(CertificateFingerprint),
    /// A key waits for an operator.
    KeyWaits(CertificateFingerprint),
    /// A key has left the metadata.
    KeyGone(CertificateFingerprint),
    /// Addresses for logins or logouts changed, at the same hosts.
    Endpoints,
    /// Addresses at another host wait for an operator.
    EndpointsWait,
}

impl TrustChange {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyTrusted(_) => "key.trusted",
            Self::KeyWaits(_) => "key.waits",
            Self::KeyGone(_) => "key.gone",
            Self::Endpoints => "endpoints.changed",
            Self::EndpointsWait => "endpoints.wait",
        }
    }

    /// The key that it is about.
    #[must_use]
    pub fn key(&self) -> Option<CertificateFingerprint> {
        match self {
            Self::KeyTrusted(key) | Self::KeyWaits(key) | Self::KeyGone(key) => Some(*key),
            Self::Endpoints | Self::EndpointsWait => None,
        }
    }
}

/// Why fetched metadata change nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshRefusal {
    /// They are another identity provider's.
    #[error(
        "the metadata are of {got}, and the connection is to {want}: import them as a connection of their own"
    )]
    OtherEntity {
        /// The connection's.
        want: IdpEntityId,
        /// The one that came.
        got: IdpEntityId,
    },
    /// They have ended.
    #[error("the metadata were valid until {valid_until}: the identity provider must publish new ones")]
    Expired {
        /// `validUntil`.
        valid_until: OffsetDateTime,
    },
    /// They end before those that were taken last.
    #[error(
        "the metadata are valid until {got}, and those taken last until {had}: these are older; ask the identity provider which are current"
    )]
    Older {
        /// The end of those that are trusted.
        had: OffsetDateTime,
        /// The end of those that came.
        got: OffsetDateTime,
    },
    /// No key would be left that counts or waits.
    #[error(
        "the metadata list no key that may count: what was trusted before is trusted on; ask the identity provider for its current keys"
    )]
    NoKey,
    /// More keys than a verifier takes.
    #[error(
        "the metadata list {found} keys, and at most {MOST_KEYS} are taken: ask the identity provider to remove old ones"
    )]
    TooManyKeys {
        /// How many came.
        found: usize,
    },
}

impl RefreshRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherEntity { .. } => "metadata.other_entity",
            Self::Expired { .. } => "metadata.expired",
            Self::Older { .. } => "metadata.older",
            Self::NoKey => "metadata.no_key",
            Self::TooManyKeys { .. } => "metadata.too_many_keys",
        }
    }
}

/// Decides what metadata that were fetched may change of a connection's trust.
///
/// | key | listed, `approve` | listed, `auto` | not listed |
/// | --- | --- | --- | --- |
/// | unknown | pending | trusted | |
/// | pending | pending | trusted | gone |
/// | trusted | trusted | trusted | gone |
/// | gone | pending | trusted | gone |
/// | revoked | revoked | revoked | revoked |
///
/// Where all keys were replaced at once and the new ones wait, none counts until an operator has approved one:
/// an identity provider that drops a key may have lost it.
/// Addresses for logins and logouts are taken at the hosts that are known; at others they wait, in both modes, and the old ones stay.
///
/// `waiting` are the addresses that wait already.
///
/// # Errors
/// [`RefreshRefusal`]: nothing is changed.
///
/// # Security
/// The name of the identity provider never changes, and a revoked key never counts again [attack F1, G8].
///
/// ```
/// use landfall_accounts::{Approval, IdpTrust, RefreshRefusal, decide_refresh};
///
/// let now = time::macros::datetime!(2030-01-02 03:04:05 UTC);
/// let stored = IdpTrust { entity_id: "https://idp.example/".parse()?, sso: vec![], slo: vec![], certificates: vec![], valid_until: None };
/// let fetched = IdpTrust { entity_id: "https://other.example/".parse()?, ..stored.clone() };
/// let refused = decide_refresh(&stored, None, &fetched, Approval::Auto, now);
/// assert!(matches!(refused, Err(RefreshRefusal::OtherEntity { .. })));
/// # Ok::<(), landfall_accounts::NotAnEntityId>(())
/// ```
pub fn decide_refresh(
    stored: &IdpTrust,
    waiting: Option<&Endpoints>,
    fetched: &IdpTrust,
    approval: Approval,
    now: OffsetDateTime,
) -> Result<Refresh, RefreshRefusal> {
    if stored.entity_id != fetched.entity_id {
        let (want, got) = (stored.entity_id.clone(), fetched.entity_id.clone());
        return Err(RefreshRefusal::OtherEntity { want, got });
    }
    if let Some(valid_until) = fetched.valid_until.filter(|until| *until <= now) {
        return Err(RefreshRefusal::Expired { valid_until });
    }
    // Whoever sends yesterday's copy brings yesterday's keys back.
    if let (Some(had), Some(got)) = (stored.valid_until, fetched.valid_until)
        && got < had
    {
        return Err(RefreshRefusal::Older { had, got });
    }
    if fetched.certificates.len() > MOST_KEYS {
        return Err(RefreshRefusal::TooManyKeys { found: fetched.certificates.len() });
    }
    let certificates = keys(stored, fetched, approval, now)?;
    let (endpoints, now_waiting) = addresses(stored, fetched);
    let mut changes: Vec<TrustChange> =
        certificates.iter().filter_map(|new| changed(find(&stored.certificates, new), new)).collect();
    if endpoints != stored.endpoints() {
        changes.push(TrustChange::Endpoints);
    }
    if now_waiting.is_some() && now_waiting.as_ref() != waiting {
        changes.push(TrustChange::EndpointsWait);
    }
    let (entity_id, valid_until) = (stored.entity_id.clone(), fetched.valid_until);
    let Endpoints { sso, slo } = endpoints;
    let idp = IdpTrust { entity_id, sso, slo, certificates, valid_until };
    Ok(Refresh { idp, waiting: now_waiting, changes })
}

/// The keys as they are from now on, of which one counts or waits.
fn keys(
    stored: &IdpTrust,
    fetched: &IdpTrust,
    approval: Approval,
    now: OffsetDateTime,
) -> Result<Vec<TrustedCertificate>, RefreshRefusal> {
    let with = |one: &TrustedCertificate, state| TrustedCertificate { state, ..one.clone() };
    let mut next: Vec<TrustedCertificate> = stored
        .certificates
        .iter()
        .map(|old| with(old, state(Some(old.state), find(&fetched.certificates, old).is_some(), approval)))
        .collect();
    for new in &fetched.certificates {
        if find(&next, new).is_none() {
            let state = state(None, true, approval);
            next.push(TrustedCertificate { first_seen: now, last_used: None, ..with(new, state) });
        }
    }
    if !next.iter().any(|one| matches!(one.state, CertificateState::Trusted | CertificateState::Pending)) {
        return Err(RefreshRefusal::NoKey);
    }
    Ok(forgetting(next))
}

/// The table of [`decide_refresh`].
fn state(known: Option<CertificateState>, listed: bool, approval: Approval) -> CertificateState {
    use CertificateState::{Gone, Pending, Revoked, Trusted};
    match (known, listed, approval) {
        (Some(Revoked), _, _) => Revoked,
        (_, false, _) => Gone,
        (Some(Trusted), true, _) | (_, true, Approval::Auto) => Trusted,
        (_, true, Approval::Approve) => Pending,
    }
}

/// Of the keys that are gone, those that were there last: whoever writes metadata invents as many as he likes.
fn forgetting(mut certificates: Vec<TrustedCertificate>) -> Vec<TrustedCertificate> {
    let gone = |one: &TrustedCertificate| one.state == CertificateState::Gone;
    let last = |one: &TrustedCertificate| one.last_used.unwrap_or(one.first_seen).max(one.first_seen);
    let mut times: Vec<_> = certificates.iter().filter(|one| gone(one)).map(last).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    let mut room = MOST_GONE;
    if let Some(oldest) = times.get(MOST_GONE.saturating_sub(1)).copied() {
        certificates.retain(|one| {
            let stays = !gone(one) || (last(one) >= oldest && room > 0);
            room -= usize::from(stays && gone(one));
            stays
        });
    }
    certificates
}

/// The addresses that count, and those that wait.
///
/// No sign-on address at all says nothing: what was there stays.
fn addresses(stored: &IdpTrust, fetched: &IdpTrust) -> (Endpoints, Option<Endpoints>) {
    let (before, mut said) = (stored.endpoints(), fetched.endpoints());
    if said.sso.is_empty() {
        said.sso.clone_from(&before.sso);
    }
    let hosts: HashSet<String> = before.locations().map(IdpUrl::origin).collect();
    if said.locations().all(|location| hosts.contains(&location.origin())) {
        (said, None)
    } else {
        (before, Some(said))
    }
}

fn changed(old: Option<&TrustedCertificate>, new: &TrustedCertificate) -> Option<TrustChange> {
    if old.is_some_and(|old| old.state == new.state) {
        return None;
    }
    match new.state {
        CertificateState::Trusted => Some(TrustChange::KeyTrusted(new.fingerprint)),
        CertificateState::Pending => Some(TrustChange::KeyWaits(new.fingerprint)),
        CertificateState::Gone => Some(TrustChange::KeyGone(new.fingerprint)),
        CertificateState::Revoked => None,
    }
}

fn find<'a>(among: &'a [TrustedCertificate], one: &TrustedCertificate) -> Option<&'a TrustedCertificate> {
    among.iter().find(|other| other.fingerprint == one.fingerprint)
}

#[cfg(test)]
mod tests;
