//! What a message of the largest size costs at most before it is refused.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use landfall_benches::{hostile, refusal};
use landfall_xmldsig::encode_base64;

fn refuse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hostile");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    for (name, message) in hostile().unwrap() {
        let field = encode_base64(message.as_bytes());
        group.bench_with_input(BenchmarkId::from_parameter(name), &field, |bencher, field| {
            bencher.iter(|| refusal(black_box(field)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, refuse);
criterion_main!(benches);
