//! What is tried with each identity provider, and what must come of it.

/// One login.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) start: Start,
    /// What the identity provider is to send.
    pub(super) answer: Answer,
    /// Whether a value is changed on the way.
    pub(super) change: Change,
    /// Whether the person leaves again, and where.
    pub(super) then: Then,
    pub(super) expected: Expected,
}

/// Where the person begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At Landfall's landing page.
    Landing,
    /// At the identity provider, which sends a response that nobody asked for.
    IdentityProvider,
}

/// How a response is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) signed: Signed,
    pub(super) encrypted: Option<Encryption>,
    pub(super) signer: Signer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    Assertion,
    Response,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    Aes128Cbc,
    Aes256Cbc,
    Aes256Gcm,
    TripleDes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signer {
    /// The key of the metadata that was imported.
    Own,
    /// A key that the metadata do not have.
    Foreign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// The first name becomes another.
    FirstName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Stay,
    /// By the button on Landfall's account page.
    SignOut,
    /// At the identity provider.
    SignOutThere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The account page, after so many responses.
    SignedIn { responses: usize },
    /// The account page is closed, and each side was at the other's address for logout.
    SignedOut,
    /// A refusal with this code in the log.
    Refused { code: &'static str },
}

impl Answer {
    /// As nearly everybody sends it.
    pub(super) const PLAIN: Self = Self { signed: Signed::Assertion, encrypted: None, signer: Signer::Own };
}

impl Signed {
    pub(super) fn assertion(self) -> bool {
        self != Self::Response
    }

    pub(super) fn response(self) -> bool {
        self != Self::Assertion
    }
}

impl Encryption {
    /// The fragment that ends its identifier.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "aes128-cbc",
            Self::Aes256Cbc => "aes256-cbc",
            Self::Aes256Gcm => "aes256-gcm",
            Self::TripleDes => "tripledes-cbc",
        }
    }

    /// Its identifier [xmlenc-core1 5.2].
    pub(super) fn identifier(self) -> String {
        let namespace = match self {
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#",
            _ => "http://www.w3.org/2001/04/xmlenc#",
        };
        format!("{namespace}{}", self.name())
    }
}

impl Change {
    /// What takes the place of what.
    pub(super) fn texts(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::FirstName => Some(">Ada<=>Eve<"),
        }
    }
}

const PLAIN: Case = Case {
    name: "assertion signed",
    start: Start::Landing,
    answer: Answer::PLAIN,
    change: Change::Nothing,
    then: Then::Stay,
    expected: Expected::SignedIn { responses: 1 },
};

/// Each refusal differs in one thing from a login that is accepted.
pub(super) const CASES: [Case; 12] = [
    PLAIN,
    Case { name: "response signed", answer: signed(Signed::Response), ..PLAIN },
    Case { name: "both signed", answer: signed(Signed::Both), ..PLAIN },
    Case {
        name: "IdP-initiated, restarted",
        start: Start::IdentityProvider,
        expected: Expected::SignedIn { responses: 2 },
        ..PLAIN
    },
    Case { name: "encrypted, AES-128-CBC", answer: encrypted(Encryption::Aes128Cbc), ..PLAIN },
    Case { name: "encrypted, AES-256-CBC", answer: encrypted(Encryption::Aes256Cbc), ..PLAIN },
    Case { name: "encrypted, AES-256-GCM", answer: encrypted(Encryption::Aes256Gcm), ..PLAIN },
    Case {
        name: "Triple DES refused",
        answer: encrypted(Encryption::TripleDes),
        expected: Expected::Refused { code: "encryption.algorithm" },
        ..PLAIN
    },
    Case {
        name: "another key refused",
        answer: Answer { signer: Signer::Foreign, ..Answer::PLAIN },
        expected: Expected::Refused { code: "signature.unknown_key" },
        ..PLAIN
    },
    Case {
        name: "changed attribute refused",
        change: Change::FirstName,
        expected: Expected::Refused { code: "signature.digest" },
        ..PLAIN
    },
    Case { name: "logout, SP-started", then: Then::SignOut, expected: Expected::SignedOut, ..PLAIN },
    Case { name: "logout, IdP-started", then: Then::SignOutThere, expected: Expected::SignedOut, ..PLAIN },
];

const fn signed(signed: Signed) -> Answer {
    Answer { signed, ..Answer::PLAIN }
}

/// Signed inside and outside, so that the assertion is encrypted with a signature of its own.
const fn encrypted(encryption: Encryption) -> Answer {
    Answer { signed: Signed::Both, encrypted: Some(encryption), ..Answer::PLAIN }
}
