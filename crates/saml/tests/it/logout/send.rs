//! What we send to end a session, and to answer for having ended one.

use landfall_saml::{
    Binding, Endpoint, IdentityProvider, LogoutAnswer, LogoutEndpoint, LogoutKind, NameId, Outgoing,
    PendingLogout, RawLogout, RequestId, SessionIndex,
};
use landfall_xmldsig::{AlgorithmPolicy, Document, Limits, TrustedKeys, Verifier, decode_base64};

use super::{SLO, TestLogout, accept, with_slo};
use crate::{IDP, NOW, certificate, key, sp};

fn idp(binding: Binding, response_location: Option<&str>) -> IdentityProvider {
    let location = "https://login.example/saml2".try_into().unwrap();
    let response_location = response_location.map(|location| location.try_into().unwrap());
    let slo = vec![LogoutEndpoint { binding, location, response_location }];
    crate::idp().with_slo(slo)
}

fn begun(idp: &IdentityProvider) -> (PendingLogout, Outgoing) {
    let name_id = NameId::new("<é>\n", Some(NameId::PERSISTENT), Some("urn:\"n\""), Some("urn:s")).unwrap();
    let index = SessionIndex::try_from("_a&1").unwrap();
    let id = RequestId::from_random([0x5A; 20]);
    let session = (&name_id, Some(&index));
    let begun = with_slo().begin_logout(&key("other"), idp, id, "state".try_into().unwrap(), session, NOW);
    let begun = begun.unwrap();
    (begun.pending, begun.outgoing)
}

/// [saml-core 3.7.1], [saml-profiles 4.4.4.1]
#[test]
fn a_redirect_carries_the_request() {
    let (pending, outgoing) = begun(&idp(Binding::Redirect, None));
    assert_eq!(pending.request_id().as_str(), "_5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
    assert_eq!(pending.idp().as_str(), IDP);
    let Outgoing::Redirect { url } = outgoing else { panic!("expected a redirect") };
    let (address, query) = url.split_once('?').unwrap();
    assert_eq!(address, "https://login.example/saml2");
    let raw = RawLogout::from_query(query).unwrap();
    insta::assert_snapshot!(std::str::from_utf8(raw.octets()).unwrap());
    // Read back as another service provider would read it, who is at that address and trusts our key.
    let there = IdentityProvider::new(
        crate::SP.try_into().unwrap(),
        Vec::<Endpoint>::new(),
        TrustedKeys::new([certificate("other")]).unwrap(),
    );
    let sp = sp().with_slo(address.try_into().unwrap());
    let (request, decision) = sp.accept_logout(&there, &raw.read().unwrap(), &crate::strict(), NOW);
    let request = request.unwrap_or_else(|reject| panic!("{reject:?}\n{decision}"));
    let expected = NameId::new("<é>\n", Some(NameId::PERSISTENT), Some("urn:\"n\""), Some("urn:s")).unwrap();
    assert_eq!(request.name_id(), &expected);
    assert_eq!(request.session_indexes()[0].expose(), "_a&1");
}

/// [saml-bindings 3.5.4]
#[test]
fn a_post_carries_a_signed_request() {
    let (_, outgoing) = begun(&idp(Binding::Post, None));
    let Outgoing::Post { location, saml_request, relay_state } = outgoing else { panic!("expected a post") };
    assert_eq!((location.as_str(), relay_state.expose()), ("https://login.example/saml2", "state"));
    let xml = decode_base64(&saml_request).unwrap();
    let document = Document::parse(&xml, &Limits::message()).unwrap();
    Verifier::new(&TrustedKeys::new([certificate("other")]).unwrap(), AlgorithmPolicy::strict())
        .verify(document.root())
        .unwrap();
    assert_eq!(document.root().attribute("Destination"), Some("https://login.example/saml2"));
}

#[test]
fn without_an_address_nothing_begins_and_nothing_is_answered() {
    let name_id = NameId::new("a", None, None, None).unwrap();
    let (sp, key, id) = (with_slo(), key("other"), RequestId::from_random([1; 20]));
    let begun =
        sp.begin_logout(&key, &crate::idp(), id.clone(), "x".try_into().unwrap(), (&name_id, None), NOW);
    assert!(begun.unwrap_err().to_string().contains("import its current metadata"));
    let request = accept(&TestLogout::request().posted("signer")).0.unwrap();
    assert!(sp.answer_logout(&key, &crate::idp(), &request, id, LogoutAnswer::Complete, NOW).is_err());
}

/// [saml-core 3.7.2], [saml-core 3.2.2.2], [saml-bindings 3.4.3]
#[test]
fn an_answer_names_the_request_and_brings_its_relay_state_back() {
    let logout = TestLogout { relay_state: Some("r/+ =&é".into()), ..TestLogout::request() };
    let request = accept(&logout.redirected("signer")).0.unwrap();
    let answer = |idp: &IdentityProvider, answer| {
        let id = RequestId::from_random([0x5A; 20]);
        with_slo().answer_logout(&key("other"), idp, &request, id, answer, NOW).unwrap()
    };
    let there = "https://login.example/answers";
    let outgoing = answer(&idp(Binding::Redirect, Some(there)), LogoutAnswer::Partial);
    let Outgoing::Redirect { url } = outgoing else { panic!("expected a redirect") };
    let (address, query) = url.split_once('?').unwrap();
    assert_eq!(address, there);
    assert!(query.starts_with("SAMLResponse="), "{query}");
    assert!(query.contains("&RelayState=r%2F%2B%20%3D%26%C3%A9&SigAlg="), "{query}");
    let raw = RawLogout::from_query(query).unwrap();
    insta::assert_snapshot!(std::str::from_utf8(raw.octets()).unwrap());
    let outgoing = answer(&idp(Binding::Post, None), LogoutAnswer::Complete);
    let Outgoing::PostResponse { location, saml_response, relay_state } = outgoing else { panic!() };
    assert_eq!(location.as_str(), "https://login.example/saml2");
    assert_eq!(relay_state.as_deref(), Some("r/+ =&é"));
    let xml = String::from_utf8(decode_base64(&saml_response).unwrap()).unwrap();
    assert!(xml.contains("status:Success\"></samlp:StatusCode>") && xml.contains("<ds:Signature "), "{xml}");
    for (refusal, code) in [
        (LogoutAnswer::UnknownPrincipal, "status:UnknownPrincipal"),
        (LogoutAnswer::Denied, "status:RequestDenied"),
    ] {
        let Outgoing::PostResponse { saml_response, .. } = answer(&idp(Binding::Post, None), refusal) else {
            panic!()
        };
        let xml = String::from_utf8(decode_base64(&saml_response).unwrap()).unwrap();
        assert!(xml.contains("status:Requester") && xml.contains(code), "{xml}");
    }
}

/// What we send is what we would accept: our answer, read at its address by whoever trusts our key.
#[test]
fn our_answer_is_one_that_is_accepted() {
    let request = accept(&TestLogout::request().posted("signer")).0.unwrap();
    let (idp, id) = (idp(Binding::Redirect, Some(SLO)), RequestId::from_random([9; 20]));
    let outgoing = with_slo().answer_logout(&key("signer"), &idp, &request, id, LogoutAnswer::Partial, NOW);
    let Outgoing::Redirect { url } = outgoing.unwrap() else { panic!() };
    let raw = RawLogout::from_query(url.split_once('?').unwrap().1).unwrap();
    assert_eq!(raw.kind(), LogoutKind::Response);
    let keys = TrustedKeys::new([certificate("signer")]).unwrap();
    let there = IdentityProvider::new(crate::SP.try_into().unwrap(), Vec::new(), keys);
    let pending = PendingLogout::new(request.id().clone(), crate::SP.try_into().unwrap());
    let (judged, decision) =
        with_slo().finish_logout(&there, Some(&pending), &raw.read().unwrap(), &crate::strict(), NOW);
    let response = judged.unwrap_or_else(|reject| panic!("{reject:?}\n{decision}"));
    assert_eq!(response.outcome(), landfall_saml::LogoutOutcome::Partial);
    assert_eq!(response.relay_state(), Some("r"));
}

/// [saml-metadata 2.4.2]
#[test]
fn our_metadata_announces_where_logout_messages_go() {
    assert!(!sp().metadata(&[certificate("other")]).contains("SingleLogoutService"));
    let metadata = with_slo().metadata(&[certificate("other")]);
    Document::parse(metadata.as_bytes(), &Limits::message()).unwrap();
    let (_, services) = metadata.split_once("</md:KeyDescriptor>").unwrap();
    let expected = format!(
        "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{SLO}\"/>\
         <md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{SLO}\"/>\
         <md:AssertionConsumerService "
    );
    assert!(services.starts_with(&expected), "{services}");
}
