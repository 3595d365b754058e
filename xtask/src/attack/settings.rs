//! The ways in which a connection is set up, and what comes of each case then.

use super::played::Outcome;

/// One way to set up a connection.
pub(super) struct Setting {
    /// What it is called in the output.
    pub(super) name: &'static str,
    pub(super) key: Key,
    pub(super) dropped: Dropped,
    /// The cases that go another way by it.
    pub(super) otherwise: &'static [(&'static str, Outcome<&'static str>)],
}

/// What the double signs with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The application's own.
    Own,
    /// One that nobody is to trust as long as the demand holds: `[signing]` of app.toml.
    Weak(&'static str),
}

/// What a connection no longer demands.
pub(super) enum Dropped {
    Nothing,
    /// Of `landfall connection weaken`.
    Danger(&'static str),
    /// Of `landfall connection set`.
    Setting(&'static str),
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "strict", key: Key::Own, dropped: Dropped::Nothing, otherwise: &[NO_REPLAY] },
    Setting {
        name: "danger sha1",
        key: Key::Own,
        dropped: Dropped::Danger("sha1"),
        otherwise: &[
            ("signature-sha1", SIGNED_IN),
            ("digest-sha1", SIGNED_IN),
            ("signature-and-digest-sha1", SIGNED_IN),
            ("logout-signature-sha1", Outcome::Failed("the session ended, got nobody")),
            NO_REPLAY,
        ],
    },
    Setting {
        name: "danger short-rsa",
        key: SHORT,
        dropped: Dropped::Danger("short-rsa"),
        otherwise: &[NO_REPLAY],
    },
    Setting {
        name: "danger empty-reference",
        key: Key::Own,
        dropped: Dropped::Danger("empty-reference"),
        otherwise: &[("reference-empty", SIGNED_IN), NO_REPLAY],
    },
    Setting {
        name: "danger other-c14n",
        key: Key::Own,
        dropped: Dropped::Danger("other-c14n"),
        otherwise: &[
            ("c14n-inclusive", SIGNED_IN),
            ("c14n-inclusive-1-1", SIGNED_IN),
            ("c14n-with-comments", SIGNED_IN),
            ("transform-by-default", SIGNED_IN),
            NO_REPLAY,
        ],
    },
    Setting {
        name: "danger missing-audience",
        key: Key::Own,
        dropped: Dropped::Danger("missing-audience"),
        otherwise: &[("audience-absent", SIGNED_IN), NO_REPLAY],
    },
    // A response that has lost its request is one that nobody asked for, and one is taken once.
    Setting {
        name: "unsolicited=accept",
        key: Key::Own,
        dropped: Dropped::Setting("unsolicited=accept"),
        otherwise: &[("in-response-to-lost", SIGNED_IN)],
    },
    Setting {
        name: "unsolicited=refuse",
        key: Key::Own,
        dropped: Dropped::Setting("unsolicited=refuse"),
        otherwise: &[NO_REPLAY],
    },
    Setting {
        name: "guests=admit",
        key: Key::Own,
        dropped: Dropped::Setting("guests=admit"),
        otherwise: &[
            ("guest", Outcome::Failed("signed in as somebody whom the directory does not know")),
            NO_REPLAY,
        ],
    },
    Setting {
        name: "certificate-dates=warn",
        key: EXPIRED,
        dropped: Dropped::Setting("certificate-dates=warn"),
        otherwise: &[NO_REPLAY],
    },
];

const SIGNED_IN: Outcome<&str> = Outcome::Failed("signed in as B.Simon@contoso.example");
/// Where a response that nobody asked for signs nobody in, its replay shows nothing.
const NO_REPLAY: (&str, Outcome<&str>) =
    ("unsolicited-replay", Outcome::LeftOut("it signs nobody in by a response that nobody asked for"));

const SHORT: Key = Key::Weak(include_str!("../../attack/short.toml"));
const EXPIRED: Key = Key::Weak(include_str!("../../attack/expired.toml"));
