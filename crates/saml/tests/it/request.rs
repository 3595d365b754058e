//! What we send.

use std::io::Read;

use flate2::read::DeflateDecoder;
use landfall_saml::{
    Begun, Binding, Endpoint, IdentityProvider, NameIdFormat, Outgoing, PendingRequest, RawMessage,
    RelayState, RequestId, RequestOptions, ServiceProvider, Verdict,
};
use landfall_xmldsig::{
    AlgorithmPolicy, DecryptionKey, DecryptionKeys, Document, EncryptionPolicy, Limits, TrustedKeys,
    Verifier, decode_base64, encode_base64,
};
use time::Duration;
use url::Url;

use crate::{IDP, NOW, Sign, TestResponse, certificate, idp, key, pending, sp, strict};

fn begin(idp: &IdentityProvider, hint: Option<&str>) -> Begun {
    let options = RequestOptions::default();
    begin_asking(idp, &hint.map_or(options.clone(), |hint| options.with_login_hint(hint)))
}

fn begin_asking(idp: &IdentityProvider, options: &RequestOptions) -> Begun {
    let relay_state = RelayState::try_from("r/+ =&?".replace(' ', "_").as_str()).unwrap();
    sp().begin(&key("other"), idp, RequestId::from_random([0x5A; 20]), relay_state, options, NOW).unwrap()
}

fn inflate(text: &str) -> String {
    let mut xml = String::new();
    DeflateDecoder::new(decode_base64(text).unwrap().as_slice()).read_to_string(&mut xml).unwrap();
    xml
}

/// [saml-bindings 3.4, 3.4.4.1], [saml-core 3.4.1]
#[test]
fn a_redirect_carries_the_request() {
    let begun = begin(&idp(), None);
    assert_eq!(begun.pending.request_id().as_str(), "_5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
    let Outgoing::Redirect { url } = begun.outgoing else { panic!("expected a redirect") };
    let url = Url::parse(&url).unwrap();
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["SAMLRequest", "RelayState", "SigAlg", "Signature"]);
    assert_eq!(query[1].1, "r/+_=&?");
    insta::assert_snapshot!(inflate(&query[0].1));
}

/// The request of these options as it travels, and what is remembered of it.
fn asking(options: RequestOptions) -> (String, PendingRequest) {
    let Begun { pending, outgoing: Outgoing::Redirect { url } } = begin_asking(&idp(), &options) else {
        panic!("expected a redirect")
    };
    let url = Url::parse(&url).unwrap();
    let xml = inflate(&url.query_pairs().find(|(name, _)| name == "SAMLRequest").unwrap().1);
    Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    (xml, pending)
}

/// In the order of the schema [saml-core 3.4.1]; AllowCreate and Comparison as their clauses have it [saml-core 3.4.1.1, 3.3.2.2.1].
#[test]
fn a_request_asks_for_what_it_is_told_and_for_nothing_else() {
    let plain = asking(RequestOptions::default());
    for part in ["ForceAuthn", "IsPassive", "NameIDPolicy", "RequestedAuthnContext", "Subject", "Scoping"] {
        assert!(!plain.0.contains(part), "{part}");
    }
    assert!(plain.1.to_state().starts_with("1\n"));
    let classes = ["urn:oasis:names:tc:SAML:2.0:ac:classes:X509", "urn:a&b"];
    let options = RequestOptions::default()
        .forcing_authn()
        .passive()
        .with_name_id_format(NameIdFormat::Persistent)
        .with_authn_context(classes.map(|class| class.try_into().unwrap()))
        .with_login_hint("b.simon@contoso.example");
    let (xml, pending) = asking(options);
    insta::assert_snapshot!(xml.replace("><", ">\n<"));
    assert!(!xml.contains("SPNameQualifier"));
    assert_eq!(PendingRequest::from_state(&pending.to_state()).unwrap(), pending);
    assert!(pending.is_passive() && !pending.to_state().contains("simon"));
    // No attribute names an age: a new sign-in is asked for, unless nobody may be asked.
    let aged = RequestOptions::default().with_max_age(Duration::seconds(300));
    for (options, forced) in [(aged.clone(), true), (aged.passive(), false)] {
        let (xml, pending) = asking(options);
        assert_eq!(
            (xml.contains(" ForceAuthn=\"true\""), pending.max_age()),
            (forced, Some(Duration::minutes(5)))
        );
        assert_eq!(PendingRequest::from_state(&pending.to_state()).unwrap(), pending);
    }
    for (format, policy) in [
        (NameIdFormat::EmailAddress, "1.1:nameid-format:emailAddress\" AllowCreate=\"true\"/>"),
        (NameIdFormat::Unspecified, "1.1:nameid-format:unspecified\" AllowCreate=\"true\"/>"),
        (NameIdFormat::Transient, "2.0:nameid-format:transient\"/>"),
    ] {
        let (xml, _) = asking(RequestOptions::default().with_name_id_format(format));
        assert!(xml.contains(policy), "{xml}");
        assert!(!xml.contains("RequestedAuthnContext") && !xml.contains("ForceAuthn"), "{xml}");
    }
}

/// [saml-bindings 3.4.4.1]
#[test]
fn a_redirect_is_signed_over_its_encoded_query() {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    let Outgoing::Redirect { url } = begin(&idp(), Some("b.simon@contoso.example")).outgoing else {
        panic!()
    };
    let query = url.split_once('?').unwrap().1;
    let (signed, rest) = query.split_once("&Signature=").unwrap();
    let (signature, hint) = rest.split_once('&').unwrap();
    assert_eq!(hint, "login_hint=b.simon%40contoso.example");
    let signature: String =
        url::form_urlencoded::parse(format!("x={signature}").as_bytes()).next().unwrap().1.into_owned();
    let certificate = certificate("other");
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki(certificate.der()));
    key.verify(signed.as_bytes(), &decode_base64(&signature).unwrap()).unwrap();
}

/// The PKCS#1 public key at the end of our RSA-2048 test certificates' SubjectPublicKeyInfo.
fn spki(der: &[u8]) -> Vec<u8> {
    let at = der.windows(4).position(|window| window == [0x30, 0x82, 0x01, 0x0A]).unwrap();
    der[at..at + 4 + 0x10A].to_vec()
}

#[test]
fn a_query_in_the_address_is_kept() {
    let location = "https://accounts.example/o/saml2/idp?idpid=C029".try_into().unwrap();
    let idp = IdentityProvider::new(
        IDP.try_into().unwrap(),
        vec![Endpoint { binding: Binding::Redirect, location }],
        TrustedKeys::new([certificate("signer")]).unwrap(),
    );
    let Outgoing::Redirect { url } = begin(&idp, None).outgoing else { panic!() };
    assert!(url.starts_with("https://accounts.example/o/saml2/idp?idpid=C029&SAMLRequest="));
}

/// [saml-bindings 3.5, 3.5.4]
#[test]
fn a_post_carries_a_signed_request() {
    let location = "https://login.example/post".try_into().unwrap();
    let idp = IdentityProvider::new(
        IDP.try_into().unwrap(),
        vec![Endpoint { binding: Binding::Post, location }],
        TrustedKeys::new([certificate("signer")]).unwrap(),
    );
    let Outgoing::Post { location, saml_request, .. } = begin(&idp, Some("ignored")).outgoing else {
        panic!()
    };
    assert_eq!(location.as_str(), "https://login.example/post");
    let xml = decode_base64(&saml_request).unwrap();
    let document = Document::parse(&xml, &Limits::message()).unwrap();
    Verifier::new(&TrustedKeys::new([certificate("other")]).unwrap(), AlgorithmPolicy::strict())
        .verify(document.root())
        .unwrap();
    assert_eq!(document.root().attribute("Destination"), Some("https://login.example/post"));
}

#[test]
fn without_an_address_nothing_begins() {
    let idp = IdentityProvider::new(
        IDP.try_into().unwrap(),
        vec![],
        TrustedKeys::new([certificate("signer")]).unwrap(),
    );
    let (id, state) = (RequestId::from_random([1; 20]), "x".try_into().unwrap());
    let begun = sp().begin(&key("other"), &idp, id, state, &RequestOptions::default(), NOW);
    assert!(begun.unwrap_err().to_string().contains("import its current metadata"));
}

/// [saml-metadata 2.4.4]
#[test]
fn our_metadata() {
    insta::with_settings!({ filters => vec![("<ds:X509Certificate>[A-Za-z0-9+/=]{900,}<", "<ds:X509Certificate>[certificate]<")] }, {
        insta::assert_snapshot!(sp().metadata(&[certificate("other")]));
    });
}

/// With what is taken, the best first, and nothing that is not; the descriptors in the order of the schema [saml-metadata 2.4.1.1].
#[test]
fn our_metadata_announces_what_to_encrypt_for_and_how() {
    let key = DecryptionKey::from_pem(include_str!("../keys/signer.key.pem")).unwrap();
    let sp = sp().with_decryption(DecryptionKeys::new([key]).unwrap(), EncryptionPolicy::standard());
    assert!(!sp.metadata(&[certificate("other")]).contains("encryption"));
    let sp = sp.announcing(certificate("signer"));
    let metadata = sp.metadata(&[certificate("other")]);
    Document::parse(metadata.as_bytes(), &Limits::message()).unwrap();
    insta::with_settings!({ filters => vec![("<ds:X509Certificate>[A-Za-z0-9+/=]{900,}<", "<ds:X509Certificate>[certificate]<")] }, {
        insta::assert_snapshot!(metadata.replace("><md:", ">\n<md:"));
    });
    let (signing, encryption) = metadata.split_once("<md:KeyDescriptor use=\"encryption\">").unwrap();
    assert!(signing.contains(&encode_base64(certificate("other").der())));
    assert!(encryption.contains(&encode_base64(certificate("signer").der())));
}

/// While a key is replaced both certificates are announced, each in a descriptor of its own [saml-metadata 2.4.1.1].
#[test]
fn our_metadata_announces_each_key_that_signs() {
    let both = sp().metadata(&[certificate("other"), certificate("signer")]);
    Document::parse(both.as_bytes(), &Limits::message()).unwrap();
    let descriptors: Vec<&str> = both.split("<md:KeyDescriptor use=\"signing\">").skip(1).collect();
    assert_eq!(descriptors.len(), 2);
    for (descriptor, name) in descriptors.iter().zip(["other", "signer"]) {
        assert!(descriptor.contains(&encode_base64(certificate(name).der())), "{name}");
    }
}

/// Name and address change, and with them what is accepted; the key to decrypt with stays.
#[test]
fn a_service_provider_of_another_name_is_another_audience() {
    let other = sp().renamed(
        "urn:sp:two".try_into().unwrap(),
        "https://sp.example/two/acs".try_into().unwrap(),
        None,
    );
    let metadata = other.metadata(&[certificate("other")]);
    assert!(
        metadata.contains("entityID=\"urn:sp:two\"") && metadata.contains("\"https://sp.example/two/acs\"")
    );
    let message = RawMessage::from_xml(TestResponse::honest().signed(Sign::Assertion).as_bytes());
    let response = message.response().unwrap();
    let judge = |sp: &ServiceProvider| {
        let (judged, decision) = sp.finish(&idp(), Some(&pending()), &response, &strict(), NOW);
        let failed = decision.checks().iter().filter(|check| check.verdict == Verdict::Fail);
        (judged.is_ok(), failed.map(|check| check.rule).collect::<Vec<_>>())
    };
    assert_eq!(judge(&sp()), (true, vec![]));
    assert_eq!(judge(&other), (false, vec!["destination", "recipient", "audience"]));
}
