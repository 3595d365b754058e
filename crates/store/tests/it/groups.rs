//! Groups that a customer's directory pushes.

use landfall_accounts::{
    Activity, Criterion, EventKind, Group, GroupField, GroupPush, MemberChange, UserId, UserState,
    ports::{DeleteOutcome, DirectoryStore, GroupOutcome},
};

use time::OffsetDateTime;

use crate::support::{NOW, SECOND, World, directory, known, page, person, query};

fn named(name: &str) -> GroupPush {
    GroupPush { name: name.parse().unwrap(), external_id: None, rest: "".parse().unwrap() }
}

#[track_caller]
fn done(outcome: GroupOutcome) -> Group {
    match outcome {
        GroupOutcome::Done(group) => *group,
        other => panic!("expected a group, got {other:?}"),
    }
}

#[track_caller]
fn refused(outcome: &GroupOutcome) -> &'static str {
    match outcome {
        GroupOutcome::Refused(refusal) => refusal.code(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

impl World {
    async fn people(&self, names: &[&str]) -> Vec<UserId> {
        let mut people = Vec::new();
        for name in names {
            let push = person(name, &format!("{name}@contoso.example"));
            people.push(known(self.push(push).await).user.id);
        }
        // They are made in the same millisecond, so that none is older.
        people.sort();
        people
    }

    async fn group(&self, push: GroupPush, members: &[UserId]) -> GroupOutcome {
        self.group_at(push, members, NOW).await
    }

    async fn group_at(&self, push: GroupPush, members: &[UserId], at: OffsetDateTime) -> GroupOutcome {
        self.store.push_group(&self.asks(&self.contoso), push, members.to_vec(), at).await.unwrap()
    }

    async fn members(&self, group: &Group, changes: Vec<MemberChange>) -> GroupOutcome {
        let by = self.asks(&self.contoso);
        let edit = |group: &Group| Ok::<_, ()>((group.pushed.clone(), changes));
        self.store.edit_group(&by, &group.id, edit, NOW).await.unwrap().unwrap()
    }

    async fn in_group(&self, group: &Group) -> Vec<UserId> {
        let members = self.store.members(&directory(&self.contoso), &group.id, page(0, 1000)).await.unwrap();
        assert_eq!(members.total as usize, members.items.len());
        members.items
    }
}

#[tokio::test]
async fn members_come_and_go_and_the_steps_are_taken_in_order() {
    let world = World::new().await;
    let people = world.people(&["a", "b", "c"]).await;
    let [a, b, c] = people[..] else { panic!() };
    let ops = done(world.group(named("Ops"), &[a]).await);
    assert_eq!((world.in_group(&ops).await, ops.version), (vec![a], 1));
    let add = |users: &[UserId]| MemberChange::Add(users.to_vec());
    let remove = |users: &[UserId]| MemberChange::Remove(users.to_vec());
    let replace = |users: &[UserId]| MemberChange::Replace(users.to_vec());
    for (changes, expected, version) in [
        (vec![add(&[a, b])], vec![a, b], 2),
        (vec![add(&[a])], vec![a, b], 2),
        (vec![remove(&[c])], vec![a, b], 2),
        (vec![remove(&[a]), add(&[c])], vec![b, c], 3),
        (vec![replace(&[a])], vec![a], 4),
        (vec![replace(&[]), add(&[b, b])], vec![b], 5),
    ] {
        let group = done(world.members(&ops, changes).await);
        assert_eq!((world.in_group(&ops).await, group.version), (expected, version));
    }
    let second = world.store.members(&directory(&world.contoso), &ops.id, page(1, 1)).await.unwrap();
    assert_eq!((second.items, second.total), (vec![], 1));
}

#[tokio::test]
async fn a_group_is_renamed_read_again_and_deleted() {
    let world = World::new().await;
    let people = world.people(&["a"]).await;
    let contoso = directory(&world.contoso);
    let ops = done(world.group(named("Ops"), &people).await);
    let by = world.asks(&world.contoso);
    let push = GroupPush {
        external_id: Some("x".parse().unwrap()),
        rest: r#"{"k":1}"#.parse().unwrap(),
        ..named("Operations")
    };
    let renamed = world.store.edit_group(&by, &ops.id, |_| Ok::<_, ()>((push.clone(), vec![])), NOW).await;
    let renamed = done(renamed.unwrap().unwrap());
    assert_eq!((&renamed.pushed, renamed.version), (&push, 2));
    assert_eq!(world.store.find_group(&contoso, &ops.id).await.unwrap(), Some(renamed.clone()));
    assert_eq!(world.store.groups_of(&contoso, &people).await.unwrap(), [(people[0], vec![renamed])].into());
    assert_eq!(world.store.delete_group(&by, &ops.id, NOW).await.unwrap(), DeleteOutcome::Deleted);
    assert_eq!(world.store.delete_group(&by, &ops.id, NOW).await.unwrap(), DeleteOutcome::NotFound);
    assert_eq!(world.store.groups_of(&contoso, &people).await.unwrap(), [].into());
    assert_eq!(world.count(EventKind::GroupChanged).await, 3);
}

#[tokio::test]
async fn names_and_external_ids_are_unique_without_and_with_case() {
    let world = World::new().await;
    let called = |name: &str, id: &str| GroupPush { external_id: Some(id.parse().unwrap()), ..named(name) };
    let ops = done(world.group(called("Ops", "x"), &[]).await);
    assert_eq!(refused(&world.group(named("OPS"), &[]).await), "group.name_taken");
    assert_eq!(refused(&world.group(called("Dev", "x"), &[]).await), "group.external_id_taken");
    let dev = done(world.group(called("Dev", "X"), &[]).await);
    let by = world.asks(&world.contoso);
    let rename = |name: &str| {
        let push = named(name);
        move |_: &Group| Ok::<_, ()>((push, vec![]))
    };
    let taken = world.store.edit_group(&by, &dev.id, rename("ops"), NOW).await.unwrap().unwrap();
    assert_eq!(refused(&taken), "group.name_taken");
    done(world.store.edit_group(&by, &ops.id, rename("OPS"), NOW).await.unwrap().unwrap());
}

#[tokio::test]
async fn groups_are_listed_without_their_members_in_a_stable_order() {
    let world = World::new().await;
    let contoso = directory(&world.contoso);
    let people = world.people(&["a", "b"]).await;
    let mut groups = Vec::new();
    for n in 0..5 {
        groups.push(done(world.group(named(&format!("g{n}")), &people[..n % 2]).await).id);
    }
    groups.sort();
    let list = async |filter: Criterion<GroupField>, from, most| {
        let found = world.store.groups_page(&contoso, &query(filter, page(from, most))).await.unwrap();
        (found.items.iter().map(|group| group.id).collect::<Vec<_>>(), found.total)
    };
    assert_eq!(list(Criterion::everything(), 0, 3).await, (groups[..3].to_vec(), 5));
    assert_eq!(list(Criterion::everything(), 3, 3).await, (groups[3..].to_vec(), 5));
    let name = |name: &str| Criterion::equal(GroupField::Name, name);
    assert_eq!(list(name("G3"), 0, 9).await.1, 1);
    let of = |n: usize| Criterion::equal(GroupField::Member, people[n].as_uuid());
    assert_eq!(list(of(0), 0, 9).await.1, 2);
    let id = list(name("g1"), 0, 9).await.0[0].as_uuid();
    let probe = |n| Criterion::All(vec![Criterion::equal(GroupField::Id, id), of(n)]);
    assert_eq!(list(probe(0), 0, 9).await.1, 1);
    assert_eq!(list(probe(1), 0, 9).await.1, 0);
}

#[tokio::test]
async fn h1_members_are_people_of_the_same_directory() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let by = world.asks(&fabrikam);
    let eve = world.store.push_user(&by, person("eve", "eve@fabrikam.example"), NOW).await.unwrap();
    let (eve, own) = (known(eve).user.id, world.create("own@contoso.example").await.id);
    let people = world.people(&["a"]).await;
    for stranger in [eve, own] {
        assert_eq!(refused(&world.group(named("Ops"), &[people[0], stranger]).await), "group.no_member");
    }
    let ops = done(world.group(named("Ops"), &people).await);
    for change in [MemberChange::Add(vec![eve]), MemberChange::Replace(vec![eve])] {
        assert_eq!(refused(&world.members(&ops, vec![change]).await), "group.no_member");
    }
    assert_eq!(world.in_group(&ops).await, people);
}

#[tokio::test]
async fn memberships_outlive_inactivity_and_end_with_the_account() {
    let world = World::new().await;
    let people = world.people(&["a", "b"]).await;
    let ops = done(world.group(named("Ops"), &people).await);
    let gone = known(world.change(&people[0], |push| push.activity = Activity::Inactive).await);
    assert_eq!(gone.user.state, UserState::Suspended);
    assert_eq!(world.in_group(&ops).await, people);
    let by = world.asks(&world.contoso);
    assert_eq!(world.store.delete_user(&by, &people[0], NOW).await.unwrap(), DeleteOutcome::Deleted);
    assert_eq!(world.in_group(&ops).await, people[1..]);
    let seen = world.store.find_group(&by.directory, &ops.id).await.unwrap().unwrap();
    assert_eq!(seen.version, 2);
    world.store.set_user_state(&people[1], UserState::Deprovisioned, NOW).await.unwrap();
    assert_eq!(world.in_group(&ops).await, []);
}

#[tokio::test]
async fn a_disabled_connection_takes_no_groups() {
    let world = World::new().await;
    let ops = done(world.group(named("Ops"), &[]).await);
    let disabled = landfall_accounts::ConnectionState::Disabled;
    world.store.set_connection_state(&world.contoso.name, disabled, NOW).await.unwrap();
    assert_eq!(refused(&world.group(named("Dev"), &[]).await), "connection.disabled");
    assert_eq!(refused(&world.members(&ops, vec![]).await), "connection.disabled");
    let by = world.asks(&world.contoso);
    assert_eq!(world.store.delete_group(&by, &ops.id, NOW).await.unwrap(), DeleteOutcome::Disabled);
}

#[tokio::test]
async fn the_groups_of_many_are_each_ones_own_and_the_oldest_comes_first() {
    let world = World::new().await;
    let people = world.people(&["a", "b", "c"]).await;
    let first = done(world.group(named("first"), &people[..2]).await);
    let second = done(world.group_at(named("second"), &people[..1], NOW + SECOND).await);
    let groups = world.store.groups_of(&directory(&world.contoso), &people).await.unwrap();
    assert_eq!(groups, [(people[0], vec![first.clone(), second]), (people[1], vec![first])].into());
    assert!(world.store.groups_of(&directory(&world.contoso), &[]).await.unwrap().is_empty());
}
