//! What an expression is worth.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::function::Function;
use super::{Comparison, EvalError, Node, replace};
use crate::provisioning::value::Value;

type Source<'a> = &'a dyn Fn(&str) -> Value;

pub(super) fn evaluate(node: &Node, source: Source<'_>) -> Result<Value, EvalError> {
    match node {
        Node::Missing => Ok(Value::Null),
        Node::Text(text) => Ok(Value::Text(text.clone())),
        Node::Attribute(name) => Ok(source(name)),
        Node::Compare(left, comparison, right) => {
            Ok(Value::Bool(compare(&evaluate(left, source)?, *comparison, &evaluate(right, source)?)))
        }
        Node::Call(function, arguments) => {
            let values = arguments.iter().map(|argument| evaluate(argument, source));
            call(*function, &values.collect::<Result<Vec<_>, _>>()?, source)
        }
    }
}

fn call(function: Function, values: &[Value], source: Source<'_>) -> Result<Value, EvalError> {
    match (function, values) {
        (Function::Append, [text, suffix]) => Ok(match text.as_text() {
            Some(text) => Value::Text(format!("{text}{}", suffix.as_text().unwrap_or_default())),
            None => Value::Null,
        }),
        (Function::Coalesce, values) => {
            Ok(values.iter().find(|value| !value.is_empty()).cloned().unwrap_or(Value::Null))
        }
        (Function::Iif, [condition, yes, no]) => match condition.as_bool() {
            Some(true) => Ok(yes.clone()),
            Some(false) => Ok(no.clone()),
            None => Err(wrong(function, "a condition that is true or false", condition)),
        },
        (Function::IsNullOrEmpty, [value]) => Ok(Value::Bool(value.is_empty())),
        (Function::Join, [separator, values @ ..]) => {
            let texts: Vec<_> =
                values.iter().filter_map(Value::as_text).filter(|text| !text.is_empty()).collect();
            let separator = separator.as_text().unwrap_or_default();
            Ok(if texts.is_empty() { Value::Null } else { Value::Text(texts.join(&separator)) })
        }
        (Function::Mid, [text, start, length]) => {
            let start = number(function, start)?;
            let length = number(function, length)?;
            let Some(before) = start.checked_sub(1) else {
                return Err(wrong(function, "a place that counts from 1", &Value::Text("0".to_owned())));
            };
            Ok(change(text, |text| text.chars().skip(before).take(length).collect()))
        }
        (Function::NormalizeDiacritics, [text]) => Ok(change(text, without_diacritics)),
        (Function::Not, [value]) => Ok(Value::Bool(value.as_bool() != Some(true))),
        (Function::Replace, values) => replace::replace(values, source),
        (Function::StripSpaces, [text]) => Ok(change(text, |text| text.replace(' ', ""))),
        (Function::Switch, [value, otherwise, pairs @ ..]) => {
            let value = value.as_text();
            let (pairs, _) = pairs.as_chunks::<2>();
            let hit = pairs.iter().find(|[key, _]| value.is_some() && key.as_text() == value);
            Ok(hit.map_or(otherwise, |[_, value]| value).clone())
        }
        // The culture is left out of account: letters change their case as Unicode says.
        (Function::ToLower, [text, ..]) => Ok(change(text, str::to_lowercase)),
        (Function::ToUpper, [text, ..]) => Ok(change(text, str::to_uppercase)),
        (Function::SingleAppRoleAssignment, [Value::Roles(roles)]) => {
            Ok(Value::from_option(roles.first().map(|role| role.value.as_str())))
        }
        (
            Function::AppRoleAssignmentsComplex | Function::AssertiveAppRoleAssignmentsComplex,
            [roles @ Value::Roles(_)],
        ) => Ok(roles.clone()),
        (
            Function::SingleAppRoleAssignment
            | Function::AppRoleAssignmentsComplex
            | Function::AssertiveAppRoleAssignmentsComplex,
            [Value::Null],
        ) => Ok(Value::Null),
        (_, values) => {
            let got = values.first().unwrap_or(&Value::Null);
            Err(wrong(function, "[appRoleAssignments]", got))
        }
    }
}

/// Numbers are compared as numbers, everything else as text with its case; null equals nothing but null.
fn compare(left: &Value, comparison: Comparison, right: &Value) -> bool {
    let (left, right) = (left.as_text(), right.as_text());
    let numbers = |text: &str| text.parse::<i64>().ok();
    let order = match (&left, &right) {
        (Some(left), Some(right)) => match (numbers(left), numbers(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => left.cmp(right),
        },
        (None, None) => return matches!(comparison, Comparison::Equal),
        _ => return matches!(comparison, Comparison::NotEqual),
    };
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

/// Null stays null, and what is no text too.
fn change(value: &Value, with: impl FnOnce(&str) -> String) -> Value {
    value.as_text().map_or(Value::Null, |text| Value::Text(with(&text)))
}

/// Letters without their marks; those that are no letter with a mark become what people write in their place.
fn without_diacritics(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ø' => plain.push('o'),
            'Ø' => plain.push('O'),
            'ł' => plain.push('l'),
            'Ł' => plain.push('L'),
            'đ' => plain.push('d'),
            'Đ' => plain.push('D'),
            'ı' => plain.push('i'),
            'æ' => plain.push_str("ae"),
            'Æ' => plain.push_str("AE"),
            'œ' => plain.push_str("oe"),
            'Œ' => plain.push_str("OE"),
            'ß' => plain.push_str("ss"),
            c => plain.push(c),
        }
    }
    plain
}

fn number(function: Function, value: &Value) -> Result<usize, EvalError> {
    let number = value.as_text().and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| wrong(function, "a number", value))
}

fn wrong(function: Function, expected: &'static str, got: &Value) -> EvalError {
    let got = match got {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => value.to_string(),
        // It may be what the directory says of a person.
        Value::Text(_) => "another text".to_owned(),
        Value::Roles(_) => "roles".to_owned(),
    };
    EvalError { function: function.name(), expected, got }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::AppRole;
    use crate::provisioning::Expression;

    fn source(name: &str) -> Value {
        let role = |n, value: &str| AppRole {
            id: Uuid::from_u128(n),
            value: value.into(),
            display_name: value.into(),
        };
        match name {
            "appRoleAssignments" => Value::Roles(vec![role(1, "Admin"), role(2, "Reader")]),
            "IsSoftDeleted" => Value::Bool(false),
            "accountEnabled" => Value::Bool(true),
            "country" => Value::Text("USA".into()),
            "department" => Value::Text("Sales".into()),
            "empty" => Value::Text(String::new()),
            "extensionAttribute1" => Value::Text("10".into()),
            "givenName" => Value::Text("Åsa Zoë".into()),
            "surname" => Value::Text("Łuczak-Øye".into()),
            _ => Value::Null,
        }
    }

    fn worked_out(text: &str) -> Result<Value, String> {
        let expression: Expression = text.parse().map_err(|error| format!("{text}: {error}"))?;
        expression.evaluate(&source).map_err(|error| error.to_string())
    }

    /// The documented functions, with their documented results.
    #[test]
    fn each_function_does_what_the_reference_says() {
        for (text, expected) in [
            (r#"Switch([IsSoftDeleted], , "False", "True", "True", "False")"#, Some("True")),
            (r#"Switch([country], "other", "USA", "us", "France", "fr")"#, Some("us")),
            (r#"Switch([department], "other", "USA", "us")"#, Some("other")),
            (r#"Switch([nothing], "other", "", "blank")"#, Some("other")),
            (r#"Switch([department], , "USA", "us")"#, None),
            ("Not([IsSoftDeleted])", Some("True")),
            ("Not([accountEnabled])", Some("False")),
            (r#"Not("True")"#, Some("False")),
            ("Not([nothing])", Some("True")),
            (r#"Coalesce([nothing], [empty], [country], "x")"#, Some("USA")),
            ("Coalesce([nothing], [empty])", None),
            (r#"Join(" ", [givenName], [nothing], [surname])"#, Some("Åsa Zoë Łuczak-Øye")),
            (r#"Join(".", [nothing], [empty])"#, None),
            (r#"Join("", [country], [department])"#, Some("USASales")),
            ("Mid([country], 2, 1)", Some("S")),
            ("Mid([givenName], 1, 3)", Some("Åsa")),
            ("Mid([country], 2, 10)", Some("SA")),
            ("Mid([country], 9, 2)", Some("")),
            ("ToLower([country])", Some("usa")),
            (r#"ToLower([country], "tr-TR")"#, Some("usa")),
            ("ToUpper([department])", Some("SALES")),
            ("StripSpaces([givenName])", Some("ÅsaZoë")),
            (r#"Append([country], "-1")"#, Some("USA-1")),
            (r#"Append([nothing], "-1")"#, None),
            (r#"IIF([country]="USA", [country], [department])"#, Some("USA")),
            (r#"IIF([country]="usa", [country], [department])"#, Some("Sales")),
            (r#"IIF([country]<>"USA", "a", "b")"#, Some("b")),
            (r#"IIF([extensionAttribute1] > 9, "a", "b")"#, Some("a")),
            (r#"IIF([extensionAttribute1] >= 10, "a", "b")"#, Some("a")),
            (r#"IIF([extensionAttribute1] < 9, "a", "b")"#, Some("b")),
            (r#"IIF([extensionAttribute1] <= "9", "a", "b")"#, Some("b")),
            (r#"IIF(IsNullOrEmpty([nothing]), "a", "b")"#, Some("a")),
            (r#"IIF([nothing]="x", "a", "b")"#, Some("b")),
            ("IsNullOrEmpty([empty])", Some("True")),
            ("IsNullOrEmpty([country])", Some("False")),
            ("NormalizeDiacritics([givenName])", Some("Asa Zoe")),
            ("NormalizeDiacritics([surname])", Some("Luczak-Oye")),
            (r#"NormalizeDiacritics("Straße Æon œuvre İı")"#, Some("Strasse AEon oeuvre Ii")),
            ("SingleAppRoleAssignment([appRoleAssignments])", Some("Admin")),
            ("SingleAppRoleAssignment([nothing])", None),
            (r#"ToLower(Append(StripSpaces(NormalizeDiacritics([givenName])), "@X"))"#, Some("asazoe@x")),
            ("tolower([country])", Some("usa")),
            ("[department]", Some("Sales")),
        ] {
            let value = worked_out(text).unwrap();
            assert_eq!(value.as_text().as_deref(), expected, "{text}");
        }
        assert_eq!(
            worked_out("AppRoleAssignmentsComplex([appRoleAssignments])"),
            Ok(source("appRoleAssignments"))
        );
    }

    #[test]
    fn what_a_function_cannot_work_with_is_an_error_without_the_value() {
        for (text, error) in [
            ("Mid([country], 0, 1)", "Mid expected a place that counts from 1, got another text"),
            ("Mid([country], [department], 1)", "Mid expected a number, got another text"),
            (
                r#"IIF([department], "a", "b")"#,
                "IIF expected a condition that is true or false, got another text",
            ),
            (
                "SingleAppRoleAssignment([department])",
                "SingleAppRoleAssignment expected [appRoleAssignments], got another text",
            ),
        ] {
            let said = worked_out(text).unwrap_err();
            assert!(said.starts_with(error) && !said.contains("Sales"), "{said}");
        }
    }
}
