use std::fmt;

use crate::{MapError, Profile};

/// What a mapping makes of an attribute set, and why, field by field.
///
/// # Security
/// It holds the values: `Debug` shows none.
#[derive(Clone)]
pub struct Preview {
    pub(super) fields: Vec<FieldPreview>,
    pub(super) profile: Result<Profile, MapError>,
}

impl Preview {
    /// Each field that the mapping has a rule for.
    #[must_use]
    pub fn fields(&self) -> &[FieldPreview] {
        &self.fields
    }

    /// What [`Mapping::map`](crate::Mapping::map) says.
    ///
    /// # Errors
    /// The first error of a field.
    pub fn profile(&self) -> Result<&Profile, &MapError> {
        self.profile.as_ref()
    }
}

impl fmt::Debug for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preview").field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// One field of a preview.
#[derive(Clone)]
#[non_exhaustive]
pub struct FieldPreview {
    /// Its name in the text of a mapping: `first_name`, `last_name`, `email`, `username`, `display_name`, `groups`, `roles`.
    pub field: &'static str,
    /// Its values; `None` if nobody can say, because it is refused or the groups are incomplete.
    pub values: Option<Vec<String>>,
    /// The claims that it is asked of, in their order.
    pub asked: Vec<String>,
    /// The attribute that arrived for it, as it is named; of several, the first.
    pub attribute: Option<String>,
    /// What the rule did, step by step; no line holds a value.
    pub why: Vec<String>,
    /// Why it is refused.
    pub error: Option<MapError>,
}

impl fmt::Debug for FieldPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, why) = (&self.field, &self.why);
        f.debug_struct("FieldPreview").field("field", field).field("why", why).finish_non_exhaustive()
    }
}
