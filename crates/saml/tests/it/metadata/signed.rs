//! Metadata that a pinned key signed, and what others make of them.

use landfall_saml::{EntityId, IdpMetadata, MetadataError};
use landfall_xmldsig::{SignaturePlace, Signer, TrustedKeys};

use super::{entity, key, list, role, sso};
use crate::{IDP, NOW, certificate};

fn body(name: &str) -> String {
    role(&(key(name, "") + &sso("https://login.example/")))
}

/// Signed by the federation, whose key is none of the identity provider's.
fn signed(xml: &str, id: &str) -> String {
    crate::key("other").sign_element(xml, id, SignaturePlace::First).unwrap()
}

fn honest() -> String {
    signed(&entity(IDP, " ID=\"e1\"", &body("signer")), "e1")
}

fn read(xml: &str) -> Result<IdpMetadata, MetadataError> {
    let pinned = TrustedKeys::new([certificate("other")]).unwrap();
    IdpMetadata::read_signed(xml.as_bytes(), Some(&EntityId::try_from(IDP).unwrap()), &pinned, NOW)
}

#[track_caller]
fn accepted(xml: &str) {
    assert_eq!(read(xml).unwrap().certificates(), [certificate("signer")]);
}

#[track_caller]
fn refused(code: &str, xml: &str) {
    assert_eq!(read(xml).unwrap_err().code(), code);
}

#[test]
fn f1_unsigned() {
    accepted(&honest());
    refused("signature.missing", &entity(IDP, " ID=\"e1\"", &body("signer")));
    let error = read(&entity(IDP, "", &body("signer"))).unwrap_err().to_string();
    assert!(error.contains(&certificate("other").fingerprint().to_string()), "{error}");
}

#[test]
fn f1_another_key() {
    let by = |name: &str| {
        let xml = entity(IDP, " ID=\"e1\"", &body("signer"));
        crate::key(name).sign_element(&xml, "e1", SignaturePlace::First).unwrap()
    };
    accepted(&by("other"));
    let error = read(&by("signer")).unwrap_err();
    assert_eq!(error.code(), "signature.unknown_key");
    let MetadataError::Signature { pinned, source } = &error else { panic!("{error:?}") };
    assert_eq!(pinned, &[certificate("other").fingerprint()]);
    let (tried, came) = (certificate("other").fingerprint(), certificate("signer").fingerprint());
    assert!(error.to_string().contains(&tried.to_string()), "{error}");
    assert!(source.to_string().contains(&came.to_string()), "{source}");
}

#[test]
fn f1_a_key_that_both_know() {
    let hmac = honest().replace(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    );
    assert_ne!(hmac, honest());
    refused("signature.algorithm", &hmac);
}

#[test]
fn f1_altered() {
    refused("signature.digest", &honest().replace("https://login.example/", "https://evil.example/"));
    refused("signature.digest", &honest().replace("<IDPSSODescriptor", "<Extensions/><IDPSSODescriptor"));
    let other = honest().replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA");
    refused("signature.value", &other);
}

#[test]
fn f2_the_signed_entity_inside_another() {
    let evil = |inside: &str| {
        let signature = &honest()[honest().find("<ds:Signature").unwrap()..];
        let signature = &signature[..signature.find("</ds:Signature>").unwrap() + "</ds:Signature>".len()];
        let original = honest().replace(signature, "");
        entity(
            IDP,
            " ID=\"evil\"",
            &format!("{signature}<Extensions>{inside}{original}</Extensions>{}", body("other")),
        )
    };
    refused("signature.shape.reference", &evil(""));
    // With the ID of the original nobody could say which one is signed.
    refused("xml.duplicate_id", &evil("").replace("ID=\"evil\"", "ID=\"e1\""));
    refused(
        "signature.missing",
        &entity(IDP, " ID=\"evil\"", &format!("<Extensions>{}</Extensions>{}", honest(), body("other"))),
    );
}

#[test]
fn f2_a_signature_over_another_element() {
    let inner =
        entity(IDP, "", &body("signer").replacen("<IDPSSODescriptor", "<IDPSSODescriptor ID=\"r1\"", 1));
    let of_role = signed(&inner, "r1");
    refused("signature.missing", &of_role);
    let start = of_role.find("<ds:Signature").unwrap();
    let end = of_role.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = of_role[start..end].to_owned();
    let moved = of_role.replace(&signature, "").replacen(
        "<IDPSSODescriptor",
        &format!("{signature}<IDPSSODescriptor"),
        1,
    );
    refused("signature.shape.id", &moved);
    refused(
        "signature.shape.reference",
        &moved.replacen("<EntityDescriptor", "<EntityDescriptor ID=\"e1\"", 1),
    );
}

#[test]
fn f2_a_signed_entity_in_an_unsigned_list() {
    accepted(&honest());
    refused("metadata.signature_place", &list("", &honest()));
    refused("metadata.signature_place", &list(" ID=\"l1\"", &list("", &honest())));
    refused("signature.missing", &list("", &entity(IDP, "", &body("signer"))));
}

#[test]
fn f2_a_signed_list() {
    let others = entity("urn:b", " ID=\"b1\"", &body("other"));
    let inner = list("", &(others + &entity(IDP, "", &body("signer"))));
    let whole = signed(&list(" ID=\"l1\"", &inner), "l1");
    accepted(&whole);
    accepted(&signed(&list(" ID=\"l1\"", &honest()), "l1"));
    // One more in it, and the same list inside another.
    let evil = entity(IDP, "", &body("other"));
    refused("signature.digest", &whole.replace("</ds:Signature>", &format!("</ds:Signature>{evil}")));
    refused("signature.missing", &list(" ID=\"l2\"", &(evil + &whole)));
    let ended = signed(&list(" ID=\"l1\" validUntil=\"2030-01-01T00:00:00Z\"", &inner), "l1");
    refused("metadata.expired", &ended);
}

/// Whatever stands in the Signature is not signed, and not read.
#[test]
fn f2_an_entity_inside_the_signature() {
    let none = signed(&list(" ID=\"l1\"", "<Extensions/>"), "l1");
    let evil = entity(IDP, "", &body("other"));
    let hidden = |xml: &str| xml.replace("</ds:KeyInfo>", &format!("{evil}</ds:KeyInfo>"));
    assert_ne!(hidden(&none), none);
    refused("metadata.no_idp", &hidden(&none));
    accepted(&hidden(&honest()));
}

#[test]
fn f2_comments_do_not_split_what_is_signed() {
    let id = |text: &str| honest().replace("https://login.example/", text);
    assert_eq!(id("https://login.example/"), honest());
    let comment = honest().replace("<IDPSSODescriptor", "<!-- none --><IDPSSODescriptor");
    accepted(&comment);
    let certificate = comment.replace("\nMII", "\nM<!-- -->II");
    assert_ne!(certificate, comment);
    refused("signature.comment", &certificate);
}

#[test]
fn f8_a_document_too_large_to_verify() {
    let most = 16 * 1024 * 1024;
    let sized = |bytes: usize| honest() + &" ".repeat(bytes - honest().len());
    accepted(&sized(most));
    refused("metadata.too_large_to_verify", &sized(most + 1));
}
