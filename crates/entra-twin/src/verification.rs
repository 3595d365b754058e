//! Signed requests, where the application requires them.

use openssl::x509::X509;

use crate::aadsts::Aadsts;
use crate::element::{Element, XMLDSIG};
use crate::query::QuerySignature;
use crate::request::Asked;
use crate::{App, Certificate, Verification, sign};

/// How many of the certificates are tried where a request does not say which key signed it.
const NEWEST: usize = 2;

/// The request, read from what a key of the service provider signed where that is required.
///
/// `query` is the query of the redirect binding exactly as it came; without it the signature is in the request.
///
/// # Errors
/// AADSTS76021 without a signature, AADSTS50006 for one that does not hold.
pub(crate) fn verified(app: &App, asked: Asked, query: Option<&str>) -> Result<Asked, Aadsts> {
    let weak = match app.verification {
        Verification::NotRequired => return Ok(asked),
        Verification::Required => false,
        Verification::RequiredWeak => true,
    };
    let certificates = app.verification_certificates.as_slice();
    if let Some(query) = query {
        let signature = QuerySignature::find(query, "SAMLRequest").ok_or(Aadsts::NotSigned)?;
        let holds = signature.holds(&newest(certificates), weak);
        return if holds { Ok(asked) } else { Err(Aadsts::Signature) };
    }
    let root = Element::parse(asked.xml()).ok_or(Aadsts::Signature)?;
    let signature = root.child(XMLDSIG, "Signature").ok_or(Aadsts::NotSigned)?;
    let tried = named(certificates, signature).map_or_else(|| newest(certificates), |it| vec![it.clone()]);
    let signed = sign::signed_octets(asked.xml(), &root, &tried, weak).ok_or(Aadsts::Signature)?;
    let signed = Asked::of_signed(signed, asked.xml().to_owned())?;
    // What was signed must be the request itself, and not a part that stands somewhere in it.
    if signed.id == asked.id { Ok(signed) } else { Err(Aadsts::Signature) }
}

/// The certificate that the signature names, if it is one of ours.
fn named<'a>(certificates: &'a [Certificate], signature: &Element) -> Option<&'a Certificate> {
    let data = signature.child(XMLDSIG, "KeyInfo")?.child(XMLDSIG, "X509Data")?;
    let named = Certificate::from_base64(data.child(XMLDSIG, "X509Certificate")?.text()).ok()?;
    certificates.iter().find(|certificate| **certificate == named)
}

/// Those that begin to be valid last.
fn newest(certificates: &[Certificate]) -> Vec<Certificate> {
    let mut dated: Vec<(X509, &Certificate)> = certificates
        .iter()
        .filter_map(|certificate| certificate.x509().ok().map(|x509| (x509, certificate)))
        .collect();
    dated.sort_by(|(left, _), (right, _)| {
        right.not_before().compare(left.not_before()).unwrap_or(std::cmp::Ordering::Equal)
    });
    dated.into_iter().take(NEWEST).map(|(_, certificate)| certificate.clone()).collect()
}
