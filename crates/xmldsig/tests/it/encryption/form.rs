//! The closed form: each part once, in its place, and nothing else.

use landfall_xmldsig::{ContentAlgorithm, EncryptionPolicy};

use super::{CONTENTS, decrypt, decrypt_with, encrypted_for};

/// An encrypted element decrypts; with one piece of it replaced it is refused with this code.
#[track_caller]
fn refused(code: &str, piece: &str, by: &str) {
    let error = decrypt(&replaced(piece, by)).unwrap_err();
    assert_eq!(error.code(), code, "{piece} by {by}: {error:?}");
}

/// An encrypted element decrypts, with this piece of it replaced too.
#[track_caller]
fn accepted(piece: &str, by: &str) {
    decrypt(&replaced(piece, by)).unwrap_or_else(|error| panic!("{piece} by {by}: {error:?}"));
}

fn replaced(piece: &str, by: &str) -> String {
    let message = encrypted_for(&["signer"], ContentAlgorithm::Aes256Gcm);
    assert!(decrypt(&message).is_ok());
    assert!(message.contains(piece), "nothing to replace: {piece}");
    message.replacen(piece, by, 1)
}

const OAEP: &str = "Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p\"";
const OAEP11: &str = "Algorithm=\"http://www.w3.org/2009/xmlenc11#rsa-oaep\"";
const DIGEST: &str = "<ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/>";

fn mask(name: &str) -> String {
    format!(
        "<m:MGF xmlns:m=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1{name}\"/>"
    )
}

#[test]
fn c11_unknown_and_closed_contents() {
    for uri in
        ["http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "http://www.w3.org/2009/xmlenc11#aes256-GCM", ""]
    {
        refused("encryption.algorithm", "http://www.w3.org/2009/xmlenc11#aes256-gcm", uri);
    }
    for content in CONTENTS {
        let message = encrypted_for(&["signer"], content);
        let decrypted = decrypt_with(&message, &["signer"], EncryptionPolicy::authenticated_only());
        assert_eq!(decrypted.is_ok(), content.is_authenticated());
        if let Err(error) = decrypted {
            assert_eq!(error.code(), "encryption.algorithm");
        }
    }
}

#[test]
fn c20_key_transport_is_oaep() {
    for uri in ["http://www.w3.org/2001/04/xmlenc#rsa-1_5", "http://www.w3.org/2001/04/xmlenc#kw-aes256"] {
        refused("encryption.algorithm", OAEP, &format!("Algorithm=\"{uri}\""));
    }
}

/// [xmlenc-core1 5.5.2]
#[test]
fn label_and_mask_use_one_digest() {
    accepted(DIGEST, "");
    accepted(OAEP, OAEP11);
    for digest in [
        "2001/04/xmlenc#sha256",
        "2001/04/xmlenc#sha384",
        "2001/04/xmldsig-more#sha384",
        "2001/04/xmlenc#sha512",
    ] {
        refused("encryption.mix", "2000/09/xmldsig#sha1", digest);
    }
    refused("encryption.algorithm", "2000/09/xmldsig#sha1", "2001/04/xmldsig-more#md5");
    // The older name says already what the mask is made with.
    refused("encryption.algorithm", DIGEST, &format!("{DIGEST}{}", mask("sha1")));
    let newer = |rest: &str| format!("{OAEP11}>{rest}");
    let older = format!("{OAEP}>{DIGEST}");
    accepted(&older, &newer(&format!("{DIGEST}{}", mask("sha1"))));
    accepted(&older, &newer(&format!("{}{DIGEST}", mask("sha1"))));
    refused("encryption.mix", &older, &newer(&mask("sha256")));
    refused("encryption.algorithm", &older, &newer(&mask("sha224")));
    refused("encryption.shape", &older, &newer(&[mask("sha1"), mask("sha1")].concat()));
}

#[test]
fn a_label_that_was_not_encrypted_with_fails() {
    accepted(DIGEST, &format!("<xenc:OAEPparams/>{DIGEST}"));
    refused("encryption.failed", DIGEST, &format!("<xenc:OAEPparams>aGk=</xenc:OAEPparams>{DIGEST}"));
    refused("encryption.shape", DIGEST, &format!("<xenc:OAEPparams>aGk</xenc:OAEPparams>{DIGEST}"));
}

#[test]
fn c22_one_data_and_its_keys() {
    let data = "</xenc:EncryptedData>";
    refused("encryption.shape", "</secret>", "<other/></secret>");
    refused("encryption.shape", "<secret>", "<secret><other/>");
    refused("encryption.shape", "<secret>", "<secret>text");
    refused(
        "encryption.shape",
        data,
        &format!("{data}<xenc:EncryptedData xmlns:xenc='http://www.w3.org/2001/04/xmlenc#'/>"),
    );
    refused(
        "encryption.shape",
        "xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009",
        "xenc:Other Algorithm=\"http://www.w3.org/2009",
    );
    refused("encryption.shape", "<xenc:EncryptionMethod", "<xenc:EncryptionMethod Other=''");
    accepted(data, &format!("<xenc:EncryptionProperties><any/></xenc:EncryptionProperties>{data}"));
    accepted("<xenc:EncryptedData", "<xenc:EncryptedData Id='d' MimeType='text/xml' Encoding='x'");
    refused("encryption.shape", "<xenc:EncryptedData", "<xenc:EncryptedData Other='d'");
}

#[test]
fn c22_nothing_is_fetched() {
    let reference = "<xenc:CipherReference URI='https://evil.example/'/>";
    refused("encryption.shape", "<xenc:CipherData>", &format!("<xenc:CipherData>{reference}"));
    for uri in ["https://evil.example/", "#nothing", "#", ""] {
        let method = format!("<ds:RetrievalMethod URI='{uri}'/>");
        refused("encryption.reference", "<xenc:EncryptedKey>", &format!("{method}<xenc:EncryptedKey>"));
    }
}

/// [xmlenc-core1 3.1]
#[test]
fn what_is_encrypted_is_an_element() {
    for kind in ["http://www.w3.org/2001/04/xmlenc#Content", "text/xml", ""] {
        refused("encryption.type", "http://www.w3.org/2001/04/xmlenc#Element", kind);
    }
    refused("encryption.type", " Type=\"http://www.w3.org/2001/04/xmlenc#Element\"", "");
}

/// With the EncryptedKey behind the data, which points to it.
fn beside(pointer: &str, id: &str) -> String {
    let message = encrypted_for(&["signer"], ContentAlgorithm::Aes256Gcm);
    let (start, end) = (
        message.find("<xenc:EncryptedKey>").unwrap(),
        message.find("</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>").unwrap(),
    );
    // The first such end is that of the KeyInfo inside of the key.
    let end = end + message[end + 1..].find("</ds:KeyInfo><xenc:CipherData>").unwrap() + 1;
    let key = message[start..end].replacen(
        "<xenc:EncryptedKey",
        &format!("<xenc:EncryptedKey xmlns:xenc='http://www.w3.org/2001/04/xmlenc#' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' Id='{id}' Recipient='urn:us'"),
        1,
    );
    [&message[..start], pointer, &message[end..]].concat().replacen(
        "</secret>",
        &format!("{key}</secret>"),
        1,
    )
}

/// [saml-core 6.1]
#[test]
fn keys_may_stand_beside_the_data() {
    assert!(decrypt(&beside("", "k")).is_ok());
    let kind = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";
    assert!(decrypt(&beside(&format!("<ds:RetrievalMethod URI='#k' Type='{kind}'/>"), "k")).is_ok());
    for pointer in ["<ds:RetrievalMethod URI='#k'/>", "<ds:RetrievalMethod URI='#l' Type='urn:other'/>"] {
        let error = decrypt(&beside(pointer, "l")).unwrap_err();
        assert_eq!(error.code(), "encryption.reference", "{pointer}");
    }
}

/// [xmlenc-core1 3.6]
#[test]
fn a_key_for_other_data_is_refused() {
    let listed = |uri: &str| {
        format!(
            "<xenc:ReferenceList><xenc:DataReference URI='{uri}'/></xenc:ReferenceList></xenc:EncryptedKey>"
        )
    };
    let message = replaced("<xenc:EncryptedData", "<xenc:EncryptedData Id='d'");
    let with = |list: &str| decrypt(&message.replacen("</xenc:EncryptedKey>", list, 1));
    assert!(with(&listed("#d")).is_ok());
    for uri in ["#e", "d", "", "https://evil.example/#d"] {
        assert_eq!(with(&listed(uri)).unwrap_err().code(), "encryption.reference", "{uri}");
    }
    let of_key = "<xenc:ReferenceList><xenc:KeyReference URI='#d'/></xenc:ReferenceList></xenc:EncryptedKey>";
    assert_eq!(with(of_key).unwrap_err().code(), "encryption.shape");
}

#[test]
fn c22_a_key_inside_a_key_is_not_followed() {
    let message = encrypted_for(&["signer"], ContentAlgorithm::Aes256Gcm);
    let (start, end) =
        (message.find("<xenc:EncryptedKey>").unwrap(), message.find("</xenc:EncryptedKey>").unwrap() + 20);
    let key = &message[start..end];
    let nested = key.replacen("<ds:KeyInfo>", &format!("<ds:KeyInfo>{key}"), 1);
    assert!(decrypt(&message.replacen(key, &nested, 1)).is_ok());
    let alone = key.replacen("<xenc:EncryptedKey>", "<xenc:Other>", 1).replacen(
        "</xenc:EncryptedKey>",
        "</xenc:Other>",
        1,
    );
    assert_eq!(decrypt(&message.replacen(key, &alone, 1)).unwrap_err().code(), "encryption.no_key");
}
