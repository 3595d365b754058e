//! `/{TID}/saml2`: a request comes in, a signed response goes out.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::order::{Came, Order, Received};
use super::sessions::Sessions;
use super::{Double, Failure, Fields, check_tenant, logout};
use crate::Twin;
use crate::aadsts::Aadsts;

pub(super) async fn redirect(
    State(double): State<Double>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let fields = Fields::parse(query.as_bytes());
    double.answer(|twin, sessions| {
        check_tenant(twin, &tenant)?;
        match logout::take(twin, sessions, &headers, &query)? {
            Some(answer) => Ok(answer),
            None => begin(twin, sessions, &headers, Came::Query(&query), fields.find("login_hint")),
        }
    })
}

pub(super) async fn post(
    State(double): State<Double>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = Fields::parse(&body);
    double.answer(|twin, sessions| {
        check_tenant(twin, &tenant)?;
        begin(twin, sessions, &headers, Came::Form(&fields), fields.find("login_hint"))
    })
}

fn begin(
    twin: &Twin,
    sessions: &Sessions,
    headers: &HeaderMap,
    came: Came<'_>,
    login_hint: Option<&str>,
) -> Result<Response, Failure> {
    let order = match Order::of_request(twin, came)?.ok_or(Aadsts::NoRequest)? {
        Received::Order(order) => order,
        Received::Refused(answer) => return Ok(answer),
    };
    let hinted = login_hint.and_then(|hint| twin.tenant().hinted(hint));
    match sessions.find(twin, headers) {
        Some(signed_in)
            if order.takes_a_session()
                && hinted.is_none_or(|user| user.object_id == signed_in.user.object_id) =>
        {
            order.deliver(twin, sessions, &signed_in)
        }
        signed_in => {
            // Who has to sign in anew is most likely the same person.
            let user = hinted.or(signed_in.map(|it| it.user));
            let login = user.map(|user| user.user_principal_name.as_str()).unwrap_or_default();
            Ok(order.ask(twin, login))
        }
    }
}
