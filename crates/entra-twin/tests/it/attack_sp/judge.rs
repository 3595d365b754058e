//! What the sample service provider demands of a response, check by check.

use std::collections::HashSet;

use landfall_entra_twin::Tenant;
use samael::crypto::CertificateDer;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::careless::{fetch, lossy};
use super::tree::{DSIG, Element, Node, Overlooks, SAML, SAMLP};

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
    /// Which session a logout is about.
    LogoutSession,
    /// That RelayState is neither an address to go to nor markup.
    RelayState,
    /// That a response comes in a form, and not deflated.
    Binding,
    /// That base64 is strict.
    Base64,
    /// That each field has its name and is there once.
    Fields,
    /// That a message is UTF-8 and of the characters of XML 1.0.
    Encoding,
    /// That it has one root and an end, that attributes differ and that prefixes are declared.
    Grammar,
    /// How much there may be of everything in it.
    Limits,
    /// That its root is a Response.
    Root,
    Version,
    /// That somebody signed in, and says how.
    Statement,
    /// That each condition is understood.
    Conditions,
    /// That the subject is confirmed, and by which data.
    Confirmation,
    /// That the NameID is there, has a value and is for this service provider.
    NameId,
    /// The tag of what is encrypted.
    Tag,
    /// How the key of what is encrypted may be encrypted itself.
    Transport,
    /// That something encrypted may be cut, or be for somebody else.
    Decryption,
    /// That nothing is fetched from an address in a message.
    Fetch,
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
    /// What decrypts, PKCS#8.
    pub(crate) private_key: Vec<u8>,
    pub(crate) now: OffsetDateTime,
    pub(crate) off: &'static [Check],
}

pub(super) type Judged<T> = Result<T, String>;

impl Rules {
    pub(crate) fn on(&self, check: Check) -> bool {
        !self.off.contains(&check)
    }

    /// Refuses what does not hold, unless nobody looks.
    pub(crate) fn check(&self, check: Check, holds: bool) -> Judged<()> {
        if holds || !self.on(check) { Ok(()) } else { Err(format!("{check:?}")) }
    }

    pub(crate) fn judge(&self, octets: &[u8], is_pending: impl Fn(&str) -> bool) -> Judged<Accepted> {
        self.check(Check::Size, octets.len() <= 256 * 1024)?;
        let text = self.text(octets)?;
        if !self.on(Check::Fetch) {
            fetch(&text, &self.acs);
        }
        let (text, covered) = self.in_clear(&text)?;
        let response = Element::read(&text, self.overlooks())?;
        if response.is(SAML, "Assertion") && !self.on(Check::Root) {
            self.hold(&text)?;
            return self.assertion(&response, &is_pending, None);
        }
        if !response.is(SAMLP, "Response") {
            return Err("no Response".into());
        }
        let all = response.all();
        let split = all.iter().flat_map(|element| &element.children).any(|node| matches!(node, Node::Split));
        self.check(Check::Comments, !split)?;
        let signed = self.signed(&text, &response, covered)?;
        let assertion = match &signed {
            Some(signed) => find_assertion(signed).ok_or("no assertion is signed")?,
            None => all.iter().find(|element| element.is(SAML, "Assertion")).ok_or("no assertion")?,
        };
        self.envelope(&response, &is_pending)?;
        self.assertion(assertion, &is_pending, Some(&response))
    }

    /// How long a message may be that was deflated.
    pub(crate) fn most(&self) -> u64 {
        if self.on(Check::Size) { 256 * 1024 } else { 64 * 1024 * 1024 }
    }

    pub(crate) fn overlooks(&self) -> Overlooks {
        Overlooks {
            doctype: !self.on(Check::Doctype),
            grammar: !self.on(Check::Grammar),
            size: !self.on(Check::Limits),
            characters: !self.on(Check::Encoding),
        }
    }

    fn text(&self, octets: &[u8]) -> Judged<String> {
        let text = match std::str::from_utf8(octets) {
            _ if !self.on(Check::Encoding) => lossy(octets),
            Ok(text) => text.to_owned(),
            Err(error) => return Err(error.to_string()),
        };
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    }

    fn envelope(&self, response: &Element, is_pending: &impl Fn(&str) -> bool) -> Judged<()> {
        self.check(Check::Version, response.attribute("Version") == Some("2.0"))?;
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
        response: Option<&Element>,
    ) -> Judged<Accepted> {
        self.check(Check::Version, assertion.attribute("Version") == Some("2.0"))?;
        self.check(Check::Window, self.has_begun(assertion.attribute("IssueInstant")))?;
        let issuer = assertion.child(SAML, "Issuer").and_then(Element::text);
        self.check(Check::Issuer, issuer == Some(self.tenant.issuer()))?;
        let subject = assertion.child(SAML, "Subject").ok_or("no Subject")?;
        let name = self.name(assertion, subject)?;
        let answered = response.and_then(|response| response.attribute("InResponseTo"));
        let confirmed = subject.elements().filter(|child| child.is(SAML, "SubjectConfirmation"));
        let judged: Vec<Judged<Option<String>>> =
            confirmed.map(|one| self.confirmation(one, is_pending, answered)).collect();
        let request = match judged.into_iter().reduce(Result::or) {
            Some(judged) => judged?,
            None => {
                self.check(Check::Confirmation, false)?;
                answered.map(str::to_owned)
            }
        };
        self.check(Check::InResponseTo, response.is_none() || request.as_deref() == answered)?;
        self.conditions(assertion.child(SAML, "Conditions").ok_or("no Conditions")?)?;
        self.attributes(assertion, &name)?;
        let authn = assertion.child(SAML, "AuthnStatement");
        self.check(Check::Statement, authn.is_some())?;
        if let Some(authn) = authn {
            self.check(Check::Window, self.has_begun(authn.attribute("AuthnInstant")))?;
            let session_end = authn.attribute("SessionNotOnOrAfter");
            self.check(Check::Window, session_end.is_none() || self.goes_on(session_end))?;
        }
        Ok(Accepted {
            name,
            assertion: assertion.attribute("ID").unwrap_or_default().to_owned(),
            request,
            session_index: authn.and_then(|authn| authn.attribute("SessionIndex")).map(str::to_owned),
        })
    }

    fn name(&self, assertion: &Element, subject: &Element) -> Judged<String> {
        let names: Vec<&Element> = subject.elements().filter(|child| child.is(SAML, "NameID")).collect();
        self.check(Check::Once, names.len() <= 1)?;
        let text = match names.last() {
            Some(name) if self.on(Check::Comments) => {
                Some(name.text().ok_or("the NameID holds more than text")?)
            }
            Some(name) => name.first_text().map(str::to_owned),
            None => None,
        };
        let qualifier = names.last().and_then(|name| name.attribute("SPNameQualifier"));
        let own = qualifier.is_none_or(|qualifier| qualifier == self.entity_id);
        let text = match text.filter(|text| own && !text.is_empty()) {
            Some(text) => text,
            None => {
                self.check(Check::NameId, false)?;
                claim(assertion, NAME).ok_or("there is no name at all")?
            }
        };
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
        answered: Option<&str>,
    ) -> Judged<Option<String>> {
        let bearer = confirmation.attribute("Method") == Some("urn:oasis:names:tc:SAML:2.0:cm:bearer");
        self.check(Check::Bearer, bearer)?;
        let Some(data) = confirmation.child(SAML, "SubjectConfirmationData") else {
            self.check(Check::Confirmation, false)?;
            return Ok(answered.map(str::to_owned));
        };
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
        let restrictions = || conditions.elements().filter(|child| child.is(SAML, "AudienceRestriction"));
        self.check(Check::Conditions, restrictions().count() == conditions.elements().count())?;
        let names_us = |restriction: &Element| {
            restriction.elements().any(|audience| audience.text().as_ref() == Some(&self.entity_id))
        };
        let holds = restrictions().next().is_some() && restrictions().all(names_us);
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
        self.check(Check::Tenant, claim(assertion, TENANT) == Some(self.tenant.id.to_string()))
    }

    pub(crate) fn has_begun(&self, instant: Option<&str>) -> bool {
        read(instant).is_some_and(|instant| instant <= self.now + SKEW)
    }

    pub(crate) fn goes_on(&self, end: Option<&str>) -> bool {
        read(end).is_some_and(|end| self.now - SKEW < end)
    }
}

const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
const TENANT: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
const SKEW: Duration = Duration::seconds(60);

fn read(instant: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(instant?, &Rfc3339).ok()
}

fn find_assertion(signed: &Element) -> Option<&Element> {
    if signed.is(SAML, "Assertion") { Some(signed) } else { signed.child(SAML, "Assertion") }
}

/// The first value of a claim.
fn claim(assertion: &Element, name: &str) -> Option<String> {
    let statement = assertion.child(SAML, "AttributeStatement")?;
    let claim = statement.elements().find(|one| one.attribute("Name") == Some(name))?;
    claim.elements().next().and_then(Element::text)
}
