//! Whether an identity provider sent what it was asked for: a case that it passes over unseen proves nothing.

use anyhow::{Result, ensure};

use super::case::Answer;

/// Compares a response with what was asked for, by its text: what Landfall makes of it is not to count here.
///
/// # Errors
/// When it is signed at other places, or encrypted in another way.
pub(super) fn check(response: &str, asked: &Answer) -> Result<()> {
    let (inside, outside) = split(response);
    let says =
        |text: &str, name: &str| text.contains(&format!(":{name}")) || text.contains(&format!("<{name}"));
    match asked.encrypted {
        None => {
            ensure!(!says(response, "EncryptedData"), "the response is encrypted, and was not to be");
            let is = says(inside, "SignatureValue");
            ensure!(
                is == asked.signed.assertion(),
                "signature of the assertion: {is}, which was not asked for"
            );
        }
        // What is inside cannot be seen: Landfall refuses it if nothing of it is signed.
        Some(encryption) => {
            let method = format!("Algorithm=\"{}\"", encryption.identifier());
            ensure!(inside.contains(&method), "the assertion is not encrypted by {}", encryption.name());
        }
    }
    let is = says(&outside, "SignatureValue");
    ensure!(is == asked.signed.response(), "signature of the response: {is}, which was not asked for");
    Ok(())
}

/// The assertion, encrypted or not, and what stands around it.
fn split(response: &str) -> (&str, String) {
    let begin = ["EncryptedAssertion", "Assertion"].iter().find_map(|name| {
        let found = response.match_indices(name).find(|(at, _)| {
            // A start tag: behind `<` and perhaps a prefix.
            let before = response.get(..*at).unwrap_or_default();
            let tag = before.rfind('<').and_then(|open| before.get(open + 1..)).unwrap_or("/");
            tag.is_empty() || (tag.ends_with(':') && tag.chars().filter(|c| "/ :".contains(*c)).count() == 1)
        });
        found.map(|(at, _)| at)
    });
    let end = response.rfind("Assertion>");
    match (begin, end) {
        (Some(begin), Some(end)) if begin <= end => {
            let inside = response.get(begin..end).unwrap_or_default();
            let around = [response.get(..begin), response.get(end..)];
            (inside, around.into_iter().flatten().collect())
        }
        _ => ("", response.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::{Encryption, Signed};
    use super::*;

    const SIGNATURE: &str = "<ds:Signature><ds:SignatureValue>x</ds:SignatureValue></ds:Signature>";

    fn response(outer: &str, inner: &str) -> String {
        format!(
            "<p:Response Destination=\"/Assertion\">{outer}<a:Assertion ID=\"x\">{inner}</a:Assertion></p:Response>"
        )
    }

    fn encrypted(outer: &str, method: &str) -> String {
        format!(
            "<Response>{outer}<EncryptedAssertion><EncryptedData><EncryptionMethod Algorithm=\"{method}\"/>\
             </EncryptedData></EncryptedAssertion></Response>"
        )
    }

    #[test]
    fn signatures_are_told_by_their_place() {
        for (outer, inner, is) in [
            ("", SIGNATURE, Signed::Assertion),
            (SIGNATURE, "", Signed::Response),
            (SIGNATURE, SIGNATURE, Signed::Both),
        ] {
            for asked in [Signed::Assertion, Signed::Response, Signed::Both] {
                let answer = Answer { signed: asked, ..Answer::PLAIN };
                assert_eq!(check(&response(outer, inner), &answer).is_ok(), asked == is, "{is:?}, {asked:?}");
            }
        }
        assert!(check(&response("", ""), &Answer::PLAIN).is_err());
    }

    #[test]
    fn encryption_is_told_by_its_method() {
        let aes = Encryption::Aes256Gcm;
        let asked = Answer { signed: Signed::Both, encrypted: Some(aes), ..Answer::PLAIN };
        let sent = encrypted(SIGNATURE, &aes.identifier());
        assert!(check(&sent, &asked).is_ok());
        assert!(check(&sent, &Answer { encrypted: Some(Encryption::TripleDes), ..asked }).is_err());
        assert!(check(&sent, &Answer { encrypted: None, ..asked }).is_err());
        assert!(check(&encrypted("", &aes.identifier()), &asked).is_err(), "the response is not signed");
        assert!(check(&response(SIGNATURE, SIGNATURE), &asked).is_err(), "nothing is encrypted");
    }
}
