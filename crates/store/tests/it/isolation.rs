//! The administrator of a customer's own identity provider can sign anything, for his connection.

use landfall_accounts::{
    Activity, ConnectionState, Criterion, Directory, DirectoryRequest, EventKind, GroupPush,
    InvitationLifetime, Push, Redeemed, Refusal, UserState,
    ports::{
        DeleteOutcome, DirectoryStore, GroupOutcome, InvitationStore, LoginStore, PushOutcome, SessionStore,
    },
};

use crate::credentials;
use crate::support::{
    ADA, NOW, World, committed, directory, hash, known, new_user, page, person, pushed, query, refused,
    refused_push, signed_in, tenant, token, trace,
};

#[tokio::test]
async fn g4_a_hostile_customer_signs_in_nobody_of_another_tenant() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = world.sign_in("ada", ADA, 1).await.user;
    let expected = world.create("bob@contoso.example").await;
    for (subject, login_name) in [
        ("ada", ADA),
        ("mallory", ADA),
        ("mallory", "bob@contoso.example"),
        ("mallory", "new@contoso.example"),
        ("mallory", "new@fabrikam.example@contoso.example"),
    ] {
        let record = world.record(&fabrikam, subject, login_name);
        let outcome = committed(world.store.commit(record, NOW).await.unwrap());
        assert_eq!(refused(&outcome), Refusal::DomainOfOtherTenant, "{subject} {login_name}");
    }
    assert_eq!(world.store.identities_of(&ada.id).await.unwrap().len(), 1);
    assert_eq!(world.store.identities_of(&expected.id).await.unwrap(), []);
    assert!(world.store.users(&tenant("fabrikam")).await.unwrap().is_empty());
    assert_eq!(world.users().await.len(), 2);
    assert!(world.store.session_of_token(&token(1), NOW).await.unwrap().is_some());
}

#[tokio::test]
async fn g3_the_same_subject_is_another_person_at_another_customer() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = signed_in(world.login("same", ADA).await.1);
    let record = world.record(&fabrikam, "same", "eve@fabrikam.example");
    let eve = signed_in(committed(world.store.commit(record, NOW).await.unwrap()));
    assert_ne!(ada.id, eve.id);
    assert_eq!(eve.tenant, fabrikam.tenant);
    assert_eq!(world.users().await, [ada]);
}

#[tokio::test]
async fn what_one_customer_deleted_bars_nobody_of_another() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = signed_in(world.login("same", ADA).await.1);
    world.store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap();
    let record = world.record(&fabrikam, "same", "eve@fabrikam.example");
    signed_in(committed(world.store.commit(record, NOW).await.unwrap()));
}

#[tokio::test]
async fn an_account_of_another_tenant_with_the_same_name_is_never_linked() {
    let world = World::new().await;
    world.fabrikam().await;
    let foreign = world.store.create_user(&tenant("fabrikam"), new_user(ADA), NOW).await.unwrap();
    let ada = signed_in(world.login("ada", ADA).await.1);
    assert_ne!(ada.id, foreign.id);
    assert_eq!(world.store.identities_of(&foreign.id).await.unwrap(), []);
    assert_eq!(world.count(EventKind::AccountLinked).await, 0);
}

#[tokio::test]
async fn an_invitation_of_one_customer_touches_nobody_of_another() {
    let world = World::new().await;
    world.fabrikam().await;
    let (name, lasting) = (ADA.parse().unwrap(), InvitationLifetime::default());
    let (ours, theirs) = (hash("link", 1), hash("link", 2));
    let invited = world.store.invite(&tenant("contoso"), &name, &ours, lasting, NOW).await.unwrap();
    let foreign = world.store.invite(&tenant("fabrikam"), &name, &theirs, lasting, NOW).await.unwrap();
    assert_eq!(world.store.invitation_refusal(&ours, NOW).await.unwrap(), None, "theirs did not replace it");
    let Redeemed::Activated(user) = world.store.redeem(&theirs, &trace(1), NOW).await.unwrap() else {
        panic!("the link was not redeemed")
    };
    assert_eq!(user.id, foreign.user.id);
    assert_eq!(world.store.user(&invited.user.id).await.unwrap(), invited.user);
    world.store.withdraw_invitation(&tenant("fabrikam"), &name, NOW).await.unwrap_err();
    assert_eq!(world.store.invitation_refusal(&ours, NOW).await.unwrap(), None);
}

#[tokio::test]
async fn a_login_under_the_name_of_another_tenant_is_a_fault() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let mut record = world.record(&fabrikam, "mallory", ADA);
    record.tenant = world.contoso.tenant;
    assert_eq!(world.store.commit(record, NOW).await.unwrap_err().code(), "store.unavailable");
    assert!(world.users().await.is_empty());
}

#[tokio::test]
async fn the_database_itself_refuses_rows_that_join_two_tenants() {
    use sea_orm::ConnectionTrait;
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = signed_in(world.login("ada", ADA).await.1);
    let id = |id: uuid::Uuid| match world.database.is_postgres() {
        true => format!("'{id}'"),
        false => format!("x'{}'", id.simple()),
    };
    let link = |connection: &landfall_accounts::Connection, subject: &str| {
        let (tenant, connection) = (id(connection.tenant.as_uuid()), id(connection.id.as_uuid()));
        let user = id(ada.id.as_uuid());
        format!(
            "INSERT INTO identity_links VALUES ({tenant}, {connection}, '{subject}', {user}, 0, 'first-link')"
        )
    };
    let database = world.database.connect().await;
    database.execute_unprepared(&link(&fabrikam, "mallory")).await.unwrap_err();
    database.execute_unprepared(&link(&world.contoso, "mallory")).await.unwrap();
}

#[tokio::test]
async fn h1_a_directory_finds_changes_and_deletes_nothing_of_another() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = known(world.push(person("ada", ADA)).await);
    let push = GroupPush { name: "Ops".parse().unwrap(), external_id: None, rest: "".parse().unwrap() };
    let by = world.asks(&world.contoso);
    let made = world.store.push_group(&by, push.clone(), vec![ada.user.id], NOW).await.unwrap();
    let GroupOutcome::Done(ops) = made else { panic!("{made:?}") };
    let contoso = directory(&world.contoso);
    // The tenant of one and the connection of the other is nobody's directory either.
    let mixed = [
        (fabrikam.tenant, fabrikam.id),
        (world.contoso.tenant, fabrikam.id),
        (fabrikam.tenant, world.contoso.id),
    ];
    for (tenant, connection) in mixed {
        let foreign = Directory { tenant, connection };
        let by = DirectoryRequest { directory: foreign, trace: world.asks(&fabrikam).trace };
        assert_eq!(world.store.find_user(&foreign, &ada.user.id).await.unwrap(), None);
        let all =
            world.store.users_page(&foreign, &query(Criterion::everything(), page(0, 9))).await.unwrap();
        assert_eq!((all.items, all.total), (vec![], 0));
        let edit = |known: &_| Ok::<_, ()>(Push { activity: Activity::Inactive, ..pushed(known) });
        let changed = world.store.edit_user(&by, &ada.user.id, edit, NOW).await.unwrap().unwrap();
        assert_eq!(changed, PushOutcome::NotFound);
        assert_eq!(world.store.find_group(&foreign, &ops.id).await.unwrap(), None);
        let groups =
            world.store.groups_page(&foreign, &query(Criterion::everything(), page(0, 9))).await.unwrap();
        assert_eq!(groups.total, 0);
        assert_eq!(world.store.members(&foreign, &ops.id, page(0, 9)).await.unwrap().total, 0);
        assert_eq!(world.store.groups_of(&foreign, &[ada.user.id]).await.unwrap(), [].into());
        let edit = |_: &_| Ok::<_, ()>((push.clone(), vec![]));
        let changed = world.store.edit_group(&by, &ops.id, edit, NOW).await.unwrap().unwrap();
        assert_eq!(changed, GroupOutcome::NotFound);
    }
    let by = world.asks(&fabrikam);
    assert_eq!(world.store.delete_user(&by, &ada.user.id, NOW).await.unwrap(), DeleteOutcome::NotFound);
    assert_eq!(world.store.delete_group(&by, &ops.id, NOW).await.unwrap(), DeleteOutcome::NotFound);
    assert_eq!(world.store.find_user(&contoso, &ada.user.id).await.unwrap(), Some(ada));
    assert_eq!(world.store.find_group(&contoso, &ops.id).await.unwrap(), Some(*ops));
}

#[tokio::test]
async fn g3_h7_a_hostile_directory_pushes_nobody_of_another_tenant() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = known(world.push(person("ada", ADA)).await);
    let push = async |push: Push| world.store.push_user(&world.asks(&fabrikam), push, NOW).await.unwrap();
    assert_eq!(refused_push(&push(person("ada", ADA)).await), "domain.other_tenant");
    let same = Push { email: Some(ADA.to_owned()), ..person("ada", "eve@fabrikam.example") };
    let eve = known(push(same).await);
    assert_ne!(eve.user.id, ada.user.id);
    assert_eq!(eve.user.tenant, fabrikam.tenant);
    assert_eq!(signed_in(world.login("ada", ADA).await.1).id, ada.user.id);
    let gone = world.store.delete_user(&world.asks(&fabrikam), &eve.user.id, NOW).await.unwrap();
    assert_eq!(gone, DeleteOutcome::Deleted);
    signed_in(world.login("ada", ADA).await.1);
}

#[tokio::test]
async fn a_hostile_customer_proposes_merges_of_his_own_tenant_alone() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let ada = world.create(ADA).await;
    let foreign =
        world.store.create_user(&tenant("fabrikam"), new_user("eve@fabrikam.example"), NOW).await.unwrap();
    let push = person("mallory", "eve@fabrikam.example");
    let refused_there = world.store.push_user(&world.asks(&fabrikam), push, NOW).await.unwrap();
    assert_eq!(refused_push(&refused_there), "collision.not_by_directory");
    for name in [ADA, "eve@fabrikam.example@contoso.example"] {
        let record = world.record(&fabrikam, "mallory", name);
        let outcome = committed(world.store.commit(record, NOW).await.unwrap());
        assert_eq!(refused(&outcome), Refusal::DomainOfOtherTenant);
    }
    let all = world.store.merges(None).await.unwrap().proposals;
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].tenant, all[0].connection, all[0].user), (fabrikam.tenant, fabrikam.id, foreign.id));
    assert_eq!(world.store.merges(Some(&tenant("contoso"))).await.unwrap().proposals, []);
    world.store.accept_merge(&all[0].id, NOW).await.unwrap();
    assert_eq!(world.store.identities_of(&ada.id).await.unwrap(), []);
}

/// [attack H1]
#[tokio::test]
async fn h1_a_token_of_one_customer_never_speaks_for_another() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.token(1).await;
    world.store.create_scim_token(&fabrikam.name, credentials::new(2), NOW).await.unwrap();
    for (n, connection) in [(1, &world.contoso), (2, &fabrikam)] {
        let access = world.shown(n, NOW).await.unwrap();
        assert_eq!(
            (access.directory.tenant, access.directory.connection),
            (connection.tenant, connection.id)
        );
    }
    world.store.set_connection_state(&fabrikam.name, ConnectionState::Disabled, NOW).await.unwrap();
    assert!(world.shown(1, NOW).await.is_some() && world.shown(2, NOW).await.is_none());
    let listed = world.store.scim_credentials(Some(fabrikam.id)).await.unwrap();
    assert!(listed.len() == 1 && listed[0].tenant == fabrikam.tenant);
}

/// [attack H1]
#[tokio::test]
async fn h1_the_database_refuses_a_token_that_joins_two_tenants() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.token(1).await;
    let database = world.database.connect().await;
    let id = |id: uuid::Uuid| match world.database.is_postgres() {
        true => format!("'{id}'"),
        false => format!("x'{}'", id.simple()),
    };
    let bound = |connection: &landfall_accounts::Connection| {
        format!("UPDATE scim_credentials SET connection_id = {}", id(connection.id.as_uuid()))
    };
    sea_orm::ConnectionTrait::execute_unprepared(&database, &bound(&fabrikam)).await.unwrap_err();
    sea_orm::ConnectionTrait::execute_unprepared(&database, &bound(&world.contoso)).await.unwrap();
}
