//! What the sample service provider demands of a signature.

use std::collections::HashSet;

use samael::crypto::{AllowedSignatureAlgorithm, Crypto, CryptoProvider as _, ReduceMode};

use super::careless::part;
use super::judge::{Check, Judged, Rules};
use super::tree::{DSIG, Element, Overlooks, SAML, SAMLP};

impl Rules {
    /// What the trusted key signed; `None` if whatever stands there counts. `covered` says that it held before something
    /// was decrypted.
    pub(super) fn signed(&self, text: &str, response: &Element, covered: bool) -> Judged<Option<Element>> {
        if !self.on(Check::Signature) {
            return Ok(None);
        }
        if self.on(Check::Consumed) {
            self.structure(response)?;
        }
        if covered {
            return Ok(None);
        }
        let is_signed = response.child(DSIG, "Signature").is_some();
        let octets = match part(text) {
            Some(part) if self.is_careless_reader() && !is_signed => self.hold(part)?,
            _ => self.hold(text)?,
        };
        if !self.on(Check::Consumed) || !self.on(Check::Comments) {
            return Ok(None);
        }
        Element::read(&octets, Overlooks::default()).map(Some)
    }

    /// Whether the library behind the signatures must not see what the reader overlooks.
    fn is_careless_reader(&self) -> bool {
        [Check::Doctype, Check::Grammar, Check::Limits, Check::Encoding].iter().any(|check| !self.on(*check))
    }

    /// What is signed in a text, by the trusted key.
    pub(super) fn hold(&self, text: &str) -> Judged<String> {
        let mut text = text.to_owned();
        if !self.on(Check::Doctype) {
            text = text.replace("&e;", "");
        }
        let allowed = [
            AllowedSignatureAlgorithm::RsaSha256,
            AllowedSignatureAlgorithm::RsaSha384,
            AllowedSignatureAlgorithm::RsaSha512,
        ];
        let allowed = self.on(Check::Algorithms).then_some(&allowed[..]);
        let reduced = |text: &str| {
            Crypto::reduce_xml_to_signed_with_allowed_algorithms(
                text,
                std::slice::from_ref(&self.certificate),
                ReduceMode::PreDigest,
                allowed,
            )
            .map_err(|error| error.to_string())
        };
        match reduced(&text) {
            // Some canonicalizations take instructions away.
            Err(_) if !self.on(Check::Comments) => reduced(&text.replace("<?x y?>", "")),
            other => other,
        }
    }

    /// One assertion, its signatures where they belong, each ID once.
    fn structure(&self, response: &Element) -> Judged<()> {
        let all = response.all();
        let assertions = all.iter().filter(|element| element.is(SAML, "Assertion")).count();
        let responses = all.iter().filter(|element| element.is(SAMLP, "Response")).count();
        let own: Vec<&Element> = response.elements().filter(|child| child.is(SAML, "Assertion")).collect();
        let ([assertion], 1, 1) = (own.as_slice(), assertions, responses) else {
            return Err("not one assertion in one response".into());
        };
        let mut ids = HashSet::new();
        let mut named = all.iter().flat_map(|element| &element.attributes);
        if !named.all(|(name, value)| !name.eq_ignore_ascii_case("id") || ids.insert(value)) {
            return Err("an ID twice".into());
        }
        let signatures = all.iter().filter(|element| element.is(DSIG, "Signature")).count();
        let mut found = 0;
        for signed in [response, assertion] {
            let mut own = signed.elements().filter(|child| child.is(DSIG, "Signature"));
            if let Some(signature) = own.next() {
                found += 1;
                self.signature(signed, signature)?;
            }
        }
        if found == signatures { Ok(()) } else { Err("a signature in another place".into()) }
    }

    fn signature(&self, signed: &Element, signature: &Element) -> Judged<()> {
        children(signature, &["SignedInfo", "SignatureValue", "KeyInfo"], 2)?;
        let info = signature.child(DSIG, "SignedInfo").ok_or("no SignedInfo")?;
        if !self.on(Check::Algorithms) {
            return Ok(());
        }
        children(info, &["CanonicalizationMethod", "SignatureMethod", "Reference"], 3)?;
        let c14n = info.child(DSIG, "CanonicalizationMethod").ok_or("none")?;
        let method = info.child(DSIG, "SignatureMethod").ok_or("none")?;
        let reference = info.child(DSIG, "Reference").ok_or("none")?;
        children(reference, &["Transforms", "DigestMethod", "DigestValue"], 3)?;
        let transforms = reference.child(DSIG, "Transforms").ok_or("none")?;
        let transforms: Vec<_> =
            transforms.elements().map(|one| (one.attribute("Algorithm"), one.children.len())).collect();
        let id = signed.attribute("ID").unwrap_or_default();
        let holds = c14n.attribute("Algorithm") == Some(EXCLUSIVE)
            && method.children.is_empty()
            && reference.attribute("URI") == Some(&format!("#{id}"))
            && transforms == [(Some(ENVELOPED), 0), (Some(EXCLUSIVE), 0)];
        self.check(Check::Algorithms, holds)
    }
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The names of the children, in order; those beyond `least` may be missing.
fn children(parent: &Element, names: &[&str], least: usize) -> Judged<()> {
    let found: Vec<&str> = parent.elements().map(|child| child.name.as_str()).collect();
    if found.len() >= least && names.starts_with(&found) {
        return Ok(());
    }
    Err(format!("{} holds {found:?}", parent.name))
}
