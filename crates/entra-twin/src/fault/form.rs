//! Faults in the form that carries a response to the service provider.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
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
        "base64-cut",
        "B16",
        Edit::Form(|form, _| {
            form.response(|value| value.chars().take(value.len() / 8 * 4 + 1).collect());
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
    Fault::refuse(
        "deflate-bomb",
        "D6",
        Edit::Form(|form, _| {
            let bomb = deflated(&vec![b' '; 16 * 1024 * 1024]);
            form.response(|_| STANDARD.encode(&bomb));
        }),
    ),
    Fault::refuse(
        "field-of-another-name",
        "B16",
        Edit::Form(|form, _| {
            form.fields.iter_mut().for_each(|(name, _)| *name = name.to_lowercase());
        }),
    ),
    Fault::refuse(
        "field-of-a-request",
        "B16",
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
    Fault::refuse("field-empty", "B16", Edit::Form(|form, _| form.response(|_| String::new()))),
    Fault::refuse("form-empty", "B16", Edit::Form(|form, _| form.fields.clear())),
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
        Edit::Form(|form, _| {
            // As much as an address can carry.
            let bomb = deflated(&vec![b' '; 8 * 1024 * 1024]);
            form.response(|_| STANDARD.encode(&bomb));
            form.by_get = true;
        }),
    ),
    Fault::refuse("acs-by-get", "C12", Edit::Form(|form, _| form.by_get = true)),
    Fault::refuse(
        "relay-state-of-another-site",
        "E17",
        Edit::Form(|form, _| {
            form.fields.retain(|(name, _)| name != RELAY_STATE);
            form.fields.push((RELAY_STATE.to_owned(), "http://evil.example/".to_owned()));
        }),
    )
    .expecting(Expected::StayAtHome),
];

const RESPONSE: &str = "SAMLResponse";
const RELAY_STATE: &str = "RelayState";

/// As the redirect binding has it.
pub(super) fn deflated(octets: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let _ = encoder.write_all(octets);
    encoder.finish().unwrap_or_default()
}
