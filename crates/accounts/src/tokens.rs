use std::{fmt, str::FromStr};

use time::OffsetDateTime;

/// The SHA-256 of a secret that a browser holds; the secret itself is made, shown once and forgotten elsewhere.
///
/// # Security
/// Comparing two of these needs no constant time: the secrets have 256 random bits,
/// and what a comparison tells about a hash does not help to find its preimage.
/// `Debug` is redacted all the same.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Takes a digest that was computed elsewhere.
    #[must_use]
    pub fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash([redacted])")
    }
}

/// The public name of a login in flight: it names the login's cookies and is no secret.
///
/// It is 16 lower-case hexadecimal digits: the time in seconds, then 32 random bits, so that names sort by age.
///
/// ```
/// use landfall_accounts::Handle;
/// use time::macros::datetime;
///
/// let handle = Handle::new(datetime!(2030-01-02 03:04:05 UTC), [0xde, 0xad, 0xbe, 0xef]);
/// assert_eq!(handle.as_str(), "70dd5525deadbeef");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(String);

impl Handle {
    /// Makes the handle of a login that begins at `now`.
    #[must_use]
    pub fn new(now: OffsetDateTime, random: [u8; 4]) -> Self {
        let seconds = u32::try_from(now.unix_timestamp()).unwrap_or(u32::MAX);
        Self(format!("{seconds:08x}{:08x}", u32::from_be_bytes(random)))
    }

    /// The sixteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Handle {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        hex16(text).map(Self)
    }
}

/// Names one request to us in pages, logs and events, so that a person can quote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(String);

impl TraceId {
    /// Makes a trace id of eight random bytes: sixteen lower-case hexadecimal digits.
    #[must_use]
    pub fn new(random: [u8; 8]) -> Self {
        Self(format!("{:016x}", u64::from_be_bytes(random)))
    }

    /// The sixteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TraceId {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        hex16(text).map(Self)
    }
}

/// A text that is not sixteen lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 16 lower-case hexadecimal digits, got {chars} characters that are not")]
pub struct NotHex {
    /// How many characters were given.
    pub chars: usize,
}

/// The ID of an AuthnRequest that we sent, which its answer repeats.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// Takes an ID exactly as it is written.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The ID, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The ID of an assertion, which is used once within its connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssertionId(String);

impl AssertionId {
    /// Takes an ID exactly as it is written.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The ID, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn hex16(text: &str) -> Result<String, NotHex> {
    if text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(text.to_owned());
    }
    Err(NotHex { chars: text.chars().count() })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn handles_sort_by_age_and_round_trip() {
        let early = Handle::new(datetime!(2030-01-02 03:04:05 UTC), [0xff; 4]);
        let late = Handle::new(datetime!(2030-01-02 03:04:06 UTC), [0; 4]);
        assert!(early < late);
        assert_eq!(early.as_str().parse(), Ok(early));
    }

    #[test]
    fn only_sixteen_lower_case_digits_are_a_handle() {
        assert!("00000000deadbeef".parse::<Handle>().is_ok());
        for text in
            ["", "00000000DEADBEEF", "00000000deadbee", "00000000deadbeef0", "00000000deadbee/", "ääääääää"]
        {
            assert!(text.parse::<Handle>().is_err(), "{text}");
            assert!(text.parse::<TraceId>().is_err(), "{text}");
        }
    }

    #[test]
    fn trace_ids_keep_leading_zeros() {
        let trace = TraceId::new([0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(trace.as_str(), "0000000000000007");
        assert_eq!(trace.as_str().parse(), Ok(trace));
    }

    #[test]
    fn a_token_hash_does_not_print() {
        assert_eq!(format!("{:?}", TokenHash::from_bytes([0xab; 32])), "TokenHash([redacted])");
    }
}
