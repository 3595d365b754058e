//! Metadata of identity providers, Entra's peculiarities among them.

use landfall_saml::{Binding, EntityId, IdpMetadata, MetadataError, MetadataWarning};
use landfall_xmldsig::encode_base64;
use time::macros::datetime;

use crate::{IDP, NOW, certificate};

mod aggregate;
mod signed;
mod validity;

fn key(name: &str, usage: &str) -> String {
    format!(
        "<KeyDescriptor{usage}><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>\n{}\n\
         </X509Certificate></X509Data></KeyInfo></KeyDescriptor>",
        encode_base64(certificate(name).der())
    )
}

fn sso(location: &str) -> String {
    format!(
        "<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{location}\"/>"
    )
}

fn role(inner: &str) -> String {
    format!(
        "<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{inner}</IDPSSODescriptor>"
    )
}

fn entity(id: &str, attributes: &str, inner: &str) -> String {
    format!(
        "<EntityDescriptor{attributes} entityID=\"{id}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{inner}</EntityDescriptor>"
    )
}

fn list(attributes: &str, inner: &str) -> String {
    format!(
        "<EntitiesDescriptor{attributes} xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{inner}</EntitiesDescriptor>"
    )
}

fn read(xml: &str) -> Result<IdpMetadata, MetadataError> {
    IdpMetadata::read(xml.as_bytes(), None, NOW)
}

fn plain() -> String {
    entity(IDP, "", &role(&(key("signer", " use=\"signing\"") + &sso("https://login.example/saml2"))))
}

/// Entra's document: byte order mark, two foreign roles with the same keys, redirect and post.
#[test]
fn entra() {
    let foreign = format!(
        "<RoleDescriptor xsi:type=\"fed:SecurityTokenServiceType\" protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\">{}{}</RoleDescriptor>",
        key("signer", " use=\"signing\""),
        key("other", " use=\"signing\""),
    );
    let slo = "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://login.example/saml2\"/>";
    let post = sso("https://login.example/saml2").replace("HTTP-Redirect", "HTTP-POST");
    let inner = key("signer", " use=\"signing\"") + slo + &sso("https://login.example/saml2") + &post;
    let metadata =
        read(&format!("\u{FEFF}{}", entity(IDP, " ID=\"_1\"", &(foreign.repeat(2) + &role(&inner)))))
            .unwrap();
    assert_eq!(metadata.entity_id().as_str(), IDP);
    assert_eq!(metadata.certificates(), [certificate("signer")]);
    assert_eq!(metadata.sso().len(), 2);
    assert!(metadata.warnings().is_empty());
    assert_eq!(
        metadata.identity_provider().unwrap().sso().unwrap().location.as_str(),
        "https://login.example/saml2"
    );
}

#[test]
fn f5_keys_for_signing_each_once() {
    let with =
        |keys: &str| read(&entity(IDP, "", &role(&(keys.to_owned() + &sso("https://login.example/")))));
    assert_eq!(with(&key("signer", "").repeat(2)).unwrap().certificates().len(), 1);
    let both = with(&(key("signer", " use=\"signing\"") + &key("other", " use=\"encryption\""))).unwrap();
    assert_eq!(both.certificates(), [certificate("signer")]);
    for none in [String::new(), key("signer", " use=\"encryption\""), "<KeyDescriptor/>".into()] {
        assert_eq!(with(&none).unwrap_err().code(), "metadata.no_key");
    }
    let broken = key("signer", "").replace("MII", "MIJ");
    assert_eq!(with(&broken).unwrap_err().code(), "metadata.no_key");
    let rest = with(&(broken + &key("other", ""))).unwrap();
    assert_eq!(rest.certificates(), [certificate("other")]);
    assert!(matches!(rest.warnings(), [MetadataWarning::Certificate { .. }]));
}

/// What real software writes: KeyInfo in the namespace of metadata, and PEM inside the base64.
#[test]
fn certificates_in_odd_dress() {
    let with =
        |keys: &str| read(&entity(IDP, "", &role(&(keys.to_owned() + &sso("https://login.example/")))));
    let plain = key("signer", "");
    let undressed = plain.replace(" xmlns=\"http://www.w3.org/2000/09/xmldsig#\"", "");
    let pem = encode_base64(include_bytes!("../keys/signer.crt.pem"));
    let start = plain.find("MII").unwrap();
    let doubled = format!("{}{pem}{}", &plain[..start], &plain[plain.rfind("\n").unwrap()..]);
    for keys in [plain, undressed, doubled] {
        assert_eq!(with(&keys).unwrap().certificates(), [certificate("signer")], "{keys}");
    }
    let foreign = key("signer", "").replace("http://www.w3.org/2000/09/xmldsig#", "urn:other");
    assert_eq!(with(&foreign).unwrap_err().code(), "metadata.no_key");
}

#[test]
fn expired_certificates_are_warned_of() {
    let after = datetime!(2200-01-01 00:00 UTC);
    let metadata = IdpMetadata::read(plain().as_bytes(), None, after).unwrap();
    assert!(matches!(metadata.warnings(), [MetadataWarning::CertificateExpired { .. }]));
    let before = datetime!(2020-01-01 00:00 UTC);
    let metadata = IdpMetadata::read(plain().as_bytes(), None, before).unwrap();
    assert!(matches!(metadata.warnings(), [MetadataWarning::CertificateNotYetValid { .. }]));
}

#[test]
fn f4_one_of_several() {
    let body = role(&(key("signer", "") + &sso("https://login.example/")));
    let sp = entity(
        "urn:sp",
        "",
        "<SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>",
    );
    let several =
        list("", &(sp.clone() + &list("", &entity("urn:a", "", &body)) + &entity("urn:b", "", &body)));
    let error = read(&several).unwrap_err();
    assert_eq!(error.to_string(), "it describes 2 identity providers, choose one: urn:a, urn:b");
    let chosen =
        |id: &str| IdpMetadata::read(several.as_bytes(), Some(&EntityId::try_from(id).unwrap()), NOW);
    assert_eq!(chosen("urn:a").unwrap().entity_id().as_str(), "urn:a");
    assert_eq!(chosen("urn:sp").unwrap_err().code(), "metadata.no_such_entity");
    // Twice the same is no contradiction; twice different is one.
    assert!(read(&list("", &entity("urn:a", "", &body).repeat(2))).is_ok());
    let other = role(&(key("other", "") + &sso("https://login.example/")));
    let twice = entity("urn:a", "", &body) + &entity("urn:a", "", &other);
    assert_eq!(read(&list("", &twice)).unwrap_err().code(), "metadata.twice");
    assert_eq!(read(&sp).unwrap_err().code(), "metadata.no_idp");
    assert_eq!(read(&entity("", "", &body)).unwrap_err().code(), "metadata.entity_id");
    assert_eq!(read("<EntityDescriptor entityID=\"x\"/>").unwrap_err().code(), "metadata.root");
}

#[test]
fn f4_what_others_in_a_list_write_harms_nobody_else() {
    let body = role(&(key("signer", "") + &sso("https://login.example/")));
    let other = role(&(key("other", "") + &sso("https://login.example/")));
    let chosen = |xml: &str| {
        let entity = EntityId::try_from("urn:a").unwrap();
        IdpMetadata::read(list("", xml).as_bytes(), Some(&entity), NOW)
    };
    let good = entity("urn:a", "", &body);
    // Others twice, or without a name.
    for others in [
        entity("urn:b", "", &body) + &entity("urn:b", "", &other),
        entity("", "", &body),
        entity(&"b".repeat(1025), "", &body),
    ] {
        assert_eq!(chosen(&(others + &good)).unwrap().certificates(), [certificate("signer")]);
    }
    // In another's entity, in an extension, or in a foreign list stands none.
    let nested = entity("urn:a", "", &other);
    for around in [
        entity("urn:b", "", &(nested.clone() + &body)),
        format!("<Extensions>{nested}</Extensions>"),
        format!("<x:EntitiesDescriptor xmlns:x=\"urn:x\">{nested}</x:EntitiesDescriptor>"),
    ] {
        let metadata = chosen(&(around.clone() + &good)).unwrap();
        assert_eq!(metadata.certificates(), [certificate("signer")], "{around}");
        assert_eq!(chosen(&list("", &(list("", &nested) + &good))).unwrap_err().code(), "metadata.twice");
    }
    // The same to the byte, but not for as long.
    let until = " validUntil=\"2031-01-01T00:00:00Z\"";
    assert!(chosen(&(list("", &good) + &good)).is_ok());
    assert_eq!(chosen(&(list(until, &good) + &good)).unwrap_err().code(), "metadata.twice");
}

#[test]
fn f7_addresses_are_https() {
    for location in ["http://login.example/", "javascript:alert(1)", "/relative", ""] {
        let metadata = read(&entity(IDP, "", &role(&(key("signer", "") + &sso(location))))).unwrap();
        assert!(metadata.sso().is_empty());
        assert!(
            matches!(metadata.warnings(), [MetadataWarning::Endpoint { .. }, MetadataWarning::NoEndpoint]),
            "{location}"
        );
    }
}

/// [saml-metadata 2.2.2]
#[test]
fn f7_logout_addresses() {
    let slo = |attributes: &str| {
        let slo = format!(
            "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" {attributes}/>"
        );
        read(&plain().replace("</KeyDescriptor>", &format!("</KeyDescriptor>{slo}"))).unwrap()
    };
    let one = slo("Location=\"https://login.example/saml2\"");
    assert!(one.warnings().is_empty());
    let [endpoint] = one.slo() else { panic!("expected one: {:?}", one.slo()) };
    assert_eq!(endpoint.binding, Binding::Redirect);
    assert_eq!(endpoint.answers().as_str(), "https://login.example/saml2");
    assert_eq!(one.identity_provider().unwrap().slo(), Some(endpoint));
    let two = slo("Location=\"https://login.example/a\" ResponseLocation=\"https://login.example/b\"");
    assert_eq!(two.slo()[0].location.as_str(), "https://login.example/a");
    assert_eq!(two.slo()[0].answers().as_str(), "https://login.example/b");
    for bad in [
        "Location=\"http://login.example/\"",
        "Location=\"\"",
        "Location=\"https://login.example/\" ResponseLocation=\"javascript:alert(1)\"",
        "Location=\"https://login.example/\" ResponseLocation=\"\"",
    ] {
        let metadata = slo(bad);
        assert!(metadata.slo().is_empty(), "{bad}");
        assert!(matches!(metadata.warnings(), [MetadataWarning::LogoutEndpoint { .. }]), "{bad}");
        assert!(metadata.identity_provider().unwrap().slo().is_none());
    }
    // Others than redirect and post are passed over.
    let soap = plain().replace("</KeyDescriptor>", "</KeyDescriptor><SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"https://login.example/\"/>");
    assert!(read(&soap).unwrap().slo().is_empty());
    // A redirect is chosen before a post, whatever their order.
    let post = one.slo()[0].clone();
    let post = landfall_saml::LogoutEndpoint { binding: Binding::Post, ..post };
    let idp = crate::idp().with_slo(vec![post.clone(), one.slo()[0].clone()]);
    assert_eq!(idp.slo().unwrap().binding, Binding::Redirect);
    assert_eq!(crate::idp().with_slo(vec![post.clone()]).slo(), Some(&post));
}

#[test]
fn e13_artifacts_are_not_spoken() {
    let with = |binding: &str| {
        let sso = sso("https://login.example/").replace("bindings:HTTP-Redirect", binding);
        read(&entity(IDP, "", &role(&(key("signer", "") + &sso)))).unwrap()
    };
    for binding in ["bindings:HTTP-Artifact", "bindings:SOAP"] {
        assert!(with(binding).sso().is_empty(), "{binding}");
    }
    assert_eq!(with("bindings:HTTP-POST").sso().len(), 1);
}

#[test]
fn f8_size() {
    let most = 16 * 1024 * 1024;
    let sized = |bytes: usize| read(&(plain() + &" ".repeat(bytes - plain().len()))).map(drop);
    assert_eq!(sized(most), Ok(()));
    assert_eq!(sized(most + 1).unwrap_err().code(), "xml.limit");
}
