//! From the attributes of a login to a profile, and from the text of a mapping to its rules.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use landfall_claims::{AttributeSet, Mapping, Preset, entra};

/// Every kind of rule.
const OWN: &str = r#"
version = 1
[fields]
email = { sources = ["work", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"], transforms = ["lower"] }
display_name = { sources = [{ join = ["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"], with = " " }] }
[fields.username]
sources = [{ claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", when = [{ claim = "kind", arrived = false }] }]
transforms = [{ replace = '@contoso\.example$', with = "@example.com" }, "mail-prefix"]
[groups]
sources = ["http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"]
[groups.table]
"00000000-0000-4000-8000-000000000001" = "Engineering"
[roles]
sources = ["http://schemas.microsoft.com/ws/2008/06/identity/claims/role"]
table = { "App.Writer" = ["writer"] }
groups = { "00000000-0000-4000-8000-000000000002" = ["operator"] }
"#;

fn mapping(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mapping");
    let (few, many) = (person(10), person(150));
    let own: Mapping = OWN.parse().unwrap();
    let named: AttributeSet = ["firstName", "lastName", "email", "username"]
        .map(|name| (name, ["B.Simon@contoso.example"]))
        .into_iter()
        .collect();
    group.bench_function("preset-smartconnect", |bencher| {
        bencher.iter(|| Preset::EntraSmartconnect.map(black_box(&named)).unwrap());
    });
    for (name, set) in [("10-groups", &few), ("150-groups", &many)] {
        group.bench_function(format!("preset-default/{name}"), |bencher| {
            bencher.iter(|| Preset::EntraDefault.map(black_box(set)).unwrap());
        });
        group.bench_function(format!("own/{name}"), |bencher| {
            bencher.iter(|| own.map(black_box(set)).unwrap());
        });
    }
    group.bench_function("generic/10-groups", |bencher| {
        bencher.iter(|| Preset::Generic.map(black_box(&few)).unwrap());
    });
    group.bench_function("read", |bencher| bencher.iter(|| black_box(OWN).parse::<Mapping>().unwrap()));
    group.finish();
}

fn person(groups: usize) -> AttributeSet {
    let one = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    let groups = (0..groups).map(|number| format!("00000000-0000-4000-8000-{number:012}")).collect();
    let claims = [
        one(entra::TENANT_ID, "11111111-2222-4333-8444-555555555555"),
        one(entra::OBJECT_ID, "11111111-2222-4333-8444-666666666666"),
        one(entra::GIVEN_NAME, "B"),
        one(entra::SURNAME, "Simon"),
        one(entra::EMAIL_ADDRESS, "B.Simon@contoso.example"),
        one(entra::NAME, "B.Simon@contoso.example"),
        one(entra::DISPLAY_NAME, "B. Simon"),
        one(entra::ROLE, "App.Writer"),
        (entra::GROUPS.to_owned(), groups),
    ];
    claims.into_iter().collect()
}

criterion_group!(benches, mapping);
criterion_main!(benches);
