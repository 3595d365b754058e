use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;

fn users() -> ResourceType {
    ResourceType::user()
}

#[track_caller]
fn parsed(text: &str) -> Filter {
    Filter::parse(text, &users(), Dialect::Strict).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn printed(text: &str, canonical: &str) {
    let filter = parsed(text);
    assert_eq!(filter.to_string(), canonical);
    assert_eq!(parsed(canonical), filter);
}

#[track_caller]
fn refused(text: &str, detail: &str) {
    let error = Filter::parse(text, &users(), Dialect::Strict).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFilter, "{text}");
    assert!(error.detail().contains(detail), "{text}: {error}");
}

#[track_caller]
fn holds(text: &str, expected: bool) {
    let ada = ada();
    assert_eq!(parsed(text).matches(ada.as_object().unwrap()), expected, "{text}");
}

fn ada() -> Value {
    json!({
        "id": "Abc",
        "userName": "Ada@Example.com",
        "externalId": "Ada",
        "title": "Engineer",
        "active": true,
        "name": { "familyName": "O'Malley" },
        "emails": [
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home" },
        ],
        "meta": { "lastModified": "2011-05-13T04:42:34Z" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": "26118915" } },
    })
}

#[test]
fn the_examples_of_the_standard_are_read() {
    // [rfc7644 3.4.2.2]
    printed(r#"userName Eq "john""#, r#"userName eq "john""#);
    printed(r#"Username eq "john""#, r#"userName eq "john""#);
    printed(r#"name.familyName co "O'Malley""#, r#"name.familyName co "O'Malley""#);
    printed(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, r#"userName sw "J""#);
    printed("title pr", "title pr");
    printed(
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
    );
    printed(
        r#"title pr and userType eq "Employee" or title pr"#,
        r#"title pr and userType eq "Employee" or title pr"#,
    );
    printed(
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and (emails.value co "example.com" or emails.value co "example.org")"#,
    );
    printed(
        r#"userType ne "Employee" and not (emails co "example.com")"#,
        r#"userType ne "Employee" and not (emails.value co "example.com")"#,
    );
    printed(
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]"#,
    );
    printed(
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
    );
}

#[test]
fn spaces_parentheses_and_escapes_do_not_matter() {
    printed(r#" ( ( title pr ) )and( title pr ) "#, "title pr and title pr");
    printed(r#"NOT(title PR)"#, "not (title pr)");
    printed(r#"title eq "a\"b\\ \u00e9)]""#, r#"title eq "a\"b\\ é)]""#);
    printed(
        "(title pr or title pr) or (title pr and title pr)",
        "title pr or title pr or title pr and title pr",
    );
    printed("title eq null", "not (title pr)");
    printed("emails ne null", "emails.value pr");
}

#[test]
fn h4_what_is_no_filter_is_refused_with_its_place() {
    // [attack H4]
    refused("", "byte 0: expected a comparison");
    refused("title", "byte 5: expected an operator");
    refused("title eq", "byte 8: expected a value");
    refused("title is \"x\"", "byte 6: expected an operator");
    refused("title pr title pr", "byte 9: expected the end");
    refused("(title pr", "expected )");
    refused("title pr)", "byte 8: expected the end");
    refused("emails[type pr", "expected ]");
    refused("title eq \"x", "does not end");
    refused("title eq \"\\x\"", "not one of JSON");
    refused("title eq 'x'", "byte 9 cannot stand there");
    refused("title pr; drop table users", "byte 8 cannot stand there");
    refused("not title pr", "byte 0: \"not\" is not declared");
    refused("emails[type pr].value eq \"x\"", "expected the end of the clause");
    refused("and", "\"and\" is not declared");
}

#[test]
fn h4_only_what_is_declared_can_be_asked_for() {
    // [attack H4]
    for name in ["password", "passwordHash", "users.id", "userName.x", "1", "urn:x:y", "$ref", "emails.id"] {
        refused(&format!("{name} pr"), "is not declared here");
    }
    refused("emails[userName pr]", "is not declared here");
    refused("name[givenName pr]", "no values to choose among");
    refused("emails.value[type pr]", "no values to choose among");
    refused("emails[value[type pr]]", "no values to choose among");
    refused("name eq \"x\"", "name a sub-attribute");
}

#[test]
fn values_are_of_the_type_of_their_attribute() {
    refused("active eq \"true\"", "expected boolean");
    refused("active gt true", "is not compared by gt");
    refused("active co true", "is not compared by co");
    refused("title eq true", "expected string");
    refused("title eq 5", "expected string");
    refused("title co null", "expected string");
    refused("meta.created gt \"yesterday\"", "expected dateTime");
    refused("meta.created co \"2011\"", "is not compared by co");
    refused("x509Certificates.value gt \"AA==\"", "is not compared by gt");
    let entra = Filter::parse(r#"roles[primary eq "True"]"#, &users(), Dialect::Entra).unwrap();
    assert_eq!(entra, parsed("roles[primary eq true]"));
}

#[test]
fn h4_length_depth_and_clauses_are_bounded() {
    // [attack H4]
    let text = |bytes: usize| format!("title eq \"{}\"", "x".repeat(bytes - 11));
    parsed(&text(Filter::MAX_BYTES));
    refused(&text(Filter::MAX_BYTES + 1), "bytes, at most");
    let nested = |depth: usize| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
    parsed(&nested(Filter::MAX_DEPTH));
    refused(&nested(Filter::MAX_DEPTH + 1), "nested deeper");
    refused(&"(".repeat(4000), "nested deeper");
    refused(&"not(".repeat(1000), "nested deeper");
    let clauses = |count: usize| vec!["title pr"; count].join(" or ");
    parsed(&clauses(Filter::MAX_CLAUSES));
    refused(&clauses(Filter::MAX_CLAUSES + 1), "comparisons");
}

#[test]
fn entra_asks_by_a_path_with_a_filter_and_by_names_without_their_urn() {
    let entra = |text: &str| Filter::parse(text, &users(), Dialect::Entra).unwrap().to_string();
    assert_eq!(
        entra(r#"emails[type eq "work"].value eq "a@b.c""#),
        r#"emails[type eq "work" and value eq "a@b.c"]"#
    );
    assert_eq!(
        entra(r#"id eq "U" and manager eq "M""#),
        r#"id eq "U" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "M""#
    );
    let probe = Filter::parse(r#"id eq "G" and members eq "U""#, &ResourceType::group(), Dialect::Entra);
    assert_eq!(probe.unwrap().to_string(), r#"id eq "G" and members.value eq "U""#);
}

#[test]
fn case_counts_where_the_table_says_so() {
    // [rfc7643 2.2]
    holds(r#"userName eq "ADA@example.COM""#, true);
    holds(r#"externalId eq "Ada""#, true);
    holds(r#"externalId eq "ada""#, false);
    holds(r#"id eq "abc""#, false);
    holds(r#"title co "NGIN""#, true);
    holds(r#"title sw "eng" and title ew "EER""#, true);
    holds(r#"title gt "ENG""#, true);
    holds(r#"title lt "eng""#, false);
}

#[test]
fn a_clause_on_several_values_holds_if_one_does() {
    // [rfc7644 3.4.2.2]
    holds(r#"emails eq "ada@home.example""#, true);
    holds(r#"emails.type eq "work" and emails.value sw "ada@home""#, true);
    holds(r#"emails[type eq "work" and value sw "ada@home"]"#, false);
    holds(r#"emails[type eq "home" and value sw "ada@home"]"#, true);
    holds(r#"emails.value ne "ada@example.com""#, false);
    holds(r#"emails[value ne "ada@example.com"]"#, true);
}

#[test]
fn what_is_not_there_is_not_equal() {
    holds("nickName pr", false);
    holds(r#"nickName eq "x""#, false);
    holds(r#"nickName ne "x""#, true);
    holds(r#"nickName lt "x""#, false);
    holds("nickName eq null", true);
    holds("not (nickName pr) and active eq true and active ne false", true);
    holds(r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "26118915""#, true);
}

#[test]
fn moments_are_compared_as_moments() {
    holds(r#"meta.lastModified eq "2011-05-13T06:42:34+02:00""#, true);
    holds(r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, true);
    holds(r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, false);
    holds(r#"meta.lastModified le "2011-05-13T04:42:33Z""#, false);
}

#[test]
fn no_literal_is_in_debug() {
    let text = format!("{:?}", parsed(r#"userName eq "ada@example.com""#));
    assert!(text.contains("userName") && !text.contains("ada@"), "{text}");
}
