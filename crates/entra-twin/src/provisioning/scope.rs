//! Scoping filters: which people and groups are provisioned at all.

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::value::Value;

/// How much memory a compiled pattern may take, bytes.
const PATTERN_LIMIT: usize = 256 * 1024;

/// A scoping filter of the portal: all its clauses must hold, and one filter that holds is enough.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Its title.
    #[serde(default)]
    pub name: String,
    /// What must hold, all of it.
    #[serde(rename = "clause")]
    pub clauses: Vec<Clause>,
}

/// One condition about one attribute; an attribute without a value fails it, unless that is what it asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct Clause {
    /// The source attribute.
    pub attribute: String,
    test: Test,
}

/// A clause as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    attribute: String,
    operator: String,
    value: Option<String>,
}

/// The operators of the portal.
#[derive(Clone, Debug)]
enum Test {
    Equals(String),
    NotEquals(String),
    IsTrue,
    IsFalse,
    IsNull,
    IsNotNull,
    RegexMatch(Regex),
    NotRegexMatch(Regex),
    Includes(String),
    EndsWith(String),
    GreaterThan(i64),
    GreaterOrEquals(i64),
}

const OPERATORS: &str = "EQUALS, NOT EQUALS, IS TRUE, IS FALSE, IS NULL, IS NOT NULL, REGEX MATCH, NOT REGEX MATCH, \
                         Includes, ENDS_WITH, Greater_Than, Greater_Than_OR_EQUALS";

impl TryFrom<Written> for Clause {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { attribute, operator, value } = written;
        let needed = || value.clone().ok_or_else(|| format!("{operator} of {attribute} needs a value"));
        let number = || {
            let value = needed()?;
            value
                .parse()
                .map_err(|_| format!("{operator} of {attribute} needs a whole number, got {value:?}"))
        };
        let regex = || {
            let built = RegexBuilder::new(&needed()?).size_limit(PATTERN_LIMIT).build();
            built.map_err(|error| format!("the pattern of {attribute} cannot be used: {error}"))
        };
        let test = match operator.to_ascii_uppercase().replace('_', " ").as_str() {
            "EQUALS" => Test::Equals(needed()?),
            "NOT EQUALS" => Test::NotEquals(needed()?),
            "IS TRUE" => Test::IsTrue,
            "IS FALSE" => Test::IsFalse,
            "IS NULL" => Test::IsNull,
            "IS NOT NULL" => Test::IsNotNull,
            "REGEX MATCH" => Test::RegexMatch(regex()?),
            "NOT REGEX MATCH" => Test::NotRegexMatch(regex()?),
            "INCLUDES" => Test::Includes(needed()?),
            "ENDS WITH" => Test::EndsWith(needed()?),
            "GREATER THAN" => Test::GreaterThan(number()?),
            "GREATER THAN OR EQUALS" => Test::GreaterOrEquals(number()?),
            _ => return Err(format!("there is no operator {operator:?}, there are {OPERATORS}")),
        };
        Ok(Self { attribute, test })
    }
}

impl Clause {
    fn holds(&self, value: &Value) -> bool {
        if let Test::IsNull = self.test {
            return value.is_empty();
        }
        let Some(text) = value.as_text().filter(|text| !text.is_empty()) else { return false };
        let number = || text.parse::<i64>().ok();
        match &self.test {
            Test::Equals(wanted) => *text == **wanted,
            Test::NotEquals(unwanted) => *text != **unwanted,
            Test::IsTrue => value.as_bool() == Some(true),
            Test::IsFalse => value.as_bool() == Some(false),
            Test::IsNull => false,
            Test::IsNotNull => true,
            Test::RegexMatch(regex) => regex.is_match(&text),
            Test::NotRegexMatch(regex) => !regex.is_match(&text),
            Test::Includes(part) => text.contains(part.as_str()),
            Test::EndsWith(end) => text.ends_with(end.as_str()),
            Test::GreaterThan(than) => number().is_some_and(|number| number > *than),
            Test::GreaterOrEquals(than) => number().is_some_and(|number| number >= *than),
        }
    }
}

/// Whether somebody is in scope; without filters everybody is.
pub(crate) fn in_scope(filters: &[Filter], source: &dyn Fn(&str) -> Value) -> bool {
    let holds =
        |filter: &Filter| filter.clauses.iter().all(|clause| clause.holds(&source(&clause.attribute)));
    filters.is_empty() || filters.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Value {
        match name {
            "department" => Value::Text("Sales".into()),
            "employeeId" => Value::Text("42".into()),
            "accountEnabled" => Value::Bool(true),
            "IsSoftDeleted" => Value::Bool(false),
            _ => Value::Null,
        }
    }

    fn clause(attribute: &str, operator: &str, value: Option<&str>) -> Result<Clause, String> {
        let written =
            Written { attribute: attribute.into(), operator: operator.into(), value: value.map(Into::into) };
        Clause::try_from(written)
    }

    #[test]
    fn each_operator_tells_who_is_in() {
        for (attribute, operator, value, expected) in [
            ("department", "EQUALS", Some("Sales"), true),
            ("department", "EQUALS", Some("sales"), false),
            ("department", "NOT EQUALS", Some("sales"), true),
            ("department", "NOT EQUALS", Some("Sales"), false),
            ("jobTitle", "EQUALS", Some(""), false),
            ("jobTitle", "NOT EQUALS", Some("x"), false),
            ("accountEnabled", "IS TRUE", None, true),
            ("accountEnabled", "IS FALSE", None, false),
            ("IsSoftDeleted", "IS FALSE", None, true),
            ("IsSoftDeleted", "IS TRUE", None, false),
            ("jobTitle", "IS NULL", None, true),
            ("department", "IS NULL", None, false),
            ("jobTitle", "IS NOT NULL", None, false),
            ("department", "IS NOT NULL", None, true),
            ("employeeId", "REGEX MATCH", Some("^([1-9][0-9])$"), true),
            ("employeeId", "REGEX MATCH", Some("^5"), false),
            ("department", "REGEX MATCH", Some("ales"), true),
            ("department", "NOT REGEX MATCH", Some("ales"), false),
            ("department", "NOT REGEX MATCH", Some("x"), true),
            ("jobTitle", "NOT REGEX MATCH", Some("x"), false),
            ("department", "Includes", Some("ale"), true),
            ("department", "Includes", Some("ALE"), false),
            ("department", "ENDS_WITH", Some("les"), true),
            ("department", "ENDS_WITH", Some("Sal"), false),
            ("employeeId", "Greater_Than", Some("41"), true),
            ("employeeId", "Greater_Than", Some("42"), false),
            ("employeeId", "Greater_Than_OR_EQUALS", Some("42"), true),
            ("employeeId", "Greater_Than_OR_EQUALS", Some("43"), false),
            ("department", "Greater_Than", Some("1"), false),
            ("jobTitle", "Greater_Than", Some("-5"), false),
        ] {
            let clause = clause(attribute, operator, value).unwrap();
            assert_eq!(clause.holds(&source(attribute)), expected, "{attribute} {operator} {value:?}");
        }
    }

    #[test]
    fn clauses_of_a_filter_all_hold_and_one_filter_is_enough() {
        let filter = |clauses: &[(&str, &str)]| Filter {
            name: String::new(),
            clauses: clauses
                .iter()
                .map(|(attribute, value)| clause(attribute, "EQUALS", Some(value)).unwrap())
                .collect(),
        };
        let (sales, sales_of_42) =
            (filter(&[("department", "Sales")]), filter(&[("department", "Sales"), ("employeeId", "42")]));
        let sales_of_43 = filter(&[("department", "Sales"), ("employeeId", "43")]);
        assert!(in_scope(&[], &source));
        assert!(in_scope(&[sales], &source) && in_scope(std::slice::from_ref(&sales_of_42), &source));
        assert!(!in_scope(std::slice::from_ref(&sales_of_43), &source));
        assert!(in_scope(&[sales_of_43, sales_of_42], &source));
    }

    #[test]
    fn what_is_no_clause_is_refused() {
        for (operator, value, part) in [
            ("LIKE", Some("x"), "there is no operator \"LIKE\", there are EQUALS"),
            ("EQUALS", None, "needs a value"),
            ("REGEX MATCH", Some("("), "cannot be used"),
            ("REGEX MATCH", Some("(\\w{999}){999}"), "cannot be used"),
            ("Greater_Than", Some("x"), "needs a whole number, got \"x\""),
        ] {
            let error = clause("department", operator, value).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
