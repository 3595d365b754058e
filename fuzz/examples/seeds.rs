//! Writes the seeds that are made of messages: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.
//!
//! The others under `seeds/` are written by hand.

use std::fs;
use std::path::Path;

use landfall_benches::{Failure, Signed, federation_metadata, metadata, response, signing_key, unsigned};
use landfall_xmldsig::{Certificate, SignaturePlace, Signer, SigningKey};

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
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(file);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, xml)?;
    }
    Ok(())
}
