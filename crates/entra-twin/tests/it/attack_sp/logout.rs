//! How the sample service provider is asked to end a session.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::sign::Verifier;
use openssl::x509::X509;

use super::judge::Check;
use super::tree::{Element, Overlooks, SAML, SAMLP};
use super::{Careless, Shop, inflated, refused};

pub(super) async fn slo(State(shop): State<Arc<Shop>>, RawQuery(query): RawQuery) -> Response {
    match shop.log_out(&query.unwrap_or_default()) {
        Ok(()) => Html("You are signed out.").into_response(),
        Err(why) => refused(&why),
    }
}

impl Shop {
    /// Ends the sessions that a signed LogoutRequest names.
    fn log_out(&self, query: &str) -> Result<(), String> {
        if self.careless == Some(Careless::RefusesMore) {
            return Err("nobody logs out here".into());
        }
        let values = |name: &str| -> Vec<&str> {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
        };
        if values("of") != ["shop"] {
            return Err("no session of another shop ends here".into());
        }
        let messages = values("SAMLRequest");
        let once = ["RelayState", "SigAlg", "Signature"].iter().all(|name| values(name).len() <= 1);
        self.rules.check(Check::Fields, once && messages.len() == 1)?;
        if self.rules.on(Check::LogoutSignature) {
            let one = |name: &str| values(name).first().copied().ok_or(format!("no {name}"));
            let (algorithm, signature) = (one("SigAlg")?, one("Signature")?);
            let relay_state =
                one("RelayState").map(|state| format!("&RelayState={state}")).unwrap_or_default();
            let holds = |message: &&str| {
                let signed = format!("SAMLRequest={message}{relay_state}&SigAlg={algorithm}");
                self.verify(&signed, &decoded(algorithm), &decoded(signature)).is_ok()
            };
            if !messages.iter().any(holds) {
                return Err("the signature does not hold".into());
            }
        }
        messages.into_iter().try_for_each(|message| self.end(message))
    }

    fn end(&self, message: &str) -> Result<(), String> {
        let rules = &self.rules;
        let deflated = STANDARD.decode(decoded(message)).map_err(|error| error.to_string())?;
        let text =
            String::from_utf8(inflated(&deflated, rules.most())?).map_err(|error| error.to_string())?;
        let request = Element::read(&text, Overlooks::default())?;
        let issuer = request.child(SAML, "Issuer").and_then(Element::text);
        rules.check(Check::Issuer, issuer == Some(rules.tenant.issuer()))?;
        let own = format!("{}/saml/slo?of=shop", self.base);
        rules.check(Check::Destination, request.attribute("Destination") == Some(&own))?;
        rules.check(Check::Window, rules.has_begun(request.attribute("IssueInstant")))?;
        rules.check(Check::Window, rules.goes_on(request.attribute("NotOnOrAfter")))?;
        let index = request.child(SAMLP, "SessionIndex").and_then(Element::text);
        let all = !rules.on(Check::LogoutSession);
        self.memory().sessions.retain(|_, session| !all && session.index != index);
        Ok(())
    }

    fn verify(&self, signed: &str, algorithm: &str, signature: &str) -> Result<(), String> {
        if algorithm != "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" {
            return Err(format!("signed by {algorithm}"));
        }
        let signature = STANDARD.decode(signature).map_err(|error| error.to_string())?;
        let key = X509::from_der(self.rules.certificate.der_data()).unwrap().public_key().unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
        match verifier.verify_oneshot(&signature, signed.as_bytes()) {
            Ok(true) => Ok(()),
            _ => Err("the signature does not hold".into()),
        }
    }
}

/// The value of a parameter as it stands in a query.
fn decoded(value: &str) -> String {
    let pair = format!("x={value}");
    url::form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
