use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};

use crate::{ConnectionId, DomainName, TenantId, UnknownName, named};

/// A domain that is known to be one tenant's; no domain belongs to two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The domain.
    pub name: DomainName,
    /// Its owner.
    pub tenant: TenantId,
    /// The connection by which its people sign in, once one is bound.
    pub connection: Option<ConnectionId>,
    /// How it is known whose it is.
    pub verified_by: VerifiedBy,
    /// When it was verified last.
    pub verified_at: OffsetDateTime,
}

/// How it is known whose a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two ways")]
pub enum VerifiedBy {
    /// An operator vouches for it.
    Operator,
    /// The answer to a challenge stood in DNS.
    Dns,
}

impl VerifiedBy {
    const ALL: [Self; 2] = [Self::Operator, Self::Dns];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Dns => "dns",
        }
    }
}

impl fmt::Display for VerifiedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for VerifiedBy {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("way to verify a domain", text, &Self::ALL, Self::name)
    }
}

/// What a tenant is to publish in DNS, to prove that a domain is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainChallenge {
    /// Who is to prove it.
    pub tenant: TenantId,
    /// The domain.
    pub domain: DomainName,
    /// What the record must say.
    pub value: ChallengeValue,
    /// Until when it proves anything, exclusive; an owner proves by it for good.
    pub expires_at: OffsetDateTime,
}

impl DomainChallenge {
    /// How long somebody who is not the owner can prove by it.
    pub const LIFETIME: Duration = Duration::days(30);

    /// The name of the TXT record, below the domain, where it disturbs no other.
    #[must_use]
    pub fn record_name(domain: &DomainName) -> String {
        format!("_landfall-challenge.{domain}")
    }
}

/// What a record must say: 256 random bits, which were drawn for one tenant of one installation.
///
/// It is no secret: whoever reads it in DNS cannot publish it below a domain of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengeValue(String);

impl ChallengeValue {
    /// Makes one of random bytes.
    ///
    /// The digits are hexadecimal, since forms for DNS records may change the case of letters.
    ///
    /// ```
    /// use landfall_accounts::ChallengeValue;
    ///
    /// let value = ChallengeValue::new([0xab; 32]);
    /// assert!(value.as_str().starts_with("landfall-domain-verification=abab"));
    /// ```
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        let mut text = PREFIX.to_owned();
        for byte in random {
            for digit in [byte >> 4, byte & 0xf] {
                text.extend(char::from_digit(digit.into(), 16));
            }
        }
        Self(text)
    }

    /// The text of the record.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a record says it; spaces around it and the case of letters do not count.
    fn is_said_by(&self, record: &str) -> bool {
        record.trim_matches(' ').eq_ignore_ascii_case(&self.0)
    }
}

const PREFIX: &str = "landfall-domain-verification=";

impl FromStr for ChallengeValue {
    type Err = NotAChallenge;

    fn from_str(text: &str) -> Result<Self, NotAChallenge> {
        let digits = text.strip_prefix(PREFIX).ok_or(NotAChallenge)?;
        let hexadecimal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits.len() == 64 && hexadecimal { Ok(Self(text.to_owned())) } else { Err(NotAChallenge) }
    }
}

/// A text that is no value of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {PREFIX} and 64 hexadecimal digits")]
pub struct NotAChallenge;

/// Whose domain it is, by the TXT records that stand below it now.
///
/// `owner` is the tenant that has it already; `challenges` are those of all tenants for this domain.
///
/// # Errors
/// [`Unproven`], which says what the records lack.
///
/// # Security
/// A tenant proves by its own value alone: what another tenant has published counts for that one [attack G4].
/// A domain that has an owner is nobody else's, whatever stands there.
///
/// ```
/// use landfall_accounts::{DomainChallenge, TenantId, judge_records};
/// use time::OffsetDateTime;
///
/// fn proven(challenges: &[DomainChallenge], records: &[String], now: OffsetDateTime) -> Option<TenantId> {
///     judge_records(None, challenges, records, now).ok()
/// }
/// ```
pub fn judge_records(
    owner: Option<TenantId>,
    challenges: &[DomainChallenge],
    records: &[String],
    now: OffsetDateTime,
) -> Result<TenantId, Unproven> {
    let said: Vec<&DomainChallenge> = challenges
        .iter()
        .filter(|challenge| records.iter().any(|record| challenge.value.is_said_by(record)))
        .collect();
    let counts =
        |challenge: &&&DomainChallenge| now < challenge.expires_at || owner == Some(challenge.tenant);
    let mut proven = said.iter().filter(counts).map(|challenge| challenge.tenant);
    match (proven.next(), proven.next()) {
        (Some(tenant), None) if owner.is_none_or(|owner| owner == tenant) => Ok(tenant),
        (Some(_), None) => Err(Unproven::OtherOwner),
        (Some(_), Some(_)) => Err(Unproven::TwoTenants),
        (None, _) if !said.is_empty() => Err(Unproven::Expired),
        (None, _) => Err(Unproven::OtherValue { records: records.len() }),
    }
}

/// Why records do not make a domain a tenant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// None of them says what it must.
    #[error(
        "none of the {records} TXT records says what a challenge wants: compare with what `landfall domain challenge` prints, and wait until old answers of DNS have expired"
    )]
    OtherValue {
        /// How many there are.
        records: usize,
    },
    /// It says what one wanted that is over.
    #[error(
        "the record answers a challenge that has expired: make another with `landfall domain challenge`, and publish that"
    )]
    Expired,
    /// The values of two tenants stand there.
    #[error("the records prove it for two tenants at once: have one of them removed")]
    TwoTenants,
    /// It is another tenant's already.
    #[error("the records prove it for a tenant, and the domain is another one's already")]
    OtherOwner,
}

impl Unproven {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::OtherValue { .. } => "domain.other_value",
            Self::Expired => "domain.challenge_expired",
            Self::TwoTenants => "domain.two_tenants",
            Self::OtherOwner => "domain.other_owner",
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing::NOW;

    fn tenant(n: u8) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(n.into()))
    }

    fn challenge(n: u8) -> DomainChallenge {
        DomainChallenge {
            tenant: tenant(n),
            domain: "contoso.example".parse().unwrap(),
            value: ChallengeValue::new([n; 32]),
            expires_at: NOW + DomainChallenge::LIFETIME,
        }
    }

    fn records(said: &[u8]) -> Vec<String> {
        let said = said.iter().map(|n| ChallengeValue::new([*n; 32]).as_str().to_owned());
        said.chain(["v=spf1 -all".to_owned()]).collect()
    }

    #[test]
    fn g4_a_tenant_proves_by_its_own_value_alone() {
        let both = [challenge(1), challenge(2)];
        assert_eq!(judge_records(None, &both, &records(&[1]), NOW), Ok(tenant(1)));
        assert_eq!(judge_records(None, &both, &records(&[2]), NOW), Ok(tenant(2)));
        assert_eq!(judge_records(None, &both, &records(&[1, 2]), NOW), Err(Unproven::TwoTenants));
        let none = Err(Unproven::OtherValue { records: 2 });
        assert_eq!(judge_records(None, &both, &records(&[3]), NOW), none);
        assert_eq!(judge_records(None, &both[1..], &records(&[1]), NOW), none);
    }

    #[test]
    fn a_domain_that_has_an_owner_stays_with_it() {
        let both = [challenge(1), challenge(2)];
        assert_eq!(judge_records(Some(tenant(1)), &both, &records(&[1]), NOW), Ok(tenant(1)));
        assert_eq!(judge_records(Some(tenant(1)), &both, &records(&[2]), NOW), Err(Unproven::OtherOwner));
    }

    #[test]
    fn a_challenge_proves_in_time_and_for_its_owner_at_any_time() {
        let (one, end) = ([challenge(1)], NOW + DomainChallenge::LIFETIME);
        let before = end - Duration::MILLISECOND;
        assert_eq!(judge_records(None, &one, &records(&[1]), before), Ok(tenant(1)));
        assert_eq!(judge_records(None, &one, &records(&[1]), end), Err(Unproven::Expired));
        assert_eq!(judge_records(Some(tenant(1)), &one, &records(&[1]), end), Ok(tenant(1)));
        assert_eq!(judge_records(Some(tenant(2)), &one, &records(&[1]), end), Err(Unproven::Expired));
    }

    #[test]
    fn spaces_and_case_do_not_count_and_nothing_may_be_added() {
        let value = ChallengeValue::new([0xab; 32]).as_str().to_owned();
        let one = [DomainChallenge { value: value.parse().unwrap(), ..challenge(1) }];
        let judge = |record: &str| judge_records(None, &one, &[record.to_owned()], NOW);
        for fine in [value.clone(), format!(" {value} "), value.to_uppercase()] {
            assert_eq!(judge(&fine), Ok(tenant(1)), "{fine}");
        }
        let short = value.trim_end_matches('b').to_owned();
        for other in [format!("{value}0"), format!("x{value}"), short, String::new()] {
            assert!(judge(&other).is_err(), "{other}");
        }
        assert!(judge_records(None, &one, &[], NOW).is_err());
    }

    #[test]
    fn values_round_trip_and_fit_one_string_of_a_record() {
        let value = ChallengeValue::new([0x0f; 32]);
        assert_eq!(value.as_str().parse(), Ok(value.clone()));
        assert!(value.as_str().len() <= 255);
        let (first, last) =
            (value.as_str().strip_prefix('l').unwrap(), value.as_str().strip_suffix('f').unwrap());
        for other in ["", "landfall-domain-verification=", first, last] {
            assert!(other.parse::<ChallengeValue>().is_err(), "{other}");
        }
        for way in VerifiedBy::ALL {
            assert_eq!(way.to_string().parse(), Ok(way));
        }
    }
}
