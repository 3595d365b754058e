//! Claims: sources, conditions, groups and roles.

use landfall_entra_twin::{App, AppRole, Claim, Group, Message, NameFormat, SigningOption, Tenant};
use uuid::Uuid;

use crate::browser::{Browser, SIMON};
use crate::double::{ask, twin_with};

const ADA: &str = "ada_fabrikam.example#EXT#@contoso.onmicrosoft.com";
const GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
const ROLE: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

/// Names and values of the claims about a person.
fn claims(person: &str, edit: impl FnOnce(&mut Tenant, &mut App)) -> Vec<(String, Vec<String>)> {
    let twin = twin_with(edit);
    let message = Message::honest(&twin, &ask(&twin, person, SigningOption::Assertion));
    message.assertion.attributes.into_iter().map(|it| (it.name, it.values)).collect()
}

fn values(person: &str, name: &str, edit: impl FnOnce(&mut Tenant, &mut App)) -> Vec<String> {
    let claims = claims(person, edit);
    assert!(claims.iter().filter(|(named, _)| named == name).count() < 2, "{name} is there twice");
    claims.into_iter().find(|(named, _)| named == name).map(|(_, values)| values).unwrap_or_default()
}

fn roles(values: &[&str]) -> Vec<AppRole> {
    let role = |value: &&str| AppRole {
        id: Uuid::nil(),
        value: (*value).to_owned(),
        display_name: format!("The {value}"),
    };
    values.iter().map(role).collect()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn group(number: u128, kind: &str, members: &[Uuid]) -> Group {
    let members: Vec<String> = members.iter().map(|member| format!("\"{member}\"")).collect();
    toml::from_str(&format!(
        "object_id = \"{}\"\ndisplay_name = \"Group {number}\"\nkind = \"{kind}\"\nmembers = [{}]",
        id(number),
        members.join(", ")
    ))
    .unwrap()
}

/// One claim, as it stands in `app.toml`, for a person.
fn claim(person: &str, toml: &str, edit: impl FnOnce(&mut Tenant)) -> Vec<String> {
    values(person, "c", |tenant, app| {
        app.claims = vec![toml::from_str::<Claim>(&format!("name = 'c'\n{toml}")).unwrap()];
        let simon = &mut tenant.users[0];
        simon.department = Some("Sales".to_owned());
        simon.attributes = toml::from_str("othermail = ['B@x.example', 'C@x.example']").unwrap();
        edit(tenant);
    })
}

#[test]
fn a_claim_has_the_values_of_its_source() {
    for (toml, expected) in [
        ("source = 'user.department'", vec!["Sales"]),
        ("source = 'user.othermail'", vec!["B@x.example", "C@x.example"]),
        ("source = 'user.othermail'\ntransform = [{ do = 'to-lowercase' }]", vec!["b@x.example"]),
        (
            "source = 'user.othermail'\nmultivalued = true\ntransform = [{ do = 'extract-mail-prefix' }, { do = 'to-lowercase' }]",
            vec!["b", "c"],
        ),
        ("source = 'user.city'", vec![]),
        ("source = 'user.city'\ntransform = [{ do = 'if-empty', output = 'constant:none' }]", vec!["none"]),
        ("source = 'user.city'\ntransform = [{ do = 'to-uppercase' }]", vec![]),
    ] {
        assert_eq!(claim(SIMON, toml, |_| {}), expected, "{toml}");
    }
}

#[test]
fn of_the_conditions_the_last_one_that_fits_counts() {
    let with = |conditions: &str| format!("source = 'constant:base'\n{conditions}");
    let condition = |rest: &str| format!("[[condition]]\n{rest}\n");
    let a = condition("source = 'constant:a'");
    let b = condition("source = 'constant:b'");
    let empty = condition("source = 'user.city'");
    let transformed = condition("source = 'constant:t'\ntransform = [{ do = 'to-uppercase' }]");
    for (conditions, expected) in [
        (String::new(), "base"),
        (a.clone(), "a"),
        (format!("{a}{b}"), "b"),
        (format!("{a}{empty}"), "a"),
        (empty, "base"),
        (format!("{transformed}{a}"), "T"),
    ] {
        assert_eq!(claim(SIMON, &with(&conditions), |_| {}), [expected], "{conditions}");
    }
}

#[test]
fn conditions_tell_accounts_and_groups_apart() {
    let of = |person: &str, kind: &str, provider: Option<&str>| {
        let toml = format!(
            "source = 'constant:other'\n[[condition]]\nuser_type = '{kind}'\nsource = 'constant:fits'"
        );
        let provider = provider.map(str::to_owned);
        claim(person, &toml, |tenant| {
            let user = tenant.users.iter_mut().find(|user| user.user_principal_name == person).unwrap();
            if provider.is_some() {
                user.identity_provider = provider;
            }
        }) == ["fits"]
    };
    let entra = Some("https://sts.windows.net/11111111-2222-4333-8444-555555555555/");
    for (kind, member, external, guest) in [
        ("any", true, true, true),
        ("members", true, false, false),
        ("all-guests", false, true, true),
        ("external-guests", false, true, false),
        ("entra-guests", false, false, true),
    ] {
        let found = (of(SIMON, kind, None), of(ADA, kind, None), of(ADA, kind, entra));
        assert_eq!(found, (member, external, guest), "{kind}");
    }
    for (member, expected) in [(true, "fits"), (false, "other")] {
        let toml = format!(
            "source = 'constant:other'\n[[condition]]\ngroups = [\"{}\"]\nsource = 'constant:fits'",
            id(7)
        );
        let found = claim(SIMON, &toml, |tenant| {
            let members = if member { vec![tenant.users[0].object_id] } else { vec![] };
            tenant.groups = vec![group(7, "security", &members)];
        });
        assert_eq!(found, [expected]);
    }
}

/// A tenant in which Simon is in group 1, and through it in group 2; group 3 is a distribution list, group 4 is not his.
fn grouped(tenant: &mut Tenant, app: &mut App, which: &str) {
    let simon = tenant.users[0].object_id;
    tenant.groups = vec![
        group(1, "security", &[simon]),
        group(2, "security", &[id(1)]),
        group(3, "distribution", &[simon]),
        group(4, "security", &[]),
    ];
    tenant.groups[0].assigned = true;
    tenant.groups[1].assigned = true;
    app.set("groups", which).unwrap();
}

#[test]
fn groups_are_told_as_the_setting_has_them() {
    let ids = |numbers: &[u128]| -> Vec<String> { numbers.iter().map(|it| id(*it).to_string()).collect() };
    for (which, expected) in
        [("none", ids(&[])), ("all", ids(&[1, 2, 3])), ("security", ids(&[1, 2])), ("application", ids(&[1]))]
    {
        assert_eq!(values(SIMON, GROUPS, |tenant, app| grouped(tenant, app, which)), expected, "{which}");
    }
    let named = |which| {
        values(SIMON, GROUPS, |tenant, app| {
            grouped(tenant, app, which);
            app.set("group-value", "display-name").unwrap();
        })
    };
    assert_eq!(named("application"), ["Group 1"]);
    assert_eq!(named("security"), ids(&[1, 2]));
    let renamed = values(SIMON, "urn:groups", |tenant, app| {
        grouped(tenant, app, "all");
        app.groups.name = Some("urn:groups".into());
    });
    assert_eq!(renamed.len(), 3);
}

#[test]
fn groups_of_a_windows_domain_have_its_names() {
    let with = |value: &str, filter: Option<&str>| {
        values(SIMON, GROUPS, |tenant, app| {
            grouped(tenant, app, "all");
            tenant.groups[1].on_premises = Some(
                toml::from_str(
                    "sam_account_name = 'sales'\nnetbios_domain = 'CONTOSO'\ndns_domain = 'contoso.example'\nsid = 'S-1-5-21-7'",
                )
                .unwrap(),
            );
            app.set("group-value", value).unwrap();
            app.groups.filter = filter.map(|filter| toml::from_str(filter).unwrap());
        })
    };
    for (value, expected) in [
        ("sam-account-name", "sales"),
        ("netbios-domain", "CONTOSO\\sales"),
        ("dns-domain", "contoso.example\\sales"),
        ("sid", "S-1-5-21-7"),
    ] {
        assert_eq!(with(value, None), [expected]);
    }
    for (filter, expected) in [
        ("by = 'display-name'\nat = 'prefix'\nvalue = 'Group'", vec![1, 2, 3]),
        ("by = 'display-name'\nat = 'prefix'\nvalue = 'group'", vec![]),
        ("by = 'display-name'\nat = 'suffix'\nvalue = ' 3'", vec![3]),
        ("by = 'display-name'\nat = 'suffix'\nvalue = 'roup'", vec![]),
        ("by = 'display-name'\nat = 'prefix'\nvalue = 'roup'", vec![]),
        ("by = 'display-name'\nat = 'contains'\nvalue = 'p 2'", vec![2]),
        ("by = 'sam-account-name'\nat = 'contains'\nvalue = 'ale'", vec![2]),
    ] {
        let expected: Vec<String> = expected.into_iter().map(|number| id(number).to_string()).collect();
        assert_eq!(with("id", Some(filter)), expected, "{filter}");
    }
}

#[test]
fn directory_roles_have_a_claim_of_their_own() {
    let wids = "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids";
    let with = |which: &str| {
        values(SIMON, wids, |tenant, app| {
            grouped(tenant, app, which);
            tenant.users[0].directory_roles = vec![id(62)];
            app.groups.as_roles = true;
        })
    };
    assert_eq!(with("directory-roles"), [id(62).to_string()]);
    assert!(with("all").is_empty());
}

#[test]
fn more_than_150_groups_are_a_link() {
    let with = |count: u128| {
        claims(SIMON, |tenant, app| {
            let simon = tenant.users[0].object_id;
            tenant.groups = (1..=count).map(|number| group(number, "security", &[simon])).collect();
            app.set("groups", "all").unwrap();
        })
    };
    let find = |claims: &[(String, Vec<String>)], name: &str| {
        claims.iter().find(|(named, _)| named == name).map(|(_, values)| values.clone())
    };
    let link = "http://schemas.microsoft.com/claims/groups.link";
    let few = with(150);
    assert_eq!((find(&few, GROUPS).unwrap().len(), find(&few, link)), (150, None));
    let many = with(151);
    insta::assert_debug_snapshot!("claims_with_a_link_to_the_groups", many);
    assert_eq!(find(&many, GROUPS), None);
    assert_eq!(
        find(&many, link).unwrap(),
        [
            "https://graph.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/users/0b7c2f4e-91d3-4a68-8e15-52a6c9d0f371/getMemberObjects"
        ]
    );
}

#[test]
fn roles_are_told_unless_groups_are_told_as_roles() {
    let with_roles = |tenant: &mut Tenant, app: &mut App| {
        grouped(tenant, app, "all");
        tenant.users[0].app_roles = roles(&["Admin", "Reader"]);
        tenant.groups[0].app_roles = roles(&["Writer", "Admin"]);
        tenant.groups[1].app_roles = roles(&["Nested"]);
    };
    assert_eq!(values(SIMON, ROLE, with_roles), ["Admin", "Reader", "Writer"]);
    let instead = values(SIMON, ROLE, |tenant, app| {
        with_roles(tenant, app);
        app.groups.as_roles = true;
    });
    assert_eq!(instead, [1, 2, 3].map(|number| id(number).to_string()));
    assert!(values("C.Lindqvist@contoso.example", ROLE, with_roles).is_empty());
}

/// Who is in an assigned group is assigned, and who is in a group of such a group is not.
#[tokio::test]
async fn direct_members_of_an_assigned_group_are_assigned() {
    for (assigned, admitted) in [(1, true), (2, false)] {
        let browser = Browser::with(|tenant, app| {
            grouped(tenant, app, "none");
            app.assigned.clear();
            for group in &mut tenant.groups {
                group.assigned = group.object_id == id(assigned);
            }
        });
        let browser = browser.signed_in(SIMON).await;
        let answer = browser.ask(|xml| xml).await;
        assert_eq!(answer.body.contains("SAMLResponse"), admitted);
        assert_eq!(answer.body.contains("AADSTS50105"), !admitted);
        assert_eq!(browser.open("/myapps").await.body.contains("/myapps/signin/"), admitted);
    }
}

/// All in one: more than one method, groups, roles, an attribute name format and claims of each kind.
#[test]
fn the_whole_of_it_on_the_wire() {
    let twin = twin_with(|tenant, app| {
        grouped(tenant, app, "security");
        let simon = &mut tenant.users[0];
        simon.app_roles = roles(&["Admin"]);
        simon.department = Some("R&D".to_owned());
        simon.authentication = vec!["password".parse().unwrap(), "multiple".parse().unwrap()];
        simon.attributes = toml::from_str("othermail = ['a@x.example', 'b@x.example']").unwrap();
        app.name_format = NameFormat::Uri;
        app.claims.push(toml::from_str("name = 'department'\nsource = 'user.department'").unwrap());
        app.claims.push(toml::from_str("name = 'mails'\nsource = 'user.othermail'").unwrap());
        app.claims.push(toml::from_str("name = 'city'\nsource = 'user.city'").unwrap());
    });
    let xml = twin.issue(&ask(&twin, SIMON, SigningOption::Assertion)).unwrap();
    let (_, rest) = xml.split_once("<AttributeStatement>").unwrap();
    let (statement, _) = rest.split_once("</AttributeStatement>").unwrap();
    insta::assert_snapshot!(statement.replace("><", ">\n<"));
}

/// What the README says is what the files take.
#[test]
fn the_example_of_the_readme_is_read() {
    #[derive(serde::Deserialize)]
    struct Files {
        claim: Vec<Claim>,
        group: Vec<Group>,
    }
    let (_, rest) = include_str!("../../README.md").split_once("```toml\n# app.toml\n").unwrap();
    let files: Files = toml::from_str(rest.split_once("```").unwrap().0).unwrap();
    let of = |person| {
        values(person, "login", |tenant, app| {
            app.claims = files.claim.clone();
            app.assigned.clear();
            tenant.groups = files.group.clone();
        })
    };
    assert_eq!((of(SIMON), of(ADA)), (vec!["b.simon".to_owned()], vec!["guest".to_owned()]));
    let twin = twin_with(|_, _| {});
    assert_eq!(files.group[0].members, [twin.tenant().find(SIMON).unwrap().object_id]);
}
