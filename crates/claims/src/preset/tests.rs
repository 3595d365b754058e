use super::*;
use crate::{ClaimError, Groups, entra};

const SMARTCONNECT: &[(&str, &str)] = &[
    ("firstName", "B"),
    ("lastName", "Simon"),
    ("email", "B.Simon@contoso.example"),
    ("username", "B.Simon@Contoso.example"),
];
const DEFAULT: &[(&str, &str)] = &[
    (entra::GIVEN_NAME, "B"),
    (entra::SURNAME, "Simon"),
    (entra::EMAIL_ADDRESS, "bsimon@mail.example"),
    (entra::NAME, "B.Simon@contoso.example"),
    (entra::DISPLAY_NAME, "B. Simon"),
];

fn set(pairs: &[(&str, &str)]) -> AttributeSet {
    pairs.iter().map(|(name, value)| (*name, [*value])).collect()
}

fn without(pairs: &[(&str, &str)], name: &str) -> AttributeSet {
    pairs.iter().filter(|pair| pair.0 != name).map(|(name, value)| (*name, [*value])).collect()
}

fn with(pairs: &[(&str, &str)], name: &str, values: &[&str]) -> AttributeSet {
    let pairs = pairs.iter().map(|(name, value)| (*name, vec![*value]));
    pairs.chain([(name, values.to_vec())]).collect()
}

#[test]
fn smartconnect_gives_the_four_claims_verbatim() {
    let profile = Preset::EntraSmartconnect.map(&set(SMARTCONNECT)).unwrap();
    assert_eq!(profile.first_name(), Some("B"));
    assert_eq!(profile.last_name(), Some("Simon"));
    assert_eq!(profile.email(), Some("B.Simon@contoso.example"));
    assert_eq!(profile.username(), "B.Simon@Contoso.example");
    assert_eq!(profile.display_name(), None);
}

#[test]
fn smartconnect_takes_the_display_name_that_entra_always_sends() {
    let named = with(SMARTCONNECT, entra::DISPLAY_NAME, &["B. Simon"]);
    assert_eq!(Preset::EntraSmartconnect.map(&named).unwrap().display_name(), Some("B. Simon"));
}

#[test]
fn smartconnect_reads_namespaced_names_too() {
    let namespaced: AttributeSet = SMARTCONNECT
        .iter()
        .map(|(name, value)| (format!("https://contoso.example/claims/{name}"), [*value]))
        .collect();
    assert_eq!(
        Preset::EntraSmartconnect.map(&namespaced).unwrap(),
        Preset::EntraSmartconnect.map(&set(SMARTCONNECT)).unwrap()
    );
}

#[test]
fn default_gives_entras_own_claims() {
    let profile = Preset::EntraDefault.map(&set(DEFAULT)).unwrap();
    assert_eq!(profile.first_name(), Some("B"));
    assert_eq!(profile.last_name(), Some("Simon"));
    assert_eq!(profile.email(), Some("bsimon@mail.example"));
    assert_eq!(profile.username(), "B.Simon@contoso.example");
    assert_eq!(profile.display_name(), Some("B. Simon"));
    assert_eq!(profile.groups(), &Groups::Listed(vec![]));
    assert!(profile.roles().is_empty());
}

#[test]
fn default_keeps_all_groups_in_their_order() {
    let groups = with(DEFAULT, entra::GROUPS, &["g2", "g1", "g2"]);
    assert_eq!(
        Preset::EntraDefault.map(&groups).unwrap().groups(),
        &Groups::Listed(vec!["g2".into(), "g1".into(), "g2".into()])
    );
}

#[test]
fn g7_overage_is_not_no_groups() {
    let overage = with(DEFAULT, entra::GROUPS_LINK, &["https://graph.example/getMemberObjects"]);
    assert_eq!(Preset::EntraDefault.map(&overage).unwrap().groups(), &Groups::Incomplete);
}

#[test]
fn optional_claims_may_be_absent() {
    for name in ["firstName", "lastName"] {
        assert!(Preset::EntraSmartconnect.map(&without(SMARTCONNECT, name)).is_ok(), "{name}");
    }
    for name in [entra::GIVEN_NAME, entra::SURNAME, entra::EMAIL_ADDRESS, entra::DISPLAY_NAME] {
        assert!(Preset::EntraDefault.map(&without(DEFAULT, name)).is_ok(), "{name}");
    }
}

#[test]
fn required_claims_may_not() {
    for (preset, all, name) in [
        (Preset::EntraSmartconnect, SMARTCONNECT, "email"),
        (Preset::EntraSmartconnect, SMARTCONNECT, "username"),
        (Preset::EntraDefault, DEFAULT, entra::NAME),
    ] {
        let arrived = all.iter().map(|pair| pair.0.to_owned()).filter(|other| other != name).collect();
        assert_eq!(
            preset.map(&without(all, name)).unwrap_err(),
            MapError {
                rule: if name == "email" { "fields.email" } else { "fields.username" }.to_owned(),
                why: ClaimError::Missing { wanted: vec![name.to_owned()], arrived },
            },
            "{name}"
        );
    }
}

#[test]
fn an_empty_required_claim_is_missing() {
    let emptied: Vec<_> =
        SMARTCONNECT.iter().map(|(name, value)| (*name, if *name == "email" { "" } else { value })).collect();
    assert_eq!(Preset::EntraSmartconnect.map(&set(&emptied)).unwrap_err().code(), "claim.missing");
}

#[test]
fn two_values_for_one_field_are_refused() {
    let two = with(&SMARTCONNECT[2..], "lastName", &["a", "b"]);
    assert_eq!(
        Preset::EntraSmartconnect.map(&two).unwrap_err(),
        MapError {
            rule: "fields.last_name".into(),
            why: ClaimError::Several { claim: "lastName".into(), count: 2 }
        }
    );
    let one = with(&SMARTCONNECT[2..], "lastName", &["a"]);
    assert_eq!(Preset::EntraSmartconnect.map(&one).unwrap().last_name(), Some("a"));
}

#[test]
fn entras_presets_ask_for_entras_names() {
    let asked = |preset: Preset| {
        let preview = preset.mapping().preview(&set(&[]));
        preview.fields().iter().map(|field| (field.field, field.asked.clone())).collect::<Vec<_>>()
    };
    let one = |field: &'static str, claim: &str| (field, vec![claim.to_owned()]);
    assert_eq!(
        asked(Preset::EntraSmartconnect),
        [
            one("first_name", "firstName"),
            one("last_name", "lastName"),
            one("email", "email"),
            one("username", "username"),
            one("display_name", entra::DISPLAY_NAME),
        ]
    );
    assert_eq!(
        asked(Preset::EntraDefault),
        [
            one("first_name", entra::GIVEN_NAME),
            one("last_name", entra::SURNAME),
            one("email", entra::EMAIL_ADDRESS),
            one("username", entra::NAME),
            one("display_name", entra::DISPLAY_NAME),
            one("groups", entra::GROUPS),
        ]
    );
}

/// What each identity provider sends, as its own documents and recordings have it.
#[test]
fn each_identity_provider_is_understood_without_any_rule_of_ones_own() {
    for (preset, attributes, username, display_name, groups) in [
        (
            Preset::Okta,
            vec![("firstName", "B"), ("lastName", "Simon"), ("email", "b@x.example"), ("groups", "Everyone")],
            "b@x.example",
            "B Simon",
            vec!["Everyone"],
        ),
        (
            Preset::Google,
            vec![("first_name", "B"), ("last_name", "Simon"), ("email", "b@x.example"), ("name", "B. Simon")],
            "b@x.example",
            "B. Simon",
            vec![],
        ),
        (
            Preset::OneLogin,
            vec![
                ("User.FirstName", "B"),
                ("User.LastName", "Simon"),
                ("User.email", "b@x.example"),
                ("memberOf", "red;blue"),
            ],
            "b@x.example",
            "B Simon",
            vec!["red", "blue"],
        ),
        (
            Preset::Adfs,
            vec![
                ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "B"),
                ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "Simon"),
                ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "b@x.example"),
                ("http://schemas.xmlsoap.org/claims/CommonName", "Simon, B"),
                ("http://schemas.xmlsoap.org/claims/Group", "Domain Users"),
            ],
            "b@x.example",
            "Simon, B",
            vec!["Domain Users"],
        ),
        (
            Preset::Keycloak,
            vec![
                ("urn:oid:2.5.4.42", "B"),
                ("urn:oid:2.5.4.4", "Simon"),
                ("urn:oid:1.2.840.113549.1.9.1", "b@x.example"),
                ("username", "bsimon"),
                ("member", "/staff"),
                ("Role", "admin"),
            ],
            "bsimon",
            "B Simon",
            vec!["/staff"],
        ),
        (
            Preset::Generic,
            vec![
                ("givenName", "B"),
                ("sn", "Simon"),
                ("uid", "bsimon"),
                ("cn", "B. Simon"),
                ("memberOf", "x"),
            ],
            "bsimon",
            "B. Simon",
            vec!["x"],
        ),
    ] {
        let profile = preset.map(&set(&attributes)).unwrap();
        assert_eq!((profile.first_name(), profile.last_name()), (Some("B"), Some("Simon")), "{preset}");
        assert_eq!((profile.username(), profile.display_name()), (username, Some(display_name)), "{preset}");
        assert_eq!(
            profile.groups(),
            &Groups::Listed(groups.into_iter().map(str::to_owned).collect()),
            "{preset}"
        );
        assert!(profile.roles().is_empty(), "{preset}");
    }
}

#[test]
fn generic_takes_the_first_of_several_addresses() {
    let several = with(&[("uid", "ada")], "mail", &["ada@x.example", "a.lovelace@x.example"]);
    assert_eq!(Preset::Generic.map(&several).unwrap().email(), Some("ada@x.example"));
    assert_eq!(
        Preset::Okta.map(&with(&[("login", "ada")], "email", &["a", "b"])).unwrap_err().code(),
        "claim.several"
    );
}

/// An identity provider that says who is an administrator is not asked.
#[test]
fn h5_no_preset_gives_roles() {
    for preset in Preset::ALL {
        let mut attributes: Vec<(String, &str)> = Vec::new();
        for field in preset.mapping().preview(&set(&[])).fields() {
            attributes.extend(field.asked.iter().map(|claim| (claim.clone(), "ada")));
        }
        for claim in [entra::ROLE, "Role", "role", "roles", "standing", "administrator"] {
            attributes.push((claim.to_owned(), "administrator"));
        }
        let set: AttributeSet = attributes.into_iter().map(|(name, value)| (name, [value])).collect();
        assert!(preset.map(&set).unwrap().roles().is_empty(), "{preset}");
    }
}

#[test]
fn names_round_trip_and_others_are_refused() {
    for preset in Preset::ALL {
        assert_eq!(preset.to_string().parse(), Ok(preset));
    }
    let error = "Entra-Default".parse::<Preset>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no preset `Entra-Default`: write entra-smartconnect or entra-default or okta or google or onelogin or adfs or keycloak or generic"
    );
}

#[test]
fn a_profile_does_not_print() {
    let profile = Preset::EntraDefault.map(&set(DEFAULT)).unwrap();
    assert_eq!(format!("{profile:?}"), "Profile([redacted])");
}
