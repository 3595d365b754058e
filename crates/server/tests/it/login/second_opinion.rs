//! The second engine: libxmlsec1 itself on every login, and stand-ins for what it may say.

use std::sync::{Arc, Mutex};

use landfall_accounts::EventKind::{AccountCreated, EnginesDisagreed, LoginAccepted, LoginRefused};
use landfall_entra_twin::SigningOption;
use landfall_http::{Demand, SecondEngine};
use landfall_xmldsig::{Opinion, Question, SecondOpinion};
use landfall_xmldsig_xmlsec::Xmlsec;

use crate::world::{SIMON, World};

/// Says what it is told to say.
#[derive(Clone, Debug)]
struct Told(Arc<Mutex<Opinion>>);

impl Told {
    fn new(opinion: Opinion) -> Self {
        Self(Arc::new(Mutex::new(opinion)))
    }

    fn now(&self, opinion: Opinion) {
        *self.0.lock().unwrap() = opinion;
    }
}

impl SecondOpinion for Told {
    fn judge(&self, _: &Question<'_>) -> Opinion {
        self.0.lock().unwrap().clone()
    }
}

const SILENT: Opinion = Opinion::Inconclusive { reason: "it was told so" };

#[tokio::test]
async fn libxmlsec1_agrees_on_every_signing_option() {
    for option in [SigningOption::Assertion, SigningOption::Response, SigningOption::Both] {
        let mut world = World::with(|application| application.sign = option).await;
        world.ask_too(SecondEngine::new(Xmlsec, Demand::Require));
        let mut browser = world.browser();
        browser.sign_in(&world, &world.contoso, SIMON).await;
        let events = world.events().await;
        let accepted = events.iter().find(|event| event.kind == LoginAccepted).unwrap();
        assert!(accepted.detail.as_str().contains(r#""actual":"agrees""#), "{option:?}: {accepted:?}");
    }
}

#[tokio::test]
async fn a_disagreement_refuses_and_raises_an_alarm() {
    for demand in [Demand::Advise, Demand::Require] {
        let mut world = World::new().await;
        let told = Told::new(Opinion::Disagree { found: "other octets".to_owned() });
        world.ask_too(SecondEngine::new(told.clone(), demand));
        let mut browser = world.browser();
        let begun = browser.begin(&world, &world.contoso).await;
        let response = world.contoso.answers(SIMON, &begun);
        let answer = browser.submit(&response).await;
        world.refused(&answer, 403, "second_opinion.disagrees");
        assert_eq!(world.kinds_of(&answer).await, [EnginesDisagreed]);
        assert_eq!((world.users(&world.contoso).await.len(), world.sessions().await), (0, 0));
        // Nothing was used up: once the engines agree, the same message signs in.
        told.now(Opinion::Agree);
        let answer = browser.submit(&response).await;
        assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
    }
}

#[tokio::test]
async fn silence_is_let_pass_or_refused_as_it_was_demanded() {
    let mut world = World::new().await;
    world.ask_too(SecondEngine::new(Told::new(SILENT), Demand::Advise));
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let events = world.events().await;
    let accepted = events.iter().find(|event| event.kind == LoginAccepted).unwrap();
    assert!(accepted.detail.as_str().contains(r#""code":"second_opinion.inconclusive""#), "{accepted:?}");

    world.ask_too(SecondEngine::new(Told::new(SILENT), Demand::Require));
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    world.refused(&answer, 403, "second_opinion.inconclusive");
    assert_eq!(world.kinds_of(&answer).await, [LoginRefused]);
}

#[tokio::test]
async fn it_is_asked_about_what_was_believed_and_nothing_else() {
    /// Would be an alarm.
    #[derive(Debug)]
    struct Never;
    impl SecondOpinion for Never {
        fn judge(&self, _: &Question<'_>) -> Opinion {
            Opinion::Disagree { found: "it was asked".to_owned() }
        }
    }
    let mut world = World::new().await;
    world.ask_too(SecondEngine::new(Never, Demand::Require));
    let mut browser = world.browser();
    for (code, edit) in [
        ("signature.none", (|message| message.sign = None) as fn(&mut landfall_entra_twin::Message)),
        ("audience", |message| message.assertion.audiences = vec!["urn:other".to_owned()]),
    ] {
        let person = world.contoso.person(SIMON);
        let answer = browser.arrive(&world, &world.contoso, &person, edit).await;
        world.refused(&answer, 403, code);
    }
}
