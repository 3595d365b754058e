use time::macros::datetime;

use super::*;

/// Makes one thing another.
type Edit<T> = fn(&mut T);

const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

fn app(id: u128) -> AppId {
    AppId::from_uuid(Uuid::from_u128(id))
}

fn challenge(letter: &str) -> CodeChallenge {
    letter.repeat(43).parse().unwrap()
}

fn facts() -> CodeFacts {
    CodeFacts {
        app: app(1),
        redirect: "https://app.example/cb".to_owned(),
        challenge: challenge("a"),
        until: NOW + Grant::CODE_LIFETIME,
        used: false,
        live: true,
    }
}

fn shown() -> CodeRedemption {
    CodeRedemption {
        app: app(1),
        code: TokenHash::from_bytes([1; 32]),
        redirect: Some("https://app.example/cb".to_owned()),
        challenge: Some(challenge("a")),
        tokens: NewTokens { access: TokenHash::from_bytes([2; 32]), refresh: TokenHash::from_bytes([3; 32]) },
        trace: TraceId::new([0; 8]),
    }
}

/// [rfc6749 4.1.3], [rfc7636 4.6]
#[test]
fn a_code_is_taken_when_everything_is_as_it_was() {
    assert_eq!(judge_code(&facts(), &shown(), NOW), Ok(()));
    let last = NOW + Grant::CODE_LIFETIME - Duration::MILLISECOND;
    assert_eq!(judge_code(&facts(), &shown(), last), Ok(()));
}

#[test]
fn each_thing_that_differs_refuses_a_code() {
    let known: [(Edit<CodeFacts>, GrantRefusal); 4] = [
        (|facts| facts.app = app(2), GrantRefusal::OtherApplication),
        (|facts| facts.used = true, GrantRefusal::Reused),
        (|facts| facts.until = NOW, GrantRefusal::Expired),
        (|facts| facts.live = false, GrantRefusal::Ended),
    ];
    for (edit, refusal) in known {
        let mut facts = facts();
        edit(&mut facts);
        assert_eq!(judge_code(&facts, &shown(), NOW), Err(refusal));
    }
    let brought: [(Edit<CodeRedemption>, GrantRefusal); 5] = [
        (|shown| shown.redirect = None, GrantRefusal::OtherRedirect),
        (|shown| shown.redirect = Some("https://app.example/cb/".to_owned()), GrantRefusal::OtherRedirect),
        (|shown| shown.challenge = None, GrantRefusal::OtherVerifier),
        (|shown| shown.challenge = Some(challenge("b")), GrantRefusal::OtherVerifier),
        (|shown| shown.app = app(2), GrantRefusal::OtherApplication),
    ];
    for (edit, refusal) in brought {
        let mut shown = shown();
        edit(&mut shown);
        assert_eq!(judge_code(&facts(), &shown, NOW), Err(refusal));
    }
}

#[test]
fn a_stranger_who_found_a_code_ends_nothing() {
    let stranger = CodeRedemption { app: app(2), challenge: None, ..shown() };
    let used = CodeFacts { used: true, ..facts() };
    for facts in [facts(), used] {
        let refusal = judge_code(&facts, &stranger, NOW).unwrap_err();
        assert_eq!((refusal, refusal.ends_the_grant()), (GrantRefusal::OtherApplication, false));
    }
}

#[test]
fn a_second_use_is_seen_however_late_it_comes() {
    let used = CodeFacts { used: true, live: false, ..facts() };
    let late = NOW + Duration::DAY;
    assert_eq!(judge_code(&used, &shown(), late), Err(GrantRefusal::Reused));
    assert!(GrantRefusal::Reused.ends_the_grant() && !GrantRefusal::Expired.ends_the_grant());
}

#[test]
fn challenges_and_nonces_are_bounded() {
    for text in ["", &"a".repeat(42), &"a".repeat(44), &"=".repeat(43), &"+".repeat(43)] {
        assert!(text.parse::<CodeChallenge>().is_err(), "{text}");
    }
    assert_eq!(" ~".parse::<Nonce>().unwrap().as_str(), " ~");
    for text in ["", "a\nb", "ä", &"a".repeat(256)] {
        assert!(text.parse::<Nonce>().is_err(), "{text}");
    }
}
