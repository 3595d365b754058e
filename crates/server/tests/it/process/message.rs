//! What the doubles say to this installation, as files for `landfall inspect`.

use landfall_entra_twin::{IssueRequest, Message, Seed, SigningOption, Twin};
use landfall_xmldsig::{Certificate, KeyFingerprint};
use time::OffsetDateTime;
use time::macros::datetime;

use super::{Ended, Folder};
use crate::world::{ACS, ENTITY_ID, SIMON};

/// When the messages are issued, and as the command line writes it.
pub(super) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);
pub(super) const AT: &str = "2030-01-02T03:04:05Z";

/// The time by which the program goes.
#[expect(clippy::disallowed_methods, reason = "a process has no other clock")]
pub(super) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

pub(super) fn twin(seed: Seed) -> Twin {
    Twin::new(seed.tenant().unwrap(), seed.app().unwrap(), || NOW)
}

/// The fingerprint of the key with which a double signs.
pub(super) fn key_of(seed: Seed) -> KeyFingerprint {
    Certificate::from_der(twin(seed).app().signing.certificate()).unwrap().fingerprint()
}

/// What contoso says of B.Simon at this time in answer to the request `_r1`, edited.
pub(super) fn says_at(now: OffsetDateTime, edit: impl FnOnce(&mut Message)) -> Message {
    let twin = twin(Seed::Contoso);
    let mut message = Message::honest(
        &twin,
        &IssueRequest {
            user: twin.tenant().find(SIMON).unwrap(),
            in_response_to: Some("_r1"),
            acs: ACS,
            audience: ENTITY_ID,
            authn_instant: now,
            now,
            sign: SigningOption::Assertion,
        },
    );
    edit(&mut message);
    message
}

/// The same at [`NOW`], signed by contoso.
pub(super) fn says(edit: impl FnOnce(&mut Message)) -> String {
    twin(Seed::Contoso).sign(&says_at(NOW, edit)).unwrap()
}

impl Folder {
    /// Inspects this text as a file.
    pub(super) fn inspect(&self, text: &str, arguments: &[&str]) -> Ended {
        self.write("message", text);
        self.run(&[&["inspect", "message"], arguments].concat())
    }

    /// Inspects a response as contoso's connection would judge it at [`AT`].
    pub(super) fn judge(&self, xml: &str, more: &[&str]) -> Ended {
        self.inspect(xml, &[&["--connection", "contoso-entra", "--at", AT], more].concat())
    }
}

impl Ended {
    /// The message is good, and each of these parts is said of it.
    #[track_caller]
    pub(super) fn good(&self, parts: &[&str]) {
        assert_eq!((self.status.code(), self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.says(parts);
    }

    /// The message is not good, and each of these parts is said of it.
    #[track_caller]
    pub(super) fn bad(&self, parts: &[&str]) {
        let expected = (Some(1), "landfall: the message is not good: see above\n");
        assert_eq!((self.status.code(), self.err.as_str()), expected, "{}", self.out);
        self.says(parts);
    }

    #[track_caller]
    pub(super) fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.out.contains(part), "no {part:?} in {}", self.out);
        }
    }
}
