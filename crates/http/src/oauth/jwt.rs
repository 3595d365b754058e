//! Signed JWTs that others show: whatever they say, nobody believes it before the signature [rfc8725 3].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::{Duration, OffsetDateTime};

/// By how much clocks may differ.
pub(crate) const SKEW: Duration = Duration::seconds(60);
/// Most characters of the name of a key.
const MOST_KID: usize = 256;

/// What a JWT claims, before anybody has verified it: enough to find whose it could be, and nothing more.
pub(crate) struct Unverified<C> {
    whole: String,
    algorithm: Algorithm,
    kid: Option<String>,
    typ: Option<String>,
    claims: C,
}

/// Why a JWT is refused; none of it repeats what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwtRefusal {
    #[error("it is no signed JWT with the claims that are asked for")]
    Malformed,
    #[error("it is not signed by an algorithm that is taken here")]
    Algorithm,
    #[error("it does not name its key, or names one that its issuer does not have")]
    Key,
    #[error("its signature is not that of the key that it names")]
    Signature,
    #[error("it is of another issuer, about another subject or for another audience")]
    Other,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYet,
    #[error("it is valid for too long")]
    TooLong,
    #[error("it was used before")]
    Used,
}

impl JwtRefusal {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "assertion.malformed",
            Self::Algorithm => "assertion.algorithm",
            Self::Key => "assertion.key",
            Self::Signature => "assertion.signature",
            Self::Other => "assertion.other",
            Self::Expired => "assertion.expired",
            Self::NotYet => "assertion.not_yet",
            Self::TooLong => "assertion.too_long",
            Self::Used => "assertion.used",
        }
    }
}

impl<C: DeserializeOwned> Unverified<C> {
    /// Reads a JWT, of which nothing is believed.
    ///
    /// # Security
    /// The algorithm is compared before a key is looked for: `none` and HMAC under a public key never come so far
    /// [rfc8725 3.1]. `jku`, `jwk`, `x5u` and `x5c` are not looked at, and `crit` refuses [rfc7515 4.1.11].
    pub(crate) fn read(jwt: String, taken: &[Algorithm]) -> Result<Self, JwtRefusal> {
        let mut parts = jwt.split('.');
        let (Some(header), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwtRefusal::Malformed);
        };
        let bytes = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtRefusal::Malformed);
        let head: Head = serde_json::from_slice(&bytes(header)?).map_err(|_| JwtRefusal::Malformed)?;
        if head.crit.is_some() {
            return Err(JwtRefusal::Malformed);
        }
        let algorithm = decode_header(&jwt).map(|header| header.alg).ok();
        let algorithm = algorithm.filter(|one| taken.contains(one) && format!("{one:?}") == head.alg);
        let algorithm = algorithm.ok_or(JwtRefusal::Algorithm)?;
        let kid = head.kid.filter(|kid| !kid.is_empty());
        if kid.as_ref().is_some_and(|kid| kid.len() > MOST_KID) {
            return Err(JwtRefusal::Key);
        }
        let claims = serde_json::from_slice(&bytes(payload)?).map_err(|_| JwtRefusal::Malformed)?;
        Ok(Self { whole: jwt, algorithm, kid, typ: head.typ, claims })
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What kind of token it says it is; whoever verifies the signature verifies this.
    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Hints, which are judged again behind the signature.
    pub(crate) fn claims(&self) -> &C {
        &self.claims
    }

    /// The claims, if this key has signed them; their dates are the caller's to judge.
    pub(crate) fn signed_by(&self, key: &DecodingKey) -> Result<C, JwtRefusal> {
        let verified = decode::<C>(&self.whole, key, &signature_alone(self.algorithm));
        Ok(verified.map_err(|_| JwtRefusal::Signature)?.claims)
    }

    /// The same by the key of a set that it names; without a name by the only one there [openid-core 10.1].
    pub(crate) fn signed_by_one_of(&self, keys: &JwkSet) -> Result<C, JwtRefusal> {
        let key = match (&self.kid, keys.keys.as_slice()) {
            (Some(kid), _) => keys.find(kid),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let key = key.filter(|key| is_for(key, self.algorithm)).ok_or(JwtRefusal::Key)?;
        self.signed_by(&DecodingKey::from_jwk(key).map_err(|_| JwtRefusal::Key)?)
    }
}

/// What of a header decides.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

/// Whether a key is one for signatures, and for this algorithm if it is for one alone [rfc7517 4.2], [rfc8725 3.1].
fn is_for(key: &Jwk, algorithm: Algorithm) -> bool {
    let alone = key.common.key_algorithm.is_none_or(|own| Algorithm::try_from(own) == Ok(algorithm));
    alone && matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature))
}

/// The library reads a clock of its own for dates: they are judged here, by ours.
fn signature_alone(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// One, or a list of them [rfc7519 4.1.3].
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audiences {
    One(String),
    Several(Vec<String>),
}

impl Audiences {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

/// From when to when a JWT is valid [rfc7519 4.1.4].
#[derive(Deserialize)]
pub(crate) struct Dates {
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
}

impl Dates {
    /// Its end, if it is valid now: from `nbf` on and before `exp`, each with the skew; issued in the past, and valid for
    /// no longer than this from now [rfc7519 4.1.5].
    pub(crate) fn end(&self, longest: Duration, now: OffsetDateTime) -> Result<OffsetDateTime, JwtRefusal> {
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| JwtRefusal::Malformed);
        let end = at(self.exp)?;
        if now - SKEW >= end {
            return Err(JwtRefusal::Expired);
        }
        for start in [self.nbf, self.iat].into_iter().flatten() {
            if at(start)? > now + SKEW {
                return Err(JwtRefusal::NotYet);
            }
        }
        if end > now + longest {
            return Err(JwtRefusal::TooLong);
        }
        Ok(end)
    }

    /// When it was issued, if it says so.
    pub(crate) fn issued(&self) -> Option<OffsetDateTime> {
        self.iat.and_then(|iat| OffsetDateTime::from_unix_timestamp(iat).ok())
    }
}
