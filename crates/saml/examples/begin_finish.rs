//! Begins a login, plays the identity provider that answers it, judges the answer, and judges it again for somebody else.
//!
//! `cargo run -p landfall-saml --example begin_finish`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use landfall_saml::{
    Accepted, Binding, CertificateDates, Endpoint, IdentityProvider, Outgoing, Policy, RawMessage, RequestId,
    RequestOptions, ServiceProvider, Unsolicited,
};
use landfall_xmldsig::{Certificate, SignaturePlace, Signer, SigningKey, TrustedKeys, encode_base64};
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);
const IDP: &str = "https://idp.example/metadata";

fn main() -> Result<(), Box<dyn Error>> {
    // Keys of this example alone: everybody has them.
    let certificate = Certificate::from_pem(include_str!("../tests/keys/signer.crt.pem"))?;
    let key = SigningKey::from_pem(include_str!("../tests/keys/signer.key.pem"), certificate.clone())?;

    let sp =
        ServiceProvider::new("https://sp.example/metadata".try_into()?, "https://sp.example/acs".try_into()?);
    let sso = Endpoint { binding: Binding::Redirect, location: "https://idp.example/sso".try_into()? };
    let idp = IdentityProvider::new(IDP.try_into()?, vec![sso], TrustedKeys::new([certificate])?);

    // The browser is sent on its way, and `pending` is kept. The twenty bytes are random in earnest.
    let request = RequestId::from_random([7; 20]);
    let begun = sp.begin(&key, &idp, request, "state".try_into()?, &RequestOptions::default(), NOW)?;
    if let Outgoing::Redirect { url } = &begun.outgoing {
        println!("the browser goes to {}…", url.chars().take(60).collect::<String>());
    }

    // It comes back with a form.
    let field = answer(&key, begun.pending.request_id())?;
    let message = RawMessage::from_post(&field)?;
    let response = message.response()?;
    println!("it claims to answer {:?}", response.hints().in_response_to);

    let policy = Policy::new(Unsolicited::Refuse, CertificateDates::Refuse);
    let (judged, decision) = sp.finish(&idp, Some(&begun.pending), &response, &policy, NOW);
    println!("{decision}");
    let Accepted::Login(login) = judged? else { return Err("expected a login".into()) };
    println!("signed in; use up assertion {:?} until {}", login.assertion_id(), login.usable_until());

    // The same message is worth nothing to another service provider.
    let other = ServiceProvider::new(
        "https://other.example/metadata".try_into()?,
        "https://other.example/acs".try_into()?,
    );
    let (judged, _) = other.finish(&idp, Some(&begun.pending), &response, &policy, NOW);
    let reject = judged.err().ok_or("another service provider believed it")?;
    println!("elsewhere it is refused: {reject}");
    Ok(())
}

/// What an identity provider says about a person, signed.
fn answer(key: &SigningKey, request: &RequestId) -> Result<String, Box<dyn Error>> {
    let request = request.as_str();
    let assertion = format!(
        "<saml:Assertion xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion' ID='_a1' Version='2.0' \
         IssueInstant='2030-01-02T03:04:00Z'><saml:Issuer>{IDP}</saml:Issuer>\
         <saml:Subject><saml:NameID>ada</saml:NameID>\
         <saml:SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'><saml:SubjectConfirmationData \
         InResponseTo='{request}' NotOnOrAfter='2030-01-02T04:04:00Z' Recipient='https://sp.example/acs'/>\
         </saml:SubjectConfirmation></saml:Subject>\
         <saml:Conditions NotBefore='2030-01-02T03:00:00Z' NotOnOrAfter='2030-01-02T04:04:00Z'>\
         <saml:AudienceRestriction><saml:Audience>https://sp.example/metadata</saml:Audience>\
         </saml:AudienceRestriction></saml:Conditions>\
         <saml:AuthnStatement AuthnInstant='2030-01-02T03:03:00Z' SessionIndex='_s1'><saml:AuthnContext>\
         <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>\
         </saml:AuthnContext></saml:AuthnStatement></saml:Assertion>"
    );
    let assertion = key.sign_element(&assertion, "_a1", SignaturePlace::Second)?;
    let response = format!(
        "<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol' ID='_r1' Version='2.0' \
         IssueInstant='2030-01-02T03:04:00Z' Destination='https://sp.example/acs' InResponseTo='{request}'>\
         <samlp:Status><samlp:StatusCode Value='urn:oasis:names:tc:SAML:2.0:status:Success'/></samlp:Status>\
         {assertion}</samlp:Response>"
    );
    Ok(encode_base64(response.as_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
