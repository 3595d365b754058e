//! The clock of the running double, for people and scripts.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::pages::{ClockPage, page};
use super::{Double, Fields, broken, see_other};
use crate::{ClockChange, xml};

/// `GET /clock`: what the clock says, and how wrong it is.
pub(super) async fn get(State(double): State<Double>) -> Response {
    double.answer(|twin, _| {
        let clock = ClockPage { now: xml::time(twin.now()), offset: twin.tenant().clock_offset };
        Ok(page(StatusCode::OK, &clock))
    })
}

/// `POST /clock`: one field, `offset` or `by` in seconds or `at` as a time; answers with a redirect to the page.
pub(super) async fn post(State(double): State<Double>, body: Bytes) -> Response {
    let fields = Fields::parse(&body);
    let given = ["offset", "by", "at"].into_iter().find_map(|name| Some((name, fields.find(name)?)));
    let (name, value) = given.unwrap_or_default();
    match format!("{name}={value}").parse::<ClockChange>() {
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
        Ok(change) => match double.0.0.set_clock(change) {
            Err(error) => broken(&error),
            Ok(()) => see_other("/clock"),
        },
    }
}
