//! Mappings of connections: version by version, and what they make of people.

use landfall_accounts::{
    Access, EventKind, MappingChoice, MappingVersion, Standing, StoredMapping, TestedMapping,
    ports::{ConnectionDirectory, LoginStore},
};
use time::Duration;

use crate::support::{ADA, NOW, World, committed, signed_in};

const FIRST: &str = "version = 1\nfields.username.sources = [\"username\"]\n";
const SECOND: &str = "version = 1\nfields.username.sources = [\"username\", \"email\"]\n\
                      groups = { sources = [\"groups\"], incomplete = [\"link\"] }\n\
                      roles = { sources = [\"role\"], table = { W = [\"writer\"], A = [\"administrator\"] } }";

fn tested(text: &str) -> TestedMapping {
    TestedMapping::of(text.parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_mapping_is_kept_version_by_version() {
    let world = World::new().await;
    let (store, name) = (&world.store, &world.contoso.name);
    assert_eq!(store.mappings(name).await.unwrap(), []);
    let changes = world.count(EventKind::ConfigurationChanged).await;
    let first = store.apply_mapping(name, None, &tested(FIRST), NOW).await.unwrap();
    assert_eq!(first.settings.mapping, MappingChoice::Own(MappingVersion::FIRST));
    assert_eq!(store.connection(&first.id).await.unwrap().unwrap(), first);
    let later = NOW + Duration::minutes(1);
    let second =
        store.apply_mapping(name, Some(MappingVersion::FIRST), &tested(SECOND), later).await.unwrap();
    let two = MappingVersion::FIRST.next();
    assert_eq!(second.settings.mapping, MappingChoice::Own(two));
    assert_eq!(
        store.mappings(name).await.unwrap(),
        [
            StoredMapping { version: MappingVersion::FIRST, text: FIRST.to_owned(), applied_at: NOW },
            StoredMapping { version: two, text: SECOND.to_owned(), applied_at: later },
        ]
    );
    assert_eq!(store.mapping_text(&second, two).await.unwrap().as_deref(), Some(SECOND));
    assert_eq!(store.mapping_text(&second, two.next()).await.unwrap(), None);
    assert_eq!(world.count(EventKind::ConfigurationChanged).await, changes + 2);

    let preset = store.set_connection(name, &[("preset", "okta")], NOW).await.unwrap();
    assert_eq!(store.connection(&preset.id).await.unwrap().unwrap(), preset);
    let third = store.apply_mapping(name, None, &tested(FIRST), NOW).await.unwrap();
    assert_eq!(third.settings.mapping, MappingChoice::Own(two.next()), "no number is given twice");
}

/// Two operators at once: the second is told, and nothing of his is taken.
#[tokio::test]
async fn a_mapping_that_moved_is_not_overwritten() {
    let world = World::new().await;
    let (store, name) = (&world.store, &world.contoso.name);
    let (first, second) = (tested(FIRST), tested(SECOND));
    let both = tokio::join!(
        store.apply_mapping(name, None, &first, NOW),
        store.apply_mapping(name, None, &second, NOW)
    );
    let ((Ok(_), Err(error)) | (Err(error), Ok(_))) = both else { panic!("one wins: {both:?}") };
    assert_eq!(error.code(), "mapping.moved");
    assert!(error.to_string().contains("version 1") && error.to_string().contains("--base 1"), "{error}");
    let won = store.mappings(name).await.unwrap();
    assert_eq!(won.len(), 1);
    for base in [None, Some(MappingVersion::FIRST.next())] {
        let error = store.apply_mapping(name, base, &second, NOW).await.unwrap_err();
        assert_eq!(error.code(), "mapping.moved", "{error}");
    }
    assert_eq!(store.mappings(name).await.unwrap(), won);
}

#[tokio::test]
async fn h1_a_mapping_is_of_its_connection_and_no_other() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let contoso = world.store.apply_mapping(&world.contoso.name, None, &tested(FIRST), NOW).await.unwrap();
    let mut forged = contoso.clone();
    forged.tenant = fabrikam.tenant;
    for other in [&fabrikam, &forged] {
        assert_eq!(world.store.mapping_text(other, MappingVersion::FIRST).await.unwrap(), None);
    }
    assert_eq!(world.store.mappings(&fabrikam.name).await.unwrap(), []);
}

#[tokio::test]
async fn roles_and_groups_are_those_of_the_latest_login() {
    let world = World::new().await;
    let mapping = tested(SECOND);
    let login = async |claims: &[(&str, &[&str])]| {
        let mut record = world.record(&world.contoso, "ada", ADA);
        let all = claims.iter().copied().chain([("username", [ADA].as_slice())]);
        let set = all.map(|(name, values)| (name, values.iter().copied())).collect();
        record.arrival.profile = mapping.mapping().map(&set).unwrap();
        let user = signed_in(committed(world.store.commit(record, NOW).await.unwrap()));
        assert_eq!(world.store.user(&user.id).await.unwrap(), user);
        assert_eq!(user.standing, Standing::Person);
        user.access
    };
    let some = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let made = login(&[("role", &["W", "root", "A"]), ("groups", &["g2", "g1"])]).await;
    assert_eq!(made, Access::kept(some(&["administrator", "writer"]), Some(some(&["g1", "g2"]))));
    assert_eq!(world.count(EventKind::AccountChanged).await, 0);
    assert_eq!(login(&[("role", &["A", "W"]), ("groups", &["g1", "g2"])]).await, made);
    assert_eq!(world.count(EventKind::AccountChanged).await, 0, "the same in another order");
    assert_eq!(login(&[("role", &["W"]), ("link", &["x"])]).await, Access::kept(some(&["writer"]), None));
    assert_eq!(login(&[]).await, Access::none());
    assert_eq!(world.count(EventKind::AccountChanged).await, 2);
}
