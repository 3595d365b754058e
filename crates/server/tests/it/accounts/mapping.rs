//! Mappings that connections have for themselves, from the message to the account and its page.

use landfall_accounts::{Access, MappingVersion, Standing, TestedMapping};
use landfall_entra_twin::{Attribute, Message};

use crate::world::{Answer, REYES, SIMON, World};

const GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
const ROLE: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
const LINK: &str = "http://schemas.microsoft.com/claims/groups.link";

const RULES: &str = r#"
version = 1
[fields]
username = { sources = ["username"], transforms = ["mail-prefix", "lower"] }
display_name = { sources = [{ join = ["firstName", "lastName"], with = " " }, "firstName"] }
email = { sources = ["email"], transforms = [{ replace = '@contoso\.example$', with = "@example.com" }] }
[groups]
sources = ["http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"]
incomplete = ["http://schemas.microsoft.com/claims/groups.link"]
[roles]
sources = ["http://schemas.microsoft.com/ws/2008/06/identity/claims/role"]
table = { "App.Writer" = ["writer"] }
groups = { "00000000-0000-4000-8000-000000000001" = ["operator"] }
"#;

fn tested(text: &str) -> TestedMapping {
    TestedMapping::of(text.parse().unwrap()).unwrap()
}

async fn apply(world: &World, base: Option<MappingVersion>, text: &str) {
    let (name, now) = (world.contoso.connection(), world.clock.now());
    world.store.apply_mapping(&name, base, &tested(text), now).await.unwrap();
}

fn says(message: &mut Message, name: &str, values: &[&str]) {
    message.assertion.attributes.retain(|attribute| attribute.name != name);
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    message.assertion.attributes.push(Attribute { name: name.to_owned(), values });
}

async fn arrives(world: &World, edit: impl FnOnce(&mut Message)) -> Answer {
    world.browser().arrive(world, &world.contoso, &world.contoso.person(SIMON), edit).await
}

fn access(roles: &[&str], groups: Option<&[&str]>) -> Access {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Access::kept(owned(roles), groups.map(owned))
}

#[tokio::test]
async fn logins_take_the_mapping_of_their_connection_from_the_next_one_on() {
    let world = World::new().await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(world.user(SIMON).await.email.as_deref(), Some(SIMON));
    apply(&world, None, RULES).await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let user = world.user(SIMON).await;
    assert_eq!(user.email.as_deref(), Some("B.Simon@example.com"));
    assert_eq!(user.display_name.as_deref(), Some("B Simon"));
    assert_eq!(user.user_name.as_str(), SIMON, "a mapping changes no login name");
    let next = RULES.replace("@example.com", "@example.org");
    apply(&world, Some(MappingVersion::FIRST), &next).await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(world.user(SIMON).await.email.as_deref(), Some("B.Simon@example.org"));
    world.set("preset", "entra-smartconnect").await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(world.user(SIMON).await.email.as_deref(), Some(SIMON));
}

#[tokio::test]
async fn roles_and_groups_stand_on_the_account_and_follow_each_login() {
    let world = World::new().await;
    apply(&world, None, RULES).await;
    let first = "00000000-0000-4000-8000-000000000001";
    let answer = arrives(&world, |message| {
        says(message, GROUPS, &["other", first]);
        says(message, ROLE, &["App.Writer", "App.Unknown"]);
    })
    .await;
    assert_eq!(answer.status, 303);
    assert_eq!(world.user(SIMON).await.access, access(&["operator", "writer"], Some(&[first, "other"])));

    // Cut off: not "no groups", and no roles of them.
    arrives(&world, |message| {
        says(message, LINK, &["https://graph.windows.net/T/users/O/getMemberObjects"]);
        says(message, ROLE, &["App.Writer"]);
    })
    .await;
    assert_eq!(world.user(SIMON).await.access, access(&["writer"], None));

    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(world.user(SIMON).await.access, Access::none(), "who has lost a role has lost it");
}

#[tokio::test]
async fn the_account_page_shows_roles_and_no_markup_of_theirs() {
    let world = World::new().await;
    let rules = RULES.replace("[\"writer\"]", "[\"<b>writer</b>\", \"reader\"]");
    apply(&world, None, &rules).await;
    let mut browser = world.browser();
    let person = world.contoso.person(SIMON);
    let answer =
        browser.arrive(&world, &world.contoso, &person, |message| says(message, ROLE, &["App.Writer"])).await;
    browser.follow(&answer).await;
    let page = browser.get("/account").await;
    assert!(
        page.page(200).contains("<dt>Roles</dt><dd>&#60;b&#62;writer&#60;/b&#62;, reader</dd>"),
        "{}",
        page.body
    );
}

/// The administrator of fabrikam makes himself administrator by every name that he can think of.
#[tokio::test]
async fn h5_nobody_is_made_an_administrator_by_what_he_says_of_himself() {
    let world = World::new().await;
    let lies = |message: &mut Message| {
        for name in [
            ROLE,
            GROUPS,
            "role",
            "roles",
            "Role",
            "groups",
            "memberOf",
            "standing",
            "administrator",
            "admin",
            "state",
            "tenant",
            "origin",
            "access",
        ] {
            says(message, name, &["administrator", "App.Writer", "writer", "operator", "true", "contoso"]);
        }
    };
    let reyes = world.fabrikam.person(REYES);
    for preset in ["entra-smartconnect", "entra-default", "generic"] {
        let (name, now) = (world.fabrikam.connection(), world.clock.now());
        world.store.set_connection(&name, &[("preset", preset)], now).await.unwrap();
        let answer = world.browser().arrive(&world, &world.fabrikam, &reyes, lies).await;
        assert_eq!(answer.status, 303, "{preset}");
        let [user] = &world.users(&world.fabrikam).await[..] else { panic!("one account") };
        assert_eq!((user.standing, user.access.roles.len()), (Standing::Person, 0), "{preset}");
    }
    // The table of contoso is contoso's, and a table of his own gives him what stands in it.
    apply(&world, None, RULES).await;
    world.browser().arrive(&world, &world.fabrikam, &reyes, lies).await;
    let [user] = &world.users(&world.fabrikam).await[..] else { panic!("one account") };
    assert_eq!(user.access.roles, Vec::<String>::new());
    let (name, now) = (world.fabrikam.connection(), world.clock.now());
    let own = tested(
        "version = 1\nfields.username.sources = [\"username\"]\n\
                      roles = { sources = [\"role\"], table = { administrator = [\"administrator\"] } }",
    );
    world.store.apply_mapping(&name, None, &own, now).await.unwrap();
    world.browser().arrive(&world, &world.fabrikam, &reyes, lies).await;
    let [user] = &world.users(&world.fabrikam).await[..] else { panic!("one account") };
    assert_eq!(
        (user.standing, &user.access.roles[..]),
        (Standing::Person, &["administrator".to_owned()][..])
    );
    assert!(world.users(&world.contoso).await.is_empty());
}

#[tokio::test]
async fn e14_values_that_nobody_could_read_are_refused_and_point_at_their_rule() {
    let world = World::new().await;
    let (megabyte, long) = ("a".repeat(200_000), "a".repeat(1_025));
    let many: Vec<String> = (0..2_500).map(|number| format!("g{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    apply(&world, None, RULES).await;
    for (name, values, code, rule) in [
        ("firstName", vec!["Simon\u{202e}nimda"], "claim.invisible", "fields.display_name"),
        ("firstName", vec!["a\u{85}b"], "claim.invisible", "fields.display_name"),
        ("lastName", vec![&megabyte], "claim.too_long", "fields.display_name.sources[0]"),
        ("username", vec![&long], "claim.too_long", "fields.username"),
        ("email", many.clone(), "claim.several", "fields.email"),
    ] {
        let answer = arrives(&world, |message| says(message, name, &values)).await;
        world.refused(&answer, 403, code);
        let events = world.events_of(&answer).await;
        let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
        let detail = event.detail.as_str();
        assert!(detail.contains(&format!("`{rule}`")), "{rule}: {detail}");
        assert!(!detail.contains("nimda") && !detail.contains("aaaa") && !answer.body.contains("nimda"));
    }
    assert!(world.users(&world.contoso).await.is_empty());
    let answer = arrives(&world, |message| says(message, GROUPS, &many)).await;
    assert_eq!(answer.status, 303);
    assert_eq!(world.user(SIMON).await.access, access(&[], None));
}

/// A version that a store has and nobody reads: nobody is signed in by another mapping in its stead.
#[tokio::test]
async fn a_mapping_that_cannot_be_read_signs_nobody_in() {
    let world = World::new().await;
    apply(&world, None, RULES).await;
    world.sql("UPDATE mappings SET text = 'version = 2'").await;
    let answer = arrives(&world, |_| ()).await;
    world.refused(&answer, 500, "stored");
    assert!(world.users(&world.contoso).await.is_empty());
    world.sql("DELETE FROM mappings").await;
    world.refused(&arrives(&world, |_| ()).await, 500, "stored");
}
