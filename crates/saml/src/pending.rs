use crate::{EntityId, IdError, RequestId};

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
}

/// First line of the state; another one is of another version.
const VERSION: &str = "1";
/// The same of a logout: neither passes for the other.
const LOGOUT_VERSION: &str = "logout 1";

impl PendingRequest {
    /// A request that was sent to this identity provider.
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
        format!("{VERSION}\n{}\n{}", self.request_id, self.idp)
    }

    /// Reads what [`Self::to_state`] gave.
    ///
    /// # Errors
    /// [`StateError`] for another version, or a text that was altered.
    pub fn from_state(state: &str) -> Result<Self, StateError> {
        let (request_id, idp) = fields(state, VERSION)?;
        Ok(Self { request_id, idp })
    }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_states_are_refused() {
        for state in ["", "1", "1\n_a", "2\n_a\nurn:x", "1\n_a\nurn:x\n", "1\n1a\nurn:x", "1\n_a\n"] {
            assert!(PendingRequest::from_state(state).is_err(), "{state:?}");
        }
        assert!(PendingRequest::from_state("1\n_a\nurn:x").is_ok());
        assert!(PendingLogout::from_state("1\n_a\nurn:x").is_err());
        assert!(PendingLogout::from_state("logout 1\n_a\nurn:x").is_ok());
    }
}
