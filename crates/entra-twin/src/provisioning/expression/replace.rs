//! `Replace`, which is five functions by what it is given.

use regex::{Captures, Regex, RegexBuilder};

use super::EvalError;
use crate::provisioning::value::Value;

/// How much memory a compiled pattern may take, bytes.
const PATTERN_LIMIT: usize = 256 * 1024;

/// `Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName, template)`.
///
/// In the order in which the reference lists what it does:
/// old value and replacement; old value and template; pattern and replacement; pattern, group and replacement;
/// pattern, group and an attribute.
pub(super) fn replace(values: &[Value], source: &dyn Fn(&str) -> Value) -> Result<Value, EvalError> {
    let text = |place: usize| values.get(place).and_then(Value::as_text);
    let Some(subject) = text(0) else { return Ok(Value::Null) };
    let (old, pattern, group, new) = (text(1), text(2), text(3), text(4));
    let attribute = match text(5) {
        // The argument is the attribute itself, or its name.
        Some(given) if values.get(5) != Some(&Value::Null) => {
            let named = source(&given);
            Some(named.as_text().map_or_else(|| given.clone().into_owned(), |text| text.into_owned()))
        }
        _ => None,
    };
    match (old, pattern, new, attribute, text(6)) {
        (Some(old), None, Some(new), ..) if !old.is_empty() => {
            Ok(Value::Text(subject.replace(old.as_ref(), &new)))
        }
        (Some(old), None, None, _, Some(template)) if !old.is_empty() => {
            Ok(Value::Text(template.replace(old.as_ref(), &subject)))
        }
        (None, Some(pattern), Some(new), ..) => {
            Ok(Value::Text(by_pattern(&subject, &pattern, group.as_deref(), &new)?))
        }
        (None, Some(pattern), None, Some(new), _) => {
            Ok(Value::Text(by_pattern(&subject, &pattern, group.as_deref(), &new)?))
        }
        _ => Err(EvalError {
            function: "Replace",
            expected: "an old value or a pattern, and a replacement, an attribute or a template",
            got: "another choice of arguments".to_owned(),
        }),
    }
}

fn by_pattern(subject: &str, pattern: &str, group: Option<&str>, new: &str) -> Result<String, EvalError> {
    // What .NET writes for a named group is read too; what the crate lacks, such as a look-ahead, is said.
    let regex: Regex =
        RegexBuilder::new(pattern).size_limit(PATTERN_LIMIT).build().map_err(|_| EvalError {
            function: "Replace",
            expected: "a regular expression without look-around and back-references",
            got: "another one".to_owned(),
        })?;
    let Some(group) = group.filter(|group| !group.is_empty()) else {
        return Ok(regex.replace_all(subject, regex::NoExpand(new)).into_owned());
    };
    let replaced = regex.replace_all(subject, |found: &Captures<'_>| {
        let whole = found.get(0).map_or("", |found| found.as_str());
        match (found.get(0), found.name(group)) {
            (Some(all), Some(part)) => {
                let (from, to) = (part.start() - all.start(), part.end() - all.start());
                let around = (whole.get(..from).unwrap_or(""), whole.get(to..).unwrap_or(""));
                format!("{}{new}{}", around.0, around.1)
            }
            _ => whole.to_owned(),
        }
    });
    Ok(replaced.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::Expression;

    fn source(name: &str) -> Value {
        match name {
            "telephoneNumber" => Value::Text("(206) 555-0100".into()),
            "userPrincipalName" => Value::Text("ada@contoso.example".into()),
            "mailNickname" => Value::Text("Ada_B".into()),
            "department" => Value::Text("R&D $1".into()),
            _ => Value::Null,
        }
    }

    #[test]
    fn each_choice_of_arguments_does_its_own() {
        for (text, expected) in [
            (
                r#"Replace([userPrincipalName], "@contoso.example", , , "@fabrikam.example", , )"#,
                Some("ada@fabrikam.example"),
            ),
            (r#"Replace([userPrincipalName], "@contoso.example", , , "")"#, Some("ada")),
            (r#"Replace([mailNickname], "NAME", , , , , "NAME@x, NAME")"#, Some("Ada_B@x, Ada_B")),
            (r#"Replace([telephoneNumber], , "[() -]*", , "", , )"#, Some("2065550100")),
            (
                r#"Replace([telephoneNumber], , "\((?P<area>[0-9]+)\)", "area", "425", , )"#,
                Some("(425) 555-0100"),
            ),
            (
                r#"Replace([userPrincipalName], , "(?<local>^[a-z]+)@", "local", , [mailNickname], )"#,
                Some("Ada_B@contoso.example"),
            ),
            (
                r#"Replace([userPrincipalName], , "(?<local>^[a-z]+)@", "local", , "department", )"#,
                Some("R&D $1@contoso.example"),
            ),
            (r#"Replace([nothing], "a", , , "b")"#, None),
        ] {
            let expression: Expression = text.parse().unwrap();
            let value = expression.evaluate(&source).unwrap();
            assert_eq!(value.as_text().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        for text in [
            r#"Replace([mailNickname], , , , "x")"#,
            r#"Replace([mailNickname], "", , , "x")"#,
            r#"Replace([mailNickname], , "(?=a)", , "x")"#,
            r#"Replace([mailNickname], , "(\\w{999}){999}", , "x")"#,
        ] {
            let expression: Expression = text.parse().unwrap();
            assert_eq!(expression.evaluate(&source).unwrap_err().function, "Replace", "{text}");
        }
    }
}
