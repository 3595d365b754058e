//! PATCH [rfc7644 3.5.2]: read into operations with a path each, then applied to a resource.

mod apply;
mod members;
mod read;

use std::fmt;

use serde_json::Value;

use crate::path::Path;

pub use members::{GroupPatch, MemberChange, MemberId};

/// What a PATCH asks for: operations in their order, each with a path and a value of its type.
///
/// An operation without a path is taken apart: one operation for each attribute of its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    pub(crate) operations: Vec<Operation>,
    pub(crate) ignored: Vec<String>,
}

impl Patch {
    /// The schema of a PATCH.
    pub const SCHEMA: &'static str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

    /// How many operations a PATCH may have, after they are taken apart.
    pub const MAX_OPERATIONS: usize = 1000;

    /// The operations.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Names of attributes that were left out, since they are not declared or not the client's to change; no values.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }
}

/// One operation on what one path names.
#[derive(Clone, PartialEq)]
pub struct Operation {
    pub(crate) path: Path,
    pub(crate) action: Action,
    pub(crate) missing: Missing,
}

impl Operation {
    /// What it is done to.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// What is done.
#[derive(Clone, PartialEq)]
pub(crate) enum Action {
    Add(Value),
    Replace(Value),
    Remove,
    /// Those values of a multi-valued attribute go, and no others.
    RemoveValues(Vec<Value>),
}

/// What a filter that chooses nothing means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// `noTarget`, as the standard says.
    Refuse,
    /// The value is made; there is nothing to remove.
    Create,
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.action {
            Action::Add(_) => "add",
            Action::Replace(_) => "replace",
            Action::Remove => "remove",
            Action::RemoveValues(_) => "remove values",
        };
        write!(f, "{name} {}", self.path.target())
    }
}

#[cfg(test)]
mod tests;
