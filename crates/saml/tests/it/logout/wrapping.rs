//! What is signed is what is read: a genuine signed part, and a forgery beside it.

use landfall_saml::{LogoutKind, RawLogout};

use super::message::{name_id, posted, query, signed_query};
use super::{TestLogout, accept, accepted, rejected};

#[track_caller]
fn refused(codes: &[&str], xml: &str) {
    let raw = posted(LogoutKind::Request, xml);
    let reject = accept(&raw).0.expect_err("a wrapped message was accepted");
    assert!(codes.contains(&reject.code()), "{reject:?}");
}

/// The genuine message, and its signature alone.
fn genuine() -> (String, String) {
    let xml = TestLogout::request().signed("signer");
    let start = xml.find("<ds:Signature ").unwrap();
    let end = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (xml.clone(), xml[start..end].to_owned())
}

fn forged() -> TestLogout {
    TestLogout { id: "_evil".into(), body: name_id("admin@contoso.example"), ..TestLogout::request() }
}

/// A signature that was made for another element, or a whole message that was.
#[test]
fn a1_a7_a_request_wrapped() {
    let (whole, signature) = genuine();
    let with = |before: &str| TestLogout { before: before.to_owned(), ..forged() }.xml();
    refused(&["signature.shape.reference"], &with(&signature));
    refused(&["read.nested_logout"], &with(&format!("<samlp:Extensions>{whole}</samlp:Extensions>")));
    let inside =
        signature.replace("</ds:Signature>", &format!("<ds:Object>{whole}</ds:Object></ds:Signature>"));
    refused(&["read.nested_logout"], &with(&inside));
    refused(&["read.signature_place"], &with(&format!("<samlp:Extensions>{signature}</samlp:Extensions>")));
    // The same ID, so that the reference fits: then the digest does not.
    let same = TestLogout { id: "_l1".into(), before: signature.clone(), ..forged() }.xml();
    refused(&["signature.digest"], &same);
    refused(&["signature.several"], &whole.replacen(&signature, &signature.repeat(2), 1));
}

#[test]
fn a2_two_requests() {
    let (whole, _) = genuine();
    refused(
        &["read.nested_logout"],
        &whole.replacen("</samlp:LogoutRequest>", &format!("{}</samlp:LogoutRequest>", forged().xml()), 1),
    );
    let both = format!("{whole}{}", forged().xml());
    refused(&["xml.trailing"], &both);
    // In a query that a key signed, too.
    let nested = TestLogout {
        before: format!("<samlp:Extensions>{}</samlp:Extensions>", forged().xml()),
        ..TestLogout::request()
    };
    let raw =
        RawLogout::from_query(&signed_query(&query(LogoutKind::Request, &nested.xml(), None), "signer"))
            .unwrap();
    assert_eq!(raw.read().unwrap_err().code(), "read.nested_logout");
}

/// A comment that cuts a value for some readers, added before signing or after.
#[test]
fn b6_comments_cut_nothing() {
    let cut = name_id("admin@contoso.example<!---->.evil.example");
    let honest = TestLogout { body: name_id("admin@contoso.example.evil.example"), ..TestLogout::request() };
    accepted(|l| *l = honest.clone());
    let commented = TestLogout { body: cut, ..TestLogout::request() };
    assert_eq!(accept(&commented.posted("signer")).0.unwrap_err().code(), "signature.comment");
    assert_eq!(accept(&commented.redirected("signer")).0.unwrap_err().code(), "read.content");
    let later = honest.signed("signer").replacen(".evil", "<!---->.evil", 1);
    refused(&["signature.comment"], &later);
    rejected_index("<samlp:SessionIndex>_a<?x?>1</samlp:SessionIndex>");
}

#[track_caller]
fn rejected_index(index: &str) {
    let logout = TestLogout { body: name_id("a") + index, ..TestLogout::request() };
    assert_eq!(accept(&logout.redirected("signer")).0.unwrap_err().code(), "read.content");
    let code = accept(&logout.posted("signer")).0.unwrap_err().code();
    assert_eq!(code, "signature.processing_instruction");
}

#[test]
fn a3_extensions_are_passed_over() {
    let extended = "<samlp:Extensions><a:Asynchronous xmlns:a=\"urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo\"/></samlp:Extensions>";
    accepted(|l| l.before = extended.to_owned());
    rejected("read.child", |l| l.body = format!("{}{extended}", l.body));
}
