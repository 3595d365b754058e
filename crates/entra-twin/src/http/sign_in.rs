//! The sign-in form.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::order::{Came, Order, Received};
use super::pages::{SignInPage, page};
use super::sessions::Sessions;
use super::{Double, Failure, Fields, check_tenant, see_other, show};
use crate::aadsts::Aadsts;
use crate::{AccountState, Twin, User};

/// `POST /{TID}/login`: opens a session, then goes on with the request or to My Apps.
pub(super) async fn post(State(double): State<Double>, Path(tenant): Path<String>, body: Bytes) -> Response {
    let fields = Fields::parse(&body);
    double.answer(|twin, sessions| sign_in(twin, sessions, &tenant, &fields))
}

/// The sign-in page of My Apps.
pub(super) fn my_apps_page<'a>(twin: &'a Twin, login: &'a str) -> SignInPage<'a> {
    SignInPage::new(twin, "to continue to My Apps".to_owned(), login)
}

fn sign_in(twin: &Twin, sessions: &Sessions, tenant: &str, fields: &Fields) -> Result<Response, Failure> {
    check_tenant(twin, tenant)?;
    let order = match Order::of_request(twin, Came::again(fields))? {
        Some(Received::Order(order)) => Some(order),
        Some(Received::Refused(answer)) => return Ok(answer),
        None => None,
    };
    let login = fields.find("login").unwrap_or_default();
    let user = match authenticate(twin, login, fields.find("passwd").unwrap_or_default()) {
        Ok(user) => user,
        Err(failure) => {
            let again = match &order {
                Some(order) => order.sign_in_page(twin, login),
                None => my_apps_page(twin, login),
            };
            return Ok(page(StatusCode::OK, &again.with_failure(&failure)));
        }
    };
    let (signed_in, cookie) = sessions.begin(twin, user);
    // Who is not assigned is signed in all the same, and then sees AADSTS50105.
    let mut response = match order {
        Some(order) => {
            order.deliver(twin, sessions, &signed_in).unwrap_or_else(|failure| show(twin, &failure))
        }
        None => see_other("/myapps"),
    };
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn authenticate<'a>(twin: &'a Twin, login: &str, password: &str) -> Result<&'a User, Aadsts> {
    let user = twin
        .tenant()
        .find(login.trim())
        .ok_or_else(|| Aadsts::NoAccount { user: login.to_owned(), tenant: twin.tenant().id })?;
    if user.password != password {
        return Err(Aadsts::Password);
    }
    if user.account == AccountState::Disabled {
        return Err(Aadsts::Disabled);
    }
    Ok(user)
}
