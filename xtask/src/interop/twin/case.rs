//! What is tried with each service provider, and what must come of it.

use super::super::case::{Answer, Change, Encryption, Signed};

/// One login.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) start: Start,
    /// What the double is to send.
    pub(super) answer: Answer,
    pub(super) algorithm: Algorithm,
    /// Whose keys the service provider was given.
    pub(super) keys: Keys,
    /// Whether the service provider signs its request.
    pub(super) signs: bool,
    /// Whether the double demands that it does.
    pub(super) demands: bool,
    /// A fault of the double.
    pub(super) fault: Option<&'static str>,
    /// Whether a value is changed on the way.
    pub(super) change: Change,
    pub(super) then: Then,
    pub(super) logout: Logout,
    pub(super) expected: Expected,
    /// What the table says of it, where the standard leaves it to the service provider.
    pub(super) named: Option<&'static str>,
}

/// Where the person begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the account page of the service provider.
    Account,
    /// At the tile of My Apps.
    MyApps,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha256,
    Sha1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interop) enum Keys {
    /// Those of the application, which sign responses.
    Application,
    /// Those of the tenant, which sign none.
    Tenant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Stay,
    /// The response is posted a second time.
    ComeAgain,
    /// At the service provider.
    SignOut,
    /// At the double.
    SignOutAtDouble,
}

/// In which of its shapes the double writes messages for logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logout {
    /// As Microsoft describes them today, and as they were seen: answers come from the login address of the tenant, and
    /// the NameID of a request has no Format.
    Today,
    /// As the standard has them, and Microsoft's page had the answers until 2023.
    Standard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// The account page.
    SignedIn,
    /// An error page of the service provider.
    Refused(Why),
    /// The account page, and an error page when the response came again.
    RefusedAgain(Why),
    /// An error page of the double with this code.
    RefusedByDouble(&'static str),
    /// The account page is closed, and each side was at the other's address for logout.
    SignedOut,
    /// The logout comes to no end.
    NotSignedOut(Why),
}

/// Why a service provider refuses; each has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    BadSignature,
    NoSignature,
    UsedAlready,
    /// An answer from an entity that it does not know.
    Issuer,
    /// A NameID that is not the one of the session.
    NameId,
}

const PLAIN: Case = Case {
    name: "assertion signed",
    start: Start::Account,
    answer: Answer::PLAIN,
    algorithm: Algorithm::Sha256,
    keys: Keys::Application,
    signs: false,
    demands: false,
    fault: None,
    change: Change::Nothing,
    then: Then::Stay,
    logout: Logout::Standard,
    expected: Expected::SignedIn,
    named: None,
};

/// Each refusal differs in one thing from a login that is accepted.
pub(super) const CASES: [Case; 16] = [
    PLAIN,
    Case { name: "response signed", answer: signed(Signed::Response), ..PLAIN },
    Case { name: "both signed", answer: signed(Signed::Both), ..PLAIN },
    Case { name: "IdP-initiated, My Apps", start: Start::MyApps, ..PLAIN },
    Case {
        name: "assertion encrypted",
        answer: Answer { encrypted: Some(Encryption::Aes256Cbc), ..Answer::PLAIN },
        ..PLAIN
    },
    Case { name: "SHA-1", algorithm: Algorithm::Sha1, named: Some("taken"), ..PLAIN },
    Case { name: "signed request, demanded", signs: true, demands: true, ..PLAIN },
    Case {
        name: "unsigned request refused",
        demands: true,
        expected: Expected::RefusedByDouble("AADSTS76021"),
        ..PLAIN
    },
    Case {
        name: "replay refused",
        then: Then::ComeAgain,
        expected: Expected::RefusedAgain(Why::UsedAlready),
        ..PLAIN
    },
    Case {
        name: "changed attribute refused",
        change: Change::FirstName,
        expected: Expected::Refused(Why::BadSignature),
        ..PLAIN
    },
    Case {
        name: "unsigned response refused",
        fault: Some("unsigned"),
        expected: Expected::Refused(Why::NoSignature),
        ..PLAIN
    },
    Case {
        name: "tenant's keys refused",
        keys: Keys::Tenant,
        expected: Expected::Refused(Why::BadSignature),
        ..PLAIN
    },
    Case { name: "logout, SP-started", then: Then::SignOut, expected: Expected::SignedOut, ..PLAIN },
    Case { name: "logout, IdP-started", then: Then::SignOutAtDouble, expected: Expected::SignedOut, ..PLAIN },
    Case {
        name: "logout, login address as Issuer",
        then: Then::SignOut,
        logout: Logout::Today,
        expected: Expected::NotSignedOut(Why::Issuer),
        named: Some("refused"),
        ..PLAIN
    },
    Case {
        name: "logout, NameID without Format",
        then: Then::SignOutAtDouble,
        logout: Logout::Today,
        expected: Expected::NotSignedOut(Why::NameId),
        named: Some("refused"),
        ..PLAIN
    },
];

const fn signed(signed: Signed) -> Answer {
    Answer { signed, ..Answer::PLAIN }
}
