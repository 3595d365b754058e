//! Names and identifiers, each read once and kept to the byte.

use std::fmt;

use landfall_xmldsig::is_ncname;

/// Name of a SAML entity: 1 to 1024 characters, compared byte for byte [saml-core 8.3.6].
///
/// It should be a URI and often is none: JumpCloud's is `IdP Entity ID` unless somebody changes it.
///
/// ```
/// use landfall_saml::EntityId;
///
/// let id = EntityId::try_from("https://sts.windows.net/11111111-2222-4333-8444-555555555555/")?;
/// assert_ne!(id, EntityId::try_from("https://sts.windows.net/11111111-2222-4333-8444-555555555555")?);
/// # Ok::<(), landfall_saml::IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(Box<str>);

impl EntityId {
    /// Most characters that a name may have.
    pub const MOST: usize = 1024;

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for EntityId {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        const WHAT: &str = "entity ID";
        bounded(WHAT, text, text.chars().count(), Self::MOST)?;
        let edge = [text.chars().next(), text.chars().next_back()]
            .into_iter()
            .flatten()
            .find(|edge| edge.is_whitespace());
        match edge.or_else(|| text.chars().find(|found| found.is_control() || is_noncharacter(*found))) {
            Some(found) => Err(IdError::Character { what: WHAT, found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ID of a request, and of what answers a logout: an NCName that never starts with a digit [saml-core 1.3.4].
///
/// ```
/// use landfall_saml::RequestId;
///
/// let id = RequestId::from_random([0xAB; 20]);
/// assert_eq!(id.as_str(), "_abababababababababababababababababababab");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Box<str>);

impl RequestId {
    /// Makes an ID of 160 random bits.
    #[must_use]
    pub fn from_random(bits: [u8; 20]) -> Self {
        let mut text = String::with_capacity(41);
        text.push('_');
        for byte in bits {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        Self(text.into())
    }

    /// The ID as it stands in the message.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for RequestId {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        ncname("request ID", text).map(|text| Self(text.into()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ID of an Assertion: an NCName, unique at its issuer [saml-core 1.3.4].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssertionId(Box<str>);

impl AssertionId {
    /// The ID as it stands in the message.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for AssertionId {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        ncname("assertion ID", text).map(|text| Self(text.into()))
    }
}

impl fmt::Display for AssertionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ID of a Response: read for its form alone, since nothing refers to it [saml-core 1.3.4], [attack E24].
pub(crate) struct ResponseId;

impl TryFrom<&str> for ResponseId {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        ncname("response ID", text).map(|_| Self)
    }
}

/// An identity provider's name for a session of a person: 1 to 1024 bytes, compared byte for byte [saml-core 2.7.2].
///
/// It says nothing by itself, and is as personal as the NameID beside it: it does not print.
///
/// ```
/// use landfall_saml::SessionIndex;
///
/// let index = SessionIndex::try_from("_c0348950-935b-0131-1060-782bcb56fcaa")?;
/// assert_eq!(format!("{index:?}"), "SessionIndex([redacted])");
/// assert!(SessionIndex::try_from("").is_err());
/// # Ok::<(), landfall_saml::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionIndex(Box<str>);

impl SessionIndex {
    /// Most bytes that it may have.
    pub const MOST: usize = 1024;

    /// The text as it was sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for SessionIndex {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        const WHAT: &str = "SessionIndex";
        bounded(WHAT, text, text.len(), Self::MOST)?;
        xml_text(WHAT, text).map(|text| Self(text.into()))
    }
}

impl fmt::Debug for SessionIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionIndex([redacted])")
    }
}

/// Opaque text that travels with a request and comes back with its answer: 1 to 80 bytes [saml-bindings 3.4.3].
///
/// Ours is a random key to what the server remembers, never an address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RelayState(Box<str>);

impl RelayState {
    /// Most bytes that it may have.
    pub const MOST: usize = 80;

    /// The text to send.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for RelayState {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        const WHAT: &str = "RelayState";
        bounded(WHAT, text, text.len(), Self::MOST)?;
        match text.chars().find(|found| found.is_control() || found.is_whitespace()) {
            Some(found) => Err(IdError::Character { what: WHAT, found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Debug for RelayState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayState([redacted])")
    }
}

/// Name of a way to sign in: a URI without white space, compared byte for byte [saml-core 3.3.2.2.1].
///
/// ```
/// use landfall_saml::AuthnContextClass;
///
/// assert!(AuthnContextClass::try_from("urn:oasis:names:tc:SAML:2.0:ac:classes:X509").is_ok());
/// assert!(AuthnContextClass::try_from("two words").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuthnContextClass(Box<str>);

impl AuthnContextClass {
    /// Most characters that it may have.
    pub const MOST: usize = 1024;

    /// The name as it stands in messages.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for AuthnContextClass {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        const WHAT: &str = "authentication context class";
        bounded(WHAT, text, text.chars().count(), Self::MOST)?;
        match text
            .chars()
            .find(|found| found.is_control() || found.is_whitespace() || is_noncharacter(*found))
        {
            Some(found) => Err(IdError::Character { what: WHAT, found }),
            None => Ok(Self(text.into())),
        }
    }
}

impl fmt::Display for AuthnContextClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not an identifier of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing at all.
    #[error("{what} is empty")]
    Empty {
        /// The kind of identifier.
        what: &'static str,
    },
    /// Too long.
    #[error("{what} has the length {length}, at most {most} is allowed")]
    TooLong {
        /// The kind of identifier.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The bound.
        most: usize,
    },
    /// A character that it must not have.
    #[error("{what} holds the character {found:?}, which is not allowed in it")]
    Character {
        /// The kind of identifier.
        what: &'static str,
        /// The character.
        found: char,
    },
    /// Not one of those that are known.
    #[error("{what} {found:?} is not one that can be asked for")]
    Unknown {
        /// The kind of identifier.
        what: &'static str,
        /// The text.
        found: String,
    },
    /// Not an XML name without a colon.
    #[error(
        "{what} {found:?} is not an NCName: it starts with a letter or '_' and holds letters, digits, '.', '-' and '_'"
    )]
    NotNcname {
        /// The kind of identifier.
        what: &'static str,
        /// The text.
        found: String,
    },
}

/// Longest ID that is read from a message, in bytes.
const MOST_ID: usize = 256;

fn ncname<'t>(what: &'static str, text: &'t str) -> Result<&'t str, IdError> {
    bounded(what, text, text.len(), MOST_ID)?;
    if is_ncname(text) { Ok(text) } else { Err(IdError::NotNcname { what, found: text.to_owned() }) }
}

/// A text that can stand in a message: not empty, and without the characters that XML has no way to write [xml 2.2].
pub(crate) fn xml_text<'t>(what: &'static str, text: &'t str) -> Result<&'t str, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { what });
    }
    let unwritable = |letter: &char| match letter {
        '\t' | '\n' | '\r' => false,
        '\u{FFFE}' | '\u{FFFF}' => true,
        other => *other < ' ',
    };
    match text.chars().find(unwritable) {
        Some(found) => Err(IdError::Character { what, found }),
        None => Ok(text),
    }
}

/// What no XML document may hold, and `is_control` does not cover [xml 2.2].
fn is_noncharacter(found: char) -> bool {
    matches!(found, '\u{FFFE}' | '\u{FFFF}')
}

fn bounded(what: &'static str, text: &str, length: usize, most: usize) -> Result<(), IdError> {
    match length {
        _ if text.is_empty() => Err(IdError::Empty { what }),
        length if length > most => Err(IdError::TooLong { what, length, most }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [saml-core 8.3.6]
    #[test]
    fn entity_ids_are_one_to_1024_characters() {
        assert!(EntityId::try_from("urn:landfall:sp").is_ok());
        assert!(EntityId::try_from("x".repeat(1024).as_str()).is_ok());
        assert_eq!(EntityId::try_from(""), Err(IdError::Empty { what: "entity ID" }));
        assert!(matches!(EntityId::try_from("x".repeat(1025).as_str()), Err(IdError::TooLong { .. })));
        assert!(EntityId::try_from("é".repeat(1024).as_str()).is_ok());
        assert!(EntityId::try_from("IdP Entity ID").is_ok());
        for (other, character) in [
            (" urn:a", ' '),
            ("urn:a ", ' '),
            ("urn:a\nb", '\n'),
            ("urn:\u{7F}", '\u{7F}'),
            ("urn:\u{FFFF}", '\u{FFFF}'),
        ] {
            assert_eq!(
                EntityId::try_from(other),
                Err(IdError::Character { what: "entity ID", found: character })
            );
        }
    }

    /// [saml-core 1.3.4]
    #[test]
    fn request_ids_are_ncnames() {
        assert!(RequestId::try_from("_1").is_ok());
        for other in ["1", "a:b", "a+b", "a/b=", "a b"] {
            assert!(RequestId::try_from(other).is_err(), "{other}");
        }
    }

    /// [saml-core 2.7.2], [xml 2.2]
    #[test]
    fn session_indexes_are_texts_of_xml_of_at_most_1024_bytes() {
        assert!(SessionIndex::try_from("x".repeat(1024).as_str()).is_ok());
        assert!(SessionIndex::try_from("a b\té").is_ok());
        for other in ["", "x".repeat(1025).as_str(), "a\0", "\u{1B}", "\u{FFFF}"] {
            assert!(SessionIndex::try_from(other).is_err(), "{other:?}");
        }
    }

    /// [saml-bindings 3.4.3]
    #[test]
    fn relay_states_are_at_most_80_bytes() {
        assert!(RelayState::try_from("x".repeat(80).as_str()).is_ok());
        assert!(RelayState::try_from("x".repeat(81).as_str()).is_err());
        assert_eq!(format!("{:?}", RelayState::try_from("x").unwrap()), "RelayState([redacted])");
    }
}
