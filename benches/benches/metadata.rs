//! From the bytes of a metadata document to an identity provider.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use landfall_benches::{IDP, NOW, federation_metadata, metadata};
use landfall_saml::{EntityId, IdpMetadata};

fn read(criterion: &mut Criterion) {
    let entity = EntityId::try_from(IDP).unwrap();
    let mut group = criterion.benchmark_group("metadata");
    for (name, document) in
        [("1-entity", metadata().unwrap()), ("500-entities", federation_metadata(500).unwrap())]
    {
        group.throughput(Throughput::Bytes(document.len().try_into().unwrap()));
        group.bench_with_input(BenchmarkId::from_parameter(name), document.as_bytes(), |bencher, bytes| {
            bencher.iter(|| IdpMetadata::read(black_box(bytes), Some(&entity), NOW).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
