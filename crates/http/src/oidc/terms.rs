//! What people accept before they activate an application, where its operator asks for it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::Terms;

use crate::oauth::{Parameters, Twice};
use crate::pages::ShownTerms;

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
    URL_SAFE_NO_PAD.encode(digest(&SHA256, terms.as_str().as_bytes()))
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
