//! What libxmlsec1 and samael say of the double's own messages.

use landfall_entra_twin::{KeysOf, Message, Seed, SigningOption, Twin};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider, ReduceMode};
use samael::metadata::EntityDescriptor;

use crate::double::{NOW, ask, twin, twin_with};

const ALL: [SigningOption; 3] = [SigningOption::Assertion, SigningOption::Response, SigningOption::Both];

fn app_certificate(twin: &Twin) -> Vec<CertificateDer> {
    vec![twin.app().signing.certificate().to_vec().into()]
}

/// What the signatures of a document cover; `None` if one of them does not hold.
fn signed(xml: &str, certificates: &[CertificateDer]) -> Option<String> {
    Crypto::reduce_xml_to_signed(xml, certificates, ReduceMode::ValidateAndMarkNoAncestors).ok()
}

#[test]
fn each_signing_option_verifies() {
    for sign in ALL {
        let twin = twin();
        let xml = twin.issue(&ask(&twin, "B.Simon@contoso.example", sign)).unwrap();
        let reduced = signed(&xml, &app_certificate(&twin)).expect("the signature holds");
        let root = if sign == SigningOption::Assertion { "<Assertion" } else { "<samlp:Response" };
        let body = reduced.split_once("?>").map_or(reduced.as_str(), |(_, body)| body.trim_start());
        assert!(body.starts_with(root), "{sign:?} covers {body}");
        assert!(body.contains("B.Simon@contoso.example</NameID>"));
        assert!(signed(&xml, &[twin.tenant().signing.certificate().to_vec().into()]).is_none());
    }
}

#[test]
fn one_changed_letter_breaks_each_signature() {
    for sign in ALL {
        let twin = twin();
        let xml = twin.issue(&ask(&twin, "B.Simon@contoso.example", sign)).unwrap();
        let altered = xml.replacen("B.Simon@contoso.example</NameID>", "C.Simon@contoso.example</NameID>", 1);
        assert_ne!(xml, altered);
        assert!(signed(&altered, &app_certificate(&twin)).is_none(), "{sign:?}");
    }
}

#[test]
fn an_assertion_alone_leaves_the_envelope_unsigned() {
    let twin = twin();
    let altered = |sign| {
        let xml = twin.issue(&ask(&twin, "B.Simon@contoso.example", sign)).unwrap();
        let altered = xml.replacen("status:Success", "status:Responder", 1);
        assert_ne!(xml, altered);
        signed(&altered, &app_certificate(&twin))
    };
    assert!(altered(SigningOption::Assertion).is_some());
    assert!(altered(SigningOption::Response).is_none());
    assert!(altered(SigningOption::Both).is_none());
}

#[test]
fn the_pre_digest_octets_are_the_canonical_assertion() {
    let twin = twin();
    let xml = twin.issue(&ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion)).unwrap();
    let octets = Crypto::reduce_xml_to_signed(&xml, &app_certificate(&twin), ReduceMode::PreDigest).unwrap();
    assert!(octets.starts_with("<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_"));
    assert!(!octets.contains("<Signature"));
    assert!(octets.ends_with("</Assertion>"));
}

#[test]
fn samael_reads_what_the_double_says() {
    let twin = twin();
    let xml = twin.issue(&ask(&twin, "E.Moreau@contoso.example", SigningOption::Assertion)).unwrap();
    let response: samael::schema::Response = xml.parse().unwrap();
    assert_eq!(response.in_response_to.as_deref(), Some("id7f2c"));
    let assertion = response.assertion.unwrap();
    let subject = assertion.subject.unwrap();
    assert_eq!(subject.name_id.unwrap().value, "E.Moreau@contoso.example");
    let confirmation = subject.subject_confirmations.unwrap()[0].subject_confirmation_data.clone().unwrap();
    let conditions = assertion.conditions.unwrap();
    assert_eq!(confirmation.not_on_or_after, conditions.not_on_or_after);
    let window = conditions.not_on_or_after.unwrap() - conditions.not_before.unwrap();
    assert_eq!(window.num_minutes(), 65);
    let authn = &assertion.authn_statements.unwrap()[0];
    assert_eq!(authn.session_index.as_deref(), Some(assertion.id.as_str()));
}

#[test]
fn a_forged_message_is_signed_as_it_stands() {
    let twin = twin();
    let mut message =
        Message::honest(&twin, &ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion));
    message.assertion.issuer = "https://sts.windows.net/other/".into();
    message.assertion.name_id = "a@contoso.example<!-- split -->.evil.example".into();
    let xml = twin.sign(&message).unwrap();
    assert!(xml.contains(">a@contoso.example<!-- split -->.evil.example</NameID>"));
    let octets = Crypto::reduce_xml_to_signed(&xml, &app_certificate(&twin), ReduceMode::PreDigest).unwrap();
    assert!(octets.contains("<Issuer>https://sts.windows.net/other/</Issuer>"));
    assert!(octets.contains(">a@contoso.example.evil.example</NameID>"), "canonical text has no comment");
}

#[test]
fn the_other_tenant_signs_with_another_key() {
    let contoso = twin();
    let fabrikam = Twin::new(Seed::Fabrikam.tenant().unwrap(), Seed::Fabrikam.app().unwrap(), || NOW);
    let mut message =
        Message::honest(&fabrikam, &ask(&fabrikam, "B.Simon@contoso.example", SigningOption::Both));
    message.response.issuer = contoso.tenant().issuer();
    message.assertion.issuer = contoso.tenant().issuer();
    let xml = fabrikam.sign(&message).unwrap();
    assert!(signed(&xml, &app_certificate(&contoso)).is_none());
    assert!(signed(&xml, &app_certificate(&fabrikam)).is_some());
}

#[test]
fn metadata_is_signed_by_the_key_that_it_lists() {
    let twin = twin();
    for (keys, own, other) in [
        (KeysOf::App, &twin.app().signing, &twin.tenant().signing),
        (KeysOf::Tenant, &twin.tenant().signing, &twin.app().signing),
    ] {
        let metadata = twin.metadata(keys).unwrap();
        let xml = metadata.trim_start_matches('\u{feff}');
        assert!(signed(xml, &[own.certificate().to_vec().into()]).is_some(), "{keys:?}");
        assert!(signed(xml, &[other.certificate().to_vec().into()]).is_none(), "{keys:?}");
        let descriptor: EntityDescriptor = xml.parse().unwrap();
        assert_eq!(descriptor.entity_id.unwrap(), twin.tenant().issuer());
        let idp = &descriptor.idp_sso_descriptors.unwrap()[0];
        assert_eq!(idp.single_sign_on_services.len(), 2);
        assert_eq!(idp.single_sign_on_services[0].location, twin.saml_url());
    }
}

#[test]
fn a_key_that_is_none_is_refused() {
    let twin = twin_with(|tenant, app| {
        let broken = toml::from_str(
            "certificate = \"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"\n\
             private_key = \"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\"",
        );
        app.signing = broken.unwrap();
        tenant.name = "Broken".into();
    });
    let error = twin.issue(&ask(&twin, "B.Simon@contoso.example", SigningOption::Assertion)).unwrap_err();
    assert_eq!(error.code(), "sign-refused");
}
