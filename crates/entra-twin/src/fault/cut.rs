//! The pieces of a response that the double wrote, as text.

use super::ForgeError;

/// A response cut at its seams; put together again it is the same text.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// The start tag of the Response.
    pub(crate) open: String,
    /// Its Issuer.
    pub(crate) issuer: String,
    /// Its Signature, or nothing.
    pub(crate) signature: String,
    /// Its Status.
    pub(crate) status: String,
    /// The assertion, or whatever stands in its place.
    pub(crate) assertion: String,
}

/// An assertion cut at its seams.
#[derive(Clone, Debug)]
pub(crate) struct AssertionParts {
    /// Start tag and Issuer.
    pub(crate) head: String,
    /// Its Signature, or nothing.
    pub(crate) signature: String,
    /// From the Subject to the end tag.
    pub(crate) rest: String,
}

const END: &str = "</samlp:Response>";

impl Parts {
    /// # Errors
    /// [`ForgeError::Seam`] if it is no response of the double.
    pub(crate) fn of(response: &str) -> Result<Self, ForgeError> {
        let (open, rest) = behind(response, ">")?;
        let (issuer, rest) = behind(rest, "</Issuer>")?;
        let (signature, rest) = leading_signature(rest)?;
        let (status, rest) = behind(rest, "</samlp:Status>")?;
        let assertion = rest.strip_suffix(END).ok_or(ForgeError::Seam { seam: END })?;
        let [open, issuer, signature, status, assertion] =
            [open, issuer, signature, status, assertion].map(str::to_owned);
        Ok(Self { open, issuer, signature, status, assertion })
    }

    /// The whole text.
    pub(crate) fn whole(&self) -> String {
        let Self { open, issuer, signature, status, assertion } = self;
        format!("{open}{issuer}{signature}{status}{assertion}{END}")
    }

    /// The value of the ID of the Response.
    pub(crate) fn id(&self) -> Result<&str, ForgeError> {
        id(&self.open)
    }
}

impl AssertionParts {
    /// # Errors
    /// [`ForgeError::Seam`] if it is no assertion of the double.
    pub(crate) fn of(assertion: &str) -> Result<Self, ForgeError> {
        // One spelling of the double has a prefix.
        let issuer = if assertion.starts_with("<saml:") { "</saml:Issuer>" } else { "</Issuer>" };
        let (head, rest) = behind(assertion, issuer)?;
        let (signature, rest) = leading_signature(rest)?;
        Ok(Self { head: head.to_owned(), signature: signature.to_owned(), rest: rest.to_owned() })
    }

    pub(crate) fn whole(&self) -> String {
        let Self { head, signature, rest } = self;
        format!("{head}{signature}{rest}")
    }

    pub(crate) fn id(&self) -> Result<&str, ForgeError> {
        id(&self.head)
    }
}

/// The text up to the end of `seam`, and what follows.
pub(crate) fn behind<'a>(text: &'a str, seam: &'static str) -> Result<(&'a str, &'a str), ForgeError> {
    let cut = text.find(seam).map(|at| at + seam.len());
    cut.and_then(|at| text.split_at_checked(at)).ok_or(ForgeError::Seam { seam })
}

/// The text before `seam`, and from there on.
pub(crate) fn before<'a>(text: &'a str, seam: &'static str) -> Result<(&'a str, &'a str), ForgeError> {
    text.find(seam).and_then(|at| text.split_at_checked(at)).ok_or(ForgeError::Seam { seam })
}

/// What stands between two texts.
pub(crate) fn between<'a>(
    text: &'a str,
    start: &'static str,
    end: &'static str,
) -> Result<&'a str, ForgeError> {
    let (_, rest) = behind(text, start)?;
    before(rest, end).map(|(found, _)| found)
}

/// Replaces the first of `old`, which must be there.
pub(crate) fn replaced(text: &str, old: &'static str, new: &str) -> Result<String, ForgeError> {
    let (head, rest) = text.split_once(old).ok_or(ForgeError::Seam { seam: old })?;
    Ok(format!("{head}{new}{rest}"))
}

/// Replaces what stands between two texts.
pub(crate) fn filled(
    text: &str,
    start: &'static str,
    end: &'static str,
    new: impl FnOnce(&str) -> String,
) -> Result<String, ForgeError> {
    let (head, rest) = behind(text, start)?;
    let (old, tail) = before(rest, end)?;
    Ok(format!("{head}{}{tail}", new(old)))
}

/// Replaces the content of the first NameID, whatever its Format.
pub(crate) fn name_id(text: &str, new: impl FnOnce(&str) -> String) -> Result<String, ForgeError> {
    let (head, rest) = behind(text, "<NameID")?;
    Ok(format!("{head}{}", filled(rest, ">", "</NameID>", new)?))
}

/// Replaces the value of the claim that carries the sign-in name, whatever its NameFormat.
pub(crate) fn name_claim(text: &str, new: impl FnOnce(&str) -> String) -> Result<String, ForgeError> {
    let (head, rest) = behind(text, "Name=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name\"")?;
    Ok(format!("{head}{}", filled(rest, "<AttributeValue>", "</AttributeValue>", new)?))
}

/// A value with something inside of it: before its `@`, or behind its first letter where it has none.
pub(crate) fn split(value: &str, with: &str) -> String {
    let (head, tail) = halves(value);
    format!("{head}{with}{tail}")
}

/// Both parts of a value that [`split`] takes apart.
pub(crate) fn halves(value: &str) -> (&str, &str) {
    let first = value.chars().next().map_or(0, char::len_utf8);
    value.split_at_checked(value.find('@').unwrap_or(first)).unwrap_or((value, ""))
}

/// A Signature at the beginning of a text, or nothing, and what follows.
fn leading_signature(text: &str) -> Result<(&str, &str), ForgeError> {
    if text.starts_with("<Signature ") { behind(text, "</Signature>") } else { Ok(("", text)) }
}

fn id(open: &str) -> Result<&str, ForgeError> {
    between(open, " ID=\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_whatever_stands_around_it() {
        let new = |old: &str| split(old, "|");
        for (text, edited) in [
            ("<NameID>a@b</NameID>", "<NameID>a|@b</NameID>"),
            (
                "<NameID Format=\"x\">abc</NameID><NameID>d</NameID>",
                "<NameID Format=\"x\">a|bc</NameID><NameID>d</NameID>",
            ),
            ("<NameID></NameID>", "<NameID>|</NameID>"),
        ] {
            assert_eq!(name_id(text, new).unwrap(), edited);
        }
        assert_eq!(name_id("<Subject/>", new).unwrap_err().code(), "forge-seam");
        let claim = |format: &str, value: &str| {
            format!(
                "<Attribute Name=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name\"{format}>\
                 <AttributeValue>{value}</AttributeValue></Attribute>"
            )
        };
        for format in ["", " NameFormat=\"y\""] {
            assert_eq!(name_claim(&claim(format, "\u{e4}b"), new).unwrap(), claim(format, "\u{e4}|b"));
        }
    }
}
