//! What a workload shows in place of a secret: an assertion that its directory signed [rfc7523 3], [rfc8725 3].

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use landfall_accounts::{AssertionId, AssertionUse, Trust, WorkloadIssuer};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::secret::hash;

/// By how much clocks may differ.
const SKEW: Duration = Duration::seconds(60);
/// The longest time from now for which an assertion may be valid, as for those of SAML.
const LONGEST: Duration = Duration::hours(25);
/// Most characters of the name of a key.
const MOST_KID: usize = 256;

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

/// What an assertion claims, before anybody has verified it: enough to find whose it could be, and nothing more.
pub(super) struct Unverified {
    whole: String,
    kid: String,
    claims: Claims,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audiences,
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
    jti: Option<String>,
}

/// One, or a list of them [rfc7519 4.1.3].
#[derive(Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Several(Vec<String>),
}

/// Why an assertion is refused; none of it repeats what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionRefusal {
    #[error("it is no signed JWT with iss, sub, aud and exp")]
    Malformed,
    #[error("it is not signed by RS256")]
    Algorithm,
    #[error("it does not name its key, or names one that its issuer does not publish")]
    Key,
    #[error("its signature is not that of the key that it names")]
    Signature,
    #[error("it is of another issuer, about another subject or for another audience than the client trusts")]
    Other,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYet,
    #[error("it is valid for more than {} hours", LONGEST.whole_hours())]
    TooLong,
}

impl AssertionRefusal {
    /// The stable code.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "assertion.malformed",
            Self::Algorithm => "assertion.algorithm",
            Self::Key => "assertion.key",
            Self::Signature => "assertion.signature",
            Self::Other => "assertion.other",
            Self::Expired => "assertion.expired",
            Self::NotYet => "assertion.not_yet",
            Self::TooLong => "assertion.too_long",
        }
    }
}

impl Unverified {
    /// Reads an assertion, of which nothing is believed.
    ///
    /// # Security
    /// One algorithm is taken, and it is compared before a key is looked for: `none` and HMAC under a public key never
    /// come so far [rfc8725 3.1]. `jku`, `jwk`, `x5u` and `x5c` are not looked at, and `crit` refuses [rfc7515 4.1.11].
    pub(super) fn read(jwt: String) -> Result<Self, AssertionRefusal> {
        let mut parts = jwt.split('.');
        let (Some(header), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(AssertionRefusal::Malformed);
        };
        let bytes = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| AssertionRefusal::Malformed);
        let head: Head = serde_json::from_slice(&bytes(header)?).map_err(|_| AssertionRefusal::Malformed)?;
        if head.crit.is_some() {
            return Err(AssertionRefusal::Malformed);
        }
        if head.alg != "RS256" || decode_header(&jwt).map(|header| header.alg) != Ok(Algorithm::RS256) {
            return Err(AssertionRefusal::Algorithm);
        }
        let kid = head.kid.filter(|kid| !kid.is_empty() && kid.len() <= MOST_KID);
        let kid = kid.ok_or(AssertionRefusal::Key)?;
        let claims = serde_json::from_slice(&bytes(payload)?).map_err(|_| AssertionRefusal::Malformed)?;
        Ok(Self { whole: jwt, kid, claims })
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn issuer(&self) -> &str {
        &self.claims.iss
    }

    pub(super) fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// Whether it could speak for whoever trusts this: a hint, which is judged again behind the signature.
    pub(super) fn could_be(&self, trust: &Trust) -> bool {
        is_trusted(&self.claims, trust)
    }

    /// Verifies the signature, then judges what was signed; what is used up with it, if it has a name of its own.
    ///
    /// # Errors
    /// [`AssertionRefusal`], the first reason of them.
    pub(super) fn verify(
        &self,
        n: &str,
        e: &str,
        trust: &Trust,
        now: OffsetDateTime,
    ) -> Result<Option<AssertionUse>, AssertionRefusal> {
        let key = DecodingKey::from_rsa_components(n, e).map_err(|_| AssertionRefusal::Key)?;
        let verified = decode::<Claims>(&self.whole, &key, &signature_alone());
        let claims = verified.map_err(|_| AssertionRefusal::Signature)?.claims;
        if !is_trusted(&claims, trust) {
            return Err(AssertionRefusal::Other);
        }
        let end = window(&claims, now)?;
        Ok(claims.jti.filter(|jti| !jti.is_empty()).map(|jti| used(&jti, claims.iat, end)))
    }
}

/// What of a header decides.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// The library reads a clock of its own for dates: they are judged here, by ours.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// Issuer, subject and audience, byte for byte [rfc7523 3].
fn is_trusted(claims: &Claims, trust: &Trust) -> bool {
    let audience = trust.audience.as_str();
    let for_us = match &claims.aud {
        Audiences::One(one) => one == audience,
        Audiences::Several(several) => several.iter().any(|one| one == audience),
    };
    for_us && claims.iss == trust.issuer.to_string() && claims.sub == trust.subject.as_str()
}

/// From `nbf` on and before `exp`, each with the skew; issued in the past, and not valid for too long [rfc7519 4.1.4].
fn window(claims: &Claims, now: OffsetDateTime) -> Result<OffsetDateTime, AssertionRefusal> {
    let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| AssertionRefusal::Malformed);
    let end = at(claims.exp)?;
    if now - SKEW >= end {
        return Err(AssertionRefusal::Expired);
    }
    for start in [claims.nbf, claims.iat].into_iter().flatten() {
        if at(start)? > now + SKEW {
            return Err(AssertionRefusal::NotYet);
        }
    }
    if end > now + LONGEST {
        return Err(AssertionRefusal::TooLong);
    }
    Ok(end)
}

/// How an assertion with a name is used up: as those of SAML are, among which none has a colon in its name.
fn used(jti: &str, iat: Option<i64>, end: OffsetDateTime) -> AssertionUse {
    let name = URL_SAFE_NO_PAD.encode(hash(jti).as_bytes());
    let issued = iat.and_then(|iat| OffsetDateTime::from_unix_timestamp(iat).ok());
    AssertionUse {
        assertion: AssertionId::new(format!("jwt:{name}")),
        issued_since: issued.unwrap_or(end - LONGEST).saturating_sub(SKEW),
        keep_until: end + SKEW,
    }
}

#[cfg(test)]
mod tests;
