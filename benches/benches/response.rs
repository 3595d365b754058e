//! From the form field that a browser posts to a login.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use landfall_benches::{NOW, Signed, identity_provider, pending, policy, response, service_provider};
use landfall_saml::RawMessage;
use landfall_xmldsig::encode_base64;

fn login(criterion: &mut Criterion) {
    let (sp, idp) = (service_provider().unwrap(), identity_provider().unwrap());
    let (pending, policy) = (pending().unwrap(), policy());
    let mut group = criterion.benchmark_group("response");
    for (name, groups) in [("6KB", 10), ("150-groups", 150), ("1000-groups", 1000)] {
        let field = encode_base64(response(groups, Signed::Assertion).unwrap().as_bytes());
        group.throughput(Throughput::Bytes(field.len().try_into().unwrap()));
        group.bench_with_input(BenchmarkId::from_parameter(name), &field, |bencher, field| {
            bencher.iter(|| {
                let message = RawMessage::from_post(black_box(field)).unwrap();
                let response = message.response().unwrap();
                sp.finish(&idp, Some(&pending), &response, &policy, NOW).0.unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, login);
criterion_main!(benches);
