//! From the bytes of a metadata document to an identity provider.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "criterion's macros; a benchmark tells, and ends by panicking"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use landfall_benches::{IDP, NOW, aggregate, federation_metadata, metadata};
use landfall_saml::{AggregateReader, EntityId, IdpMetadata};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Entities of the aggregate that comes piece by piece.
const ENTITIES: usize = 10_000;
/// Most bytes on the heap while it is read.
const MOST: usize = 60 * 1024 * 1024;

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

/// One entity out of an aggregate of some 100 MB, of which one piece at a time is in memory.
fn stream() {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let mut reader = AggregateReader::new(Some(EntityId::try_from(IDP).unwrap()), NOW);
    let (mut bytes, mut time) = (0, Duration::ZERO);
    for piece in aggregate(ENTITIES).unwrap() {
        bytes += piece.len();
        let start = Instant::now();
        reader.push(piece.as_bytes()).unwrap();
        time += start.elapsed();
    }
    let metadata = reader.finish().unwrap();
    assert_eq!(metadata.entity_id().as_str(), IDP);
    let peak = HEAP.peak_usage() - before;
    #[expect(clippy::cast_precision_loss, reason = "it is far below 2^52")]
    let rate = bytes as f64 / 1e6 / time.as_secs_f64();
    println!(
        "aggregate {ENTITIES} entities, {bytes} bytes: {rate:.0} MB/s, at most {peak} bytes on the heap"
    );
    assert!(peak <= MOST, "more than {MOST} bytes");
}

criterion_group!(benches, read);

fn main() {
    benches();
    stream();
    Criterion::default().configure_from_args().final_summary();
}
