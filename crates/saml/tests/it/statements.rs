//! Rules on whom an assertion is about, and on what it says.

use landfall_saml::NameId;

use crate::response::{attribute, authn};
use crate::{SP, Sign, TestResponse, accepted, finish, rejected, rejected_signed};

/// [saml-core 2.2.2]
#[test]
fn e16_name_qualifier() {
    let name_id = |qualifier: &str| format!("<NameID SPNameQualifier=\"{qualifier}\">x</NameID>");
    accepted(|r| r.name_id = name_id(SP));
    rejected("name_id.qualifier", |r| r.name_id = name_id("urn:other"));
}

/// [saml-core 2.2.3, 2.4.1, 8.3.7]
#[test]
fn e14_e15_name_id() {
    let value = |text: &str| {
        accepted(|r| r.name_id = format!("<NameID>{text}</NameID>")).name_id().value().to_owned()
    };
    assert_eq!(value(" Ä.Simon\u{200B}@Contoso.example "), " Ä.Simon\u{200B}@Contoso.example ");
    let persistent = "<NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" NameQualifier=\"q\">x</NameID>";
    let login = accepted(|r| r.name_id = persistent.into());
    assert_eq!(login.name_id().format(), Some(NameId::PERSISTENT));
    assert_eq!(login.name_id().name_qualifier(), Some("q"));
    rejected("read.child", |r| r.name_id = String::new());
    rejected("read.empty", |r| r.name_id = "<NameID/>".into());
    rejected("read.child", |r| r.name_id = r.name_id.repeat(2));
    rejected("read.encrypted", |r| r.name_id = "<EncryptedID/>".into());
}

/// [saml-core 2.7.3, 2.7.3.1, 2.7.3.1.1]
#[test]
fn e15_attributes() {
    let login = accepted(|r| {
        r.attributes =
            attribute("groups", &["a", "b", "a"]) + &attribute("empty", &[]) + &attribute("blank", &[""])
    });
    assert_eq!(login.attributes()[0].values(), ["a", "b", "a"]);
    assert!(login.attributes()[1].values().is_empty());
    assert_eq!(login.attributes()[2].values(), [""]);
    rejected("attribute.twice", |r| {
        r.attributes = attribute("role", &["user"]) + &attribute("role", &["admin"])
    });
    accepted(|r| r.attributes = attribute("role", &["user"]) + &attribute("Role", &["admin"]));
    rejected("read.attribute", |r| r.attributes = "<Attribute/>".into());
    rejected("read.encrypted", |r| r.attributes = "<EncryptedAttribute/>".into());
    // A value that is itself XML is no text; nil is no value.
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let odd = format!(
        "<Attribute Name=\"x\"><AttributeValue><NameID>n</NameID></AttributeValue><AttributeValue {xsi} xsi:nil=\"true\"/><AttributeValue {xsi} xsi:type=\"xs:integer\">5</AttributeValue></Attribute>"
    );
    assert_eq!(accepted(|r| r.attributes = odd).attributes()[0].values(), ["5"]);
}

/// [saml-profiles 4.1.4.2], [saml-core 2.7.2]
#[test]
fn e23_authn_statement() {
    rejected("authn.statement", |r| r.authn = String::new());
    // How long ago does not matter: Entra sends instants that are months old.
    accepted(|r| r.authn = authn("AuthnInstant=\"2029-10-01T00:00:00Z\""));
    accepted(|r| r.authn = authn("AuthnInstant=\"2030-01-02T03:05:05.000Z\""));
    rejected("authn.instant", |r| r.authn = authn("AuthnInstant=\"2030-01-02T03:05:05.001Z\""));
    accepted(|r| {
        r.authn =
            authn("AuthnInstant=\"2030-01-02T03:00:00Z\" SessionNotOnOrAfter=\"2030-01-02T03:03:05.001Z\"")
    });
    rejected("authn.session_end", |r| {
        r.authn =
            authn("AuthnInstant=\"2030-01-02T03:00:00Z\" SessionNotOnOrAfter=\"2030-01-02T03:03:05.000Z\"")
    });
    rejected("read.attribute", |r| r.authn = authn("SessionIndex=\"x\""));
}

/// [saml-core 2.7.2]
#[test]
fn e19_a_login_names_its_session() {
    let index = |index: &str| {
        let authn = authn(&format!("AuthnInstant=\"2030-01-02T03:00:00Z\" SessionIndex=\"{index}\""));
        move |r: &mut TestResponse| r.authn = authn.clone()
    };
    assert_eq!(accepted(index(" _é ")).session_index(), Some(" _é "));
    assert_eq!(accepted(index("")).session_index(), None);
    let longest = "x".repeat(1024);
    assert_eq!(accepted(index(&longest)).session_index(), Some(longest.as_str()));
    let reject = rejected("read.id", index(&"x".repeat(1025)));
    assert!(!reject.without_personal_data().contains("xxx"), "{reject:?}");
    // It stands in what was signed, or it is none.
    let mut response = TestResponse::honest();
    response.after = authn("AuthnInstant=\"2030-01-02T03:00:00Z\" SessionIndex=\"_evil\"");
    assert_eq!(finish(&response.signed(Sign::Assertion)).0.unwrap_err().code(), "read.child");
}

/// [saml-core 2.3.3, 3.2.2]
#[test]
fn e25_elements_stand_in_their_order() {
    accepted(|r| r.conditions += "<Advice/>");
    rejected("read.child", |r| r.conditions = format!("<Advice/>{}", r.conditions));
    rejected("read.child", |r| r.conditions = r.conditions.repeat(2));
    rejected("read.child", |r| r.issuer = r.issuer.repeat(2));
    accepted(|r| r.response_issuer += "<samlp:Extensions/>");
    rejected("read.child", |r| r.response_issuer = format!("<samlp:Extensions/>{}", r.response_issuer));
    rejected("read.child", |r| r.before = "<samlp:Extensions/>".into());
    rejected_signed("read.child", Sign::Response, |r| r.conditions = r.conditions.repeat(2));
}

#[test]
fn e25_unknown_elements() {
    rejected("read.child", |r| r.advice = "<Extra xmlns=\"urn:x\"/>".into());
    rejected("read.child", |r| r.authn = r.authn.clone() + "<Statement xmlns=\"urn:x\"/>");
    rejected("read.child", |r| r.before = "<samlp:Extra/>".into());
    rejected("read.content", |r| r.advice = "text".into());
    accepted(|r| r.authn = r.authn.clone() + "<AuthzDecisionStatement/>");
}
