//! How events hang together: each vouches for all that were written before it in its chain.
//!
//! A tenant has a chain, and so has the installation, for what belongs to no tenant.
//! The numbers of a chain count up from 1, and the hash of an event covers its number, all its fields and the hash before it
//! ([adr 0025](../../../docs/adr/0025-a-chain-of-events.md)).

use aws_lc_rs::digest::{Context, SHA256};
use uuid::Uuid;

/// What is written today.
pub(crate) const CURRENT: i64 = 1;
/// What was there before there was a chain, and was put into it afterwards: until then nothing vouched for it.
pub(crate) const EARLIER: i64 = 0;

/// The last event of a chain, or its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// Its number, 0 at the beginning.
    pub(crate) seq: i64,
    /// Its hash, zeros at the beginning.
    pub(crate) hash: [u8; 32],
}

/// An event as it is hashed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashed<'a> {
    pub(crate) form: i64,
    pub(crate) at: i64,
    pub(crate) kind: &'a str,
    pub(crate) tenant: Option<Uuid>,
    pub(crate) connection: Option<Uuid>,
    pub(crate) user: Option<Uuid>,
    pub(crate) trace: Option<&'a str>,
    pub(crate) detail: &'a str,
}

impl Link {
    /// The event as the next one of the chain.
    ///
    /// No two sequences of events give the same octets: numbers have a fixed length, texts begin with theirs,
    /// and what may be absent begins with whether it is there.
    pub(crate) fn next(&self, event: &Hashed<'_>) -> Self {
        let seq = self.seq.saturating_add(1);
        let mut octets = Octets(Context::new(&SHA256));
        octets.put(b"landfall event");
        octets.number(event.form);
        octets.put(&self.hash);
        octets.number(seq);
        octets.number(event.at);
        octets.text(event.kind);
        for id in [event.tenant, event.connection, event.user] {
            octets.maybe(id, |octets, id| octets.put(id.as_bytes()));
        }
        octets.maybe(event.trace, Octets::text);
        octets.text(event.detail);
        let mut hash = [0; 32];
        hash.copy_from_slice(octets.0.finish().as_ref());
        Self { seq, hash }
    }
}

struct Octets(Context);

impl Octets {
    fn put(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    fn number(&mut self, number: i64) {
        self.put(&number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.put(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.put(text.as_bytes());
    }

    fn maybe<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        self.put(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            put(self, value);
        }
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const EVENT: Hashed<'static> = Hashed {
        form: CURRENT,
        at: 1_893_553_445_678,
        kind: "login.accepted",
        tenant: Some(Uuid::from_u128(1)),
        connection: Some(Uuid::from_u128(2)),
        user: Some(Uuid::from_u128(3)),
        trace: Some("0000000000000007"),
        detail: "{}",
    };

    /// Another program that is to verify an export needs this to stay as it is.
    #[test]
    fn the_first_hashes_are_these() {
        let first = Link::default().next(&EVENT);
        assert_eq!((first.seq, hex(&first.hash)), (1, FIRST.to_owned()));
        let second = first.next(&Hashed { tenant: None, trace: None, ..EVENT });
        assert_eq!((second.seq, hex(&second.hash)), (2, SECOND.to_owned()));
    }

    const FIRST: &str = "bddc23ddf6cf028c850afa93d7fd29cc6fe030bd2b43995e97c74edfa9ee4026";
    const SECOND: &str = "6d9fd1b94a7b5c1af743ed114be3fbc7a1aaff98858505a7532e7f661b12c52e";

    #[test]
    fn each_field_counts_and_none_can_pass_into_another() {
        let (other, begin) = (Some(Uuid::from_u128(9)), Link::default());
        let events = [
            EVENT,
            Hashed { form: EARLIER, ..EVENT },
            Hashed { at: EVENT.at + 1, ..EVENT },
            Hashed { kind: "login.refused", ..EVENT },
            Hashed { tenant: other, ..EVENT },
            Hashed { tenant: None, ..EVENT },
            Hashed { connection: other, ..EVENT },
            Hashed { connection: None, ..EVENT },
            Hashed { user: other, ..EVENT },
            Hashed { user: None, ..EVENT },
            Hashed { connection: EVENT.user, user: EVENT.connection, ..EVENT },
            Hashed { connection: None, user: EVENT.connection, ..EVENT },
            Hashed { trace: Some("1"), ..EVENT },
            Hashed { trace: Some(""), ..EVENT },
            Hashed { trace: None, ..EVENT },
            Hashed { detail: "{} ", ..EVENT },
            Hashed { kind: "login.accepted{}", detail: "", ..EVENT },
            Hashed { trace: Some("0000000000000007{"), detail: "}", ..EVENT },
        ];
        let mut hashes: HashSet<_> = events.iter().map(|event| begin.next(event).hash).collect();
        hashes.insert(Link { seq: 1, ..begin }.next(&EVENT).hash);
        hashes.insert(Link { hash: [1; 32], ..begin }.next(&EVENT).hash);
        assert_eq!(hashes.len(), events.len() + 2);
    }
}
