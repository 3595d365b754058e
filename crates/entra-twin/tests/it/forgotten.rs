//! The matrix finds each check that a service provider forgets, and nothing at one that forgets none; and each fault is
//! found somewhere.

use std::collections::BTreeSet;
use std::time::Duration;

use landfall_entra_twin::{Attack, Expected, Fault, Verdict};
use tokio::task::JoinSet;

use crate::attack_sp::{Careless, Check, attack};

/// What is reported where one thing is forgotten: this, and nothing else.
const FORGOTTEN: &[(&[Check], &str)] = &[
    (
        &[Check::Signature],
        "assertions-two-signed attribute-added attribute-changed both-signed-assertion-by-a-stranger \
         both-signed-response-by-a-stranger c14n-inclusive c14n-inclusive-1-1 c14n-with-comments \
         digest-anywhere digest-md5 digest-sha1 digest-value-cut digest-value-empty \
         encrypted-after-the-response-was-signed encrypted-beside-forged encrypted-twice-side-by-side \
         encrypted-two-roots encrypted-unsigned encrypted-wrapped hmac-of-nothing \
         hmac-of-the-certificate hmac-of-the-public-key hmac-truncated id-in-a-foreign-namespace \
         id-in-lower-case id-twice-forged-first id-twice-forged-last id-twice-in-the-response \
         key-behind-a-chain key-by-reference key-in-key-info key-of-a-cloned-certificate \
         key-of-a-stranger key-of-a-stranger-response key-of-the-directory key-value-in-key-info \
         name-id-changed name-id-changed-response object-in-signature prefix-changed \
         reference-by-xpointer reference-by-xpointer-to-the-root reference-empty reference-external \
         reference-to-the-assertion-from-the-response reference-without-uri references-none \
         references-two signature-algorithm-empty signature-algorithm-unknown signature-and-digest-sha1 \
         signature-md5 signature-method-twice signature-sha1 signature-twice signature-value-changed \
         signature-value-empty signature-value-twice signed-info-twice transform-by-default \
         transform-xpath transform-xpath-filter transform-xslt transforms-many unsigned \
         xsw-last-assertion xsw-response-behind-assertion xsw-response-in-extensions \
         xsw-response-in-response xsw-signed-assertion-in-advice xsw-signed-assertion-in-extensions \
         xsw-signed-assertion-in-status xsw1-both xsw1-response xsw2-both xsw2-response xsw3-assertion \
         xsw4-assertion xsw5-assertion xsw6-assertion xsw7-assertion xsw8-assertion",
    ),
    (
        &[Check::Consumed],
        "c14n-inclusive c14n-inclusive-1-1 c14n-with-comments encrypted-beside-forged \
         encrypted-twice-side-by-side encrypted-two-roots id-in-lower-case object-in-signature \
         reference-by-xpointer reference-by-xpointer-to-the-root reference-empty reference-external \
         reference-to-the-assertion-from-the-response reference-without-uri transform-by-default \
         transform-xpath transform-xpath-filter transform-xslt transforms-many xsw-last-assertion \
         xsw-response-behind-assertion xsw-response-in-extensions xsw-response-in-response \
         xsw-signed-assertion-in-advice xsw-signed-assertion-in-extensions \
         xsw-signed-assertion-in-status xsw2-both xsw2-response xsw3-assertion xsw4-assertion \
         xsw5-assertion",
    ),
    (
        &[Check::Algorithms],
        "c14n-inclusive c14n-inclusive-1-1 c14n-with-comments digest-md5 digest-sha1 \
         reference-by-xpointer reference-by-xpointer-to-the-root reference-empty reference-external \
         reference-to-the-assertion-from-the-response reference-without-uri signature-and-digest-sha1 \
         signature-md5 signature-sha1 transform-by-default transforms-many",
    ),
    (
        &[Check::Audience],
        "audience-absent audience-in-one-of-two-restrictions audience-longer audience-other audience-spn \
         audience-upper-case",
    ),
    (&[Check::Recipient], "recipient-absent recipient-longer recipient-other"),
    (
        &[Check::Destination],
        "destination-absent-signed destination-empty destination-other destination-other-signed \
         logout-for-another-destination",
    ),
    (
        &[Check::Window],
        "confirmation-without-end expired expired-conditions expired-confirmation issued-in-the-future \
         logout-expired logout-of-yesterday not-yet-valid session-of-the-idp-ended \
         signed-in-in-the-future",
    ),
    (
        &[Check::InResponseTo],
        "in-response-to-lost in-response-to-of-the-confirmation-lost \
         in-response-to-of-the-confirmation-other in-response-to-of-the-response-other \
         in-response-to-unknown",
    ),
    (&[Check::Browser], "response-for-another-browser response-for-another-browser-that-waits"),
    (&[Check::Replay], "replay-by-the-same-browser request-answered-twice"),
    (
        &[Check::Issuer],
        "issuer-of-the-assertion-empty issuer-of-the-assertion-other issuer-of-the-response-other \
         issuer-other issuer-without-slash logout-of-another-issuer",
    ),
    (&[Check::Status], "status-failure-signed status-failure-unsigned status-success-under-failure"),
    (
        &[Check::Comments],
        "comment-in-attribute comment-in-name-id comment-in-name-id-response comment-in-signed-name-id \
         element-in-signed-attribute element-in-signed-name-id instruction-in-name-id \
         instruction-in-signed-name-id",
    ),
    (
        &[Check::Doctype],
        "doctype doctype-external encrypted-doctype entity-bomb entity-external entity-file \
         entity-in-name-id entity-internal entity-parameter entity-quadratic",
    ),
    (&[Check::Bearer], "confirmation-holder-of-key confirmation-sender-vouches confirmation-with-not-before"),
    (&[Check::Tenant], "domain-of-another-customer guest tenant-absent tenant-other"),
    (&[Check::Once], "name-claim-twice name-id-twice object-id-twice tenant-twice"),
    (&[Check::Size], "form-of-two-megabytes groups-5000 logout-deflate-bomb message-of-400000-octets"),
    (
        &[Check::LogoutSignature],
        "logout-algorithm-unknown logout-by-a-stranger logout-hmac-of-the-certificate \
         logout-relay-state-added logout-signature-cut logout-signature-empty logout-signature-sha1 \
         logout-unsigned",
    ),
    (&[Check::RelayState], "relay-state-of-another-site relay-state-of-markup relay-state-without-a-scheme"),
    (&[Check::LogoutSession], "logout-of-somebody-else"),
    (&[Check::Binding], "acs-by-get acs-by-redirect deflated"),
    (&[Check::Base64], "base64-of-base64 base64-stray base64-unpadded base64-url-alphabet"),
    (
        &[Check::Fields],
        "field-of-a-request field-of-another-name field-twice logout-twice-unsigned-first \
         logout-twice-unsigned-last",
    ),
    (
        &[Check::Encoding],
        "declaration-of-another-encoding encoding-invalid encoding-iso-8859-1 encoding-overlong \
         encoding-utf-16 nul-as-reference nul-at-the-end nul-in-name-id xml-1-1",
    ),
    (
        &[Check::Grammar],
        "attribute-of-an-element-twice end-tag-missing prefix-undeclared prefix-undeclared-by-empty \
         prefix-xml-rebound root-twice text-at-the-end",
    ),
    (&[Check::Limits], "attributes-5000 depth-5000 elements-60000 id-of-100000-letters namespaces-2000"),
    (&[Check::Root], "assertion-alone"),
    (&[Check::Version], "version-of-the-assertion version-of-the-response"),
    (&[Check::Statement], "authn-statement-absent"),
    (&[Check::Conditions], "condition-unknown"),
    (&[Check::Confirmation], "confirmation-absent confirmation-without-data"),
    (&[Check::NameId], "name-id-absent name-id-empty name-id-of-another-sp"),
    (&[Check::Tag], "encrypted-changed encrypted-without-tag"),
    (&[Check::Transport], "encrypted-with-rsa-1-5"),
    (&[Check::Decryption], "encrypted-cut encrypted-for-somebody-else"),
    (
        &[Check::Fetch],
        "doctype-external encrypted-by-reference entity-external entity-parameter key-by-reference \
         reference-external",
    ),
];

/// What two or three checks stop, each by itself: it is reported where all of them are forgotten.
const TOGETHER: &[(&[Check], &str)] = &[
    (&[Check::Audience, Check::Recipient, Check::Destination], "response-for-another-provider"),
    (&[Check::Replay, Check::Browser], "replay-by-another-browser"),
    (&[Check::Replay, Check::InResponseTo], "unsolicited-replay"),
    (&[Check::Binding, Check::Size], "acs-by-get-deflate-bomb deflate-bomb"),
    (&[Check::Signature, Check::Doctype], "id-typed-by-a-doctype"),
    (&[Check::Signature, Check::Comments], "comment-in-digest xsw-signed-assertion-in-attribute"),
    (&[Check::Signature, Check::Grammar], "root-twice-forged-first"),
];

/// What shows a service provider that falls over what it cannot read: nobody could be signed in by it.
const FALLS_OVER: &str = "field-empty form-empty status-failure-without-assertion";

fn named(names: &str) -> BTreeSet<&str> {
    names.split_whitespace().collect()
}

/// Plays some of the matrix, and gives the names of the cases that failed.
async fn failing(attack: Attack, faults: impl Iterator<Item = &'static Fault>) -> BTreeSet<&'static str> {
    // All of them are played at once, on a machine that may have other work too.
    let attack = attack.with_patience(Duration::from_secs(120));
    let mut failing = BTreeSet::new();
    for fault in faults {
        if let Verdict::Failed(_) = attack.run(fault).await.verdict() {
            failing.insert(fault.name());
        }
    }
    failing
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_where_nothing_is_forgotten() {
    assert_eq!(failing(attack(&[], None).await, Fault::all()).await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_that_is_forgotten_is_found() {
    let mut all = JoinSet::new();
    for (off, expected) in FORGOTTEN {
        all.spawn(async move {
            let failing = failing(attack(off, None).await.without_controls(), Fault::all()).await;
            let expected = named(expected);
            let missed: Vec<_> = expected.difference(&failing).collect();
            let more: Vec<_> = failing.difference(&expected).collect();
            let same = missed.is_empty() && more.is_empty();
            (!same).then(|| format!("{off:?}: missed {missed:?}, reported as well {more:?}"))
        });
    }
    let wrong: Vec<String> = all.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// That one of them does not do is what the table of single checks says.
#[tokio::test(flavor = "multi_thread")]
async fn checks_that_stop_the_same_are_found_where_all_of_them_are_forgotten() {
    for (off, names) in TOGETHER {
        let faults = named(names).into_iter().map(|name| Fault::find(name).unwrap());
        let attack = attack(off, None).await.without_controls();
        assert_eq!(failing(attack, faults).await, named(names), "{off:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_falls_over_what_holds_nothing_is_found() {
    let faults = named(FALLS_OVER).into_iter().map(|name| Fault::find(name).unwrap());
    let attack = attack(&[], Some(Careless::FallsOver)).await.without_controls();
    assert_eq!(failing(attack, faults).await, named(FALLS_OVER));
}

/// A fault that nobody can be found by is none.
#[test]
fn each_fault_is_found_somewhere() {
    let tables = FORGOTTEN.iter().chain(TOGETHER).map(|(_, names)| *names).chain([FALLS_OVER]);
    let found: BTreeSet<&str> = tables.flat_map(named).collect();
    let refused = Fault::all().filter(|fault| fault.expected() != Expected::Accept).map(Fault::name);
    assert_eq!(found, refused.collect::<BTreeSet<_>>());
}
