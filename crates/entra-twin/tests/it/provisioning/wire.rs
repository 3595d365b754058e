//! Each form of request, in both dialects, as it stands on the wire.

use landfall_entra_twin::AppRole;
use landfall_entra_twin::provisioning::test_connection;
use serde_json::json;
use uuid::Uuid;

use super::{CLARA, ESTELLE, SIMON, World};

/// Its name in snapshots, and a world in which it is spoken.
type Dialect = (&'static str, fn() -> World);

const DIALECTS: [Dialect; 2] = [("default", World::new), ("compliant", || World::new().compliant())];

fn role(number: u128, value: &str) -> AppRole {
    AppRole { id: Uuid::from_u128(number), value: value.into(), display_name: format!("{value}s") }
}

/// Everything that a directory may say of somebody.
fn fill(world: &mut World) {
    let user = world.user(SIMON);
    user.job_title = Some("Engineer".into());
    user.department = Some("R&D".into());
    user.employee_id = Some("7".into());
    user.app_roles = vec![role(1, "Admin")];
}

#[tokio::test]
async fn the_connectivity_test() {
    let world = World::new();
    let Ok(()) = test_connection(world.server.clone(), &world.url, &world.settings, Uuid::from_u128(9)).await
    else {
        panic!("the server answers")
    };
    insta::assert_snapshot!(world.server.sent(), @r#"GET /Users?filter=userName eq "00000000-0000-0000-0000-000000000009""#);
}

#[tokio::test]
async fn a_connectivity_test_fails_for_whatever_is_no_empty_list() {
    let found = json!({ "totalResults": 1, "Resources": [{ "id": "u1", "userName": SIMON }] }).to_string();
    for (status, body, said) in [
        (200, found.as_str(), "UnprocessableEntity: a query for somebody who does not exist found 1"),
        (200, "<html>", "UnprocessableEntity: a query was answered by something that is no JSON object"),
        (401, "", "Unauthorized: the target answered 401"),
        (404, "", "UnprocessableEntity: a query that finds nobody was answered 404"),
        (500, "", "InternalServerError: the target answered 500"),
    ] {
        let world = World::new();
        world.server.fail("GET /Users", 1, status, body);
        let nobody = Uuid::from_u128(9);
        let error = test_connection(world.server.clone(), &world.url, &world.settings, nobody).await;
        let error = error.unwrap_err();
        assert!(error.starts_with(said), "{error}");
    }
}

#[tokio::test]
async fn somebody_is_created() {
    let mut told = Vec::new();
    for (_, world) in DIALECTS {
        let mut world = world();
        fill(&mut world);
        world.assign(SIMON);
        told.push(world.wire().await);
    }
    assert_eq!(told[0], told[1], "a create is the same in both dialects");
    insta::assert_snapshot!("create_user", told[0]);
}

#[tokio::test]
async fn what_the_directory_does_not_know_is_not_sent() {
    let mut world = World::new();
    world.assign("F.Novak@contoso.example");
    insta::assert_snapshot!("create_sparse_user", world.wire().await);
}

#[tokio::test]
async fn somebody_is_changed() {
    for (name, world) in DIALECTS {
        let mut world = world();
        world.assign(SIMON);
        world.cycle().await;
        fill(&mut world);
        let user = world.user(SIMON);
        user.display_name = "Bea Simon".into();
        user.given_name = Some("Bea".into());
        user.mail = Some("bea@contoso.example".into());
        insta::assert_snapshot!(format!("update_user_{name}"), world.wire().await);
    }
}

#[tokio::test]
async fn a_mail_address_that_is_not_there_yet_is_added() {
    for (name, world) in DIALECTS {
        let mut world = world();
        world.assign("F.Novak@contoso.example");
        world.cycle().await;
        world.user("F.Novak@contoso.example").mail = Some("f@contoso.example".into());
        insta::assert_snapshot!(format!("add_mail_{name}"), world.wire().await);
    }
}

#[tokio::test]
async fn somebody_is_disabled_and_enabled() {
    for (name, world) in DIALECTS {
        let mut world = world();
        world.assign(SIMON);
        world.cycle().await;
        world.unassign(SIMON);
        let mut told = world.wire().await;
        world.assign(SIMON);
        told.push('\n');
        told.push_str(&world.wire().await);
        insta::assert_snapshot!(format!("disable_and_enable_{name}"), told);
    }
}

#[tokio::test]
async fn somebody_is_deleted() {
    let mut world = World::new();
    world.assign(SIMON);
    world.cycle().await;
    world.tenant.purge(SIMON).unwrap();
    insta::assert_snapshot!(world.wire().await, @"DELETE /Users/u1");
}

#[tokio::test]
async fn a_value_that_is_gone_is_cleared_where_that_is_wanted() {
    for nulls in ["skip", "empty", "null"] {
        let mut told = String::new();
        for (_, world) in DIALECTS {
            let mut world = world().with_settings(&format!("null_values = '{nulls}'"));
            fill(&mut world);
            // What was never there is not cleared, and what is cleared is not cleared again.
            world.user(SIMON).employee_id = None;
            world.assign(SIMON);
            world.cycle().await;
            let user = world.user(SIMON);
            (user.job_title, user.department, user.mail) = (None, None, None);
            told.push_str(&world.wire().await);
            world.user(SIMON).surname = Some("Simons".into());
            told.push('\n');
            told.push_str(&world.wire().await);
            told.push('\n');
        }
        insta::assert_snapshot!(format!("null_values_{nulls}"), told);
    }
}

#[tokio::test]
async fn a_manager_is_set_replaced_and_taken_away() {
    for (name, world) in DIALECTS {
        let mut world = world();
        for who in [SIMON, CLARA, ESTELLE] {
            world.assign(who);
        }
        world.cycle().await;
        let (clara, estelle) = (world.id(CLARA), world.id(ESTELLE));
        let mut told = String::new();
        for manager in [Some(clara), Some(estelle), None] {
            world.user(SIMON).manager = manager;
            told.push_str(&world.wire().await);
            told.push('\n');
        }
        insta::assert_snapshot!(format!("manager_{name}"), told);
    }
}

#[tokio::test]
async fn roles_go_in_each_way_that_a_mapping_has() {
    for (way, expression) in [
        ("single", r#"target = 'roles[primary eq "True"].value'"#),
        ("complex", "target = 'roles'"),
        ("assertive", "target = 'roles'"),
    ] {
        let function = match way {
            "single" => "SingleAppRoleAssignment",
            "complex" => "AppRoleAssignmentsComplex",
            _ => "AssertiveAppRoleAssignmentsComplex",
        };
        let settings = format!(
            "[[users.attribute]]\ntarget = 'userName'\nsource = 'userPrincipalName'\nmatch = 1\n\
             [[users.attribute]]\n{expression}\nexpression = '{function}([appRoleAssignments])'"
        );
        for (name, world) in DIALECTS {
            let mut world = world().with_settings(&settings);
            world.assign(SIMON);
            world.cycle().await;
            world.user(SIMON).app_roles = vec![role(1, "Admin")];
            let mut told = world.wire().await;
            world.user(SIMON).app_roles = vec![role(1, "Admin"), role(2, "Reader")];
            told.push('\n');
            told.push_str(&world.wire().await);
            insta::assert_snapshot!(format!("roles_{way}_{name}"), told);
        }
    }
}

#[tokio::test]
async fn a_group_is_created_filled_renamed_emptied_and_deleted() {
    for (name, world) in DIALECTS {
        let mut world = world();
        world.group("Ops", &[SIMON, CLARA]);
        let mut told = world.wire().await;
        world.tenant.groups[0].display_name = "Operations".into();
        told.push('\n');
        told.push_str(&world.wire().await);
        for who in [SIMON, CLARA] {
            // They stay assigned, so that nothing but the membership changes.
            world.assign(who);
        }
        world.cycle().await;
        world.tenant.groups[0].members.clear();
        told.push('\n');
        told.push_str(&world.wire().await);
        world.tenant.groups.clear();
        told.push('\n');
        told.push_str(&world.wire().await);
        insta::assert_snapshot!(format!("group_{name}"), told);
    }
}

#[tokio::test]
async fn references_of_what_was_there_before_are_asked_for_first() {
    for (name, world) in DIALECTS {
        let mut world = world();
        let simon = world.server.make("Users", json!({ "userName": SIMON, "manager": "u2" }));
        world.server.make("Users", json!({ "userName": CLARA }));
        world.server.make("Groups", json!({ "displayName": "Ops", "members": [{ "value": simon }] }));
        world.group("Ops", &[SIMON, CLARA]);
        let clara = world.id(CLARA);
        world.user(SIMON).manager = Some(clara);
        let told = world.wire().await;
        let references: Vec<_> = told.lines().skip_while(|line| !line.contains(" and ")).collect();
        insta::assert_snapshot!(format!("probes_{name}"), references.join("\n"));
    }
}
