//! The device grant: a program without a browser shows a code, which its person enters where there is one [rfc8628].

use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};

use crate::{
    AppId, GrantRefusal, Granted, NewTokens, Scopes, SessionId, TenantId, TokenHash, TraceId, UserAgent,
};

/// What a person reads on a device and enters: eight letters without vowels, in two groups [rfc8628 6.1].
///
/// ```
/// use landfall_accounts::UserCode;
///
/// let code: UserCode = "wdjb mjht".parse()?;
/// assert_eq!(code.to_string(), "WDJB-MJHT");
/// # Ok::<(), landfall_accounts::NotAUserCode>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserCode(String);

const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

impl UserCode {
    /// Makes one of random bytes; none if too few of them can be used, which is as good as never.
    ///
    /// Bytes beyond the last multiple of 20 are passed over, so that each letter is as likely as any other.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Option<Self> {
        let letters = random.iter().filter(|byte| **byte < 240);
        let letters = letters.filter_map(|byte| LETTERS.get(usize::from(*byte % 20)));
        let code: String = letters.take(LENGTH).map(|letter| char::from(*letter)).collect();
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// The eight letters, without the hyphen.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, other) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        write!(f, "{one}-{other}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode([redacted])")
    }
}

impl FromStr for UserCode {
    type Err = NotAUserCode;

    /// Takes what people make of it: lower case, with spaces, without the hyphen [rfc8628 6.1].
    fn from_str(text: &str) -> Result<Self, NotAUserCode> {
        let letters = text.chars().filter(|letter| !matches!(letter, ' ' | '-'));
        let code: String = letters.take(LENGTH + 1).map(|letter| letter.to_ascii_uppercase()).collect();
        if code.len() == LENGTH && code.bytes().all(|letter| LETTERS.contains(&letter)) {
            return Ok(Self(code));
        }
        Err(NotAUserCode)
    }
}

/// A text that is no code of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the eight letters that the device shows, as WDJB-MJHT")]
pub struct NotAUserCode;

/// A device begins [rfc8628 3.1].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeviceRequest {
    /// The application on it.
    pub app: AppId,
    /// What it asks for.
    pub scopes: Scopes,
    /// Of what the device asks with.
    pub device_code: TokenHash,
    /// What its person enters.
    pub user_code: UserCode,
}

/// A device that waits for its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The application on it.
    pub app: AppId,
    /// What it asks for.
    pub scopes: Scopes,
    /// When it ends; the bound is exclusive.
    pub expires_at: OffsetDateTime,
}

impl DeviceRequest {
    /// How long a device waits for its person.
    pub const LIFETIME: Duration = Duration::minutes(10);
    /// How long a device waits between two questions [rfc8628 3.5].
    pub const INTERVAL: Duration = Duration::seconds(5);
    /// Most devices of one application that wait at once.
    pub const MOST: u64 = 10_000;
}

/// What a person says about a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceDecision {
    /// What was entered.
    pub user_code: UserCode,
    /// Whether the device is theirs.
    pub answer: DeviceAnswer,
    /// The tenant of the session.
    pub tenant: TenantId,
    /// The session of the person, which is looked at again.
    pub session: SessionId,
    /// What the browser says of itself.
    pub user_agent: Option<UserAgent>,
    /// The request to us.
    pub trace: TraceId,
}

/// Whether a device is the person's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum DeviceAnswer {
    /// It is, and gets what it asks for.
    Approve,
    /// It is not.
    Deny,
}

/// What became of the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "whoever answers must handle every outcome")]
pub enum DeviceOutcome {
    /// The device is told at its next question.
    Decided,
    /// No device waits by this code: it is too late, or was decided before.
    Unknown,
    /// The session is gone, or the application does not serve the tenant; nothing changed.
    Gone,
}

/// A device asks whether its person has decided [rfc8628 3.4].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceQuestion {
    /// The application, which has proved itself if it can.
    pub app: AppId,
    /// Of what the device shows.
    pub device_code: TokenHash,
    /// What it gets if the person has said yes.
    pub tokens: NewTokens,
    /// The request to us.
    pub trace: TraceId,
}

/// What a device is told [rfc8628 3.5].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the token endpoint must handle every answer")]
pub enum DeviceReply {
    /// The tokens count from now on.
    Granted(Box<Granted>),
    /// The person has not decided.
    Pending,
    /// The same, and the device asks too often: from now on it waits five seconds more.
    SlowDown,
    /// The person said that the device is not theirs.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// It gets nothing; a code that was used before ends what came of it.
    Refused(GrantRefusal),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [rfc8628 6.1]
    #[test]
    fn a_code_is_entered_as_people_do() {
        for text in ["WDJB-MJHT", "wdjbmjht", " WDJB MJHT ", "wd-jb-mj-ht"] {
            assert_eq!(text.parse::<UserCode>().unwrap().to_string(), "WDJB-MJHT", "{text:?}");
        }
        for text in ["", "WDJB-MJH", "WDJB-MJHTB", "WDJA-MJHT", "WDJB_MJHT", "ẞDJB-MJHT"] {
            assert_eq!(text.parse::<UserCode>(), Err(NotAUserCode), "{text:?}");
        }
    }

    #[test]
    fn a_code_is_made_of_unbiased_letters() {
        assert_eq!(UserCode::new([0; 32]).unwrap().to_string(), "BBBB-BBBB");
        assert_eq!(UserCode::new([239; 32]).unwrap().to_string(), "ZZZZ-ZZZZ");
        assert_eq!(UserCode::new([240; 32]), None);
        assert_eq!(format!("{:?}", UserCode::new([0; 32])), "Some(UserCode([redacted]))");
    }
}
