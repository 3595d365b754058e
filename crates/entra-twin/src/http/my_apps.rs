//! My Apps: the tiles of the person who is signed in.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use uuid::Uuid;

use super::order::Order;
use super::pages::{MyAppsPage, Tile, page};
use super::{Double, see_other, sign_in};
use crate::Twin;
use crate::aadsts::Aadsts;

/// `GET /myapps`: the tiles, or the sign-in page.
pub(super) async fn get(State(double): State<Double>, headers: HeaderMap) -> Response {
    double.answer(|twin, sessions| {
        let Some(signed_in) = sessions.find(twin, &headers) else {
            return Ok(page(StatusCode::OK, &sign_in::my_apps_page(twin, "")));
        };
        let tiles = twin.is_assigned(signed_in.user).then(|| tile_of(twin));
        Ok(page(
            StatusCode::OK,
            &MyAppsPage {
                display_name: &signed_in.user.display_name,
                user_principal_name: &signed_in.user.user_principal_name,
                sign_out: format!("/{}/signout", twin.tenant().id),
                tiles: tiles.into_iter().collect(),
            },
        ))
    })
}

/// `GET /myapps/signin/{app}`: a click on the tile.
///
/// With a Sign-on URL the service provider starts the login; without one the response goes out at once.
pub(super) async fn tile(
    State(double): State<Double>,
    Path(app): Path<String>,
    headers: HeaderMap,
) -> Response {
    double.answer(|twin, sessions| {
        if Uuid::parse_str(&app) != Ok(twin.app().id) {
            return Err(Aadsts::NoApplication { got: app, tenant: twin.tenant().name.clone() }.into());
        }
        let Some(signed_in) = sessions.find(twin, &headers) else { return Ok(see_other("/myapps")) };
        if twin.app().sign_on_url.is_empty() {
            Order::of_tile(twin)?.deliver(twin, sessions, &signed_in)
        } else {
            Ok(see_other(&twin.app().sign_on_url))
        }
    })
}

fn tile_of(twin: &Twin) -> Tile<'_> {
    Tile {
        name: &twin.app().name,
        href: format!("/myapps/signin/{}", twin.app().id),
        how: if twin.app().sign_on_url.is_empty() { "IdP-initiated" } else { "SP-initiated" },
    }
}
