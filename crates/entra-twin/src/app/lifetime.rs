//! The token lifetime policy.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Duration;

use super::SettingError;

/// How long the Conditions of an assertion hold from the moment it is made: 10 minutes to a day, by default an hour.
///
/// The confirmation is not changed by it: that holds for an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Lifetime(u16);

impl Lifetime {
    pub(crate) fn duration(self) -> Duration {
        Duration::minutes(self.0.into())
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self(60)
    }
}

impl TryFrom<u16> for Lifetime {
    type Error = SettingError;

    fn try_from(minutes: u16) -> Result<Self, SettingError> {
        if (10..=24 * 60).contains(&minutes) { Ok(Self(minutes)) } else { Err(wrong(&minutes.to_string())) }
    }
}

impl From<Lifetime> for u16 {
    fn from(lifetime: Lifetime) -> Self {
        lifetime.0
    }
}

impl FromStr for Lifetime {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        text.parse::<u16>().map_err(|_| wrong(text))?.try_into()
    }
}

fn wrong(got: &str) -> SettingError {
    SettingError::Value { name: "lifetime", expected: "10 to 1440 minutes", got: got.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_ten_minutes_to_a_day() {
        for (text, minutes) in
            [("10", Some(10)), ("1440", Some(1440)), ("9", None), ("1441", None), ("-1", None), ("1h", None)]
        {
            let lifetime = text.parse::<Lifetime>().ok();
            assert_eq!(lifetime.map(Lifetime::duration), minutes.map(Duration::minutes), "{text}");
        }
    }
}
