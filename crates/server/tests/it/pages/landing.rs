//! The landing page does not tell who our customers are.

use crate::world::{Answer, Form, SIMON, World};

/// The page, without what was typed and what differs from request to request.
fn apart_from(answer: &Answer, typed: &str) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "x-trace-id" && name.as_str() != "content-length")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let field = format!("value=\"{typed}\"");
    assert_eq!(answer.body.matches(&field).count(), 1, "{}", answer.body);
    (answer.status, answer.body.replace(&field, ""), headers)
}

#[tokio::test]
async fn e20_no_domain_unknown_domain_and_disabled_connection_look_the_same() {
    let world = World::new().await;
    let mut browser = world.browser();
    let tenant = world.contoso.tenant();
    world.store.add_domain(&tenant, "unbound.example".parse().unwrap(), world.clock.now()).await.unwrap();
    assert_eq!(browser.enter(SIMON).await.status, 303, "this one is known");
    world.disable(&world.contoso).await;
    let disabled = browser.enter(SIMON).await;
    let expected = apart_from(&disabled, SIMON);
    assert_eq!(expected.0, 422);
    assert!(expected.1.contains("We cannot sign you in with this name."));
    let longest = "x".repeat(300);
    for typed in [
        "b.simon",
        "b.simon@",
        "@",
        "b.simon@unknown.example",
        "b.simon@unbound.example",
        "b.simon@contoso.example.",
        "b.simon@contoso",
        "b.simon@cont\u{f6}so.example",
        "",
        &longest,
    ] {
        let answer = browser.enter(typed).await;
        assert_eq!(apart_from(&answer, typed), expected, "{typed}");
        assert!(answer.cookies().is_empty());
    }
}

#[tokio::test]
async fn what_is_typed_needs_no_care_with_case_and_blanks() {
    let world = World::new().await;
    for typed in ["b.simon@CONTOSO.example", "  B.Simon@contoso.example\t", "anybody@contoso.example"] {
        assert_eq!(world.browser().enter(typed).await.status, 303, "{typed}");
    }
}

#[tokio::test]
async fn a_form_without_its_fields_asks_again() {
    let world = World::new().await;
    let form = Form::own("/sso");
    assert_eq!(world.browser().submit(&form).await.status, 422);
    let answer = world.browser().submit(&form.with("login_name", SIMON)).await;
    assert_eq!(answer.status, 303);
}
