//! What the sample service provider demands of a response, check by check.

use std::collections::HashSet;

use landfall_entra_twin::Tenant;
use samael::crypto::{AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoProvider, ReduceMode};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::tree::{DSIG, Element, Node, SAML, SAMLP};

/// One thing that a service provider may forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Any signature at all.
    Signature,
    /// That what is read is what was signed.
    Consumed,
    /// Which algorithms, transforms and references a signature may have.
    Algorithms,
    Audience,
    Recipient,
    Destination,
    Window,
    InResponseTo,
    /// That the browser which brings a response began the login.
    Browser,
    Replay,
    Issuer,
    Status,
    /// Comments and instructions inside what is signed.
    Comments,
    Doctype,
    /// The method of the confirmation.
    Bearer,
    /// That the tenantid claim is the issuer's, and the name of its domain.
    Tenant,
    /// That nothing stands twice.
    Once,
    /// How large a message may be.
    Size,
    /// The signature of a logout.
    LogoutSignature,
    /// That RelayState is no address to go to.
    RelayState,
}

/// Who signs in, and by what.
pub(crate) struct Accepted {
    pub(crate) name: String,
    pub(crate) assertion: String,
    pub(crate) request: Option<String>,
    pub(crate) session_index: Option<String>,
}

/// What the checks compare with.
pub(crate) struct Rules {
    pub(crate) entity_id: String,
    pub(crate) acs: String,
    pub(crate) tenant: Tenant,
    pub(crate) certificate: CertificateDer,
    pub(crate) now: OffsetDateTime,
    pub(crate) off: Option<Check>,
}

type Judged<T> = Result<T, String>;

impl Rules {
    pub(crate) fn on(&self, check: Check) -> bool {
        self.off != Some(check)
    }

    /// Refuses what does not hold, unless nobody looks.
    pub(crate) fn check(&self, check: Check, holds: bool) -> Judged<()> {
        if holds || !self.on(check) { Ok(()) } else { Err(format!("{check:?}")) }
    }

    pub(crate) fn judge(&self, octets: &[u8], is_pending: impl Fn(&str) -> bool) -> Judged<Accepted> {
        self.check(Check::Size, octets.len() <= 256 * 1024)?;
        let text = std::str::from_utf8(octets).map_err(|error| error.to_string())?;
        let text = text.trim_start_matches('\u{feff}');
        let response = Element::read(text, !self.on(Check::Doctype))?;
        if !response.is(SAMLP, "Response") {
            return Err("no Response".into());
        }
        let all = response.all();
        let split = all.iter().flat_map(|element| &element.children).any(|node| matches!(node, Node::Split));
        self.check(Check::Comments, !split)?;
        let signed = self.signed(text, &response)?;
        let assertion = match &signed {
            Some(signed) => find_assertion(signed).ok_or("no assertion is signed")?,
            None => all.iter().find(|element| element.is(SAML, "Assertion")).ok_or("no assertion")?,
        };
        self.envelope(&response, &is_pending)?;
        self.assertion(assertion, &is_pending, &response)
    }

    /// What the trusted key signed; `None` if whatever stands there counts.
    fn signed(&self, text: &str, response: &Element) -> Judged<Option<Element>> {
        if !self.on(Check::Signature) {
            return Ok(None);
        }
        if self.on(Check::Consumed) {
            self.structure(response)?;
        }
        let allowed = [
            AllowedSignatureAlgorithm::RsaSha256,
            AllowedSignatureAlgorithm::RsaSha384,
            AllowedSignatureAlgorithm::RsaSha512,
        ];
        let allowed = self.on(Check::Algorithms).then_some(&allowed[..]);
        let octets = Crypto::reduce_xml_to_signed_with_allowed_algorithms(
            text,
            std::slice::from_ref(&self.certificate),
            ReduceMode::PreDigest,
            allowed,
        )
        .map_err(|error| error.to_string())?;
        if !self.on(Check::Consumed) || !self.on(Check::Comments) {
            return Ok(None);
        }
        Element::read(&octets, false).map(Some)
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

    fn envelope(&self, response: &Element, is_pending: &impl Fn(&str) -> bool) -> Judged<()> {
        if response.attribute("Version") != Some("2.0") {
            return Err("Version".into());
        }
        let signed = response.child(DSIG, "Signature").is_some();
        let destination = response.attribute("Destination");
        let holds = destination == Some(&self.acs) || (destination.is_none() && !signed);
        self.check(Check::Destination, holds)?;
        let issuer = response.child(SAML, "Issuer").and_then(Element::text);
        self.check(Check::Issuer, issuer == Some(self.tenant.issuer()))?;
        self.check(Check::Window, self.has_begun(response.attribute("IssueInstant")))?;
        let answers = response.attribute("InResponseTo").is_some_and(is_pending);
        self.check(Check::InResponseTo, answers)?;
        let status = response.child(SAMLP, "Status").and_then(|status| status.child(SAMLP, "StatusCode"));
        let status = status.and_then(|code| code.attribute("Value"));
        self.check(Check::Status, status == Some("urn:oasis:names:tc:SAML:2.0:status:Success"))
    }

    fn assertion(
        &self,
        assertion: &Element,
        is_pending: &impl Fn(&str) -> bool,
        response: &Element,
    ) -> Judged<Accepted> {
        if assertion.attribute("Version") != Some("2.0") {
            return Err("Version".into());
        }
        self.check(Check::Window, self.has_begun(assertion.attribute("IssueInstant")))?;
        let issuer = assertion.child(SAML, "Issuer").and_then(Element::text);
        self.check(Check::Issuer, issuer == Some(self.tenant.issuer()))?;
        let subject = assertion.child(SAML, "Subject").ok_or("no Subject")?;
        let name = self.name(subject)?;
        let confirmed = subject.elements().filter(|child| child.is(SAML, "SubjectConfirmation"));
        let judged: Vec<Judged<Option<String>>> =
            confirmed.map(|confirmation| self.confirmation(confirmation, is_pending)).collect();
        let request = match judged.into_iter().reduce(Result::or) {
            Some(judged) => judged?,
            None => return Err("no SubjectConfirmation".into()),
        };
        let in_both = request.as_deref() == response.attribute("InResponseTo");
        self.check(Check::InResponseTo, in_both)?;
        self.conditions(assertion.child(SAML, "Conditions").ok_or("no Conditions")?)?;
        self.attributes(assertion, &name)?;
        let authn = assertion.child(SAML, "AuthnStatement").ok_or("no AuthnStatement")?;
        self.check(Check::Window, self.has_begun(authn.attribute("AuthnInstant")))?;
        let session_end = authn.attribute("SessionNotOnOrAfter");
        self.check(Check::Window, session_end.is_none() || self.goes_on(session_end))?;
        Ok(Accepted {
            name,
            assertion: assertion.attribute("ID").unwrap_or_default().to_owned(),
            request,
            session_index: authn.attribute("SessionIndex").map(str::to_owned),
        })
    }

    fn name(&self, subject: &Element) -> Judged<String> {
        let names: Vec<&Element> = subject.elements().filter(|child| child.is(SAML, "NameID")).collect();
        self.check(Check::Once, names.len() == 1)?;
        let name = names.last().ok_or("no NameID")?;
        let qualifier = name.attribute("SPNameQualifier");
        if qualifier.is_some_and(|qualifier| qualifier != self.entity_id) {
            return Err("the NameID is another's".into());
        }
        let text = if self.on(Check::Comments) { name.text() } else { name.first_text().map(str::to_owned) };
        let text = text.filter(|text| !text.is_empty()).ok_or("the NameID is no name")?;
        let domain = text.split_once('@').map_or("", |(_, domain)| domain);
        let own = domain == self.tenant.domain && !text.contains("#EXT#");
        // Who reads up to a split may find no domain at all.
        let split = !self.on(Check::Comments) && !text.contains('@');
        self.check(Check::Tenant, own || split)?;
        Ok(text)
    }

    fn confirmation(
        &self,
        confirmation: &Element,
        is_pending: &impl Fn(&str) -> bool,
    ) -> Judged<Option<String>> {
        let bearer = confirmation.attribute("Method") == Some("urn:oasis:names:tc:SAML:2.0:cm:bearer");
        self.check(Check::Bearer, bearer)?;
        let data = confirmation.child(SAML, "SubjectConfirmationData").ok_or("no data")?;
        self.check(Check::Recipient, data.attribute("Recipient") == Some(&self.acs))?;
        self.check(Check::Bearer, data.attribute("NotBefore").is_none())?;
        self.check(Check::Window, self.goes_on(data.attribute("NotOnOrAfter")))?;
        let request = data.attribute("InResponseTo");
        self.check(Check::InResponseTo, request.is_some_and(is_pending))?;
        Ok(request.map(str::to_owned))
    }

    fn conditions(&self, conditions: &Element) -> Judged<()> {
        let begin = conditions.attribute("NotBefore");
        self.check(Check::Window, begin.is_none() || self.has_begun(begin))?;
        self.check(Check::Window, self.goes_on(conditions.attribute("NotOnOrAfter")))?;
        if conditions.elements().any(|child| !child.is(SAML, "AudienceRestriction")) {
            return Err("a condition that nobody understands".into());
        }
        let names_us = |restriction: &Element| {
            restriction.elements().any(|audience| audience.text().as_ref() == Some(&self.entity_id))
        };
        let holds = conditions.elements().next().is_some() && conditions.elements().all(names_us);
        self.check(Check::Audience, holds)
    }

    fn attributes(&self, assertion: &Element, name: &str) -> Judged<()> {
        let statement = assertion.child(SAML, "AttributeStatement").ok_or("no attributes")?;
        let mut names = HashSet::new();
        self.check(Check::Once, statement.elements().all(|one| names.insert(one.attribute("Name"))))?;
        let values = statement.elements().flat_map(Element::elements);
        if self.on(Check::Comments) && !values.map(Element::text).all(|text| text.is_some()) {
            return Err(format!("an attribute of {name} holds more than text"));
        }
        let tenant = statement.elements().find(|one| {
            one.attribute("Name") == Some("http://schemas.microsoft.com/identity/claims/tenantid")
        });
        let tenant = tenant.and_then(|one| one.elements().next()).and_then(Element::text);
        self.check(Check::Tenant, tenant == Some(self.tenant.id.to_string()))
    }

    pub(crate) fn has_begun(&self, instant: Option<&str>) -> bool {
        read(instant).is_some_and(|instant| instant <= self.now + SKEW)
    }

    pub(crate) fn goes_on(&self, end: Option<&str>) -> bool {
        read(end).is_some_and(|end| self.now - SKEW < end)
    }
}

const SKEW: Duration = Duration::seconds(60);
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

fn read(instant: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(instant?, &Rfc3339).ok()
}

fn find_assertion(signed: &Element) -> Option<&Element> {
    if signed.is(SAML, "Assertion") { Some(signed) } else { signed.child(SAML, "Assertion") }
}

/// The names of the children, in order; those beyond `least` may be missing.
fn children(parent: &Element, names: &[&str], least: usize) -> Judged<()> {
    let found: Vec<&str> = parent.elements().map(|child| child.name.as_str()).collect();
    if found.len() >= least && names.starts_with(&found) {
        return Ok(());
    }
    Err(format!("{} holds {found:?}", parent.name))
}
