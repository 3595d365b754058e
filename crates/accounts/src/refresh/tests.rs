use proptest::prelude::*;
use time::Duration;

use super::*;
use crate::{IdpBinding, SloEndpoint, SsoEndpoint, testing::NOW};
use CertificateState::{Gone, Pending, Revoked, Trusted};

const HERE: &str = "https://idp.example/";

fn certificate(n: u8, state: CertificateState) -> TrustedCertificate {
    TrustedCertificate {
        der: vec![0x30, n],
        fingerprint: key(n),
        not_before: NOW - Duration::DAY,
        not_after: NOW + Duration::DAY,
        state,
        first_seen: NOW - Duration::hours(i64::from(n)),
        last_used: None,
    }
}

fn key(n: u8) -> CertificateFingerprint {
    CertificateFingerprint::from_bytes([n; 32])
}

fn sso(urls: &[&str]) -> Vec<SsoEndpoint> {
    urls.iter()
        .map(|url| SsoEndpoint { binding: IdpBinding::Redirect, location: IdpUrl::new(*url) })
        .collect()
}

fn trust(certificates: Vec<TrustedCertificate>) -> IdpTrust {
    let entity_id = HERE.parse().unwrap();
    IdpTrust {
        entity_id,
        sso: sso(&["https://idp.example/sso"]),
        slo: vec![],
        certificates,
        valid_until: None,
    }
}

fn stored(keys: &[(u8, CertificateState)]) -> IdpTrust {
    trust(keys.iter().map(|(n, state)| certificate(*n, *state)).collect())
}

fn listed(keys: &[u8]) -> IdpTrust {
    trust(keys.iter().map(|n| certificate(*n, Trusted)).collect())
}

fn states(refresh: &Refresh) -> Vec<(u8, CertificateState)> {
    refresh.idp.certificates.iter().map(|one| (one.der[1], one.state)).collect()
}

fn decide(stored: &IdpTrust, fetched: &IdpTrust, approval: Approval) -> Result<Refresh, RefreshRefusal> {
    decide_refresh(stored, None, fetched, approval, NOW)
}

/// Beside key 9, which counts before and after.
#[test]
fn each_state_of_a_key_has_one_next_state() {
    let next = |known: Option<CertificateState>, listed_now: bool, approval| {
        let mut before = vec![(9, Trusted)];
        before.extend(known.map(|state| (1, state)));
        let fetched = if listed_now { listed(&[9, 1]) } else { listed(&[9]) };
        let refresh = decide(&stored(&before), &fetched, approval).unwrap();
        states(&refresh).into_iter().find(|(n, _)| *n == 1).map(|(_, state)| state)
    };
    for (known, approve, auto, unlisted) in [
        (None, Some(Pending), Some(Trusted), None),
        (Some(Pending), Some(Pending), Some(Trusted), Some(Gone)),
        (Some(Trusted), Some(Trusted), Some(Trusted), Some(Gone)),
        (Some(Gone), Some(Pending), Some(Trusted), Some(Gone)),
        (Some(Revoked), Some(Revoked), Some(Revoked), Some(Revoked)),
    ] {
        assert_eq!(next(known, true, Approval::Approve), approve, "{known:?}");
        assert_eq!(next(known, true, Approval::Auto), auto, "{known:?}");
        for approval in [Approval::Approve, Approval::Auto] {
            assert_eq!(next(known, false, approval), unlisted, "{known:?}");
        }
    }
}

#[test]
fn changes_name_what_is_new_and_nothing_else() {
    let before = stored(&[(1, Trusted), (2, Trusted), (3, Revoked), (4, Gone)]);
    let refresh = decide(&before, &listed(&[2, 3, 5]), Approval::Approve).unwrap();
    assert_eq!(refresh.changes, [TrustChange::KeyGone(key(1)), TrustChange::KeyWaits(key(5))]);
    let again = decide_refresh(&refresh.idp, None, &listed(&[2, 3, 5]), Approval::Approve, NOW).unwrap();
    assert_eq!((again.changes.as_slice(), &again.idp), (&[][..], &refresh.idp));
    let auto = decide(&refresh.idp, &listed(&[2, 3, 5]), Approval::Auto).unwrap();
    assert_eq!(auto.changes, [TrustChange::KeyTrusted(key(5))]);
    let five = auto.idp.certificates.iter().find(|one| one.der[1] == 5).unwrap();
    assert_eq!((five.first_seen, five.last_used), (NOW, None));
}

#[test]
fn g6_a_key_that_has_left_counts_no_more_though_all_that_replace_it_wait() {
    let before = stored(&[(1, Trusted)]);
    let refresh = decide(&before, &listed(&[2]), Approval::Approve).unwrap();
    assert_eq!(states(&refresh), [(1, Gone), (2, Pending)]);
    assert_eq!(refresh.changes, [TrustChange::KeyGone(key(1)), TrustChange::KeyWaits(key(2))]);
    let auto = decide(&before, &listed(&[2]), Approval::Auto).unwrap();
    assert_eq!(states(&auto), [(1, Gone), (2, Trusted)]);
}

#[test]
fn metadata_without_a_key_that_may_count_change_nothing() {
    for approval in [Approval::Approve, Approval::Auto] {
        let before = stored(&[(1, Trusted), (2, Revoked)]);
        for keys in [&[][..], &[2]] {
            assert_eq!(decide(&before, &listed(keys), approval), Err(RefreshRefusal::NoKey));
        }
        assert!(decide(&before, &listed(&[2, 3]), approval).is_ok());
        let many: Vec<u8> = (1..=17).collect();
        let refused = decide(&before, &listed(&many), approval).unwrap_err();
        assert_eq!(refused.code(), "metadata.too_many_keys");
        assert!(decide(&before, &listed(&many[..16]), approval).is_ok());
    }
}

/// [saml-metadata 2.3.2]
#[test]
fn f3_metadata_past_their_end_are_refused_and_the_end_is_kept() {
    let before = stored(&[(1, Trusted)]);
    let until = |until| IdpTrust { valid_until: Some(until), ..listed(&[1]) };
    let refused = decide(&before, &until(NOW), Approval::Auto).unwrap_err();
    assert_eq!(refused.code(), "metadata.expired");
    let soon = NOW + Duration::MILLISECOND;
    let refresh = decide(&before, &until(soon), Approval::Auto).unwrap();
    assert_eq!(refresh.idp.valid_until, Some(soon));
    assert!(!refresh.idp.is_expired(NOW) && refresh.idp.is_expired(soon));
    assert!(!before.is_expired(NOW));
    assert_eq!(decide(&refresh.idp, &listed(&[1]), Approval::Auto).unwrap().idp.valid_until, None);
    let later = decide(&refresh.idp, &until(soon + Duration::DAY), Approval::Auto).unwrap().idp;
    assert_eq!(decide(&later, &until(soon), Approval::Auto).unwrap_err().code(), "metadata.older");
    assert!(decide(&later, &until(soon + Duration::DAY), Approval::Auto).is_ok(), "the same again");
}

#[test]
fn another_host_waits_and_another_path_does_not() {
    let before = stored(&[(1, Trusted)]);
    let at = |urls: &[&str]| IdpTrust { sso: sso(urls), ..listed(&[1]) };
    for approval in [Approval::Approve, Approval::Auto] {
        let path = decide(&before, &at(&["https://IDP.example/new"]), approval).unwrap();
        assert_eq!((path.idp.sso, path.waiting), (sso(&["https://IDP.example/new"]), None));
        assert_eq!(path.changes, [TrustChange::Endpoints]);
        for urls in [
            &["https://evil.example/sso"][..],
            &["https://idp.example/sso", "https://evil.example/sso"],
            &["http://idp.example/sso"],
            &["https://idp.example:444/sso"],
            &["https://idp.example@evil.example/sso"],
        ] {
            let host = decide(&before, &at(urls), approval).unwrap();
            assert_eq!((&host.idp.sso, host.waiting.as_ref()), (&before.sso, Some(&at(urls).endpoints())));
            assert_eq!(host.changes, [TrustChange::EndpointsWait]);
            let waits = host.waiting.as_ref();
            let again = decide_refresh(&before, waits, &at(urls), approval, NOW).unwrap();
            assert_eq!((again.waiting.as_ref(), again.changes), (waits, vec![]));
        }
        let none = decide(&before, &at(&[]), approval).unwrap();
        assert_eq!((none.idp.sso, none.waiting, none.changes), (before.sso.clone(), None, vec![]));
    }
}

#[test]
fn an_address_for_logouts_is_one_like_the_others() {
    let before = stored(&[(1, Trusted)]);
    let slo = |location: &str, answers: Option<&str>| SloEndpoint {
        binding: IdpBinding::Redirect,
        location: IdpUrl::new(location),
        response_location: answers.map(IdpUrl::new),
    };
    let at = |slo| IdpTrust { slo: vec![slo], ..listed(&[1]) };
    let here = "https://idp.example/slo";
    for (slo, taken) in [
        (slo(here, None), true),
        (slo(here, Some("https://idp.example/answers")), true),
        (slo("https://evil.example/slo", None), false),
        (slo(here, Some("https://evil.example/answers")), false),
    ] {
        let fetched = at(slo);
        let refresh = decide(&before, &fetched, Approval::Auto).unwrap();
        let waits = (!taken).then(|| fetched.endpoints());
        let counts = if taken { fetched.endpoints() } else { before.endpoints() };
        assert_eq!((refresh.idp.endpoints(), refresh.waiting), (counts, waits));
    }
}

#[test]
fn no_more_keys_are_remembered_than_there_is_room_for() {
    let mut trust = stored(&[(1, Trusted), (2, Revoked)]);
    for n in 3..=200 {
        trust = decide(&trust, &listed(&[1, n]), Approval::Auto).unwrap().idp;
    }
    let count = |state| trust.in_state(state).count();
    assert_eq!((count(Trusted), count(Gone), count(Revoked)), (2, MOST_GONE, 1));
}

fn a_state() -> impl Strategy<Value = CertificateState> {
    prop_oneof![Just(Pending), Just(Trusted), Just(Gone), Just(Revoked)]
}

fn an_approval() -> impl Strategy<Value = Approval> {
    prop_oneof![Just(Approval::Approve), Just(Approval::Auto)]
}

/// Metadata as somebody may publish them: any keys of twelve, one of two names, one of three hosts.
fn fetches() -> impl Strategy<Value = Vec<(Vec<u8>, bool, u8, Approval)>> {
    let keys = prop::collection::btree_set(1..=12_u8, 0..12).prop_map(|keys| keys.into_iter().collect());
    prop::collection::vec((keys, prop::bool::weighted(0.8), 0..3_u8, an_approval()), 1..12)
}

proptest! {
    #[test]
    fn whatever_is_fetched_revoked_keys_and_the_name_stay_and_a_key_counts(
        first in prop::collection::btree_map(1..=12_u8, a_state(), 1..12),
        fetches in fetches(),
    ) {
        let mut before: Vec<_> = first.into_iter().collect();
        before.push((13, Trusted));
        let first = stored(&before);
        let (mut trust, mut waiting) = (first.clone(), None);
        for (keys, honest, host, approval) in fetches {
            let mut fetched = listed(&keys);
            fetched.sso = sso(&[&format!("https://{}.example/sso", ["idp", "evil", "other"][usize::from(host)])]);
            if !honest {
                fetched.entity_id = "https://other.example/".parse().unwrap();
            }
            let Ok(refresh) = decide_refresh(&trust, waiting.as_ref(), &fetched, approval, NOW) else { continue };
            prop_assert!(honest);
            for old in &trust.certificates {
                let now = find(&refresh.idp.certificates, old).map(|one| one.state);
                if old.state == Revoked {
                    prop_assert_eq!(now, Some(Revoked));
                }
            }
            for new in refresh.idp.in_state(Trusted) {
                let counted = find(&trust.certificates, new).is_some_and(|old| old.state == Trusted);
                let listed = keys.contains(&new.der[1]);
                prop_assert!(counted || (listed && approval == Approval::Auto), "{:?}", new.fingerprint);
                prop_assert!(listed, "{:?}", new.fingerprint);
            }
            prop_assert!(refresh.idp.in_state(Trusted).chain(refresh.idp.in_state(Pending)).next().is_some());
            prop_assert!(refresh.idp.in_state(Trusted).count() <= MOST_KEYS);
            (trust, waiting) = (refresh.idp, refresh.waiting);
            prop_assert_eq!(&trust.entity_id, &first.entity_id);
            prop_assert_eq!(&trust.sso, &first.sso);
        }
    }
}
