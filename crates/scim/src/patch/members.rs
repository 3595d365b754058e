use std::fmt;

use serde_json::Value;

use super::{Action, Operation, Patch};
use crate::error::{ErrorKind, ScimError};
use crate::filter::{Filter, Literal, Operator};
use crate::resource::Resource;
use crate::value::MAX_MEMBERS;

/// A PATCH of a group, in two: what is done to its attributes, and what to its members, without knowing them.
///
/// ```
/// use landfall_scim::{Dialect, MemberChange, Patch, ResourceType};
///
/// let body = br#"{"Operations": [{"op": "Remove", "path": "members", "value": [{"value": "u1"}]}]}"#;
/// let patch = Patch::read(body, &ResourceType::group(), Dialect::Entra)?.into_group()?;
/// assert!(matches!(patch.members.as_slice(), [MemberChange::Remove(gone)] if gone.len() == 1));
/// assert!(patch.attributes.operations().is_empty());
/// # Ok::<(), landfall_scim::ScimError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupPatch {
    /// What is done to everything but the members.
    pub attributes: Patch,
    /// What is done to the members, in this order.
    pub members: Vec<MemberChange>,
}

/// One change of the members of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever keeps members must handle every change")]
pub enum MemberChange {
    /// They become members; those who are stay.
    Add(Vec<MemberId>),
    /// They are members no more; those who are none do not matter.
    Remove(Vec<MemberId>),
    /// They are the members, and nobody else.
    Replace(Vec<MemberId>),
}

/// The id of a member, as a client gave it: it may be that of nobody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(String);

impl MemberId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberId([redacted])")
    }
}

impl Patch {
    /// The patch of a group, bounded by what it names and not by what the group has [attack H10].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidPath`] if members are chosen by anything but `value eq`;
    /// [`ErrorKind::Mutability`] if a member is to be changed rather than added or removed;
    /// [`ErrorKind::InvalidValue`] if a member has no `value` or is not a user;
    /// [`ErrorKind::TooMany`] if there are more than 10,000.
    pub fn into_group(self) -> Result<GroupPatch, ScimError> {
        let (members, attributes): (Vec<_>, Vec<_>) =
            self.operations.into_iter().partition(|operation| operation.path.target.is_members());
        let members = members.into_iter().map(change).collect::<Result<Vec<_>, _>>()?;
        let count = |change: &MemberChange| match change {
            MemberChange::Add(ids) | MemberChange::Remove(ids) | MemberChange::Replace(ids) => ids.len(),
        };
        let named: usize = members.iter().map(count).sum();
        if named > MAX_MEMBERS {
            let text = format!("{named} members are named, at most {MAX_MEMBERS} are taken at once");
            return Err(ScimError::new(ErrorKind::TooMany, text));
        }
        Ok(GroupPatch { attributes: Self { operations: attributes, ignored: self.ignored }, members })
    }
}

impl Resource {
    /// Takes the members out of a group that was read, if it says who they are: they are kept apart from it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if a member has no `value` or is not a user.
    pub fn take_members(&mut self) -> Result<Option<Vec<MemberId>>, ScimError> {
        match self.attributes.remove("members") {
            Some(Value::Array(members)) => members.iter().map(member).collect::<Result<_, _>>().map(Some),
            _ => Ok(None),
        }
    }
}

fn change(operation: Operation) -> Result<MemberChange, ScimError> {
    if operation.path.target.sub_attribute().is_some() {
        return Err(immutable());
    }
    match (operation.path.filter, operation.action) {
        (None, Action::Add(value)) => Ok(MemberChange::Add(ids(&value)?)),
        (None, Action::Replace(value)) => Ok(MemberChange::Replace(ids(&value)?)),
        (None, Action::Remove) => Ok(MemberChange::Replace(Vec::new())),
        (None, Action::RemoveValues(values)) => {
            Ok(MemberChange::Remove(values.iter().map(member).collect::<Result<_, _>>()?))
        }
        (Some(filter), Action::Remove) => {
            let mut chosen = Vec::new();
            if !by_value(&filter, &mut chosen) {
                let text = "members are chosen by value eq alone, several with or between";
                return Err(ScimError::new(ErrorKind::InvalidPath, text));
            }
            Ok(MemberChange::Remove(chosen))
        }
        (Some(_), _) => Err(immutable()),
    }
}

fn immutable() -> ScimError {
    ScimError::new(ErrorKind::Mutability, "a member is immutable: remove it and add another")
}

fn ids(value: &Value) -> Result<Vec<MemberId>, ScimError> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter().map(member).collect()
}

fn member(value: &Value) -> Result<MemberId, ScimError> {
    let refused = |text: &str| Err(ScimError::new(ErrorKind::InvalidValue, text));
    if value.get("type").and_then(Value::as_str).is_some_and(|kind| !kind.eq_ignore_ascii_case("User")) {
        return refused("a member is not of the type User: groups in groups are not kept");
    }
    match value.get("value").and_then(Value::as_str) {
        Some(id) if !id.is_empty() => Ok(MemberId(id.to_owned())),
        _ => refused("a member has no value, expected the id of a user"),
    }
}

/// Collects the ids of `value eq "a" or value eq "b"`.
fn by_value(filter: &Filter, into: &mut Vec<MemberId>) -> bool {
    match filter {
        Filter::Or(any) => any.iter().all(|filter| by_value(filter, into)),
        Filter::Compare { path, operator: Operator::Equal, literal: Literal::Text(id) }
            if path.leaf().name() == "value" =>
        {
            into.push(MemberId(id.clone()));
            true
        }
        _ => false,
    }
}
