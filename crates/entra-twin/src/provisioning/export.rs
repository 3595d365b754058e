//! What is done at the target for one person or group.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value as Found;
use url::Url;

use super::code::{Code, Failure};
use super::json::Json;
use super::log::{Action, Modified, Status, Step, StepName};
use super::mapping::{Kind, Mapped};
use super::request::{Change, Dialect, ScimRequest};
use super::settings::{NullValues, Settings};
use super::transport::{ScimResponse, Transport};
use super::value::Value;

/// Asks and changes the target; counts its requests.
pub(crate) struct Exporter<T> {
    transport: Arc<T>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) dialect: Dialect,
    tenant_url: Url,
    requests: AtomicU64,
}

/// What was done.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    /// The id at the target; `None` where nothing of it is there any more, or ever was.
    pub(crate) target: Option<String>,
    pub(crate) action: Action,
    pub(crate) modified: Vec<Modified>,
    /// Made just now, so that all of its references are known: there are none.
    pub(crate) created: bool,
    /// What was cached was gone, and it was matched anew.
    pub(crate) rematched: bool,
    /// Why nothing was done.
    pub(crate) skipped: Option<&'static str>,
}

impl Exported {
    pub(crate) fn of(target: Option<String>, action: Action) -> Self {
        Self { target, action, modified: Vec::new(), created: false, rematched: false, skipped: None }
    }

    fn skipped(target: Option<String>, why: &'static str) -> Self {
        Self { skipped: Some(why), ..Self::of(target, Action::Other) }
    }
}

impl<T: Transport> Exporter<T> {
    pub(crate) fn new(transport: Arc<T>, settings: Arc<Settings>, tenant_url: Url, dialect: Dialect) -> Self {
        Self { transport, settings, dialect, tenant_url, requests: AtomicU64::new(0) }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) async fn send(&self, request: ScimRequest) -> Result<ScimResponse, Failure> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Ok(self.transport.send(request).await?)
    }

    /// The address of a person, for a `$ref`.
    pub(crate) fn address(&self, user: &str) -> String {
        ScimRequest::fetch(Kind::User, user).url(&self.tenant_url).into()
    }

    /// The resources that a query found.
    pub(crate) async fn query(&self, request: ScimRequest) -> Result<Vec<Found>, Failure> {
        let response = self.send(request).await?;
        if response.status == 404 {
            return Err(Failure::protocol(
                "a query that finds nobody was answered 404; expected 200 with an empty ListResponse",
            ));
        }
        if response.status != 200 {
            return Err(Failure::of(&response));
        }
        let Some(Found::Object(mut list)) = response.json() else {
            return Err(Failure::protocol("a query was answered by something that is no JSON object"));
        };
        let total = list.get("totalResults").and_then(Found::as_u64);
        let resources = list.remove("Resources");
        match (total, resources) {
            (Some(0), None | Some(Found::Null)) => Ok(Vec::new()),
            (Some(_), Some(Found::Array(resources))) => Ok(resources),
            _ => Err(Failure::protocol(
                "a query was answered without totalResults and Resources; expected a ListResponse",
            )),
        }
    }

    /// Whether the server is there, takes the token and answers a query that finds nobody.
    pub(crate) async fn test(&self, nobody: uuid::Uuid) -> Result<(), Failure> {
        let mapping = &self.settings.users;
        let Some(first) =
            mapping.attributes.iter().filter(|line| line.matching.is_some()).min_by_key(|line| line.matching)
        else {
            return Ok(());
        };
        match self.query(ScimRequest::test(&first.target, nobody)).await?.as_slice() {
            [] => Ok(()),
            found => Err(Failure::protocol(format!(
                "a query for somebody who does not exist found {}; is the filter looked at?",
                found.len()
            ))),
        }
    }

    /// Looks for somebody by the matching attributes, in their order, until somebody is found.
    pub(crate) async fn find(
        &self,
        kind: Kind,
        mapped: &[Mapped],
    ) -> Result<Option<(String, Found)>, Failure> {
        let mut matching: Vec<_> = mapped.iter().filter(|line| line.matching.is_some()).collect();
        matching.sort_by_key(|line| line.matching);
        let mut asked = false;
        for line in matching {
            let Some(value) = line.value.as_text().filter(|value| !value.is_empty()) else { continue };
            if value.contains(['"', '\\']) || value.chars().any(char::is_control) {
                let reason =
                    format!("the value for {} has a character that no filter can carry", line.target);
                return Err(Failure::new(Code::ImportSkipped, reason));
            }
            asked = true;
            let mut found = self.query(ScimRequest::look_up(kind, &line.target, &value)).await?;
            if found.len() > 1 {
                let reason = format!("{} at the target have the same {}", found.len(), line.target);
                return Err(Failure::new(Code::DuplicateTargetEntries, reason));
            }
            let Some(one) = found.pop() else { continue };
            if has_members(kind, &one) {
                let reason = "MultipleEntriesInResponse: members came although they were excluded";
                return Err(Failure::new(Code::DuplicateTargetEntries, reason));
            }
            return Ok(Some((id_of(&one)?, one)));
        }
        if asked {
            Ok(None)
        } else {
            Err(Failure::new(Code::ImportSkipped, "no matching attribute has a value"))
        }
    }

    /// Reads by id; `None` where it is gone.
    async fn fetch(&self, kind: Kind, id: &str) -> Result<Option<Found>, Failure> {
        let response = self.send(ScimRequest::fetch(kind, id)).await?;
        match response.status {
            200 => match response.json() {
                Some(found @ Found::Object(_)) => Ok(Some(found)),
                _ => Err(Failure::protocol("a resource was answered that is no JSON object")),
            },
            404 => Ok(None),
            _ => Err(Failure::of(&response)),
        }
    }

    /// Creates or updates; `cached` is the id of an earlier match.
    pub(crate) async fn provision(
        &self,
        kind: Kind,
        mapped: &[Mapped],
        cached: Option<&str>,
        steps: &mut Vec<Step>,
    ) -> Result<Exported, Failure> {
        let mut current = None;
        let mut rematched = false;
        if let Some(id) = cached {
            current = self.fetch(kind, id).await?.map(|found| (id.to_owned(), found));
            rematched = current.is_none();
            steps.push(match rematched {
                true => Step::new(
                    StepName::Match,
                    Status::Warning,
                    format!("InvalidAnchor: {id} is gone at the target, so it is matched anew"),
                ),
                false => Step::new(StepName::Match, Status::Success, format!("{id} was matched before")),
            });
        }
        if current.is_none() {
            current = self.find(kind, mapped).await?;
            steps.push(Step::new(
                StepName::Match,
                Status::Success,
                match &current {
                    Some((id, _)) => format!("{id} has the same matching value"),
                    None => "nobody at the target has the matching value".to_owned(),
                },
            ));
        }
        let mut exported = match current {
            Some((id, found)) => self.update(kind, id, self.changes(mapped, &found)).await?,
            None => self.create(kind, mapped).await?,
        };
        exported.rematched = rematched;
        Ok(exported)
    }

    async fn create(&self, kind: Kind, mapped: &[Mapped]) -> Result<Exported, Failure> {
        if !self.settings.mapping(kind).actions.create {
            return Ok(Exported::skipped(None, "the target object actions do not allow to create"));
        }
        let response = self.send(ScimRequest::create(kind, mapped)).await?;
        if !matches!(response.status, 200 | 201) {
            return Err(Failure::of(&response));
        }
        let found =
            response.json().ok_or_else(|| Failure::protocol("a create was answered without a resource"))?;
        let mut exported = Exported::of(Some(id_of(&found)?), Action::Create);
        exported.created = true;
        for line in mapped {
            if let Some(value) = line.on_create() {
                let (attribute, new) = (line.target.to_string(), value.to_json().to_string());
                exported.modified.push(Modified { attribute, old: None, new });
            }
        }
        Ok(exported)
    }

    async fn update(
        &self,
        kind: Kind,
        id: String,
        changes: Vec<(Change, Option<String>)>,
    ) -> Result<Exported, Failure> {
        if changes.is_empty() {
            return Ok(Exported::skipped(Some(id), "the target has it all already"));
        }
        if !self.settings.mapping(kind).actions.update {
            return Ok(Exported::skipped(Some(id), "the target object actions do not allow to update"));
        }
        let only: Vec<Change> = changes.iter().map(|(change, _)| change.clone()).collect();
        self.patch(kind, &id, self.dialect.operations(&only)).await?;
        let modified = changes.into_iter().map(|(change, old)| Modified {
            attribute: change.path.to_string(),
            old,
            new: change.value.map_or(Json::Null, |value| value.to_json()).to_string(),
        });
        Ok(Exported { modified: modified.collect(), ..Exported::of(Some(id), Action::Update) })
    }

    /// Sends operations.
    pub(crate) async fn patch(&self, kind: Kind, id: &str, operations: Vec<Json>) -> Result<(), Failure> {
        let response = self.send(ScimRequest::patch(kind, id, operations)).await?;
        if response.is_success() { Ok(()) } else { Err(Failure::of(&response)) }
    }

    /// Tells the target that somebody is inactive; with `whole` everything else of them too.
    pub(crate) async fn disable(
        &self,
        kind: Kind,
        mapped: &[Mapped],
        id: &str,
        whole: bool,
    ) -> Result<Exported, Failure> {
        let Some(found) = self.fetch(kind, id).await? else {
            return Ok(Exported { rematched: true, ..Exported::skipped(None, "it is gone at the target") });
        };
        let mut changes = self.changes(mapped, &found);
        changes.retain(|(change, _)| whole || change.path.as_str() == "active");
        let mut exported = self.update(kind, id.to_owned(), changes).await?;
        if exported.skipped.is_none() {
            exported.action = Action::Disable;
        }
        Ok(exported)
    }

    /// Deletes; who is gone already is deleted.
    pub(crate) async fn delete(&self, kind: Kind, id: &str) -> Result<Exported, Failure> {
        let response = self.send(ScimRequest::delete(kind, id)).await?;
        if response.is_success() || response.status == 404 {
            Ok(Exported::of(None, Action::Delete))
        } else {
            Err(Failure::of(&response))
        }
    }

    /// What is to be changed, and what the target has there.
    fn changes(&self, mapped: &[Mapped], found: &Found) -> Vec<(Change, Option<String>)> {
        let mut changes = Vec::new();
        for line in mapped {
            let Some(wanted) = line.on_update() else { continue };
            let current = line.target.read(found);
            let old = current.map(Found::to_string);
            if wanted.is_empty() {
                let value = match self.settings.null_values {
                    NullValues::Skip => continue,
                    NullValues::Empty => Some(Value::Text(String::new())),
                    NullValues::Null => None,
                };
                if current.is_some_and(|current| current != "") {
                    changes.push((Change { path: line.target.clone(), value, adds: false }, old));
                }
                continue;
            }
            let Some(value) = missing(&wanted, current, line.asserts) else { continue };
            let adds = current.is_none() || (matches!(value, Value::Roles(_)) && !line.asserts);
            changes.push((Change { path: line.target.clone(), value: Some(value), adds }, old));
        }
        changes
    }
}

/// What of the wanted value the target does not have; truth values may be texts there.
fn missing(wanted: &Value, current: Option<&Found>, asserts: bool) -> Option<Value> {
    let same = match (wanted, current) {
        (_, None) => false,
        (Value::Bool(wanted), Some(Found::Bool(current))) => wanted == current,
        (Value::Bool(wanted), Some(Found::String(current))) => {
            wanted.to_string().eq_ignore_ascii_case(current)
        }
        (Value::Text(wanted), Some(Found::String(current))) => wanted == current,
        (Value::Roles(roles), Some(Found::Array(current))) => {
            let has = |value: &Json| {
                let Json::Object(members) = value else { return false };
                let wanted = members.iter().find(|(name, _)| name == "value").map(|(_, value)| value);
                current
                    .iter()
                    .filter_map(|item| item.get("value")?.as_str())
                    .any(|got| matches!(wanted, Some(Json::Text(wanted)) if wanted == got))
            };
            let lacks = |role: &crate::AppRole| match Value::Roles(vec![role.clone()]).to_json() {
                Json::List(items) => !items.iter().all(has),
                _ => true,
            };
            let lacking: Vec<_> = roles.iter().filter(|role| lacks(role)).cloned().collect();
            if asserts {
                lacking.is_empty() && current.len() == roles.len()
            } else if lacking.is_empty() {
                true
            } else {
                return Some(Value::Roles(lacking));
            }
        }
        _ => false,
    };
    (!same).then(|| wanted.clone())
}

fn has_members(kind: Kind, found: &Found) -> bool {
    let members = found.get("members").and_then(Found::as_array);
    kind == Kind::Group && members.is_some_and(|members| !members.is_empty())
}

fn id_of(found: &Found) -> Result<String, Failure> {
    let id = found.get("id").and_then(Found::as_str).filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| Failure::protocol("a resource has no id"))
}
