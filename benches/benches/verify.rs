//! From the bytes of a message to the octets that a trusted key signed; and the limit: the arithmetic alone.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use landfall_benches::{Arithmetic, Signed, certificate, response};
use landfall_xmldsig::{AlgorithmPolicy, Document, Element, Limits, SignedXml, TrustedKeys, Verifier};

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
        let limit = Arithmetic::of(&message, &signed(message.as_bytes(), &keys)).unwrap();
        group.bench_with_input(BenchmarkId::new("limit", name), &limit, |bencher, limit| {
            bencher.iter(|| limit.run().unwrap());
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

criterion_group!(benches, verify);
criterion_main!(benches);
