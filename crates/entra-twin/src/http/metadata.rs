//! Federation metadata, of the tenant or of the application.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::{Double, Failure, Fields, check_tenant};
use crate::KeysOf;
use crate::aadsts::Aadsts;

/// `GET …/FederationMetadata.xml`, with `?appid=` for the keys of the application.
pub(super) async fn get(
    State(double): State<Double>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    double.answer(|twin, _| {
        let common = tenant == COMMON;
        if !common {
            check_tenant(twin, &tenant)?;
        }
        let keys = match fields.find("appid") {
            None if common => KeysOf::Common,
            None => KeysOf::Tenant,
            Some(id) if Uuid::parse_str(id) == Ok(twin.app().id) => KeysOf::App,
            Some(id) => {
                let tenant = twin.tenant().name.clone();
                return Err(Aadsts::NoApplication { got: id.to_owned(), tenant }.into());
            }
        };
        let document = twin.metadata(keys).map_err(Failure::Sign)?;
        Ok(([("content-type", "application/xml; charset=utf-8")], document).into_response())
    })
}

/// Stands for every tenant in an address.
const COMMON: &str = "common";
