use std::fmt;

use crate::ClaimError;

/// All attributes of one login, in the order in which they arrived.
///
/// A claim is asked for by a short name or by a URI, and both spellings of a name are one claim:
///
/// | Asked for | Met by an attribute that is named |
/// | --- | --- |
/// | `firstName` | `firstName`, or a URI whose last path segment is `firstName` |
/// | `http://…/claims/givenname` | exactly that; if there is none, `givenname` |
///
/// Names are compared byte for byte; names and values are kept exactly.
/// A set is collected from pairs of a name and its values.
///
/// # Security
/// The values are personal data: `Debug` shows the names alone.
///
/// ```
/// use landfall_claims::AttributeSet;
///
/// let set: AttributeSet = [("https://idp.example/claims/team", ["red", "blue"])].into_iter().collect();
/// assert_eq!(set.values("team")?, ["red", "blue"]);
/// # Ok::<(), landfall_claims::ClaimError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AttributeSet {
    attributes: Vec<Attribute>,
}

impl AttributeSet {
    /// All values of a claim, none if it did not arrive.
    ///
    /// # Errors
    /// [`ClaimError::Ambiguous`] if two attributes mean the claim and their values differ.
    pub fn values(&self, claim: &str) -> Result<&[String], ClaimError> {
        let Some(short) = last_segment(claim) else {
            return self.agreed(claim, |name| name == claim || last_segment(name) == Some(claim));
        };
        if self.attributes.iter().any(|attribute| attribute.name == claim) {
            return self.agreed(claim, |name| name == claim);
        }
        self.agreed(claim, |name| name == short)
    }

    /// The value of a claim that has at most one.
    ///
    /// An empty value says nothing and counts as absent.
    ///
    /// # Errors
    /// [`ClaimError::Ambiguous`] as for [`values`](Self::values);
    /// [`ClaimError::Several`] if more than one value is not empty.
    pub fn optional(&self, claim: &str) -> Result<Option<&str>, ClaimError> {
        let mut filled = self.values(claim)?.iter().filter(|value| !value.is_empty());
        let first = filled.next();
        match filled.count() {
            0 => Ok(first.map(String::as_str)),
            more => Err(ClaimError::Several { claim: claim.to_owned(), count: more + 1 }),
        }
    }

    /// The value of a claim that must be there.
    ///
    /// # Errors
    /// [`ClaimError::Missing`], which lists the names that did arrive, and the errors of [`optional`](Self::optional).
    pub fn required(&self, claim: &str) -> Result<&str, ClaimError> {
        self.optional(claim)?.ok_or_else(|| self.missing(vec![claim.to_owned()]))
    }

    /// None of these claims arrived with a value.
    pub(crate) fn missing(&self, wanted: Vec<String>) -> ClaimError {
        ClaimError::Missing { wanted, arrived: self.names().map(str::to_owned).collect() }
    }

    /// The name of the first attribute that means a claim.
    pub(crate) fn met_by(&self, claim: &str) -> Option<&str> {
        let named = |means: &dyn Fn(&str) -> bool| self.names().find(|name| means(name));
        match last_segment(claim) {
            None => named(&|name| name == claim || last_segment(name) == Some(claim)),
            Some(short) => named(&|name| name == claim).or_else(|| named(&|name| name == short)),
        }
    }

    /// The names of all attributes, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|attribute| attribute.name.as_str())
    }

    fn agreed(&self, claim: &str, means: impl Fn(&str) -> bool) -> Result<&[String], ClaimError> {
        let mut found = self.attributes.iter().filter(|attribute| means(&attribute.name));
        let Some(first) = found.next() else {
            return Ok(&[]);
        };
        match found.find(|other| other.values != first.values) {
            None => Ok(&first.values),
            Some(second) => Err(ClaimError::Ambiguous {
                claim: claim.to_owned(),
                first: first.name.clone(),
                second: second.name.clone(),
            }),
        }
    }
}

impl<N, V> FromIterator<(N, V)> for AttributeSet
where
    N: Into<String>,
    V: IntoIterator<Item: Into<String>>,
{
    fn from_iter<I: IntoIterator<Item = (N, V)>>(attributes: I) -> Self {
        let attributes = attributes.into_iter().map(|(name, values)| Attribute {
            name: name.into(),
            values: values.into_iter().map(Into::into).collect(),
        });
        Self { attributes: attributes.collect() }
    }
}

impl fmt::Debug for AttributeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.attributes.iter().map(|attribute| &attribute.name)).finish()
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Attribute {
    name: String,
    values: Vec<String>,
}

/// The last path segment of a URI with an authority; `None` for any other name.
fn last_segment(name: &str) -> Option<&str> {
    let (_, after_scheme) = name.split_once("://")?;
    let (_, segment) = after_scheme.rsplit_once('/')?;
    (!segment.is_empty()).then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(attributes: &[(&str, &[&str])]) -> AttributeSet {
        attributes.iter().map(|(name, values)| (*name, values.iter().copied())).collect()
    }

    #[test]
    fn short_name_is_met_by_itself_and_by_a_uri_that_ends_in_it() {
        for name in ["firstName", "https://x.example/claims/firstName", "http://x.example/firstName"] {
            assert_eq!(set(&[(name, &["Ada"])]).values("firstName").unwrap(), ["Ada"], "{name}");
        }
    }

    #[test]
    fn short_name_is_met_by_nothing_else() {
        for name in [
            "firstname",
            "firstName ",
            "https://x.example/claims/FirstName",
            "https://x.example/claims/firstName/",
            "https://x.example/claims/myfirstName",
            "https://x.example/firstName?x",
            "https://firstName",
            "claims/firstName",
            "urn:x:firstName",
        ] {
            assert!(set(&[(name, &["Ada"])]).values("firstName").unwrap().is_empty(), "{name}");
        }
    }

    #[test]
    fn uri_is_met_by_itself_first_and_by_its_short_name_after_that() {
        let uri = "http://x.example/claims/givenname";
        let both = set(&[("givenname", &["short"]), (uri, &["exact"])]);
        assert_eq!(both.values(uri).unwrap(), ["exact"]);
        assert_eq!(set(&[("givenname", &["short"])]).values(uri).unwrap(), ["short"]);
        let foreign = set(&[("http://other.example/claims/givenname", &["other"])]);
        assert!(foreign.values(uri).unwrap().is_empty());
    }

    #[test]
    fn two_attributes_of_one_claim_must_agree() {
        let uri = "https://x.example/email";
        assert_eq!(set(&[("email", &["a"]), (uri, &["a"])]).values("email").unwrap(), ["a"]);
        assert_eq!(
            set(&[("email", &["a"]), (uri, &["b"])]).values("email").unwrap_err(),
            ClaimError::Ambiguous { claim: "email".into(), first: "email".into(), second: uri.into() }
        );
        assert_eq!(
            set(&[("email", &["a"]), ("email", &["b"])]).values("email").unwrap_err().code(),
            "claim.ambiguous"
        );
    }

    #[test]
    fn empty_values_say_nothing() {
        assert_eq!(set(&[("a", &["", "x", ""])]).optional("a").unwrap(), Some("x"));
        assert_eq!(set(&[("a", &["", ""])]).optional("a").unwrap(), None);
        assert_eq!(set(&[("a", &[])]).optional("a").unwrap(), None);
    }

    #[test]
    fn one_value_is_kept_verbatim_and_several_are_refused() {
        assert_eq!(set(&[("a", &[" Ünï\t "])]).optional("a").unwrap(), Some(" Ünï\t "));
        assert_eq!(
            set(&[("a", &["x", "", "x"])]).optional("a").unwrap_err(),
            ClaimError::Several { claim: "a".into(), count: 2 }
        );
    }

    #[test]
    fn a_missing_claim_lists_the_names_that_arrived_and_no_value() {
        let error = set(&[("b", &["secret"]), ("c", &[])]).required("a").unwrap_err();
        assert_eq!(
            error,
            ClaimError::Missing { wanted: vec!["a".into()], arrived: vec!["b".into(), "c".into()] }
        );
        let text = error.to_string();
        assert!(text.contains("b, c") && !text.contains("secret"), "{text}");
        assert!(set(&[]).required("a").unwrap_err().to_string().contains("arrived: none"));
    }

    #[test]
    fn values_do_not_print() {
        let text = format!("{:?}", set(&[("email", &["ada@example.com"])]));
        assert!(text.contains("email") && !text.contains("ada@example.com"), "{text}");
    }
}
