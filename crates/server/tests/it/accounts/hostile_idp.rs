//! The administrator of fabrikam signs whatever he likes; contoso does not notice.

use landfall_accounts::EventKind::{AccountCreated, LoginAccepted, LoginRefused};
use landfall_accounts::{IdpBinding, NewApplication};
use landfall_entra_twin::Message;
use serde_json::Value;

use crate::oidc::{Back, Relying, payroll, userinfo};
use crate::world::{ACS, Answer, Begun, Browser, Customer, Form, REYES, SIMON, World, pending};

const TENANT_ID: &str = "http://schemas.microsoft.com/identity/claims/tenantid";

/// What fabrikam says of its honest person, edited, in answer to a request of its own.
async fn fabrikam_says(world: &World, edit: impl FnOnce(&mut Message)) -> Answer {
    world.browser().arrive(world, &world.fabrikam, &world.fabrikam.person(REYES), edit).await
}

fn set(message: &mut Message, name: &str, value: &str) {
    let found = message.assertion.attributes.iter_mut().find(|attribute| attribute.name.ends_with(name));
    found.unwrap().values = vec![value.to_owned()];
}

/// B.Simon of contoso signs in, to the one account of contoso, whatever fabrikam tried before.
async fn contoso_is_untouched(world: &World) {
    world.browser().sign_in(world, &world.contoso, SIMON).await;
    let users = world.users(&world.contoso).await;
    let [simon] = users.as_slice() else { panic!("one account, not {users:?}") };
    assert_eq!(world.store.identities_of(&simon.id).await.unwrap().len(), 1);
    for signed_in in world.store.sessions(None, world.clock.now()).await.unwrap() {
        let of_simon = signed_in.user.id == simon.id;
        assert_eq!(of_simon, signed_in.connection == world.contoso.connection(), "{signed_in:?}");
    }
}

#[tokio::test]
async fn g4_a_name_of_contoso_is_refused() {
    let world = World::new().await;
    let answer = fabrikam_says(&world, |message| set(message, "claims/name", SIMON)).await;
    world.refused(&answer, 403, "domain.other_tenant");
    assert!(world.users(&world.fabrikam).await.is_empty());
    let answer = fabrikam_says(&world, |message| set(message, "claims/name", REYES)).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
    contoso_is_untouched(&world).await;
}

#[tokio::test]
async fn g2_g4_a_copied_person_is_refused_by_name_and_by_directory() {
    let world = World::new().await;
    contoso_is_untouched(&world).await;
    let impostor = world.fabrikam.person(SIMON);
    assert_eq!(impostor.object_id, world.contoso.person(SIMON).object_id);
    let answer = world.browser().arrive(&world, &world.fabrikam, &impostor, |_| ()).await;
    world.refused(&answer, 403, "domain.other_tenant");
    let contoso = world.contoso.twin.tenant().id.to_string();
    let answer = world
        .browser()
        .arrive(&world, &world.fabrikam, &impostor, |message| set(message, TENANT_ID, &contoso))
        .await;
    world.refused(&answer, 403, "identity.foreign_tenant");
    assert!(world.users(&world.fabrikam).await.is_empty());
    contoso_is_untouched(&world).await;
}

#[tokio::test]
async fn g1_a_mail_address_and_a_name_id_of_contoso_reach_nobody_there() {
    let world = World::new().await;
    contoso_is_untouched(&world).await;
    let answer = fabrikam_says(&world, |message| {
        message.assertion.name_id = SIMON.to_owned();
        for claim in ["claims/emailaddress", "email", "username"] {
            set(message, claim, SIMON);
        }
    })
    .await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted], "a person of fabrikam");
    let users = world.users(&world.fabrikam).await;
    assert_eq!((users.len(), users[0].user_name.as_str()), (1, REYES));
    contoso_is_untouched(&world).await;
}

#[tokio::test]
async fn g3_one_object_id_in_two_directories_is_two_people() {
    let world = World::new().await;
    contoso_is_untouched(&world).await;
    let mut person = world.fabrikam.person(REYES);
    person.object_id = world.contoso.person(SIMON).object_id;
    let mut browser = world.browser();
    let answer = browser
        .arrive(&world, &world.fabrikam, &person, |message| message.assertion.name_id = SIMON.to_owned())
        .await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
    browser.follow(&answer).await;
    let account = browser.get("/account").await;
    assert!(account.page(200).contains(REYES) && account.body.contains("fabrikam"));
    assert!(!account.body.contains("contoso"));
    contoso_is_untouched(&world).await;
}

#[tokio::test]
async fn the_issuer_of_contoso_needs_the_key_of_contoso() {
    let world = World::new().await;
    world.set("unsolicited", "accept").await;
    let message = world.contoso.says(&world.contoso.person(SIMON), None);
    let forged = world.fabrikam.form(&message, None);
    let answer = world.browser().submit(&forged).await;
    world.refused(&answer, 403, "signature.unknown_key");
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
    assert!(world.users(&world.contoso).await.is_empty());
    let honest = world.contoso.form(&message, None);
    assert_eq!(
        world.browser().submit(&honest).await.status,
        303,
        "the forgery has not used the assertion up"
    );
}

#[tokio::test]
async fn the_issuer_of_contoso_inside_an_answer_of_fabrikam_is_refused() {
    let world = World::new().await;
    let contoso = world.contoso.twin.tenant().issuer();
    let answer = fabrikam_says(&world, |message| message.assertion.issuer = contoso.clone()).await;
    world.refused(&answer, 403, "issuer");
    let answer = fabrikam_says(&world, |message| message.response.issuer = contoso.clone()).await;
    world.refused(&answer, 403, "issuer");
    assert_eq!(fabrikam_says(&world, |_| ()).await.status, 303);
    contoso_is_untouched(&world).await;
}

#[tokio::test]
async fn e12_a_key_that_two_customers_trust_leaves_them_apart() {
    let world = World::new().await;
    let mut trust = world.fabrikam.trust(IdpBinding::Redirect);
    trust.certificates.extend(world.contoso.trust(IdpBinding::Redirect).certificates);
    world.store.renew_connection(&world.fabrikam.connection(), trust, world.clock.now()).await.unwrap();
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.fabrikam).await;
    let of_contoso = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    let of_fabrikam = world.fabrikam.says(&world.fabrikam.person(REYES), Some(&begun));
    let mut inside = of_contoso.clone();
    inside.response.issuer = of_fabrikam.response.issuer.clone();
    for message in [of_contoso, inside] {
        let answer = browser.submit(&world.contoso.form(&message, Some(&begun))).await;
        world.refused(&answer, 403, "issuer");
    }
    let answer = browser.submit(&world.contoso.form(&of_fabrikam, Some(&begun))).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted], "the key counts at fabrikam");
    contoso_is_untouched(&world).await;
}

/// What fabrikam can post in answer to a request of contoso, of which it has learned everything.
async fn answers_to_contosos_request(world: &World, browser: &mut Browser) -> (Begun, Vec<Form>) {
    let begun = browser.begin(world, &world.contoso).await;
    let own = world.fabrikam.says(&world.fabrikam.person(REYES), Some(&begun));
    let copied = world.fabrikam.says(&world.fabrikam.person(SIMON), Some(&begun));
    let mut in_contosos_name = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    let mut unsigned = in_contosos_name.clone();
    unsigned.sign = None;
    in_contosos_name.assertion.id = "_forged".to_owned();
    let forms =
        [own, copied, in_contosos_name, unsigned].map(|message| world.fabrikam.form(&message, Some(&begun)));
    (begun, forms.to_vec())
}

#[tokio::test]
async fn a_request_of_contoso_is_not_answered_by_fabrikam() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (begun, forms) = answers_to_contosos_request(&world, &mut browser).await;
    for (form, code) in forms.iter().zip(["signature.unknown_key"; 3].into_iter().chain(["signature.none"])) {
        let answer = browser.submit(form).await;
        world.refused(&answer, 403, code);
    }
    assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account", "the honest person still gets in");
}

#[tokio::test]
async fn an_unsolicited_response_of_fabrikam_leaves_the_request_of_contoso_alone() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let response = world.fabrikam.unasked(REYES).with("RelayState", &begun.relay_state);
    let answer = browser.submit(&response).await;
    let hop = browser.follow(&answer).await;
    assert!(hop.location().starts_with("https://login.fabrikam.example/"), "a login of fabrikam's own");
    assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account");
}

#[tokio::test]
async fn an_assertion_id_that_fabrikam_used_first_is_free_at_contoso() {
    let world = World::new().await;
    let id = "_00000000-0000-4000-8000-000000000001";
    let answer = fabrikam_says(&world, |message| message.assertion.id = id.to_owned()).await;
    assert_eq!(answer.status, 303);
    world.refused(
        &fabrikam_says(&world, |message| message.assertion.id = id.to_owned()).await,
        403,
        "replayed",
    );
    let person = world.contoso.person(SIMON);
    let edit = |message: &mut Message| message.assertion.id = id.to_owned();
    assert_eq!(world.browser().arrive(&world, &world.contoso, &person, edit).await.status, 303);
}

#[tokio::test]
async fn people_of_fabrikam_do_not_reach_sessions_of_contoso() {
    let world = World::new().await;
    let (mut simon, mut reyes) = (world.browser(), world.browser());
    simon.sign_in(&world, &world.contoso, SIMON).await;
    reyes.sign_in(&world, &world.fabrikam, REYES).await;
    let sessions = world.store.sessions(None, world.clock.now()).await.unwrap();
    let of = |name: &str| sessions.iter().find(|of| of.user.user_name.as_str() == name).unwrap().session.id;
    let end = |name: &str| Form::own(&format!("/account/sessions/{}/end", of(name)));
    world.refused(&reyes.submit(&end(SIMON)).await, 404, "not_found");
    assert!(!reyes.get("/account").await.page(200).contains(&of(SIMON).to_string()));
    assert!(simon.is_signed_in().await);
    assert_eq!(reyes.submit(&end(REYES)).await.location(), "/account");
    assert!(!reyes.is_signed_in().await && simon.is_signed_in().await);
    for all in ["/account/sessions/end-others", "/account/sign-out/everywhere"] {
        reyes.sign_in(&world, &world.fabrikam, REYES).await;
        assert_eq!(reyes.submit(&Form::own(all)).await.status, 303, "{all}");
        assert!(simon.is_signed_in().await, "{all}");
    }
}

#[tokio::test]
async fn g4_a_landing_page_sends_people_of_contoso_to_contoso_alone() {
    let world = World::new().await;
    let tenant = world.fabrikam.tenant();
    let taken = world.store.add_domain(&tenant, world.contoso.domain(), world.clock.now()).await;
    assert_eq!(taken.unwrap_err().code(), "domain.taken");
    let bound = world
        .store
        .bind_domain(&world.contoso.domain(), &world.fabrikam.connection(), world.clock.now())
        .await;
    assert_eq!(bound.unwrap_err().code(), "domain.of_other_tenant");
    assert!(world.browser().enter(SIMON).await.location().starts_with("https://login.contoso.example/"));
    assert!(world.browser().enter(REYES).await.location().starts_with("https://login.fabrikam.example/"));
}

/// Connects a customer's identity provider a second time, under a name of ours and at an address of its own; gives the address.
async fn connect_as(world: &World, tenant: &Customer, idp: &Customer, name: &str) -> String {
    let (own, trust) = (format!("urn:landfall:{name}"), idp.trust(IdpBinding::Redirect));
    let (own, now) = (own.parse().unwrap(), world.clock.now());
    world.store.import_connection_as(own, &tenant.tenant(), name.parse().unwrap(), trust, now).await.unwrap();
    format!("https://sso.example/saml/{name}/acs")
}

/// The message as it would be for a connection with an address of its own.
fn meant_for(message: &mut Message, name: &str, acs: &str) {
    message.response.destination = Some(acs.to_owned());
    message.assertion.recipient = Some(acs.to_owned());
    message.assertion.audiences = vec![format!("urn:landfall:{name}")];
}

#[tokio::test]
async fn e12_the_address_of_a_connection_of_contoso_takes_nothing_of_fabrikam() {
    let world = World::new().await;
    let acs = connect_as(&world, &world.contoso, &world.contoso, "contoso-two").await;
    let mut browser = world.browser();
    let own = browser.begin(&world, &world.fabrikam).await;
    let reyes = world.fabrikam.person(REYES);
    // In answer to a request of fabrikam's own, and to none; for the shared address, and for this one.
    for (begun, code) in [(Some(&own), "acs.other"), (None, "signature.unknown_key")] {
        for meant in [false, true] {
            let mut message = world.fabrikam.says(&reyes, begun);
            if meant {
                meant_for(&mut message, "contoso-two", &acs);
            }
            let form = Form { action: acs.clone(), ..world.fabrikam.form(&message, begun) };
            let answer = browser.submit(&form).await;
            world.refused(&answer, 403, code);
        }
    }
    assert!(pending(&world, &own.handle).await.unwrap().consumed_at.is_none());
    assert!(browser.submit(&world.fabrikam.answers(REYES, &own)).await.location().ends_with(&own.handle));
    contoso_is_untouched(&world).await;
}

#[tokio::test]
async fn e12_a_request_of_contoso_is_not_answered_at_an_address_of_fabrikam() {
    let world = World::new().await;
    let acs = connect_as(&world, &world.fabrikam, &world.fabrikam, "fabrikam-two").await;
    let mut browser = world.browser();
    let (begun, forms) = answers_to_contosos_request(&world, &mut browser).await;
    for form in forms {
        let answer = browser.submit(&Form { action: acs.clone(), ..form }).await;
        world.refused(&answer, 403, "acs.other");
    }
    let honest = world.contoso.answers(SIMON, &begun);
    world.refused(&browser.submit(&Form { action: acs, ..honest.clone() }).await, 403, "acs.other");
    let answer = browser.submit(&honest).await;
    assert_eq!(browser.follow(&answer).await.location(), "/account", "the honest person still gets in");
}

/// Two tenants have one identity provider: what it says for one is nothing to the other, although keys and issuer are the same.
#[tokio::test]
async fn e12_one_identity_provider_signs_in_to_the_tenant_that_it_speaks_to() {
    let world = World::new().await;
    let acs = connect_as(&world, &world.fabrikam, &world.contoso, "fabrikam-two").await;
    for name in ["contoso-entra", "fabrikam-two"] {
        let accept = [("unsolicited", "accept"), ("jit", "active")];
        world.store.set_connection(&name.parse().unwrap(), &accept, world.clock.now()).await.unwrap();
    }
    let of_contoso = world.contoso.says(&world.contoso.person(SIMON), None);
    let mut of_fabrikam = of_contoso.clone();
    meant_for(&mut of_fabrikam, "fabrikam-two", &acs);
    of_fabrikam.assertion.id = "_for-fabrikam".to_owned();
    let form = |message, acs: &str| Form { action: acs.to_owned(), ..world.contoso.form(message, None) };
    world.refused(&world.browser().submit(&form(&of_contoso, &acs)).await, 403, "destination");
    world.refused(&world.browser().submit(&form(&of_fabrikam, ACS)).await, 403, "destination");
    // At its own address it is judged by the domains of its own tenant.
    world.refused(&world.browser().submit(&form(&of_fabrikam, &acs)).await, 403, "domain.other_tenant");
    assert!(world.users(&world.fabrikam).await.is_empty());
    assert_eq!(world.browser().submit(&form(&of_contoso, ACS)).await.status, 303);
    contoso_is_untouched(&world).await;
}

/// Signing what he likes, he gets no code for an application of contoso, in whatever browser and by whatever connection.
#[tokio::test]
async fn g4_an_application_of_contoso_gives_no_code_to_fabrikam() {
    let world = World::new().await;
    let tenant = world.directory_of(&world.contoso).await.tenant;
    let app = Relying::new(&world, NewApplication { tenant: Some(tenant), ..payroll() }).await;
    contoso_is_untouched(&world).await;
    let everything: [fn(&mut Message, &World); 4] = [
        |_, _| (),
        |message, _| message.assertion.name_id = SIMON.to_owned(),
        |message, world| {
            let simon = world.contoso.person(SIMON);
            set(message, "claims/objectidentifier", &simon.object_id.to_string());
        },
        |message, _| {
            for claim in ["claims/emailaddress", "email", "username"] {
                set(message, claim, SIMON);
            }
        },
    ];
    for lie in everything {
        let mut browser = world.browser();
        let reyes = world.fabrikam.person(REYES);
        let arrived = browser.arrive(&world, &world.fabrikam, &reyes, |message| lie(message, &world)).await;
        if arrived.status == 303 {
            browser.follow(&arrived).await;
        }
        for request in [app.asks().with("prompt", "none"), app.asks()] {
            let answer = browser.get(&request.address()).await;
            assert!(!answer.location().contains("code="), "{}", answer.location());
        }
        let named = app.asks().with("connection", "fabrikam-entra");
        let answer = browser.get(&named.address()).await;
        assert!(!answer.location().contains("code="), "{}", answer.location());
    }
    let mut simon = world.browser();
    simon.sign_in(&world, &world.contoso, SIMON).await;
    Back::of(&simon.get(&app.asks().address()).await).code();
}

/// An address of contoso in the mouth of fabrikam is not verified, and names nobody of contoso to an application.
#[tokio::test]
async fn g1_no_address_is_verified_whose_domain_is_not_the_tenants() {
    let world = World::new().await;
    let app = Relying::new(&world, payroll()).await;
    let (own, lie) = (REYES, SIMON);
    for (address, verified) in [
        (own, true),
        (lie, false),
        ("B.Simon@contoso.example.", false),
        ("m@sub.fabrikam.example", false),
        ("m@unknown.example", false),
        ("M@FABRIKAM.EXAMPLE", true),
    ] {
        let mut browser = world.browser();
        let reyes = world.fabrikam.person(REYES);
        let says = |message: &mut Message| {
            for claim in ["claims/emailaddress", "email"] {
                set(message, claim, address);
            }
        };
        let arrived = browser.arrive(&world, &world.fabrikam, &reyes, says).await;
        browser.follow(&arrived).await;
        let request = app.asks().with("scope", "openid email");
        let tokens = app.signs_on(&world, &mut browser, &request).await;
        let info: Value = serde_json::from_str(&userinfo(&world, tokens.access()).await.body).unwrap();
        assert_eq!((&info["email"], &info["email_verified"]), (&address.into(), &verified.into()));
        assert_eq!(info["tenant"], "fabrikam");
        let person = world.users(&world.fabrikam).await[0].id.to_string();
        assert_eq!(info["sub"], person, "whoever he says it is");
    }
    contoso_is_untouched(&world).await;
}
