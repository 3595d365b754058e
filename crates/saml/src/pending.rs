use time::Duration;

use crate::instant::{self, InstantError};
use crate::options::Asked;
use crate::{AuthnContextClass, EntityId, IdError, NameIdFormat, RequestId};

/// What `begin` leaves to be remembered until `finish`.
///
/// A store keeps it as the text that [`Self::to_state`] gives, without looking inside.
///
/// ```
/// use landfall_saml::{PendingRequest, RequestId};
///
/// let state = "1\n_abc\nhttps://idp.example/";
/// let pending = PendingRequest::from_state(state)?;
/// assert_eq!(pending.request_id(), &RequestId::try_from("_abc")?);
/// assert_eq!(pending.to_state(), state);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRequest {
    request_id: RequestId,
    idp: EntityId,
    asked: Asked,
}

/// First line of the state of a request that asked for nothing beyond a sign-in.
const PLAIN: &str = "1";
/// First line of the state of one that asked for more.
const ASKING: &str = "2";
/// First line of the state of one that asked for an age too; another one is of another version.
const AGEING: &str = "3";
const ANY: &str = "1, 2 or 3";
/// The line of a request with IsPassive.
const PASSIVE: &str = "passive";
/// First line of the state of a logout: neither passes for the other.
const LOGOUT_VERSION: &str = "logout 1";

impl PendingRequest {
    /// A request that was sent to this identity provider, and asked for nothing beyond a sign-in.
    #[must_use]
    pub fn new(request_id: RequestId, idp: EntityId) -> Self {
        Self { request_id, idp, asked: Asked::default() }
    }

    pub(crate) fn asking(self, asked: Asked) -> Self {
        Self { asked, ..self }
    }

    /// The ID that the answer must name.
    #[must_use]
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The identity provider that was asked.
    #[must_use]
    pub fn idp(&self) -> &EntityId {
        &self.idp
    }

    /// Whether the identity provider was told to ask nobody anything.
    #[must_use]
    pub fn is_passive(&self) -> bool {
        self.asked.is_passive
    }

    /// How long before the answer the person may have proved who they are, if that was asked for.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.asked.max_age
    }

    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// As text: a version and one line a field.
    #[must_use]
    pub fn to_state(&self) -> String {
        let Self { request_id, idp, asked } = self;
        if *asked == Asked::default() {
            return format!("{PLAIN}\n{request_id}\n{idp}");
        }
        let anew_since = asked.anew_since.map(instant::write).unwrap_or_default();
        let passive = if asked.is_passive { PASSIVE } else { "" };
        let format = asked.name_id_format.map(NameIdFormat::uri).unwrap_or_default();
        let classes: Vec<&str> = asked.classes.iter().map(AuthnContextClass::as_str).collect();
        let classes = classes.join(" ");
        let fields = format!("{request_id}\n{idp}\n{anew_since}\n{passive}\n{format}\n{classes}");
        match asked.max_age {
            None => format!("{ASKING}\n{fields}"),
            Some(age) => format!("{AGEING}\n{fields}\n{}", age.whole_seconds()),
        }
    }

    /// Reads what [`Self::to_state`] gave.
    ///
    /// # Errors
    /// [`StateError`] for another version, or a text that was altered.
    pub fn from_state(state: &str) -> Result<Self, StateError> {
        let lines: Vec<&str> = state.split('\n').collect();
        match lines.as_slice() {
            [PLAIN, request_id, idp] => Ok(Self::new((*request_id).try_into()?, (*idp).try_into()?)),
            [ASKING, request_id, idp, asked @ ..] => {
                Ok(Self::new((*request_id).try_into()?, (*idp).try_into()?).asking(read_asked(asked, None)?))
            }
            [AGEING, request_id, idp, asked @ .., age] => {
                let age = age.parse().map_err(|_| StateError::Fields)?;
                let asked = read_asked(asked, Some(Duration::seconds(age)))?;
                Ok(Self::new((*request_id).try_into()?, (*idp).try_into()?).asking(asked))
            }
            [PLAIN | ASKING | AGEING, ..] => Err(StateError::Fields),
            others => {
                let found = others.first().copied().unwrap_or_default();
                Err(StateError::Version { found: found.chars().take(20).collect(), expected: ANY })
            }
        }
    }
}

fn read_asked(lines: &[&str], max_age: Option<Duration>) -> Result<Asked, StateError> {
    let [anew_since, passive, format, classes] = lines else { return Err(StateError::Fields) };
    Ok(Asked {
        anew_since: present(anew_since).map(instant::read).transpose()?,
        is_passive: match *passive {
            "" => false,
            PASSIVE => true,
            _ => return Err(StateError::Fields),
        },
        max_age,
        name_id_format: present(format).map(NameIdFormat::try_from).transpose()?,
        classes: present(classes)
            .into_iter()
            .flat_map(|classes| classes.split(' '))
            .map(AuthnContextClass::try_from)
            .collect::<Result<_, _>>()?,
    })
}

fn present(line: &str) -> Option<&str> {
    Some(line).filter(|line| !line.is_empty())
}

/// What `begin_logout` leaves to be remembered until `finish_logout`; the answer that names it is taken once.
///
/// ```
/// use landfall_saml::{PendingLogout, PendingRequest, RequestId};
///
/// let pending = PendingLogout::new(RequestId::try_from("_abc")?, "https://idp.example/".try_into()?);
/// assert_eq!(PendingLogout::from_state(&pending.to_state())?, pending);
/// assert!(PendingRequest::from_state(&pending.to_state()).is_err(), "no login waits");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLogout {
    request_id: RequestId,
    idp: EntityId,
}

impl PendingLogout {
    /// A logout that this identity provider was asked for.
    #[must_use]
    pub fn new(request_id: RequestId, idp: EntityId) -> Self {
        Self { request_id, idp }
    }

    /// The ID that the answer must name.
    #[must_use]
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The identity provider that was asked.
    #[must_use]
    pub fn idp(&self) -> &EntityId {
        &self.idp
    }

    /// As text: a version and one line a field.
    #[must_use]
    pub fn to_state(&self) -> String {
        format!("{LOGOUT_VERSION}\n{}\n{}", self.request_id, self.idp)
    }

    /// Reads what [`Self::to_state`] gave.
    ///
    /// # Errors
    /// [`StateError`] for another version, or a text that was altered.
    pub fn from_state(state: &str) -> Result<Self, StateError> {
        let (request_id, idp) = fields(state, LOGOUT_VERSION)?;
        Ok(Self { request_id, idp })
    }
}

fn fields(state: &str, expected: &'static str) -> Result<(RequestId, EntityId), StateError> {
    let mut lines = state.split('\n');
    let found = lines.next().unwrap_or_default();
    if found != expected {
        return Err(StateError::Version { found: found.chars().take(20).collect(), expected });
    }
    let (Some(request_id), Some(idp), None) = (lines.next(), lines.next(), lines.next()) else {
        return Err(StateError::Fields);
    };
    Ok((request_id.try_into()?, idp.try_into()?))
}

/// Why a kept state cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Written by another version.
    #[error(
        "the state of a pending request has version {found:?}, expected {expected:?}: begin again from the start"
    )]
    Version {
        /// The version.
        found: String,
        /// The one that is read.
        expected: &'static str,
    },
    /// Not the fields that belong there.
    #[error("the state of a pending request is damaged: begin again from the start")]
    Fields,
    /// A field in another form.
    #[error("the state of a pending request is damaged: begin again from the start")]
    Id(#[from] IdError),
    /// A time in another form.
    #[error("the state of a pending request is damaged: begin again from the start")]
    Instant(#[from] InstantError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "2\n_a\nurn:x\n2030-01-02T03:04:05.678Z\npassive\nurn:oasis:names:tc:SAML:2.0:nameid-format:transient\nurn:one urn:two";

    fn ageing() -> String {
        ASKED.replacen(ASKING, AGEING, 1)
    }

    #[test]
    fn other_states_are_refused() {
        for state in
            ["", "1", "1\n_a", "3\n_a\nurn:x", "1\n_a\nurn:x\n", "1\n1a\nurn:x", "1\n_a\n", "2\n_a\nurn:x"]
        {
            assert!(PendingRequest::from_state(state).is_err(), "{state:?}");
        }
        assert!(PendingRequest::from_state("1\n_a\nurn:x").is_ok());
        assert!(PendingLogout::from_state("1\n_a\nurn:x").is_err());
        assert!(PendingLogout::from_state("logout 1\n_a\nurn:x").is_ok());
        for (good, bad) in [
            ("2030-01-02T03:04:05.678Z", "yesterday"),
            ("passive", "Passive"),
            ("passive", "passive\n"),
            (":transient", ":entity"),
            ("urn:two", ""),
            ("urn:two", "urn:two\n"),
        ] {
            let altered = ASKED.replace(good, bad);
            assert!(PendingRequest::from_state(&altered).is_err(), "{altered:?}");
        }
        let aged = |age: &str| PendingRequest::from_state(&format!("{}\n{age}", ageing()));
        for age in ["", "x", "300\n", "300 ", "9999999999999999999"] {
            assert!(aged(age).is_err(), "{age:?}");
        }
        assert!(aged("300").is_ok());
        assert!(PendingRequest::from_state(&ageing()).is_err(), "without its age");
    }

    /// What the version before wrote is still read, and what asks for nothing is still written so.
    #[test]
    fn states_round_trip() {
        let nothing = "2\n_a\nurn:x\n\n\n\n";
        assert_eq!(PendingRequest::from_state(nothing).unwrap().to_state(), "1\n_a\nurn:x");
        let aged = format!("{}\n300", ageing());
        for state in [
            ASKED,
            "1\n_a\nurn:x",
            "2\n_a\nurn:x\n\npassive\n\n",
            "2\n_a\nurn:x\n\n\n\nurn:one",
            "3\n_a\nurn:x\n\n\n\n\n300",
            &aged,
        ] {
            assert_eq!(PendingRequest::from_state(state).unwrap().to_state(), state);
        }
        assert!(PendingRequest::from_state(ASKED).unwrap().is_passive());
    }
}
