//! `[limits]`: how much one address and one connection may ask for.

use std::num::NonZeroU32;

use landfall_http::Limits;
use serde::Deserialize;

/// What is not written stays as it is by default.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    address_burst: Option<NonZeroU32>,
    address_per_second: Option<NonZeroU32>,
    connection_burst: Option<NonZeroU32>,
    connection_per_second: Option<NonZeroU32>,
}

impl From<RawLimits> for Limits {
    fn from(raw: RawLimits) -> Self {
        let mut limits = Self::default();
        for (limit, written) in [
            (&mut limits.address.burst, raw.address_burst),
            (&mut limits.address.per_second, raw.address_per_second),
            (&mut limits.connection.burst, raw.connection_burst),
            (&mut limits.connection.per_second, raw.connection_per_second),
        ] {
            *limit = written.unwrap_or(*limit);
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use figment::Figment;
    use figment::providers::{Format, Toml};

    use super::*;

    fn read(text: &str) -> Result<Limits, String> {
        let raw: Result<RawLimits, _> = Figment::from(Toml::string(text)).extract();
        raw.map(Limits::from).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_counts_and_the_rest_is_the_default() {
        assert_eq!(read("").unwrap(), Limits::default());
        let limits = read("address_burst = 5").unwrap();
        assert_eq!(limits.address.burst.get(), 5);
        assert_eq!(limits.address.per_second, Limits::default().address.per_second);
        assert_eq!(limits.connection, Limits::default().connection);
    }

    #[test]
    fn no_limit_is_nothing_and_no_name_is_unknown() {
        for text in ["address_burst = 0", "connection_per_second = -1", "address = 5"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
