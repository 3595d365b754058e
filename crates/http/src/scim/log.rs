//! What a request of a directory leaves in the provisioning log.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Method, Uri};
use axum::response::Response;
use landfall_accounts::{
    GroupId, LoginName, MemberChange, ProvisioningAction, ProvisioningEntry, ProvisioningTarget, UserId,
};
use landfall_scim::Changes;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Refused;
use super::asked::Asked;

/// Most attributes of which the log has the values.
const MOST_ATTRIBUTES: usize = 48;
/// The longest value that is in the log, in bytes of JSON.
const LONGEST_VALUE: usize = 256;
/// Most changes of members that are in the log of one request, and most members that it names of each.
const MOST_MEMBER_CHANGES: usize = 32;
const MOST_MEMBERS: usize = 20;

/// What a handler says of the request that it answers; clones are of the same request.
#[derive(Clone, Debug, Default)]
pub(super) struct Noted(Arc<Mutex<Note>>);

#[derive(Debug, Default)]
struct Note {
    target: Option<ProvisioningTarget>,
    name: Option<LoginName>,
    changes: Vec<Value>,
}

impl Noted {
    /// The account that was made.
    pub(super) fn user(&self, id: UserId) {
        self.with(|note| note.target = Some(ProvisioningTarget::User(Some(id))));
    }

    /// The group that was made.
    pub(super) fn group(&self, id: GroupId) {
        self.with(|note| note.target = Some(ProvisioningTarget::Group(Some(id))));
    }

    /// The user name of an account that is to be made.
    pub(super) fn name(&self, name: &LoginName) {
        self.with(|note| note.name = Some(name.clone()));
    }

    /// The attributes that are to change; a value that is long is left out.
    pub(super) fn changes(&self, changes: &Changes) {
        let short = |value: &Option<Value>| match value {
            Some(value) if value.to_string().len() > LONGEST_VALUE => json!({ "omitted": true }),
            Some(value) => value.clone(),
            None => Value::Null,
        };
        let told = changes.iter().take(MOST_ATTRIBUTES).map(|(name, change)| {
            json!({ "attribute": name, "before": short(&change.before), "after": short(&change.after) })
        });
        self.with(|note| note.changes.extend(told));
    }

    /// The members that are to come and go; of many, a few are named.
    pub(super) fn members(&self, changes: &[MemberChange]) {
        let told = changes.iter().take(MOST_MEMBER_CHANGES).map(|change| {
            let (action, ids) = match change {
                MemberChange::Add(ids) => ("add", ids),
                MemberChange::Remove(ids) => ("remove", ids),
                MemberChange::Replace(ids) => ("replace", ids),
            };
            let named: Vec<String> = ids.iter().take(MOST_MEMBERS).map(UserId::to_string).collect();
            json!({ "attribute": "members", action: named, "count": ids.len() })
        });
        self.with(|note| note.changes.extend(told));
    }

    fn with(&self, say: impl FnOnce(&mut Note)) {
        say(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What a request asks for, as its first line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    action: ProvisioningAction,
    target: ProvisioningTarget,
}

impl Line {
    /// `uri` is what comes behind the base.
    pub(super) fn of(method: &Method, uri: &Uri) -> Self {
        let mut segments = uri.path().split('/').filter(|segment| !segment.is_empty());
        let (kind, which) = (segments.next().unwrap_or_default(), segments.next());
        let target = match kind {
            "Users" => ProvisioningTarget::User(which.and_then(|id| id.parse().ok())),
            "Groups" => ProvisioningTarget::Group(which.and_then(|id| id.parse().ok())),
            _ => ProvisioningTarget::Other,
        };
        let action = match method.as_str() {
            "POST" if which.is_none() => ProvisioningAction::Create,
            "PUT" => ProvisioningAction::Replace,
            "PATCH" => ProvisioningAction::Change,
            "DELETE" => ProvisioningAction::Delete,
            _ => ProvisioningAction::Read,
        };
        Self { action, target }
    }
}

/// The entry of a request that was answered; none of one that read, and was not refused.
pub(super) fn entry(
    asked: &Asked,
    line: Line,
    response: &Response,
    now: OffsetDateTime,
) -> Option<ProvisioningEntry> {
    let refused = response.status().is_client_error() || response.status().is_server_error();
    if line.action == ProvisioningAction::Read && !refused {
        return None;
    }
    let mut note = asked.noted.0.lock().unwrap_or_else(PoisonError::into_inner);
    let target = note.target.unwrap_or(line.target);
    // Of an account that there is not, the name alone is kept: nobody could erase the rest.
    let nobody = target == ProvisioningTarget::User(None);
    let changes = if nobody { Vec::new() } else { std::mem::take(&mut note.changes) };
    let changes = if changes.is_empty() { String::new() } else { Value::Array(changes).to_string() };
    Some(ProvisioningEntry {
        at: asked.now,
        directory: asked.directory(),
        credential: asked.access.credential,
        trace: asked.trace.clone(),
        action: line.action,
        target,
        name: note.name.take().filter(|_| nobody),
        changes: changes.parse().unwrap_or_default(),
        status: response.status().as_u16(),
        code: response.extensions().get::<Refused>().map(|refused| refused.code().to_owned()),
        took: now - asked.now,
    })
}

#[cfg(test)]
mod tests {
    use landfall_accounts::Rest;
    use landfall_scim::Resource;
    use serde_json::Map;

    use super::*;

    /// As much as a body can bring into one entry is less than one may hold.
    #[test]
    fn an_entry_is_bounded() {
        let noted = Noted::default();
        let urn = "u".repeat(landfall_scim::Extension::MAX_URN);
        let inside: Map<String, Value> =
            (0..60).map(|n| (format!("{n}{}", "a".repeat(60)), Value::from("v".repeat(250)))).collect();
        let mut whole = Map::from_iter([(format!("urn:{urn}"), Value::Object(inside))]);
        whole.insert("title".to_owned(), "x".repeat(LONGEST_VALUE).into());
        noted.changes(&Changes::of_new(&Resource::restored(whole)));
        let ids = vec![UserId::from_uuid(uuid::Uuid::nil()); 1000];
        noted.members(&vec![MemberChange::Add(ids); 1000]);
        let note = noted.0.lock().unwrap();
        assert_eq!(note.changes.len(), MOST_ATTRIBUTES + MOST_MEMBER_CHANGES);
        let text = Value::Array(note.changes.clone()).to_string();
        assert!(text.len() <= Rest::MAX_BYTES, "{} bytes", text.len());
        let members = note.changes.last().unwrap();
        assert_eq!(
            (members["add"].as_array().unwrap().len(), &members["count"]),
            (MOST_MEMBERS, &json!(1000))
        );
    }

    #[test]
    fn the_first_line_says_what_is_asked_for() {
        let id = "018f0000-0000-7000-8000-000000000001";
        let user = ProvisioningTarget::User(id.parse().ok());
        for (method, uri, action, target) in [
            ("POST", "/Users".to_owned(), "create", ProvisioningTarget::User(None)),
            ("POST", "/Users/.search".to_owned(), "read", ProvisioningTarget::User(None)),
            ("GET", "/Users?filter=x".to_owned(), "read", ProvisioningTarget::User(None)),
            ("PUT", format!("/Users/{id}"), "replace", user),
            ("PATCH", format!("/Users/{id}/"), "change", user),
            ("DELETE", format!("/Groups/{id}"), "delete", ProvisioningTarget::Group(id.parse().ok())),
            ("DELETE", "/Groups/none".to_owned(), "delete", ProvisioningTarget::Group(None)),
            ("POST", "/Bulk".to_owned(), "create", ProvisioningTarget::Other),
        ] {
            let line = Line::of(&method.parse().unwrap(), &uri.parse().unwrap());
            assert_eq!((line.action.name(), line.target), (action, target), "{method} {uri}");
        }
    }
}
