//! From the bytes of a message to the octets that a trusted key signed; and the limit: the arithmetic alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use landfall_benches::{Signed, certificate, response};
use landfall_xmldsig::{
    AlgorithmPolicy, Canonicalization, Document, Element, Limits, SignedXml, TrustedKeys, Verifier,
    XMLDSIG_NAMESPACE, canonicalize, decode_base64,
};

/// What a message is called, and how many groups it has.
const SIZES: [(&str, usize); 3] = [("6KB", 10), ("150-groups", 150), ("1000-groups", 1000)];

fn verify(criterion: &mut Criterion) {
    let keys = TrustedKeys::new([certificate().unwrap()]).unwrap();
    let mut group = criterion.benchmark_group("verify");
    for (name, groups) in SIZES {
        let message = response(groups, Signed::Assertion).unwrap();
        group.throughput(Throughput::Bytes(message.len().try_into().unwrap()));
        group.bench_with_input(BenchmarkId::new("landfall", name), message.as_bytes(), |bencher, bytes| {
            bencher.iter(|| signed(bytes, &keys));
        });
        let limit = Arithmetic::of(&message, &signed(message.as_bytes(), &keys));
        group.bench_with_input(BenchmarkId::new("limit", name), &limit, |bencher, limit| {
            bencher.iter(|| limit.run());
        });
    }
    group.finish();
}

fn signed(bytes: &[u8], keys: &TrustedKeys) -> SignedXml {
    let document = Document::parse(black_box(bytes), &Limits::message()).unwrap();
    Verifier::new(keys, AlgorithmPolicy::strict()).verify(assertion(&document)).unwrap()
}

fn assertion<'d>(document: &'d Document<'d>) -> Element<'d> {
    document.root().elements().find(|element| element.local_name() == "Assertion").unwrap()
}

/// What no verifier can do without: one RSA verification with a key that is parsed, one digest of the same octets.
struct Arithmetic {
    key: ParsedPublicKey,
    signed_info: Vec<u8>,
    value: Vec<u8>,
    octets: Vec<u8>,
}

impl Arithmetic {
    fn of(message: &str, signed: &SignedXml) -> Self {
        let pem = include_str!("../../crates/xmldsig/tests/keys/signer.key.pem");
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let pair = RsaKeyPair::from_pkcs8(&decode_base64(&body).unwrap()).unwrap();
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()).unwrap();
        let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
        let part = |name| {
            let mut elements = document.root().descendants();
            elements.find(|element| element.is(XMLDSIG_NAMESPACE, name)).unwrap()
        };
        Self {
            key,
            signed_info: canonicalize(part("SignedInfo"), None, &Canonicalization::default()).unwrap(),
            value: decode_base64(part("SignatureValue").text().unwrap()).unwrap(),
            octets: signed.octets().to_vec(),
        }
    }

    fn run(&self) {
        self.key.verify_sig(black_box(&self.signed_info), black_box(&self.value)).unwrap();
        black_box(digest(&SHA256, black_box(&self.octets)));
    }
}

criterion_group!(benches, verify);
criterion_main!(benches);
