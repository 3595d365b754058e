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
        let mut lines = state.split('\n');
        let found = lines.next().unwrap_or_default();
        if found != VERSION {
            return Err(StateError::Version { found: found.chars().take(20).collect() });
        }
        let (Some(request_id), Some(idp), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(StateError::Fields);
        };
        Ok(Self { request_id: request_id.try_into()?, idp: idp.try_into()? })
    }
}

/// Why a kept state cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Written by another version.
    #[error(
        "the state of a pending request has version {found:?}, expected {VERSION:?}: begin the login again"
    )]
    Version {
        /// The version.
        found: String,
    },
    /// Not the fields that belong there.
    #[error("the state of a pending request is damaged: begin the login again")]
    Fields,
    /// A field in another form.
    #[error("the state of a pending request is damaged: begin the login again")]
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
    }
}
