//! Named faults: what a hostile, broken or unusual identity provider sends, one edit each.

mod cut;
mod encryption;
mod flow;
mod forge;
mod form;
mod keys;
mod logout;
mod message;
mod recipe;
mod served;
mod signing;
mod text;
mod unsigned;
mod wrapping;

use crate::SigningOption;

pub(crate) use flow::Flow;
pub use forge::ForgeError;
pub(crate) use forge::{Forged, Scene};
pub(crate) use form::{ATTACKER, Posted};
pub(crate) use logout::{Logout, LogoutScene};
pub(crate) use served::{Faults, Set};

/// One named edit of an honest login or logout, with what a good service provider does about it.
///
/// ```
/// use landfall_entra_twin::{Expected, Fault};
///
/// let fault = Fault::find("audience-other").ok_or("not there")?;
/// assert_eq!((fault.class(), fault.expected()), ("E2", Expected::Refuse));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    name: &'static str,
    class: &'static str,
    expected: Expected,
    sign: SigningOption,
    edit: Edit,
}

/// What a good service provider makes of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// Nobody is signed in; a logout ends no session.
    Refuse,
    /// As [`Expected::Refuse`], and a closed connection will do as well: the message is too large to be read.
    RefuseOrClose,
    /// The person is signed in, and nobody else; a logout ends the session. Such a fault is none: it looks like one.
    Accept,
    /// The person is signed in or nobody is, and the browser is not sent to a site of the attacker.
    StayAtHome,
}

impl Expected {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse | Self::RefuseOrClose => "refuse",
            Self::Accept => "accept",
            Self::StayAtHome => "stay",
        }
    }
}

/// Where the edit is made: the stages of a message, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    /// None: an honest login with this signing option.
    None,
    /// What the message says.
    Message(fn(&mut crate::Message, &Scene<'_>)),
    /// The text before it is signed.
    Unsigned(fn(&str, &Scene<'_>) -> Result<String, ForgeError>),
    /// How it is signed.
    Signing(fn(&mut recipe::Recipe, &Scene<'_>) -> Result<(), ForgeError>),
    /// How each part is signed.
    Signatures(fn(&mut recipe::Signing)),
    /// The text after it is signed.
    Text(fn(&str, &Scene<'_>) -> Result<String, ForgeError>),
    /// Its octets.
    Octets(fn(&str) -> Result<Vec<u8>, ForgeError>),
    /// The assertion goes encrypted, and something is done before or after.
    Encrypted(encryption::Encryption),
    /// The form that carries it.
    Form(fn(&mut Posted, &Forged)),
    /// Who posts it, and when.
    Flow(Flow),
    /// A LogoutRequest in the redirect binding.
    Logout(logout::Logout),
}

const TABLES: [&[Fault]; 10] = [
    HONEST,
    message::FAULTS,
    unsigned::FAULTS,
    signing::FAULTS,
    wrapping::FAULTS,
    text::FAULTS,
    encryption::FAULTS,
    form::FAULTS,
    flow::FAULTS,
    logout::FAULTS,
];

/// The three signing options of Entra.
const HONEST: &[Fault] = &[ASSERTION, RESPONSE, BOTH];

const ASSERTION: Fault = Fault::accept("honest-assertion", "A24", Edit::None);
const RESPONSE: Fault = Fault::accept("honest-response", "A24", Edit::None).signed(SigningOption::Response);
const BOTH: Fault = Fault::accept("honest-both", "A24", Edit::None).signed(SigningOption::Both);

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Fault {}

impl Fault {
    /// All of them, in the order of the stages.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        TABLES.into_iter().flatten()
    }

    /// The fault of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|fault| fault.name == name)
    }

    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The weakness class: a letter and a number of the catalogue of attacks.
    #[must_use]
    pub fn class(&self) -> &'static str {
        self.class
    }

    /// What a good service provider makes of it.
    #[must_use]
    pub fn expected(&self) -> Expected {
        self.expected
    }

    /// What is signed.
    #[must_use]
    pub fn sign(&self) -> SigningOption {
        self.sign
    }

    /// The honest form of the same: who refuses the fault and accepts this one refused it for the fault.
    ///
    /// ```
    /// use landfall_entra_twin::Fault;
    ///
    /// let honest = |name| Fault::find(name).map(|fault| fault.honest().name());
    /// assert_eq!(honest("xsw1-response"), Some("honest-response"));
    /// assert_eq!(honest("encrypted-changed"), Some("encrypted"));
    /// assert_eq!(honest("logout-unsigned"), Some("logout"));
    /// ```
    #[must_use]
    pub fn honest(&self) -> &'static Self {
        match self.edit {
            Edit::Logout(_) => &logout::HONEST,
            Edit::Encrypted(_) => encryption::honest(self.sign),
            _ => Self::login(self.sign),
        }
    }

    /// An honest login with this signing option.
    pub(crate) fn login(sign: SigningOption) -> &'static Self {
        match sign {
            SigningOption::Assertion => &ASSERTION,
            SigningOption::Response => &RESPONSE,
            SigningOption::Both => &BOTH,
        }
    }

    /// Whether a running double can send it: whatever is done to one response, and to nothing around it.
    #[must_use]
    pub fn can_be_served(&self) -> bool {
        !matches!(self.edit, Edit::Form(_) | Edit::Flow(_) | Edit::Logout(_))
    }

    /// Whether it is a logout, and no login.
    pub(crate) fn is_logout(&self) -> bool {
        matches!(self.edit, Edit::Logout(_))
    }

    pub(crate) fn edit(&self) -> Edit {
        self.edit
    }

    const fn refuse(name: &'static str, class: &'static str, edit: Edit) -> Self {
        Self { name, class, expected: Expected::Refuse, sign: SigningOption::Assertion, edit }
    }

    const fn accept(name: &'static str, class: &'static str, edit: Edit) -> Self {
        Self { expected: Expected::Accept, ..Self::refuse(name, class, edit) }
    }

    /// Another signing option than Entra's default.
    const fn signed(self, sign: SigningOption) -> Self {
        Self { sign, ..self }
    }

    const fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_classes_are_of_the_catalogue() {
        let mut names = HashSet::new();
        for fault in Fault::all() {
            assert!(names.insert(fault.name), "{} twice", fault.name);
            assert!(
                fault.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
                "{}",
                fault.name
            );
            let (letter, number) = fault.class.split_at(1);
            assert!(
                ("A"..="G").contains(&letter) && (1..=25).contains(&number.parse::<u8>().unwrap()),
                "{}",
                fault.class
            );
        }
        assert!(names.len() >= 100, "{}", names.len());
    }

    #[test]
    fn the_honest_form_of_a_fault_is_known_and_is_its_own() {
        for fault in Fault::all() {
            let honest = fault.honest();
            assert!(Fault::find(honest.name).is_some_and(|found| found == honest), "{}", fault.name);
            assert_eq!(
                (honest.expected, honest.sign, honest.is_logout(), honest.honest()),
                (Expected::Accept, fault.sign, fault.is_logout(), honest),
                "{}",
                fault.name
            );
            let encrypts = |fault: &Fault| matches!(fault.edit, Edit::Encrypted(_));
            assert_eq!(encrypts(fault), encrypts(honest), "{}", fault.name);
        }
    }

    #[test]
    fn one_is_found_by_its_name() {
        assert_eq!(Fault::find("xsw1-response").unwrap().sign(), SigningOption::Response);
        assert!(Fault::find("no-such-fault").is_none());
    }
}
