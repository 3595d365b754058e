//! Faults in the form that carries a response to the service provider.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::{Edit, Expected, Fault, Forged};

/// The form, before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    /// Whether it goes as a query instead.
    pub(crate) by_get: bool,
    /// Names and values, in order.
    pub(crate) fields: Vec<Field>,
}

/// Name and value.
pub(crate) type Field = (String, String);

impl Posted {
    /// As Entra posts it.
    pub(crate) fn honest(forged: &Forged, relay_state: Option<&str>) -> Self {
        let mut fields = vec![(RESPONSE.to_owned(), forged.field())];
        fields.extend(relay_state.map(|state| (RELAY_STATE.to_owned(), state.to_owned())));
        Self { by_get: false, fields }
    }

    fn relay_state(&mut self, value: &str) {
        self.fields.retain(|(name, _)| name != RELAY_STATE);
        self.fields.push((RELAY_STATE.to_owned(), value.to_owned()));
    }

    fn response(&mut self, edit: impl Fn(&str) -> String) {
        for (_, value) in self.fields.iter_mut().filter(|(name, _)| name == RESPONSE) {
            *value = edit(value);
        }
    }
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::accept(
        "base64-in-lines",
        "B16",
        Edit::Form(|form, _| {
            form.response(|value| {
                let letters: Vec<char> = value.chars().collect();
                letters
                    .chunks(76)
                    .map(|line| line.iter().collect::<String>())
                    .collect::<Vec<_>>()
                    .join("\r\n")
            });
        }),
    ),
    Fault::refuse("base64-stray", "B16", Edit::Form(|form, _| form.response(|value| format!("*{value}")))),
    Fault::refuse(
        "base64-unpadded",
        "B16",
        Edit::Form(|form, forged| {
            // White space at the end is no fault, and makes a length that needs padding.
            let octets = match forged.octets.len() % 3 {
                0 => [&forged.octets, &b"\n"[..]].concat(),
                _ => forged.octets.clone(),
            };
            form.response(|_| STANDARD_NO_PAD.encode(&octets));
        }),
    ),
    Fault::refuse(
        "base64-url-alphabet",
        "B16",
        Edit::Form(|form, forged| {
            form.response(|_| URL_SAFE.encode(&forged.octets));
        }),
    ),
    Fault::refuse(
        "base64-of-base64",
        "B16",
        Edit::Form(|form, _| form.response(|value| STANDARD.encode(value))),
    ),
    Fault::refuse(
        "deflated",
        "D6",
        Edit::Form(|form, forged| {
            let deflated = deflated(&forged.octets);
            form.response(|_| STANDARD.encode(&deflated));
        }),
    ),
    // Honest, and white space behind it.
    Fault::refuse(
        "deflate-bomb",
        "D6",
        Edit::Form(|form, forged| {
            let bomb = deflated(&[&forged.octets[..], &vec![b' '; MOST_BLANKS]].concat());
            form.response(|_| STANDARD.encode(&bomb));
        }),
    ),
    Fault::refuse(
        "field-of-another-name",
        "D9",
        Edit::Form(|form, _| {
            form.fields.iter_mut().for_each(|(name, _)| *name = name.to_lowercase());
        }),
    ),
    Fault::refuse(
        "field-of-a-request",
        "C12",
        Edit::Form(|form, _| {
            form.fields
                .iter_mut()
                .filter(|(name, _)| name == RESPONSE)
                .for_each(|(name, _)| "SAMLRequest".clone_into(name));
        }),
    ),
    Fault::refuse(
        "field-twice",
        "C12",
        Edit::Form(|form, _| {
            let twice: Vec<Field> =
                form.fields.iter().filter(|(name, _)| name == RESPONSE).cloned().collect();
            form.fields.extend(twice);
        }),
    ),
    Fault::refuse("field-empty", "D9", Edit::Form(|form, _| form.response(|_| String::new()))),
    Fault::refuse("form-empty", "D9", Edit::Form(|form, _| form.fields.clear())),
    Fault::refuse(
        "form-of-two-megabytes",
        "D7",
        Edit::Form(|form, _| {
            form.fields.push(("more".to_owned(), "x".repeat(2 * 1024 * 1024)));
        }),
    )
    .expecting(Expected::RefuseOrClose),
    Fault::refuse(
        "acs-by-get-deflate-bomb",
        "D6",
        Edit::Form(|form, forged| {
            let bomb = deflated(&[&forged.octets[..], &vec![b' '; MOST_BLANKS]].concat());
            form.response(|_| STANDARD.encode(&bomb));
            form.by_get = true;
        }),
    ),
    // For who reads the fields of a query as those of a form.
    Fault::refuse("acs-by-get", "C12", Edit::Form(|form, _| form.by_get = true)),
    // For who takes the redirect binding, which the profile forbids for responses.
    Fault::refuse(
        "acs-by-redirect",
        "C12",
        Edit::Form(|form, forged| {
            let deflated = deflated(&forged.octets);
            form.response(|_| STANDARD.encode(&deflated));
            form.by_get = true;
        }),
    ),
    Fault::refuse(
        "relay-state-of-another-site",
        "E17",
        Edit::Form(|form, _| form.relay_state("http://evil.example/")),
    )
    .expecting(Expected::StayAtHome),
    Fault::refuse(
        "relay-state-without-a-scheme",
        "E17",
        Edit::Form(|form, _| form.relay_state("//evil.example/")),
    )
    .expecting(Expected::StayAtHome),
    Fault::refuse(
        "relay-state-of-markup",
        "E17",
        Edit::Form(|form, _| form.relay_state("\"><script src=\"http://evil.example/\"></script>")),
    )
    .expecting(Expected::StayAtHome),
];

/// More white space than any message has; deflated it fits into an address.
pub(super) const MOST_BLANKS: usize = 4 * 1024 * 1024;
/// The host of the attacker.
pub(crate) const ATTACKER: &str = "evil.example";
const RESPONSE: &str = "SAMLResponse";
const RELAY_STATE: &str = "RelayState";

/// As the redirect binding has it.
pub(super) fn deflated(octets: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let _ = encoder.write_all(octets);
    encoder.finish().unwrap_or_default()
}
