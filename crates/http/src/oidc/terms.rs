//! What people accept before they activate an application, where its operator asks for it.

use landfall_accounts::Terms;

use crate::oauth::{Parameters, Twice};
use crate::pages::ShownTerms;
use crate::secret::hash_text;

/// Whether a person has accepted what they must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    All,
    NotYet,
}

/// The terms as a page shows them.
pub(super) fn shown(terms: &Terms) -> ShownTerms<'_> {
    ShownTerms { text: terms.as_str(), version: version(terms) }
}

/// Whether the form accepts the terms of now: those that were shown may have been others.
pub(super) fn accepted(terms: Option<&Terms>, form: &Parameters) -> Result<Accepted, Twice> {
    let Some(terms) = terms else { return Ok(Accepted::All) };
    let same = form.one("terms")? == Some(&version(terms));
    Ok(if same { Accepted::All } else { Accepted::NotYet })
}

/// A name for one text of terms.
fn version(terms: &Terms) -> String {
    hash_text(terms.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terms_that_count_are_accepted() {
        let (own, other): (Terms, Terms) = ("Be kind.".parse().unwrap(), "Be quick.".parse().unwrap());
        let form = |version: &str| Parameters::of_query(&format!("terms={version}"));
        for (terms, form, expected) in [
            (None, form(""), Accepted::All),
            (Some(&own), form(&version(&own)), Accepted::All),
            (Some(&own), form(&version(&other)), Accepted::NotYet),
            (Some(&own), form("on"), Accepted::NotYet),
            (Some(&own), form(""), Accepted::NotYet),
        ] {
            assert_eq!(accepted(terms, &form), Ok(expected));
        }
    }
}
