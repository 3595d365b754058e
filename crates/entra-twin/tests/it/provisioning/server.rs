//! A SCIM server in memory, which breaks as it is told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use landfall_entra_twin::provisioning::{ScimMethod, ScimRequest, ScimResponse, Transport, TransportError};
use serde_json::{Map, Value, json};
use url::Url;

/// People and groups by id; what was sent; what is to go wrong.
#[derive(Default)]
pub(super) struct Server(Mutex<State>);

#[derive(Default)]
struct State {
    resources: BTreeMap<(&'static str, String), Value>,
    next: u64,
    sent: Vec<String>,
    faults: Vec<Fault>,
}

/// What goes wrong with requests that begin so, such as `POST /Users`.
struct Fault {
    begins: String,
    times: usize,
    answer: Result<(u16, String), TransportError>,
}

impl Server {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The next `times` requests that begin so are answered so.
    pub(super) fn fail(&self, begins: &str, times: usize, status: u16, body: &str) {
        let answer = Ok((status, body.to_owned()));
        self.state().faults.push(Fault { begins: begins.to_owned(), times, answer });
    }

    /// The next request that begins so has no answer.
    pub(super) fn hang(&self, begins: &str) {
        let answer = Err(TransportError::Timeout);
        self.state().faults.push(Fault { begins: begins.to_owned(), times: 1, answer });
    }

    /// Counts a request that is none of SCIM.
    pub(super) fn note(&self, call: &str) {
        self.state().sent.push(call.to_owned());
    }

    pub(super) fn heal(&self) {
        self.state().faults.clear();
    }

    /// What was sent since it was asked last: a line for each request, and one for its body.
    pub(super) fn sent(&self) -> String {
        std::mem::take(&mut self.state().sent).join("\n")
    }

    /// The methods and paths alone.
    pub(super) fn calls(&self) -> Vec<String> {
        let sent = self.sent();
        let calls = sent.lines().filter(|line| !line.starts_with(' '));
        calls.map(|line| line.split('?').next().unwrap().to_owned()).collect()
    }

    /// Makes somebody whom the service did not make.
    pub(super) fn make(&self, kind: &'static str, mut resource: Value) -> String {
        let mut state = self.state();
        state.next += 1;
        let id = format!("{}{}", if kind == "Users" { "u" } else { "g" }, state.next);
        resource["id"] = json!(id);
        state.resources.insert((kind, id.clone()), resource);
        id
    }

    pub(super) fn remove(&self, kind: &'static str, id: &str) {
        self.state().resources.remove(&(kind, id.to_owned())).unwrap();
    }

    /// The one with this user name or display name.
    pub(super) fn find(&self, name: &str) -> Option<Value> {
        let state = self.state();
        let mut found = state.resources.values();
        found.find(|resource| resource["userName"] == name || resource["displayName"] == name).cloned()
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.state().resources.keys().filter(|(known, _)| *known == kind).count()
    }

    pub(super) fn answer(&self, request: &ScimRequest) -> Result<ScimResponse, TransportError> {
        let mut state = self.state();
        let line = line(request);
        state.sent.push(line.clone());
        if let Some(body) = &request.body {
            state.sent.push(format!("  {body}"));
        }
        if let Some(fault) =
            state.faults.iter_mut().find(|fault| fault.times > 0 && line.starts_with(&fault.begins))
        {
            fault.times -= 1;
            return match &fault.answer {
                Ok((status, body)) => Ok(ScimResponse { status: *status, body: body.clone().into_bytes() }),
                Err(_) => Err(TransportError::Timeout),
            };
        }
        let (status, body) = state.handle(request);
        Ok(ScimResponse {
            status,
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
        })
    }
}

impl Transport for Server {
    async fn send(&self, request: ScimRequest) -> Result<ScimResponse, TransportError> {
        // As over a network: others go on meanwhile.
        tokio::task::yield_now().await;
        self.answer(&request)
    }
}

/// Method, path and query as a person reads them.
fn line(request: &ScimRequest) -> String {
    let base: Url = "https://sp.example.com/".parse().unwrap();
    let url = request.url(&base);
    let query: Vec<_> = url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{} {}{query}", request.method.as_str(), url.path())
}

fn error(status: u16, detail: &str) -> (u16, Value) {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
    (status, json!({ "schemas": schemas, "status": status.to_string(), "detail": detail }))
}

impl State {
    fn handle(&mut self, request: &ScimRequest) -> (u16, Value) {
        let kind = match request.path[0].as_str() {
            "Users" => "Users",
            "Groups" => "Groups",
            _ => return error(404, "no such endpoint"),
        };
        let body: Value = request
            .body
            .as_ref()
            .map(|body| serde_json::from_str(&body.to_string()).unwrap())
            .unwrap_or_default();
        let hidden =
            request.query.iter().any(|(name, value)| *name == "excludedAttributes" && value == "members");
        let key = (kind, request.path.get(1).cloned().unwrap_or_default());
        match (request.method, request.path.len()) {
            (ScimMethod::Get, 1) => {
                let filter = &request.query.iter().find(|(name, _)| *name == "filter").unwrap().1;
                let found: Vec<Value> = self
                    .resources
                    .iter()
                    .filter(|((known, _), resource)| *known == kind && holds(filter, resource))
                    .map(|(_, resource)| shown(resource, hidden))
                    .collect();
                let schemas = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"];
                (200, json!({ "schemas": schemas, "totalResults": found.len(), "Resources": found }))
            }
            (ScimMethod::Get, _) => match self.resources.get(&key) {
                Some(resource) => (200, shown(resource, hidden)),
                None => error(404, "gone"),
            },
            (ScimMethod::Post, _) => {
                let name = if kind == "Users" { "userName" } else { "displayName" };
                let taken = |resource: &Value| resource[name] == body[name];
                if self.resources.iter().any(|((known, _), resource)| *known == kind && taken(resource)) {
                    return error(409, "the name is in use");
                }
                self.next += 1;
                let id = format!("{}{}", if kind == "Users" { "u" } else { "g" }, self.next);
                let mut resource = body;
                resource["id"] = json!(id);
                self.resources.insert((kind, id), resource.clone());
                (201, resource)
            }
            (ScimMethod::Patch, _) => {
                let Some(resource) = self.resources.get_mut(&key) else { return error(404, "gone") };
                for operation in body["Operations"].as_array().unwrap() {
                    patch(resource, operation);
                }
                if kind == "Groups" { (204, Value::Null) } else { (200, resource.clone()) }
            }
            (ScimMethod::Delete, _) => {
                let id = key.1.clone();
                if self.resources.remove(&key).is_none() {
                    return error(404, "gone");
                }
                for resource in self.resources.values_mut() {
                    if let Some(members) = resource["members"].as_array_mut() {
                        members.retain(|member| member["value"] != id);
                    }
                }
                (204, Value::Null)
            }
            _ => error(405, "no"),
        }
    }
}

fn shown(resource: &Value, hidden: bool) -> Value {
    let mut resource = resource.clone();
    if let (true, Some(members)) = (hidden, resource.as_object_mut()) {
        members.remove("members");
    }
    resource
}

fn holds(filter: &str, resource: &Value) -> bool {
    filter.split(" and ").all(|part| {
        let (path, value) = part.split_once(" eq ").unwrap();
        let value = value.trim_matches('"');
        match path {
            "members" => resource["members"]
                .as_array()
                .is_some_and(|members| members.iter().any(|member| member["value"] == value)),
            "manager" => resource["manager"] == value,
            path => resource[path].as_str().is_some_and(|got| got.eq_ignore_ascii_case(value)),
        }
    })
}

fn patch(resource: &mut Value, operation: &Value) {
    let op = operation["op"].as_str().unwrap().to_ascii_lowercase();
    let value = &operation["value"];
    let path = operation["path"].as_str().unwrap_or_default();
    match (op.as_str(), path) {
        (_, "") => {
            for (path, value) in value.as_object().unwrap() {
                *place(resource, path) = value.clone();
            }
        }
        ("add", "members") => {
            let members = place(resource, "members");
            if !members.is_array() {
                *members = json!([]);
            }
            for member in value.as_array().unwrap() {
                members.as_array_mut().unwrap().push(json!({ "value": member["value"] }));
            }
        }
        ("remove", "members") => {
            let unwanted: Vec<_> = value.as_array().unwrap().iter().map(|one| one["value"].clone()).collect();
            let members = resource["members"].as_array_mut().unwrap();
            members.retain(|member| !unwanted.contains(&member["value"]));
        }
        ("remove", path) => {
            let id = path.strip_prefix("members[value eq \"").unwrap().strip_suffix("\"]").unwrap();
            resource["members"].as_array_mut().unwrap().retain(|member| member["value"] != id);
        }
        (_, path) if path.ends_with("manager") => {
            let id = value.as_array().map_or(value, |list| &list[0]["value"]);
            *place(resource, "manager") = id.clone();
        }
        (_, path) => {
            // Texts become what the attribute is, as a server does that Entra's default job speaks to.
            let value = match (path, value.as_str()) {
                ("active", Some(text)) => json!(text.eq_ignore_ascii_case("true")),
                _ => value.clone(),
            };
            *place(resource, path) = value;
        }
    }
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut().unwrap()
}

/// Where a path leads, made if need be.
fn place<'a>(resource: &'a mut Value, path: &str) -> &'a mut Value {
    if let Some((schema, attribute)) = path.rsplit_once(':') {
        return object(object(resource).entry(schema).or_insert_with(|| json!({})))
            .entry(attribute)
            .or_insert(Value::Null);
    }
    let base = object(resource);
    let Some((attribute, rest)) = path.split_once('[') else {
        return match path.split_once('.') {
            None => base.entry(path).or_insert(Value::Null),
            Some((attribute, sub)) => {
                object(base.entry(attribute).or_insert_with(|| json!({}))).entry(sub).or_insert(Value::Null)
            }
        };
    };
    let (filter, sub) = rest.split_once("].").unwrap();
    let (key, wanted) = filter.split_once(" eq ").unwrap();
    let wanted = wanted.trim_matches('"');
    let items = base.entry(attribute).or_insert_with(|| json!([]));
    let items = items.as_array_mut().unwrap();
    let is_it = |item: &Value| item[key] == wanted || (item[key] == true && wanted == "True");
    let at = items.iter().position(is_it).unwrap_or_else(|| {
        items.push(json!({ key: wanted }));
        items.len() - 1
    });
    object(&mut items[at]).entry(sub).or_insert(Value::Null)
}
