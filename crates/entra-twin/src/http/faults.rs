//! `/faults`: what the double is to do wrong, set by a person or by a program.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::pages::{FaultsPage, page};
use super::{Double, Fields, see_other};
use crate::fault::{Fault, Set};

/// `GET /faults`: the page; JSON for whoever accepts JSON.
pub(super) async fn get(State(double): State<Double>, headers: HeaderMap) -> Response {
    double.answer(|twin, _| {
        let set = twin.faults().now();
        if says(&headers, &ACCEPT) {
            let faults = Fault::all().filter(|fault| fault.can_be_served()).map(|fault| {
                json!({ "name": fault.name(), "class": fault.class(), "expected": fault.expected().name() })
            });
            let mut told = told(&set);
            told.as_object_mut().map(|all| all.insert("faults".to_owned(), faults.collect()));
            return Ok(answer(StatusCode::OK, &told));
        }
        Ok(page(StatusCode::OK, &FaultsPage::new(&set)))
    })
}

/// `POST /faults`: sets `next` or `standing` to the name of a fault, or to `null`, which is none.
///
/// A form has the same two fields, where an empty one is none.
pub(super) async fn post(State(double): State<Double>, headers: HeaderMap, body: Bytes) -> Response {
    double.answer(|twin, _| {
        let by_program = says(&headers, &CONTENT_TYPE);
        let change = if by_program { Change::of_json(&body) } else { Change::of_form(&body) };
        Ok(match change {
            Ok(change) => {
                let set = twin.faults().set(|set| change.make(set));
                if by_program { answer(StatusCode::OK, &told(&set)) } else { see_other("/faults") }
            }
            Err(error) => answer(StatusCode::BAD_REQUEST, &json!({ "error": error })),
        })
    })
}

/// What is to change; `None` stays as it is.
struct Change {
    next: Option<Option<&'static Fault>>,
    standing: Option<Option<&'static Fault>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default, deserialize_with = "present")]
    next: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    standing: Option<Option<String>>,
}

/// A field that is there, even if it is `null`.
fn present<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}

impl Change {
    fn of_json(body: &[u8]) -> Result<Self, String> {
        let wanted: Wanted = serde_json::from_slice(body)
            .map_err(|error| format!("expected {{\"next\": NAME}} or {{\"standing\": NAME}}, got {error}"))?;
        let find = |field: Option<Option<String>>| {
            field.map(|name| name.map(|name| find(&name)).transpose()).transpose()
        };
        Ok(Self { next: find(wanted.next)?, standing: find(wanted.standing)? })
    }

    fn of_form(body: &[u8]) -> Result<Self, String> {
        let fields = Fields::parse(body);
        let find = |name: &str| {
            let field = fields.find(name);
            field.map(|name| if name.is_empty() { Ok(None) } else { find(name).map(Some) }).transpose()
        };
        Ok(Self { next: find("next")?, standing: find("standing")? })
    }

    fn make(&self, set: &mut Set) {
        set.next = self.next.unwrap_or(set.next);
        set.standing = self.standing.unwrap_or(set.standing);
    }
}

fn find(name: &str) -> Result<&'static Fault, String> {
    let fault = Fault::find(name);
    let fault = fault.ok_or_else(|| format!("there is no fault {name:?}: GET /faults lists them"))?;
    if fault.can_be_served() {
        return Ok(fault);
    }
    Err(format!(
        "{name} is no fault of one response, which is all that a running double sends: \
         `entra-twin attack --only {name}` plays it"
    ))
}

fn told(set: &Set) -> Value {
    json!({ "next": set.next.map(Fault::name), "standing": set.standing.map(Fault::name) })
}

fn answer(status: StatusCode, told: &Value) -> Response {
    (status, [("content-type", "application/json"), ("cache-control", "no-store")], told.to_string())
        .into_response()
}

fn says(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("application/json"))
}
