//! A clause of a specification, or a class of attack, as comments name it.

use std::fmt;

/// The specifications whose clauses have rows; a comment that names one whole cites no clause.
const SPECS: &[&str] = &[
    "openid-backchannel",
    "openid-core",
    "openid-discovery",
    "openid-rpinitiated",
    "rfc6749",
    "rfc6750",
    "rfc7009",
    "rfc7523",
    "rfc7636",
    "rfc7643",
    "rfc7644",
    "rfc7662",
    "rfc8252",
    "rfc8628",
    "rfc9207",
    "rfc9700",
    "saml-bindings",
    "saml-core",
    "saml-metadata",
    "saml-profiles",
    "xml",
    "xml-c14n",
    "xml-c14n11",
    "xml-exc-c14n",
    "xml-names",
    "xmldsig",
    "xmlenc-core1",
    "xmlschema-2",
];

const ATTACK: &str = "attack";

/// A specification and a section of it, or a class of attack; in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Citation {
    spec: &'static str,
    letter: Option<char>,
    numbers: Vec<u32>,
}

impl Citation {
    pub(super) fn is_class(&self) -> bool {
        self.letter.is_some()
    }

    /// `E2`.
    fn class(text: &str) -> Option<Self> {
        let letter = text.chars().next().filter(char::is_ascii_uppercase)?;
        let number = text.strip_prefix(letter)?.parse().ok()?;
        Some(Self { spec: ATTACK, letter: Some(letter), numbers: vec![number] })
    }

    /// `2.5.1.4`.
    fn clause(spec: &'static str, text: &str) -> Option<Self> {
        let numbers: Result<_, _> = text.split('.').map(str::parse).collect();
        Some(Self { spec, letter: None, numbers: numbers.ok()? })
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u32::to_string).collect();
        let letter = self.letter.map(String::from).unwrap_or_default();
        write!(f, "{} {letter}{}", self.spec, numbers.join("."))
    }
}

/// The citations in one line of comment: `[saml-core 2.5.1.4, 2.5.1.5]`, `[attack E2]`.
pub(super) fn cited(line: &str) -> impl Iterator<Item = Citation> + '_ {
    let brackets = line.split('[').skip(1).filter_map(|rest| rest.split(']').next());
    brackets.flat_map(|bracket| {
        let (spec, list) = bracket.split_once(' ').unwrap_or_default();
        let known = SPECS.iter().find(|known| **known == spec).copied();
        list.split(", ").filter_map(move |part| match known {
            Some(spec) => Citation::clause(spec, part),
            None if spec == ATTACK => Citation::class(part),
            None => None,
        })
    })
}

/// The classes that a test is named after: `e2_e3_audience`.
pub(super) fn named(test: &str) -> impl Iterator<Item = Citation> + '_ {
    test.split('_').map_while(|part| Citation::class(&part.to_ascii_uppercase()))
}

/// The classes in the first column of the tables of `docs/attacks.md`.
pub(super) fn listed(attacks: &str) -> impl Iterator<Item = Citation> + '_ {
    let cells = attacks.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells.flat_map(|cell| cell.split(", ").filter_map(Citation::class))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(citations: impl Iterator<Item = Citation>) -> Vec<String> {
        citations.map(|citation| citation.to_string()).collect()
    }

    #[test]
    fn a_comment_cites_clauses_and_classes() {
        let line =
            "/// One [saml-core 2.5.1.4, 2.5.1.5], as [`Other`] says [attack E2, A10], [xml 2.8, WFC: x].";
        let expected = ["saml-core 2.5.1.4", "saml-core 2.5.1.5", "attack E2", "attack A10", "xml 2.8"];
        assert_eq!(texts(cited(line)), expected);
        assert_eq!(texts(cited("// [rfc1951], [xml-exc-c14n], [adr 0004], [0], [")), [""; 0]);
    }

    #[test]
    fn a_test_is_named_after_classes() {
        assert_eq!(texts(named("a1_a7_response_wrapped")), ["attack A1", "attack A7"]);
        assert_eq!(texts(named("each_a1_stands")), [""; 0]);
    }

    #[test]
    fn the_page_lists_classes() {
        let page = "| # | What |\n| --- | --- |\n| D1, D2 | x |\nA1 | y |\n| E10 | `| E11 |` |\n";
        assert_eq!(texts(listed(page)), ["attack D1", "attack D2", "attack E10"]);
    }

    #[test]
    fn numbers_are_in_their_order() {
        let mut citations: Vec<_> = cited("[xml 2.11][xml 2.8][attack B10][attack B2]").collect();
        citations.sort();
        assert_eq!(texts(citations.into_iter()), ["attack B2", "attack B10", "xml 2.8", "xml 2.11"]);
    }
}
