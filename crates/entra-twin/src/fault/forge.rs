//! From an honest login to the octets that carry a fault.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;

use super::cut::Parts;
use super::recipe::Recipe;
use super::{Edit, Fault};
use crate::{DataError, IssueRequest, Message, SignError, SigningOption, Twin, User};

/// One login that is answered.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) twin: &'a Twin,
    /// Who signs in.
    pub(crate) person: &'a User,
    /// Whom a forged part is about.
    pub(crate) victim: &'a User,
    /// ID of the AuthnRequest that waits.
    pub(crate) in_response_to: Option<&'a str>,
    /// Where the response goes.
    pub(crate) acs: &'a str,
    /// What the service provider calls itself.
    pub(crate) audience: &'a str,
    /// When the person signed in at the double.
    pub(crate) authn_instant: time::OffsetDateTime,
    /// The certificate for which the service provider has the assertion encrypted, DER.
    pub(crate) encryption: Option<&'a [u8]>,
}

/// A response with a fault.
#[derive(Clone, Debug)]
pub(crate) struct Forged {
    /// What is sent, before base64.
    pub(crate) octets: Vec<u8>,
}

impl Forged {
    /// The value of the form field.
    pub(crate) fn field(&self) -> String {
        STANDARD.encode(&self.octets)
    }
}

impl Scene<'_> {
    /// What an honest double says about this person.
    pub(crate) fn message(&self, user: &User) -> Message {
        Message::honest(
            self.twin,
            &IssueRequest {
                user,
                in_response_to: self.in_response_to,
                acs: self.acs,
                audience: self.audience,
                authn_instant: self.authn_instant,
                now: self.twin.now(),
                sign: SigningOption::Assertion,
            },
        )
    }

    /// An assertion about the victim that nobody signed, with this ID or one of its own.
    ///
    /// # Errors
    /// [`ForgeError::Seam`] if the double writes another shape.
    pub(crate) fn forged(&self, id: Option<&str>) -> Result<String, ForgeError> {
        let mut message = self.message(self.victim);
        if let Some(id) = id {
            id.clone_into(&mut message.assertion.id);
        }
        message.sign = None;
        Ok(Parts::of(&self.twin.sign(&message)?)?.assertion)
    }

    /// The response that carries a fault.
    ///
    /// # Errors
    /// [`ForgeError`] if the edit does not fit what the double writes, or changes nothing.
    pub(crate) fn forge(&self, fault: &Fault) -> Result<Forged, ForgeError> {
        let mut message = self.message(self.person);
        message.sign = None;
        let honest = message.clone();
        if let Edit::Message(edit) = fault.edit {
            edit(&mut message, self);
            changed(fault, message != honest)?;
        }
        let mut text = self.twin.sign(&message)?;
        if let Edit::Unsigned(edit) = fault.edit {
            let edited = edit(&text, self)?;
            changed(fault, edited != text)?;
            text = edited;
        }
        let mut recipe = Recipe::of(self.twin, fault.sign);
        match fault.edit {
            Edit::Signing(edit) => edit(&mut recipe, self)?,
            Edit::Signatures(edit) => recipe.each().for_each(edit),
            _ => {}
        }
        let text = recipe.sign(&text)?;
        let octets = match fault.edit {
            Edit::Text(edit) => edit(&text, self)?.into_bytes(),
            Edit::Octets(edit) => edit(&text),
            Edit::Encrypted(encryption) => encryption.seal(&text, self)?.into_bytes(),
            _ => return Ok(Forged { octets: text.into_bytes() }),
        };
        changed(fault, octets != text.as_bytes())?;
        Ok(Forged { octets })
    }
}

fn changed(fault: &Fault, changed: bool) -> Result<(), ForgeError> {
    if changed { Ok(()) } else { Err(ForgeError::NoChange { fault: fault.name }) }
}

/// A fault cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// The double writes another shape than the fault edits.
    #[error("expected {seam:?} in the message of the double, got none: does it write another shape now?")]
    Seam {
        /// What the edit looks for.
        seam: &'static str,
    },
    /// The message is as honest as before.
    #[error("{fault} changes nothing")]
    NoChange {
        /// Its name.
        fault: &'static str,
    },
    /// The metadata of the service provider do not say for whom to encrypt.
    #[error("the service provider names no certificate for encryption in its metadata")]
    NoEncryption,
    /// libxmlsec1 did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The embedded tenants are broken.
    #[error(transparent)]
    Data(#[from] DataError),
    /// OpenSSL did not make a key, a signature or a cipher text.
    #[error("OpenSSL cannot do what the fault needs")]
    Crypto(#[from] ErrorStack),
}

impl ForgeError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Seam { .. } => "forge-seam",
            Self::NoChange { .. } => "forge-no-change",
            Self::NoEncryption => "forge-no-encryption",
            Self::Sign(_) => "forge-sign",
            Self::Data(_) => "forge-data",
            Self::Crypto(_) => "forge-crypto",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU64, Ordering};

    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::Seed;

    /// Each fault, in the same login.
    fn each(mut test: impl FnMut(&Scene<'_>, &'static Fault)) {
        let now = datetime!(2030-01-02 03:04:05.805 UTC);
        for fault in Fault::all() {
            let mut app = Seed::Contoso.app().unwrap();
            app.register("https://sp.example.com", vec!["https://sp.example.com/acs".into()]);
            let certificate = app.signing.certificate().to_vec();
            // The same GUIDs each time: whatever differs is of the fault.
            let count = AtomicU64::new(1);
            let twin = Twin::new(Seed::Contoso.tenant().unwrap(), app, move || now)
                .with_guids(move || Uuid::from_u128(count.fetch_add(1, Ordering::Relaxed).into()));
            let scene = Scene {
                twin: &twin,
                person: twin.tenant().find("B.Simon@contoso.example").unwrap(),
                victim: twin.tenant().find("C.Lindqvist@contoso.example").unwrap(),
                in_response_to: Some("_request"),
                acs: "https://sp.example.com/acs",
                audience: "https://sp.example.com",
                authn_instant: now,
                encryption: Some(&certificate),
            };
            test(&scene, fault);
        }
    }

    #[test]
    fn what_has_no_fault_is_what_the_double_sends() {
        each(|scene, fault| {
            if fault.name.starts_with("honest-") {
                let mut message = scene.message(scene.person);
                message.sign = None;
                let signed =
                    Recipe::of(scene.twin, fault.sign).sign(&scene.twin.sign(&message).unwrap()).unwrap();
                message.sign = Some(fault.sign);
                assert_eq!(signed, scene.twin.sign(&message).unwrap());
            }
        });
    }

    #[test]
    fn each_fault_can_be_made() {
        each(|scene, fault| {
            scene.forge(fault).unwrap_or_else(|error| panic!("{}: {error:?}", fault.name));
        });
    }

    /// A fault that changes nothing would pass for one that is refused.
    #[test]
    fn an_edit_that_changes_nothing_is_an_error() {
        for edit in [
            Edit::Message(|_, _| {}),
            Edit::Unsigned(|text, _| Ok(text.to_owned())),
            Edit::Text(|text, _| Ok(text.to_owned())),
            Edit::Octets(|text| text.as_bytes().to_vec()),
        ] {
            let idle = Fault { edit, ..*Fault::find("expired").unwrap() };
            each(|scene, fault| {
                if fault.name == "expired" {
                    assert_eq!(scene.forge(&idle).unwrap_err().code(), "forge-no-change", "{edit:?}");
                }
            });
        }
    }

    /// Two faults that send the same would be one.
    #[test]
    fn no_two_faults_are_the_same() {
        let mut seen = HashMap::new();
        each(|scene, fault| {
            let carried = !matches!(fault.edit, Edit::Form(_) | Edit::Flow(_) | Edit::Logout(_));
            if carried {
                let octets = scene.forge(fault).unwrap().octets;
                let same = seen.insert(octets, fault.name);
                assert_eq!(same, None, "{}", fault.name);
            }
        });
    }
}
