//! What requests ask for beyond a sign-in, by the settings of a connection and by the link that begins a login.

use landfall_accounts::EventKind::LoginRefused;
use landfall_entra_twin::Message;
use landfall_xmldsig::decode_base64;
use time::Duration;

use crate::world::{Answer, Begun, Browser, SIMON, World, pending};

const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
const X509: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";

/// The request that a link begins, at an identity provider that takes it by POST.
async fn request(world: &World, link: &str) -> String {
    let answer = world.browser().get(link).await;
    let form = answer.form("SAMLRequest");
    String::from_utf8(decode_base64(form.value("SAMLRequest").unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_link_makes_a_login_stricter_and_never_weaker() {
    let world = World::asking_by_post().await;
    let asked = async |link: &str| {
        let xml = request(&world, link).await;
        let asks = |part: &str| xml.contains(part);
        [asks(" ForceAuthn=\"true\""), asks(" IsPassive=\"true\""), asks("<samlp:NameIDPolicy "), asks(X509)]
    };
    let (plain, anew, silent) =
        ("/sso/contoso-entra", "/sso/contoso-entra?prompt=login", "/sso/contoso-entra?target=/a&prompt=none");
    assert_eq!(asked(plain).await, [false; 4]);
    assert_eq!(asked(anew).await, [true, false, false, false]);
    assert_eq!(asked(silent).await, [false, true, false, false]);
    // An age is asked for by ForceAuthn, unless nobody may be asked; what it demands is another matter.
    for (link, forced, passive) in [
        ("?max_age=300", true, false),
        ("?max_age=0", true, false),
        ("?max_age=300&prompt=none", false, true),
    ] {
        assert_eq!(asked(&format!("{plain}{link}")).await, [forced, passive, false, false], "{link}");
    }
    world.set("force-authn", "always").await;
    world.set("name-id-format", "persistent").await;
    world.set("authn-context", X509).await;
    for (link, passive) in [(plain, false), (anew, false), (silent, true)] {
        assert_eq!(asked(link).await, [true, passive, true, true], "{link}");
    }
    for other in ["", "Login", "select_account", "login%20none"] {
        let answer = world.browser().get(&format!("/sso/contoso-entra?prompt={other}")).await;
        world.refused(&answer, 400, "prompt");
    }
}

/// Begins by a link, and answers as the double would, with an edit.
async fn answered(world: &World, link: &str, edit: impl FnOnce(&mut Message)) -> (Begun, Browser, Answer) {
    let mut browser = world.browser();
    let begun = browser.get(link).await;
    let begun = browser.begun(world, &begun).await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    edit(&mut message);
    let answer = browser.submit(&world.contoso.form(&message, Some(&begun))).await;
    (begun, browser, answer)
}

fn from_an_old_session(message: &mut Message) {
    message.assertion.authn_instant -= Duration::hours(7);
}

#[tokio::test]
async fn e23_a_session_that_was_there_before_is_not_a_new_sign_in() {
    let world = World::new().await;
    let (plain, anew) = ("/sso/contoso-entra", "/sso/contoso-entra?prompt=login");
    assert!(answered(&world, plain, from_an_old_session).await.2.location().starts_with("/saml/hop"));
    assert!(answered(&world, anew, |_| ()).await.2.location().starts_with("/saml/hop"));
    let (begun, mut browser, answer) = answered(&world, anew, from_an_old_session).await;
    world.refused(&answer, 403, "authn.not_anew");
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
    assert!(browser.submit(&world.contoso.answers(SIMON, &begun)).await.location().ends_with(&begun.handle));

    world.set("force-authn", "always").await;
    for link in [plain, "/sso/contoso-entra?prompt=none"] {
        world.refused(&answered(&world, link, from_an_old_session).await.2, 403, "authn.not_anew");
        assert_eq!(answered(&world, link, |_| ()).await.2.status, 303, "{link}");
    }
}

#[tokio::test]
async fn e23_a_method_that_was_not_asked_for_signs_nobody_in() {
    let world = World::new().await;
    for (asked, accepted) in [(PASSWORD, true), (X509, false), ("any", true)] {
        world.set("authn-context", asked).await;
        let answer = answered(&world, "/sso/contoso-entra", |_| ()).await.2;
        if accepted {
            assert_eq!(answer.status, 303, "{asked}");
        } else {
            world.refused(&answer, 403, "authn.context");
        }
    }
    for (asked, accepted) in [("email-address", true), ("persistent", false), ("any", true)] {
        world.set("name-id-format", asked).await;
        let answer = answered(&world, "/sso/contoso-entra", |_| ()).await.2;
        if accepted {
            assert_eq!(answer.status, 303, "{asked}");
        } else {
            world.refused(&answer, 403, "name_id.format");
        }
    }
}

/// What was asked for is kept with the request: settings that change meanwhile change nothing about it.
#[tokio::test]
async fn e23_an_answer_is_held_to_its_own_request() {
    let world = World::new().await;
    let mut browser = world.browser();
    world.set("authn-context", X509).await;
    let strict = browser.begin(&world, &world.contoso).await;
    world.set("authn-context", "any").await;
    let free = browser.begin(&world, &world.contoso).await;
    world.refused(&browser.submit(&world.contoso.answers(SIMON, &strict)).await, 403, "authn.context");
    assert_eq!(browser.submit(&world.contoso.answers(SIMON, &free)).await.status, 303);
}

/// The identity provider says, unsigned as Entra does, that it would have to ask.
fn must_ask(begun: &Begun) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" Version=\"2.0\" \
         IssueInstant=\"2030-01-02T03:04:05Z\" InResponseTo=\"{}\"><samlp:Status>\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:NoPassive\"/></samlp:StatusCode>\
         </samlp:Status></samlp:Response>",
        begun.request_id
    )
}

#[tokio::test]
async fn who_cannot_be_signed_in_silently_may_sign_in_aloud() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.get("/sso/contoso-entra?target=/reports%3Fa%3Db&prompt=none").await;
    let begun = browser.begun(&world, &begun).await;
    let answer = browser.submit(&world.contoso.form_of(&must_ask(&begun), Some(&begun))).await;
    assert_eq!(world.code(&answer).as_deref(), Some("status"));
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    let page = answer.page(200);
    assert!(page.contains("Your organisation has to ask you before it can sign you in."), "{page}");
    let onward = "/sso/contoso-entra?target=%2Freports%3Fa%3Db";
    assert!(page.contains(&format!("href=\"{onward}\"")), "{page}");
    assert_eq!(answer.form("login_name").value("target"), Some("/reports?a=b"));
    assert!(answer.cookies().is_empty());
    let aloud = browser.get(onward).await;
    let aloud = browser.begun(&world, &aloud).await;
    let hop = browser.submit(&world.contoso.answers(SIMON, &aloud)).await;
    assert_eq!(browser.follow(&hop).await.location(), "/reports?a=b");
    // What anybody can write has used nothing up.
    assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
    assert!(browser.submit(&world.contoso.answers(SIMON, &begun)).await.location().ends_with(&begun.handle));
}

#[tokio::test]
async fn the_same_failure_of_a_login_that_might_ask_is_a_refusal() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let answer = browser.submit(&world.contoso.form_of(&must_ask(&begun), Some(&begun))).await;
    world.refused(&answer, 403, "status");
}
