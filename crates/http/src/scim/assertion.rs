//! What a workload shows in place of a secret: an assertion that its directory signed [rfc7523 3], [rfc8725 3].

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use landfall_accounts::{AssertionId, AssertionUse, Trust, WorkloadIssuer};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::oauth::{Audiences, Dates, JwtRefusal, SKEW, Unverified};
use crate::secret::hash;

/// The longest time from now for which an assertion may be valid, as for those of SAML.
const LONGEST: Duration = Duration::hours(25);

/// Publishes the keys of issuers, from memory: nothing is fetched while somebody waits.
pub trait AssertionKeys: fmt::Debug + Send + Sync {
    /// The key of this name; where there is none, it is asked for soon, in the background and not too often.
    fn find(&self, issuer: &WorkloadIssuer, kid: &str, now: OffsetDateTime) -> FoundKey;
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the token endpoint must handle every answer")]
pub enum FoundKey {
    /// An RSA key: modulus and exponent as a JWK has them [rfc7518 6.3.1].
    Rsa {
        /// `n`.
        n: String,
        /// `e`.
        e: String,
    },
    /// The issuer publishes no key of this name.
    Unknown,
    /// Nobody has fetched the issuer's keys yet, or for too long.
    NotYet,
}

/// What an assertion of a workload claims.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audiences,
    #[serde(flatten)]
    dates: Dates,
    jti: Option<String>,
}

/// An assertion of a workload, of which nothing is believed yet; it names its key.
pub(super) struct Assertion {
    jwt: Unverified<Claims>,
    kid: String,
}

impl Assertion {
    /// Reads an assertion, of which nothing is believed; one algorithm is taken.
    pub(super) fn read(jwt: String) -> Result<Self, JwtRefusal> {
        let jwt = Unverified::<Claims>::read(jwt, &[Algorithm::RS256])?;
        let kid = jwt.kid().ok_or(JwtRefusal::Key)?.to_owned();
        Ok(Self { jwt, kid })
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn issuer(&self) -> &str {
        &self.jwt.claims().iss
    }

    pub(super) fn subject(&self) -> &str {
        &self.jwt.claims().sub
    }

    /// Whether it could speak for whoever trusts this: a hint, which is judged again behind the signature.
    pub(super) fn could_be(&self, trust: &Trust) -> bool {
        is_trusted(self.jwt.claims(), trust)
    }

    /// Verifies the signature, then judges what was signed; what is used up with it, if it has a name of its own.
    ///
    /// # Errors
    /// [`JwtRefusal`], the first reason of them.
    pub(super) fn verify(
        &self,
        n: &str,
        e: &str,
        trust: &Trust,
        now: OffsetDateTime,
    ) -> Result<Option<AssertionUse>, JwtRefusal> {
        let key = DecodingKey::from_rsa_components(n, e).map_err(|_| JwtRefusal::Key)?;
        let claims = self.jwt.signed_by(&key)?;
        if !is_trusted(&claims, trust) {
            return Err(JwtRefusal::Other);
        }
        let end = claims.dates.end(LONGEST, now)?;
        let issued = claims.dates.issued();
        Ok(claims.jti.filter(|jti| !jti.is_empty()).map(|jti| used(&jti, issued, end)))
    }
}

/// Issuer, subject and audience, byte for byte [rfc7523 3].
fn is_trusted(claims: &Claims, trust: &Trust) -> bool {
    let audience = trust.audience.as_str();
    let for_us = claims.aud.as_slice().iter().any(|one| one == audience);
    for_us && claims.iss == trust.issuer.to_string() && claims.sub == trust.subject.as_str()
}

/// How an assertion with a name is used up: as those of SAML are, among which none has a colon in its name.
fn used(jti: &str, issued: Option<OffsetDateTime>, end: OffsetDateTime) -> AssertionUse {
    let name = URL_SAFE_NO_PAD.encode(hash(jti).as_bytes());
    AssertionUse {
        assertion: AssertionId::new(format!("jwt:{name}")),
        issued_since: issued.unwrap_or(end - LONGEST).saturating_sub(SKEW),
        keep_until: end + SKEW,
    }
}

#[cfg(test)]
mod tests;
