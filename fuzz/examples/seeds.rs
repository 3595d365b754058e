//! Writes the seeds that are made of messages: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.
//!
//! The others under `seeds/` are written by hand.

use std::fs;
use std::path::Path;

use landfall_benches::{
    Failure, IDP, NAME_ID, NOW, Signed, certificate, federation_metadata, metadata, policy, response,
    service_provider, signing_key, unsigned,
};
use landfall_saml::{
    Binding, IdentityProvider, LogoutAnswer, LogoutEndpoint, NameId, Outgoing, RawLogout, RequestId,
    ServiceProvider, SessionIndex,
};
use landfall_xmldsig::{Certificate, SignaturePlace, Signer, SigningKey, TrustedKeys, decode_base64};

/// Our logout address, as `fuzz_targets/logout.rs` has it.
const SLO: &str = "https://sp.example.com/saml/slo";
/// Theirs.
const LOGIN: &str = "https://login.example.com/saml2";

fn main() -> Result<(), Failure> {
    let message = "<message ID=\"m1\"><to>B.Simon</to><a:b xmlns:a=\"urn:a\" a:c=\"1\"/></message>";
    let elliptic =
        |certificate, key| Ok::<_, Failure>(SigningKey::from_pem(key, Certificate::from_pem(certificate)?)?);
    let p256 = elliptic(
        include_str!("../../crates/xmldsig/tests/keys/p256.crt.pem"),
        include_str!("../../crates/xmldsig/tests/keys/p256.key.pem"),
    )?;
    let p384 = elliptic(
        include_str!("../../crates/xmldsig/tests/keys/p384.crt.pem"),
        include_str!("../../crates/xmldsig/tests/keys/p384.key.pem"),
    )?;
    let inner = signing_key()?.sign_element(
        &format!("<around ID=\"a1\"><x/>{message}</around>"),
        "m1",
        SignaturePlace::First,
    )?;
    let list = federation_metadata(2)?.replacen("<EntitiesDescriptor", "<EntitiesDescriptor ID=\"l1\"", 1);
    let one = metadata()?.replacen("<EntityDescriptor", "<EntityDescriptor ID=\"e1\"", 1);
    for (file, xml) in [
        ("verify/rsa.xml", signing_key()?.sign_element(message, "m1", SignaturePlace::Second)?),
        ("verify/p256.xml", p256.sign_element(message, "m1", SignaturePlace::First)?),
        ("verify/p384.xml", p384.sign_element(message, "m1", SignaturePlace::First)?),
        ("verify/both.xml", signing_key()?.sign_element(&inner, "a1", SignaturePlace::First)?),
        ("response/assertion.xml", response(2, Signed::Assertion)?),
        ("response/response.xml", response(2, Signed::Response)?),
        ("response/both.xml", response(2, Signed::Both)?),
        ("response/unsigned.xml", unsigned(2)),
        ("metadata/one.xml", metadata()?),
        ("metadata/three.xml", federation_metadata(3)?),
        ("metadata/signed.xml", signing_key()?.sign_element(&one, "e1", SignaturePlace::First)?),
        ("metadata/signed-list.xml", signing_key()?.sign_element(&list, "l1", SignaturePlace::First)?),
        ("metadata/nested.xml", nested()?),
        ("document/response.xml", response(0, Signed::Assertion)?),
        ("c14n/response.xml", response(0, Signed::Assertion)?),
        (
            "decrypt/cbc.xml",
            include_str!("../../crates/xmldsig/tests/data/encrypted/xmlsec1-aes256-cbc.xml").to_owned(),
        ),
        (
            "decrypt/gcm.xml",
            include_str!("../../crates/xmldsig/tests/data/encrypted/npm-aes128-gcm.xml").to_owned(),
        ),
        (
            "decrypt/beside.xml",
            include_str!("../../crates/xmldsig/tests/data/encrypted/santuario-sha512-beside.xml").to_owned(),
        ),
        ("diff/response.xml", response(0, Signed::Assertion)?),
        ("logout/request.query", asked(Binding::Redirect)?),
        ("logout/request.xml", asked(Binding::Post)?),
        ("logout/response.query", answered(Binding::Redirect)?),
        ("logout/response.xml", answered(Binding::Post)?),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(file);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, xml)?;
    }
    Ok(())
}

/// A party of logout by its other name: where it takes messages, and the key of all of them.
fn at(entity_id: &str, slo: &str, binding: Binding) -> Result<IdentityProvider, Failure> {
    let slo = LogoutEndpoint { binding, location: slo.try_into()?, response_location: None };
    let keys = TrustedKeys::new([certificate()?])?;
    Ok(IdentityProvider::new(entity_id.try_into()?, Vec::new(), keys).with_slo(vec![slo]))
}

fn party(entity_id: &str, slo: &str) -> Result<ServiceProvider, Failure> {
    Ok(ServiceProvider::new(entity_id.try_into()?, slo.try_into()?).with_slo(slo.try_into()?))
}

/// The query, or the XML, of what the identity provider asks of us.
fn asked(binding: Binding) -> Result<String, Failure> {
    let us = at(service_provider()?.entity_id().as_str(), SLO, binding)?;
    let (name_id, index) = (NameId::new(NAME_ID, None, None, None)?, SessionIndex::try_from("_s1")?);
    let (id, state) = (RequestId::from_random([1; 20]), "state".try_into()?);
    let begun =
        party(IDP, LOGIN)?.begin_logout(&signing_key()?, &us, id, state, (&name_id, Some(&index)), NOW)?;
    carried(begun.outgoing)
}

/// The same of what it answers to us.
fn answered(binding: Binding) -> Result<String, Failure> {
    let (ours, key) = (service_provider()?, signing_key()?);
    let (name_id, id) = (NameId::new(NAME_ID, None, None, None)?, RequestId::from_random([7; 20]));
    let theirs = at(IDP, LOGIN, Binding::Redirect)?;
    let begun = ours.begin_logout(&key, &theirs, id, "state".try_into()?, (&name_id, None), NOW)?;
    let (us, there) = (at(ours.entity_id().as_str(), SLO, binding)?, party(IDP, LOGIN)?);
    let raw = RawLogout::from_query(&carried(begun.outgoing)?)?;
    let request = there.accept_logout(&us, &raw.read()?, &policy(), NOW).0?;
    let id = RequestId::from_random([2; 20]);
    carried(there.answer_logout(&key, &us, &request, id, LogoutAnswer::Complete, NOW)?)
}

fn carried(outgoing: Outgoing) -> Result<String, Failure> {
    let message = match outgoing {
        Outgoing::Redirect { url } => return Ok(url.split_once('?').ok_or("no query")?.1.to_owned()),
        Outgoing::Post { saml_request, .. } => saml_request,
        Outgoing::PostResponse { saml_response, .. } => saml_response,
        _ => return Err("nothing carries it".into()),
    };
    Ok(String::from_utf8(decode_base64(&message)?)?)
}

/// Lists in lists, of which each says something, and what looks like one and is none.
fn nested() -> Result<String, Failure> {
    let inner = federation_metadata(1)?.replacen(
        '>',
        " validUntil=\"2031-01-01T00:00:00Z\" cacheDuration=\"P1DT6H\"><!-- <a> --><?b </c> ?>",
        1,
    );
    Ok(format!(
        "<m:EntitiesDescriptor xmlns:m=\"urn:oasis:names:tc:SAML:2.0:metadata\" cacheDuration=\"PT6H\"><m:Extensions>\
         <![CDATA[</m:EntitiesDescriptor>]]></m:Extensions>{inner}<m:EntitiesDescriptor Name='>'/>{}\
         <x:EntitiesDescriptor xmlns:x=\"urn:x\"/></m:EntitiesDescriptor>",
        metadata()?.replace("https://sts.windows.net/", "https://sts.example/")
    ))
}
