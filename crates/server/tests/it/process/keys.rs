//! `landfall key`: our own keys are replaced, one step at a time, while the server runs.

use landfall_xmldsig::{Certificate, ContentAlgorithm, KeyTransport, encode_base64, encrypt};

use super::message::says;
use super::{Folder, Server};

/// A certificate of ours, as an operator hands it on.
fn certificate(folder: &Folder, arguments: &[&str]) -> Certificate {
    Certificate::from_pem(&folder.succeeds(&[&["certificate"], arguments].concat())).unwrap()
}

/// The certificates that the metadata announce for a use.
fn announced(server: &Server, usage: &str) -> Vec<String> {
    let metadata = server.get("/saml/metadata");
    let begin = format!("<md:KeyDescriptor use=\"{usage}\">");
    let descriptors = metadata.split(begin.as_str()).skip(1);
    let certificate = |text: &str| {
        let (_, rest) = text.split_once("<ds:X509Certificate>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    descriptors.map(certificate).collect()
}

fn written(certificates: &[&Certificate]) -> Vec<String> {
    certificates.iter().map(|certificate| encode_base64(certificate.der())).collect()
}

#[test]
fn a_key_that_signs_is_announced_beside_the_old_one_until_that_is_retired() {
    let folder = Folder::with_contoso();
    folder.run(&["key", "stage", "signing"]).failed(&["master.key"]);
    let mut server = folder.serve();
    let old = certificate(&folder, &["signing"]);
    assert_eq!(announced(&server, "signing"), written(&[&old]));
    folder.run(&["key", "activate", "signing"]).failed(&["none is staged"]);
    folder.run(&["certificate", "signing", "--next"]).failed(&["none is staged"]);

    let said = folder.succeeds(&["key", "stage", "signing"]);
    let new = certificate(&folder, &["signing", "--next"]);
    assert!(said.starts_with(&format!("signing: {} is next", new.fingerprint())), "{said}");
    folder.run(&["key", "stage", "signing"]).failed(&["one is staged already"]);
    server.wait_for("signing=\"current, next\"");
    assert_eq!(announced(&server, "signing"), written(&[&old, &new]));
    assert_eq!(certificate(&folder, &["signing"]), old, "requests are signed as before");

    folder.succeeds(&["key", "activate", "signing"]);
    server.wait_for("signing=\"current, retiring\"");
    assert_eq!(announced(&server, "signing"), written(&[&new, &old]));
    let listed = folder.succeeds(&["key", "list"]);
    let states: Vec<Vec<&str>> =
        listed.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
    let (new_key, old_key) = (new.fingerprint().to_string(), old.fingerprint().to_string());
    assert!(states.contains(&vec!["signing", "current", &new_key]), "{listed}");
    assert!(states.contains(&vec!["signing", "retiring", &old_key]), "{listed}");
    assert!(folder.succeeds(&["doctor"]).contains("signing key, retiring"));

    folder.run(&["key", "retire", "signing", &new_key]).failed(&["is in use"]);
    folder.run(&["key", "retire", "decryption", &old_key]).failed(&["no key has this certificate"]);
    folder.succeeds(&["key", "retire", "signing", &old_key]);
    server.wait_for("signing=\"current\"");
    assert_eq!(announced(&server, "signing"), written(&[&new]));
    // Another node, or this one after a restart, has the same keys.
    assert_eq!(announced(&folder.serve(), "signing"), written(&[&new]));
}

/// The address with a request that the server signs.
fn request(server: &Server) -> String {
    let answer = server.get("/sso/contoso-entra");
    let line = answer.lines().find(|line| line.to_lowercase().starts_with("location: ")).unwrap();
    line.split_once(": ").unwrap().1.to_owned()
}

/// Verified by the octets that were sent [saml-bindings 3.4.4.1].
fn is_signed_by(address: &str, certificate: &Certificate) -> bool {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    let (signed, rest) = address.split_once('?').unwrap().1.split_once("&Signature=").unwrap();
    let encoded = rest.split('&').next().unwrap();
    let signature =
        url::form_urlencoded::parse(format!("x={encoded}").as_bytes()).next().unwrap().1.into_owned();
    let signature = landfall_xmldsig::decode_base64(&signature).unwrap();
    // The PKCS#1 key at the end of the SubjectPublicKeyInfo of an RSA key of 3072 bits.
    let der = certificate.der();
    let at = der.windows(4).position(|window| window == [0x30, 0x82, 0x01, 0x8A]).unwrap();
    let key =
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.get(at..at + 4 + 0x18A).unwrap().to_vec());
    key.verify(signed.as_bytes(), &signature).is_ok()
}

#[test]
fn requests_are_signed_with_the_key_that_is_current() {
    let folder = Folder::with_contoso();
    let mut server = folder.serve();
    let old = certificate(&folder, &["signing"]);
    folder.succeeds(&["key", "stage", "signing"]);
    let new = certificate(&folder, &["signing", "--next"]);
    server.wait_for("signing=\"current, next\"");
    let sent = request(&server);
    assert!(is_signed_by(&sent, &old) && !is_signed_by(&sent, &new));
    folder.succeeds(&["key", "activate", "signing"]);
    server.wait_for("signing=\"current, retiring\"");
    let sent = request(&server);
    assert!(is_signed_by(&sent, &new) && !is_signed_by(&sent, &old));
}

/// What contoso says of B.Simon, its assertion encrypted for this certificate.
fn encrypted_for(certificate: &Certificate) -> String {
    let xml = says(|_| ());
    let (before, rest) = xml.split_once("<Assertion").unwrap();
    let (inside, after) = rest.split_once("</Assertion>").unwrap();
    let assertion = format!("<Assertion{inside}</Assertion>");
    let recipients = [certificate.clone()];
    let data =
        encrypt(&assertion, &recipients, ContentAlgorithm::Aes256Gcm, KeyTransport::RsaOaepSha1).unwrap();
    let namespace = "urn:oasis:names:tc:SAML:2.0:assertion";
    format!("{before}<EncryptedAssertion xmlns=\"{namespace}\">{data}</EncryptedAssertion>{after}")
}

#[test]
fn each_key_decrypts_until_it_is_retired_and_the_current_one_is_announced() {
    let folder = Folder::with_contoso();
    let mut server = folder.serve();
    let old = certificate(&folder, &["decryption"]);
    folder.judge(&encrypted_for(&old), &[]).good(&["\naccepted\n"]);

    folder.succeeds(&["key", "stage", "decryption"]);
    let new = certificate(&folder, &["decryption", "--next"]);
    server.wait_for("decryption=\"current, next\"");
    assert_eq!(
        announced(&server, "encryption"),
        written(&[&old]),
        "others learn of it once each node has it"
    );
    for certificate in [&old, &new] {
        folder.judge(&encrypted_for(certificate), &[]).good(&["\naccepted\n"]);
    }
    folder.succeeds(&["key", "activate", "decryption"]);
    server.wait_for("decryption=\"current, retiring\"");
    assert_eq!(announced(&server, "encryption"), written(&[&new]));
    assert_eq!(announced(&server, "signing"), written(&[&certificate(&folder, &["signing"])]));
    for certificate in [&old, &new] {
        folder.judge(&encrypted_for(certificate), &[]).good(&["\naccepted\n"]);
    }
    folder.succeeds(&["key", "retire", "decryption", &old.fingerprint().to_string()]);
    folder.judge(&encrypted_for(&old), &[]).bad(&["refused, encryption.failed: "]);
    folder.judge(&encrypted_for(&new), &[]).good(&["\naccepted\n"]);
}

/// The names of the keys that applications find, by the algorithm.
fn published(server: &Server, algorithm: &str) -> Vec<String> {
    let answer = server.get("/oidc/jwks");
    let keys: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let text = |key: &serde_json::Value, name: &str| key.get(name).unwrap().as_str().unwrap().to_owned();
    let keys = keys.get("keys").unwrap().as_array().unwrap();
    keys.iter().filter(|key| text(key, "alg") == algorithm).map(|key| text(key, "kid")).collect()
}

#[test]
fn a_key_for_identity_tokens_is_published_before_it_signs_and_until_it_is_retired() {
    for (purpose, algorithm, other) in
        [("id-token-rs256", "RS256", "ES256"), ("id-token-es256", "ES256", "RS256")]
    {
        let folder = Folder::with_contoso();
        let mut server = folder.serve();
        let states = |states: &str| format!("{}=\"{states}\"", purpose.replace('-', "_"));
        let (old, others) = (published(&server, algorithm), published(&server, other));
        assert_eq!((old.len(), others.len()), (1, 1), "{purpose}");
        let said = folder.succeeds(&["key", "stage", purpose]);
        assert!(said.contains("/oidc/jwks"), "{said}");
        server.wait_for(&states("current, next"));
        let both = published(&server, algorithm);
        assert!(both.len() == 2 && both[0] == old[0], "{both:?}");
        folder.succeeds(&["key", "activate", purpose]);
        server.wait_for(&states("current, retiring"));
        assert_eq!(published(&server, algorithm), [both[1].as_str(), &old[0]]);
        let retired = certificate_in(&folder, purpose, "retiring");
        folder.succeeds(&["key", "retire", purpose, &retired]);
        server.wait_for(&states("current"));
        assert_eq!(published(&server, algorithm), both[1..]);
        assert_eq!(published(&server, other), others, "{purpose}");
    }
}

/// The certificate of a key in this state, as the list has it.
fn certificate_in(folder: &Folder, purpose: &str, state: &str) -> String {
    let listed = folder.succeeds(&["key", "list"]);
    let row = listed.lines().find(|line| line.starts_with(purpose) && line.contains(state)).unwrap();
    row.split_whitespace().nth(2).unwrap().to_owned()
}

#[test]
fn under_a_wrong_master_key_nothing_is_staged() {
    let folder = Folder::with_contoso();
    drop(folder.serve());
    let before = folder.succeeds(&["key", "list"]);
    assert_eq!(before.lines().count(), 5, "{before}");
    let right = std::fs::read(folder.path("data/master.key")).unwrap();
    folder.write("data/master.key", [7; 32]);
    for purpose in ["signing", "decryption", "id-token-rs256", "id-token-es256"] {
        folder.run(&["key", "stage", purpose]).failed(&["another master key"]);
    }
    assert_eq!(folder.succeeds(&["key", "list"]), before);
    folder.write("data/master.key", right);
    folder.succeeds(&["key", "stage", "signing"]);
    assert_eq!(folder.succeeds(&["key", "list"]).lines().count(), 6);
}
