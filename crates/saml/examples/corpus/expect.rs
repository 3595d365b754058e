//! What is expected of a case: by what it needs opened, and by what is wrong with it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::judge::Said;
use crate::manifest::{Case, Kind, Layer, Options, ProfileVerdict, Validity};

/// Under which policy a case runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// The default policy.
    Strict,
    /// With what the case needs opened, as far as it can be.
    Lenient,
}

impl Mode {
    /// A case for which nothing can be opened runs once.
    pub(crate) fn of(case: &Case) -> impl Iterator<Item = Self> {
        let weak = switches(case).iter().any(|switch| switch.opens);
        std::iter::once(Self::Strict).chain(weak.then_some(Self::Lenient))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
        })
    }
}

/// What a run must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Accepted,
    /// With a code that begins with one of these; with any where there are none.
    Refused(Vec<String>),
}

impl Expected {
    pub(crate) fn of(case: &Case, mode: Mode, document: &[u8]) -> Self {
        if case.layer == Layer::Parse {
            return Self::refused(["xml."]);
        }
        if case.kind == Kind::Metadata && case.layer == Layer::Model && case.expected == Validity::Valid {
            let provider = document.windows(ROLE.len()).any(|window| window == ROLE);
            return if provider { Self::Accepted } else { Self::refused(["metadata.no_idp"]) };
        }
        let valid = match (case.kind, &case.saml_profile) {
            (Kind::Xmldsig, Some(profile)) => profile.verdict == ProfileVerdict::Accept,
            _ => case.expected == Validity::Valid,
        };
        let shut = switches(case).into_iter().filter(|switch| mode == Mode::Strict || !switch.opens);
        let shut: Vec<&str> = shut.flat_map(|switch| switch.codes).copied().collect();
        match (valid, mode) {
            (true, Mode::Strict) if !shut.is_empty() => Self::refused(shut),
            (true, _) => Self::Accepted,
            // Several faults prove only that the case is refused.
            (false, _) => match case.all_faults_found.as_slice() {
                [fault] if case.options.single_fault => match codes_of(fault) {
                    Some(codes) => Self::refused(codes.iter().copied().chain(shut)),
                    None => Self::Refused(vec![format!("a code that stands here for {fault:?}")]),
                },
                _ => Self::refused([]),
            },
        }
    }

    fn refused<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
        codes.sort_unstable();
        codes.dedup();
        Self::Refused(codes)
    }

    pub(crate) fn is_met_by(&self, said: &Said) -> bool {
        match (self, said) {
            (Self::Accepted, Said::Accepted) => true,
            (Self::Refused(codes), Said::Refused { code, also, .. }) => {
                let known = |code: &str| codes.iter().any(|expected| code.starts_with(expected));
                codes.is_empty() || known(code) || also.iter().any(|code| known(code))
            }
            _ => false,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused(codes) if codes.is_empty() => f.write_str("refused"),
            Self::Refused(codes) => write!(f, "refused by {}", codes.join(" or ")),
        }
    }
}

impl Serialize for Expected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Metadata without it are those of a service provider, which are none to sign in with.
const ROLE: &[u8] = b"IDPSSODescriptor";

/// Something weak that a case needs.
struct Switch {
    needed: fn(&Options) -> bool,
    /// The codes that say that it is shut.
    codes: &'static [&'static str],
    /// Whether a policy can open it.
    opens: bool,
}

const SWITCHES: &[Switch] = &[
    Switch { needed: |options| options.allow_sha1, codes: &["signature.algorithm"], opens: true },
    Switch { needed: |options| options.allow_md5, codes: &["signature.algorithm"], opens: false },
    Switch { needed: |options| options.needs_hmac, codes: &["signature.algorithm"], opens: false },
    Switch { needed: |options| options.inclusive_c14n, codes: &["signature.algorithm"], opens: true },
    Switch {
        needed: |options| options.allow_rsa_under_2048,
        // Without a certificate in the message nobody can tell which key was meant.
        codes: &["signature.weak_key", "signature.unknown_key"],
        opens: true,
    },
    Switch {
        needed: |options| options.empty_reference_uri,
        codes: &["signature.shape.reference", "signature.shape.id"],
        opens: true,
    },
    Switch { needed: |options| options.skip_audience, codes: &["audience"], opens: true },
];

/// What a case needs that depends on a policy; of a message that is merely read, nothing does.
fn switches(case: &Case) -> Vec<&'static Switch> {
    let judged = matches!(case.layer, Layer::Saml | Layer::Xmldsig);
    SWITCHES.iter().filter(|switch| judged && (switch.needed)(&case.options)).collect()
}

/// The codes that a fault, in the manifest's words, may come to.
fn codes_of(fault: &str) -> Option<&'static [&'static str]> {
    FAULTS.iter().find(|(known, _)| *known == fault).map(|(_, codes)| *codes)
}

const FAULTS: &[(&str, &[&str])] = &[
    ("signature does not verify", &["signature."]),
    ("no signature", &["signature.none"]),
    ("HMAC signature", &["signature.algorithm"]),
    ("too many transforms", &["signature.shape.child", "signature.algorithm"]),
    ("empty Reference URI but parent is not the root", &["signature.shape.reference"]),
    ("Signature in unexpected place", &["read.signature_place", "read.child"]),
    ("root is not samlp:Response", &["read.root", "read.namespace"]),
    ("Destination mismatch", &["destination"]),
    ("Response Issuer mismatch", &["issuer"]),
    ("Assertion Issuer mismatch", &["issuer"]),
    ("Assertion Issuer missing", &["read.child"]),
    ("NameID empty", &["read.empty"]),
    ("Conditions count is not 1", &["audience"]),
    ("Audience missing", &["audience"]),
    ("Audience mismatch", &["audience"]),
    ("before Conditions NotBefore", &["conditions.not_before"]),
    ("after Conditions NotOnOrAfter", &["conditions.not_on_or_after"]),
    ("no usable bearer SubjectConfirmation (not bearer)", &["confirmation.bearer"]),
    ("no usable bearer SubjectConfirmation (no data)", &["confirmation.recipient"]),
    ("no usable bearer SubjectConfirmation (Recipient)", &["confirmation.recipient"]),
    ("no usable bearer SubjectConfirmation (InResponseTo)", &["in_response_to"]),
    ("no usable bearer SubjectConfirmation (NotOnOrAfter missing)", &["confirmation.not_on_or_after"]),
    ("AuthnStatement missing", &["authn.statement"]),
    ("duplicate Attribute Name (policy)", &["attribute.twice"]),
    ("metadata has no certificate: no usable key", &["metadata.no_key"]),
    ("metadata certificate cannot be parsed: no usable key", &["metadata.no_key"]),
];
