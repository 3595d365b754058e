//! What decrypting costs, and whether its time tells one failure from another: figures for a reader, not a test.
//!
//! The assertion has about 6 KB; each failure is that of a message which a stranger can make from a genuine one.
//! `eight-keys` is what costs most: as many keys as are tried, each of them right, and a large content that is read each time.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use landfall_benches::{certificate, unsigned};
use landfall_xmldsig::{
    ContentAlgorithm, DecryptError, Decrypter, DecryptionKey, DecryptionKeys, Document, EncryptionPolicy,
    KeyTransport, Limits, decode_base64, encode_base64, encrypt,
};

fn decrypt(criterion: &mut Criterion) {
    let pem = include_str!("../../crates/xmldsig/tests/keys/signer.key.pem");
    let keys = DecryptionKeys::new([DecryptionKey::from_pem(pem).unwrap()]).unwrap();
    let mut group = criterion.benchmark_group("decrypt");
    // Short samples, and many: whatever else runs on the machine leaves some of them alone.
    group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(4));
    for (mode, content) in [("gcm", ContentAlgorithm::Aes256Gcm), ("cbc", ContentAlgorithm::Aes256Cbc)] {
        let genuine = encrypted(&assertion(), 1, content);
        for (name, message) in variants(content, &genuine) {
            let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
            let decrypted = || {
                let mut decrypter = Decrypter::new(&keys, EncryptionPolicy::standard());
                decrypter.decrypt(black_box(document.root()), &Limits::message())
            };
            let expected = if name == "genuine" { None } else { Some(DecryptError::Failed) };
            assert_eq!(decrypted().err(), expected, "{mode} {name}");
            group.sample_size(if name == "eight-keys" { 40 } else { 400 });
            group.bench_function(BenchmarkId::new(mode, name), |bencher| bencher.iter(decrypted));
        }
    }
    group.finish();
}

fn assertion() -> String {
    let message = unsigned(10);
    let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
    let mut elements = document.root().elements();
    let assertion = elements.find(|element| element.local_name() == "Assertion").unwrap();
    document.source().get(assertion.range()).unwrap().to_owned()
}

fn encrypted(xml: &str, recipients: usize, content: ContentAlgorithm) -> String {
    let recipients = vec![certificate().unwrap(); recipients];
    let data = encrypt(xml, &recipients, content, KeyTransport::RsaOaepSha1).unwrap();
    format!("<secret>{data}</secret>")
}

/// The genuine message, and what can be made of it.
fn variants(content: ContentAlgorithm, genuine: &str) -> Vec<(&'static str, String)> {
    let flip = |at: Option<&mut u8>| *at.unwrap() ^= 0x80;
    let key = |octets: &mut Vec<u8>| flip(octets.get_mut(100));
    let first = |octets: &mut Vec<u8>| flip(octets.first_mut());
    let last = |octets: &mut Vec<u8>| flip(octets.last_mut());
    let cut = |octets: &mut Vec<u8>| octets.truncate(octets.len() - 16);
    let mut all = vec![
        ("genuine", genuine.to_owned()),
        ("altered-key", changed(genuine, true, key)),
        ("cut-by-a-block", changed(genuine, false, cut)),
    ];
    if content.is_authenticated() {
        all.push(("altered-tag", changed(genuine, false, last)));
        all.push(("altered-vector", changed(genuine, false, first)));
    } else {
        // The octet before the last block alters the last octet of the padding, and garbles the block that it is in.
        let padding = |octets: &mut Vec<u8>| {
            let at = octets.len() - 17;
            flip(octets.get_mut(at));
        };
        let middle = |octets: &mut Vec<u8>| {
            let at = octets.len() / 2;
            flip(octets.get_mut(at));
        };
        all.push(("altered-padding", changed(genuine, false, padding)));
        all.push(("altered-start", changed(genuine, false, first)));
        all.push(("altered-middle", changed(genuine, false, middle)));
        let large = format!("<a>{}</a>", "<b c=\"d\"/>".repeat(12_000));
        all.push(("eight-keys", changed(&encrypted(&large, 8, content), false, cut)));
    }
    all
}

/// The octets of the first or last CipherValue, changed.
fn changed(message: &str, of_key: bool, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let open = "<xenc:CipherValue>";
    let start = if of_key { message.find(open) } else { message.rfind(open) }.unwrap() + open.len();
    let (before, rest) = message.split_at(start);
    let (value, after) = rest.split_once('<').unwrap();
    let mut octets = decode_base64(value).unwrap();
    change(&mut octets);
    format!("{before}{}<{after}", encode_base64(&octets))
}

criterion_group!(benches, decrypt);
criterion_main!(benches);
