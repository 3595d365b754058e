//! What a hostile administrator of an identity provider sends.

use proptest::prelude::*;

use super::*;

#[test]
fn h5_only_roles_of_the_table_come_out() {
    let lies: &[&str] = &["administrator", "operator", "writer", "app.writer", "App.Writer ", " App.Writer"];
    let profile = mapping(ACCESS)
        .map(&set(&[("role", lies), ("roles", lies), ("groups", &["administrator", "operator", "G2"])]))
        .unwrap();
    assert!(profile.roles().is_empty(), "{:?}", profile.roles());
    assert_eq!(profile.groups(), &Groups::Listed(vec![]));
}

#[test]
fn g7_what_is_cut_off_is_not_no_groups() {
    let many: Vec<String> = (0..=limits::GROUPS).map(|number| format!("g{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "g".repeat(limits::FIELD + 1);
    for attributes in [
        vec![("groups.link", vec!["https://graph.example/x"])],
        vec![("groups.link", vec![])],
        vec![("groups.link", vec![""]), ("groups", vec!["g2"])],
        vec![("groups", many.clone())],
        vec![("groups", vec!["g2", &long])],
        vec![("groups", vec!["g2", "g\u{202e}1"])],
        vec![("groups", vec!["g"; limits::VALUES + 1])],
    ] {
        let mut attributes: Vec<(&str, Vec<&str>)> = attributes;
        attributes.extend([("uid", vec!["ada"]), ("role", vec!["App.Reader"])]);
        let set: AttributeSet = attributes.into_iter().collect();
        let profile = mapping(ACCESS).map(&set).unwrap();
        assert_eq!(profile.groups(), &Groups::Incomplete);
        assert_eq!(profile.roles(), ["reader"], "of the values alone, none of the groups");
    }
    let all = mapping(ACCESS).map(&set(&[("groups", &many[1..])])).unwrap();
    assert_eq!(all.groups(), &Groups::Listed(vec!["Engineering".into(), "Operations".into()]));
}

/// [attack E14], [attack E15]: what people would see otherwise than it is.
#[test]
fn e14_names_that_are_not_what_they_look_like_are_refused() {
    for value in [
        "a\0",
        "a\nb",
        "a\tb",
        "\u{202e}nimda",
        "a\u{2066}",
        "a\u{200b}b",
        "\u{feff}a",
        "a\u{85}b",
        "a\u{e0041}",
    ] {
        refused(r#"sources = ["a"]"#, &[value], "fields.display_name", "claim.invisible");
    }
    for value in
        ["Ada", "Ünï Ö'Çé", "עדה", "\u{200f}עדה", "می\u{200c}خواهم", "李", "A\u{301}da", "👩\u{200d}🔬"]
    {
        gives(r#"sources = ["a"]"#, &[value], value);
    }
    gives(r#"sources = ["a"], transforms = [{ replace = '\p{Cc}', with = " " }]"#, &["a\tb"], "a b");
    let error = display(r#"sources = ["a"]"#, &["Ada\u{202e}"]).unwrap_err().to_string();
    assert!(error.contains("U+202E") && !error.contains("Ada"), "{error}");
}

#[test]
fn d_values_without_measure_are_refused_at_their_rule() {
    let a = |count| "a".repeat(count);
    let (megabyte, sixty) = (a(1 << 20), a(60_000));
    refused(r#"sources = ["a"]"#, &[&megabyte], "fields.display_name.sources[0]", "claim.too_long");
    refused(r#"sources = ["a"]"#, &[&a(1025)], "fields.display_name", "claim.too_long");
    gives(r#"sources = ["a"]"#, &[&a(1024)], &a(1024));
    gives(r#"sources = ["b"]"#, &[&megabyte], "bee");
    let many = vec!["a"; 10_001];
    refused(
        r#"sources = ["a"], several = "first""#,
        &many,
        "fields.display_name.sources[0]",
        "claim.too_many",
    );
    gives(r#"sources = ["a"], several = "first""#, &many[1..], "a");
    let long = vec![sixty.as_str(); 18];
    refused(
        r#"sources = ["a"], several = "first""#,
        &long,
        "fields.display_name.sources[0]",
        "claim.too_many",
    );
    refused(
        r#"sources = ["a"], transforms = [{ split = "," }]"#,
        &[&",a".repeat(10_001)],
        "fields.display_name.transforms[0]",
        "claim.too_many",
    );
    refused(
        r#"sources = ["a"], transforms = [{ extract = 'a' }]"#,
        &[&a(1025)],
        "fields.display_name.transforms[0]",
        "claim.too_long",
    );
    refused(
        r#"sources = [{ claim = "b", when = [{ claim = "a", matches = 'b' }] }]"#,
        &[&a(1025)],
        "fields.display_name.sources[0].when[0]",
        "claim.too_long",
    );
}

/// To find every match may take the square of a value: what all of them may have together is bounded.
#[test]
fn what_a_pattern_sees_of_all_values_is_bounded() {
    let value = "a".repeat(limits::MATCHED);
    let values = vec![value.as_str(); limits::MATCHED_TOGETHER / limits::MATCHED];
    let slow =
        r#"sources = ["a"], several = "first", transforms = [{ replace = '(a+)+$|.*[^a]', with = "x" }]"#;
    gives(slow, &values, "x");
    let more = vec![value.as_str(); limits::MATCHED_TOGETHER / limits::MATCHED + 1];
    refused(slow, &more, "fields.display_name.transforms[0]", "claim.too_many");
}

proptest! {
    #[test]
    fn whatever_arrives_a_preview_and_a_login_agree(
        attributes in prop::collection::vec(
            (prop::sample::select(vec!["mail", "groups", "role", "sn", "uid", "groups.link"]), prop::collection::vec(".{0,12}", 0..4)),
            0..6,
        ),
    ) {
        let mapping = mapping(&format!("fields.email = {{ sources = [\"mail\", \"uid\"], transforms = [\"mail-prefix\", {{ split = \" \" }}], several = \"first\" }}{ACCESS}"));
        let attributes: AttributeSet = attributes.into_iter().collect();
        let (mapped, preview) = (mapping.map(&attributes), mapping.preview(&attributes));
        prop_assert_eq!(preview.profile().err(), mapped.as_ref().err());
        let failed: Vec<&MapError> = preview.fields().iter().filter_map(|field| field.error.as_ref()).collect();
        match &mapped {
            Err(error) => prop_assert!(failed.contains(&error)),
            Ok(profile) => {
                prop_assert!(failed.is_empty());
                for (name, values) in profile.fields() {
                    let values: Option<Vec<String>> = values.map(|values| values.into_iter().map(str::to_owned).collect());
                    let shown = preview.fields().iter().find(|field| field.field == name);
                    let none = Some(Vec::new());
                    prop_assert_eq!(shown.map_or(&none, |field| &field.values), &values, "{}", name);
                    for value in values.iter().flatten() {
                        prop_assert!(!value.is_empty() && !value.chars().any(crate::visible::invisible));
                    }
                }
                prop_assert!(profile.roles().iter().all(|role| ["writer", "reader", "operator"].contains(&role.as_str())));
            }
        }
    }

    #[test]
    fn no_text_is_worse_than_an_error(text in ".{0,200}") {
        let _ = text.parse::<Mapping>();
        let _ = read(&text);
    }
}
