//! From an honest login to the octets that carry a fault.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;

use super::cut::Parts;
use super::recipe::Recipe;
use super::{Edit, Fault};
use crate::{DataError, Encryption, IssueRequest, Message, SignError, SigningOption, Twin, User};

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
    /// An address that nobody may fetch because a message names it.
    pub(crate) bait: &'a str,
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
    /// What an honest double says about this person, neither signed nor encrypted: forging does that.
    pub(crate) fn message(&self, user: &User) -> Message {
        let request = IssueRequest {
            user,
            in_response_to: self.in_response_to,
            acs: self.acs,
            audience: self.audience,
            authn_instant: self.authn_instant,
            now: self.twin.now(),
            sign: SigningOption::Assertion,
        };
        Message { sign: None, encryption: Encryption::Off, ..Message::honest(self.twin, &request) }
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
        Ok(Parts::of(&self.twin.sign(&message)?)?.assertion)
    }

    /// The response that carries a fault.
    ///
    /// The assertion goes in clear, whatever the application says, unless the fault is one of encryption.
    ///
    /// # Errors
    /// [`ForgeError`] if the edit does not fit what the double writes, or changes nothing.
    pub(crate) fn forge(&self, fault: &Fault) -> Result<Forged, ForgeError> {
        let mut message = self.message(self.person);
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
        let signed = recipe.sign(&text)?;
        let octets = match fault.edit {
            Edit::Signing(edit) => {
                edit(&mut recipe, self)?;
                recipe.sign(&text)?.into_bytes()
            }
            Edit::Signatures(edit) => {
                recipe.each().for_each(edit);
                recipe.sign(&text)?.into_bytes()
            }
            Edit::Text(edit) => edit(&signed, self)?.into_bytes(),
            Edit::Octets(edit) => edit(&signed)?,
            Edit::Encrypted(encryption) => encryption.sign(&recipe, &text, self)?.into_bytes(),
            _ => return Ok(Forged { octets: signed.into_bytes() }),
        };
        changed(fault, octets != signed.as_bytes())?;
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
    /// The message is as honest as before, by the settings of the application for instance.
    #[error("{fault} changes nothing in what this application sends")]
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

    use time::OffsetDateTime;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::fault::{Logout, LogoutScene};
    use crate::{App, Credential, Seed};

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05.805 UTC);

    /// Some faults, each in the same login.
    fn some<'f>(
        faults: impl IntoIterator<Item = &'f Fault>,
        edit: impl Fn(&mut App),
        mut test: impl FnMut(&Scene<'_>, &'f Fault),
    ) {
        let mut app = Seed::Contoso.app().unwrap();
        app.register("https://sp.example.com", vec!["https://sp.example.com/acs".into()]);
        let own = Seed::Contoso.tenant().unwrap().signing;
        app.encryption_certificate = Some(own.public());
        edit(&mut app);
        for fault in faults {
            // The same GUIDs each time: whatever differs is of the fault.
            let count = AtomicU64::new(1);
            let twin = Twin::new(Seed::Contoso.tenant().unwrap(), app.clone(), move || NOW)
                .with_guids(move || Uuid::from_u128(count.fetch_add(1, Ordering::Relaxed).into()));
            let scene = Scene {
                twin: &twin,
                person: twin.tenant().find("B.Simon@contoso.example").unwrap(),
                victim: twin.tenant().find("C.Lindqvist@contoso.example").unwrap(),
                in_response_to: Some("_request"),
                acs: "https://sp.example.com/acs",
                audience: "https://sp.example.com",
                authn_instant: NOW,
                encryption: Some(own.certificate()),
                bait: "http://127.0.0.1:9",
            };
            test(&scene, fault);
        }
    }

    fn honest() -> [&'static Fault; 1] {
        [Fault::login(SigningOption::Assertion)]
    }

    #[track_caller]
    fn forged(scene: &Scene<'_>, fault: &Fault) -> String {
        String::from_utf8(scene.forge(fault).unwrap().octets).unwrap()
    }

    #[test]
    fn what_has_no_fault_is_what_the_double_sends() {
        let all = || Fault::all().filter(|fault| fault.name.starts_with("honest-"));
        for algorithm in ["sha256", "sha1"] {
            let edit = |app: &mut App| app.set("algorithm", algorithm).unwrap();
            some(all(), edit, |scene, fault| {
                let mut message = scene.message(scene.person);
                let unsigned = scene.twin.sign(&message).unwrap();
                let signed = Recipe::of(scene.twin, fault.sign).sign(&unsigned).unwrap();
                message.sign = Some(fault.sign);
                assert_eq!(signed, scene.twin.sign(&message).unwrap(), "{}, {algorithm}", fault.name);
            });
        }
    }

    /// Whatever an administrator sets; what is no fault then is said to be none.
    #[test]
    fn each_fault_can_be_made_under_each_setting() {
        let sha1 = ["signature-sha1", "digest-sha1", "signature-and-digest-sha1"];
        for (name, value, none) in [
            ("sign", "both", &[][..]),
            ("encryption", "on", &[]),
            ("name-format", "uri", &[]),
            ("name-id-format", "persistent", &[]),
            ("name-id-format", "transient", &[]),
            ("name-id-source", "user.mailnickname", &[]),
            ("groups", "all", &[]),
            ("algorithm", "sha1", &sha1),
        ] {
            let edit = |app: &mut App| app.set(name, value).unwrap();
            some(Fault::all(), edit, |scene, fault| match scene.forge(fault) {
                Ok(_) => assert!(!none.contains(&fault.name), "{name}={value}: {}", fault.name),
                Err(error) => {
                    assert!(none.contains(&fault.name), "{name}={value}: {}: {error:?}", fault.name);
                    assert_eq!(error.code(), "forge-no-change");
                }
            });
        }
    }

    /// When the active certificate has ended and another has not, the other one signs: faults too.
    #[test]
    fn the_key_that_signs_now_signs_faults() {
        let day = time::Duration::DAY;
        let ended = Credential::generate(NOW - day * 2, NOW - day).unwrap();
        let edit = |app: &mut App| app.inactive.push(std::mem::replace(&mut app.signing, ended.clone()));
        some(honest(), edit, |scene, fault| {
            assert_ne!(scene.twin.signing(), &scene.twin.app().signing);
            let certificate = STANDARD.encode(scene.twin.signing().certificate());
            assert!(forged(scene, fault).contains(&certificate));
        });
    }

    /// As the application has it: whom the request names, and by which format.
    #[test]
    fn each_logout_can_be_made_under_each_setting() {
        for (name, value) in [
            ("name-id-format", "persistent"),
            ("name-id-format", "transient"),
            ("logout-name", "pairwise"),
            ("logout-format", "sign-on"),
        ] {
            let edit = |app: &mut App| app.set(name, value).unwrap();
            some(honest(), edit, |scene, fault| {
                let (login, destination) = (forged(scene, fault), "https://sp.example.com/slo");
                let logout =
                    LogoutScene { twin: scene.twin, person: scene.person, login: &login, destination };
                for fault in Fault::all() {
                    if let Edit::Logout(fault) = fault.edit {
                        logout.query(fault).unwrap();
                    }
                }
                let named = |text: &str| {
                    let (_, rest) = text.split_once("<NameID").unwrap();
                    let (start, rest) = rest.split_once('>').unwrap();
                    (start.contains("Format="), rest.split_once('<').unwrap().0.to_owned())
                };
                let (format, who) = named(&logout.request(Logout::Honest).unwrap());
                assert_eq!(format, name == "logout-format");
                assert_eq!(who == named(&login).1, name != "logout-name");
            });
        }
    }

    /// A fault that changes nothing would pass for one that is refused.
    #[test]
    fn an_edit_that_changes_nothing_is_an_error() {
        let expired = Fault::find("expired").unwrap();
        for edit in [
            Edit::Message(|_, _| {}),
            Edit::Unsigned(|text, _| Ok(text.to_owned())),
            Edit::Signing(|_, _| Ok(())),
            Edit::Signatures(|_| {}),
            Edit::Text(|text, _| Ok(text.to_owned())),
            Edit::Octets(|text| Ok(text.as_bytes().to_vec())),
        ] {
            let idle = [Fault { edit, ..*expired }];
            some(
                &idle,
                |_| {},
                |scene, idle| {
                    assert_eq!(scene.forge(idle).unwrap_err().code(), "forge-no-change", "{edit:?}");
                },
            );
        }
    }

    /// Two faults that send the same would be one.
    #[test]
    fn each_fault_can_be_made_and_is_like_no_other() {
        let mut seen = HashMap::new();
        some(
            Fault::all(),
            |_| {},
            |scene, fault| {
                let forged = scene.forge(fault).unwrap_or_else(|error| panic!("{}: {error:?}", fault.name));
                let carried = !matches!(fault.edit, Edit::Form(_) | Edit::Flow(_) | Edit::Logout(_));
                if carried {
                    let same = seen.insert(forged.octets, fault.name);
                    assert_eq!(same, None, "{}", fault.name);
                }
            },
        );
    }
}
