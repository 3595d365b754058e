use landfall_differential::{
    Choices, ID, Key, Theirs, Verdict, compare, damage, divergence, fixed_keys, message, octets, sign,
    template, why_not_given,
};
use landfall_xmldsig::{
    Canonicalization, Document, Limits, SignaturePlace, Signer, VerifyError, canonicalize,
};
use proptest::prelude::*;

/// What is signed and left as it is: both accept it, with the same octets.
///
/// A comment beside text and a processing instruction are refused by us alone, whoever signed them.
#[track_caller]
fn both_accept(signed: &str, key: &Key) {
    let document = Document::parse(signed.as_bytes(), &Limits::message()).unwrap();
    assert_eq!(why_not_given(&document), None);
    let judged = compare(&document, &key.trusted);
    assert_eq!(judged.len(), 1, "{signed}");
    for one in judged {
        let verdict = one.verdict();
        let aside = matches!(one.ours, Err(VerifyError::Comment { .. } | VerifyError::ProcessingInstruction));
        let expected = if aside { Verdict::OursRefuses } else { Verdict::BothAccept };
        assert_eq!(verdict, expected, "{}: {signed:?}\n{one:?}", key.name);
        assert!(matches!(one.theirs, Theirs::Accepted { octets: Some(_) }), "{signed:?}");
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    (0..fixed_keys().unwrap().len()).prop_map(|at| fixed_keys().unwrap().remove(at))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn b4_the_octets_that_we_sign_are_theirs(key in any_key(), bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let message = message(&mut Choices::new(&bytes));
        let signed = key.ours.sign_element(&message.text(), ID, SignaturePlace::First).unwrap();
        let document = Document::parse(signed.as_bytes(), &Limits::message()).unwrap();
        let element = document.element_by_id(ID).unwrap();
        let signature = element.elements().next().unwrap();
        let ours = canonicalize(element, Some(signature), &Canonicalization::default()).unwrap();
        let theirs = octets(&signed, &key.trusted);
        prop_assert_eq!(Some(String::from_utf8(ours).unwrap()), theirs, "{:?}", signed);
        both_accept(&signed, &key);
    }

    #[test]
    fn b10_what_they_sign_we_accept(key in any_key(), bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut choices = Choices::new(&bytes);
        let template = template(&mut choices, &key.algorithms());
        let message = message(&mut choices).with(&template);
        match sign(&message, &key.theirs) {
            Ok(signed) => both_accept(&signed, &key),
            Err(error) => panic!("{error:?}: {message:?}"),
        }
    }

    #[test]
    fn b1_of_what_is_damaged_we_accept_nothing_more(
        key in any_key(),
        theirs in any::<bool>(),
        how in prop::collection::vec(any::<u8>(), 6),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut choices = Choices::new(&bytes);
        let template = template(&mut choices, &key.algorithms());
        let message = message(&mut choices);
        let signed = if theirs {
            sign(&message.with(&template), &key.theirs).unwrap()
        } else {
            key.ours.sign_element(&message.text(), ID, SignaturePlace::First).unwrap()
        };
        let damaged = damage(&mut Choices::new(&how), &signed);
        prop_assert_eq!(divergence(&damaged, &key.trusted), None, "{}", key.name);
    }
}
