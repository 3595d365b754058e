//! Whether the person is signed in as the application wants, and where they go if not.

use axum::response::Response;
use landfall_accounts::{Connection, SignedIn, Target, UserId};

use super::{Asked, Asking, Fault, Prompt};
use crate::cookies::Cookies;
use crate::oidc::AUTHORIZE;
use crate::oidc::hint::Hint;
use crate::respond::see_other;
use crate::sso::{Wish, ask_whom, begin, connection_of, sign_in_at};
use crate::{App, Ports};

/// What becomes of a request.
pub(in crate::oidc) enum Next {
    /// Nothing stands between the application and its code but the person's own word, where that is wanted.
    Ready(Box<Ready>),
    /// The person signs in first, and comes back with the same request.
    Elsewhere(Response),
}

/// What the application asks for, and who is signed in.
pub(in crate::oidc) struct Ready {
    pub(in crate::oidc) asked: Asked,
    pub(in crate::oidc) signed_in: SignedIn,
}

/// Judges a request, and who is signed in in this browser.
pub(in crate::oidc) async fn next<P: Ports>(
    app: &App<P>,
    asking: &Asking,
    cookies: &Cookies,
) -> Result<Next, Fault> {
    let asked = Asked::read(&asking.parameters)?;
    let hinted = asked.id_token_hint.as_deref().map(|hint| Hint::read(app, hint).map_err(Fault::Hint));
    let hinted = hinted.transpose()?.flatten().map(|hint| hint.person);
    let asks_nobody = asked.prompt == Prompt::Never;
    let target = app.settings().target(Some(&format!("{AUTHORIZE}?{}", asked.again)));
    // Where nobody is asked nobody signs in, so that nothing has to come back.
    let target = if asks_nobody { None } else { Some(target.ok_or(Fault::TooLong)?) };
    let now = app.environment().now();
    match (app.signed_in(cookies).await?, target) {
        (Some(signed_in), _) if asked.is_met_by(&signed_in, now) => {
            admitted(asking, &signed_in, hinted.as_ref())?;
            Ok(Next::Ready(Box::new(Ready { asked, signed_in })))
        }
        (_, None) => Err(Fault::LoginRequired),
        (there, Some(target)) => Ok(Next::Elsewhere(login(app, &asked, target, there, cookies).await?)),
    }
}

/// The person is one of those whom the application serves, and the one whom it means [openid-core 3.1.2.2].
///
/// # Security
/// The tenant is that of the account: an identity provider of one customer reaches no application of another [attack G4].
fn admitted(asking: &Asking, signed_in: &SignedIn, hinted: Option<&UserId>) -> Result<(), Fault> {
    if hinted.is_some_and(|person| *person != signed_in.user.id) {
        return Err(Fault::OtherPerson);
    }
    if asking.application.serves(&signed_in.session.tenant) { Ok(()) } else { Err(Fault::OtherTenant) }
}

/// The sign-in that this request needs: as the landing page begins it, with the connection that is known already.
async fn login<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    target: Target,
    there: Option<SignedIn>,
    cookies: &Cookies,
) -> Result<Response, Fault> {
    let (max_age, hint) = (asked.freshness(), asked.login_hint.as_deref());
    if asked.prompt == Prompt::SelectAccount {
        return Ok(ask_whom(app, &target, hint.unwrap_or_default(), max_age));
    }
    let Some(connection) = connection(app, asked, there.as_ref()).await? else {
        return Ok(see_other(&sign_in_at("/sso", target.as_str(), max_age)));
    };
    let own = there.as_ref().filter(|there| there.session.connection == connection.id);
    let login_hint = hint.or(own.map(|own| own.user.user_name.as_str()));
    let wish = Wish { login_hint, prompt: None, max_age };
    Ok(begin(app, &connection, target, &wish, cookies).await?)
}

/// The connection that the request names, else that of the domain of the hint, else that of the session: another person
/// than the one who is signed in may want to sign in, of another company.
async fn connection<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    there: Option<&SignedIn>,
) -> Result<Option<Connection>, Fault> {
    if let Some(named) = &asked.connection {
        let found = app.ports().connection_named(named).await?;
        return Ok(Some(found.ok_or(Fault::Connection)?));
    }
    if let Some(hint) = &asked.login_hint
        && let Some(found) = connection_of(app, hint).await?
    {
        return Ok(Some(found));
    }
    match there {
        Some(there) => Ok(app.ports().connection(&there.session.connection).await?),
        None => Ok(None),
    }
}
