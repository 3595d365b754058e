//! What we send.

use std::io::Read;

use flate2::read::DeflateDecoder;
use landfall_saml::{Begun, Binding, Endpoint, IdentityProvider, Outgoing, RelayState, RequestId};
use landfall_xmldsig::{
    AlgorithmPolicy, DecryptionKey, DecryptionKeys, Document, EncryptionPolicy, Limits, TrustedKeys,
    Verifier, decode_base64, encode_base64,
};
use url::Url;

use crate::{IDP, NOW, certificate, idp, key, sp};

fn begin(idp: &IdentityProvider, hint: Option<&str>) -> Begun {
    let relay_state = RelayState::try_from("r/+ =&?".replace(' ', "_").as_str()).unwrap();
    sp().begin(&key("other"), idp, RequestId::from_random([0x5A; 20]), relay_state, hint, NOW).unwrap()
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
    let begun =
        sp().begin(&key("other"), &idp, RequestId::from_random([1; 20]), "x".try_into().unwrap(), None, NOW);
    assert!(begun.unwrap_err().to_string().contains("import its current metadata"));
}

/// [saml-metadata 2.4.4]
#[test]
fn our_metadata() {
    insta::with_settings!({ filters => vec![("<ds:X509Certificate>[A-Za-z0-9+/=]{900,}<", "<ds:X509Certificate>[certificate]<")] }, {
        insta::assert_snapshot!(sp().metadata(&certificate("other")));
    });
}

/// With what is taken, the best first, and nothing that is not; the descriptors in the order of the schema [saml-metadata 2.4.1.1].
#[test]
fn our_metadata_announces_what_to_encrypt_for_and_how() {
    let key = DecryptionKey::from_pem(include_str!("../keys/signer.key.pem")).unwrap();
    let sp = sp().with_decryption(DecryptionKeys::new([key]).unwrap(), EncryptionPolicy::standard());
    assert!(!sp.metadata(&certificate("other")).contains("encryption"));
    let sp = sp.announcing(certificate("signer"));
    let metadata = sp.metadata(&certificate("other"));
    Document::parse(metadata.as_bytes(), &Limits::message()).unwrap();
    insta::with_settings!({ filters => vec![("<ds:X509Certificate>[A-Za-z0-9+/=]{900,}<", "<ds:X509Certificate>[certificate]<")] }, {
        insta::assert_snapshot!(metadata.replace("><md:", ">\n<md:"));
    });
    let (signing, encryption) = metadata.split_once("<md:KeyDescriptor use=\"encryption\">").unwrap();
    assert!(signing.contains(&encode_base64(certificate("other").der())));
    assert!(encryption.contains(&encode_base64(certificate("signer").der())));
}
