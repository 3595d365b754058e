//! What is kept of traced connections, sealed with the master key before it goes to the database.

use std::fmt;

use anyhow::{Context, Result};
use landfall_accounts::{SealedTrace, TracePlace};
use landfall_http::{KeptTrace, SealError, Sealer};

use crate::environment::System;
use crate::keys::MasterKey;

/// Seals kept messages, and opens them for an operator.
pub(crate) struct TraceSealer {
    master: MasterKey,
    environment: System,
}

impl TraceSealer {
    pub(crate) fn new(master: MasterKey) -> Self {
        Self { master, environment: System::default() }
    }

    /// Opens what is kept where it belongs.
    ///
    /// # Errors
    /// If it was sealed with another master key, for another place, or altered since.
    pub(crate) fn open(&self, trace: &SealedTrace) -> Result<KeptTrace> {
        let octets = self.master.open_bound(&bound(&trace.place), &trace.sealed).with_context(|| {
            format!(
                "what is kept of {} was sealed with another master key, or altered in the database",
                trace.place.trace
            )
        })?;
        Ok(KeptTrace::read(&octets)?)
    }
}

impl Sealer for TraceSealer {
    fn seal(&self, place: &TracePlace, octets: &[u8]) -> Result<Vec<u8>, SealError> {
        self.master.seal_bound(&bound(place), octets, &self.environment).map_err(|_| SealError)
    }
}

impl fmt::Debug for TraceSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceSealer")
    }
}

/// What a message is bound to: nothing that is sealed for another place, or is a key, opens in its stead.
///
/// The three parts have a fixed length each.
fn bound(place: &TracePlace) -> Vec<u8> {
    let TracePlace { tenant, connection, trace } = place;
    let (tenant, connection) = (tenant.as_uuid(), connection.as_uuid());
    [b"landfall trace 1", &tenant.as_bytes()[..], &connection.as_bytes()[..], trace.as_str().as_bytes()]
        .concat()
}

#[cfg(test)]
mod tests {
    use landfall_accounts::{ConnectionId, TenantId, TraceId};
    use time::macros::datetime;

    use super::*;

    fn sealer(key: u8) -> TraceSealer {
        TraceSealer::new(MasterKey::from_bytes(&[key; 32]).unwrap())
    }

    fn id(text: &str) -> String {
        format!("11111111-2222-4333-8444-{text}")
    }

    fn place() -> TracePlace {
        TracePlace {
            tenant: id("000000000001").parse::<TenantId>().unwrap(),
            connection: id("000000000002").parse::<ConnectionId>().unwrap(),
            trace: TraceId::new([7; 8]),
        }
    }

    /// [attack H12]
    #[test]
    fn h12_what_is_sealed_opens_in_its_own_place_alone() {
        let (line, at) = (b"a line\n<Response>Simon</Response>", datetime!(2030-01-02 03:04:05 UTC));
        let sealed = sealer(1).seal(&place(), line).unwrap();
        assert!(!sealed.windows(5).any(|window| window == b"Simon"));
        let opens = |key: u8, place: &TracePlace, sealed: &[u8]| {
            sealer(key).master.open_bound(&bound(place), sealed).is_some_and(|found| found == line)
        };
        assert!(opens(1, &place(), &sealed));
        assert!(!opens(2, &place(), &sealed), "another master key");
        let other_tenant = TracePlace { tenant: id("000000000003").parse().unwrap(), ..place() };
        let other_connection = TracePlace { connection: id("000000000003").parse().unwrap(), ..place() };
        let other_trace = TracePlace { trace: TraceId::new([8; 8]), ..place() };
        for other in [other_tenant, other_connection, other_trace] {
            assert!(!opens(1, &other, &sealed), "{other:?}");
            let error = sealer(1).open(&SealedTrace { place: other, at, sealed: sealed.clone() });
            assert!(error.unwrap_err().to_string().contains("altered in the database"));
        }
        for octet in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[octet] ^= 1;
            assert!(!opens(1, &place(), &altered), "octet {octet}");
        }
        assert_ne!(sealed, sealer(1).seal(&place(), line).unwrap(), "a nonce of its own");
    }
}
