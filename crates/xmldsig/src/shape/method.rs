//! The algorithms that a Signature names, each with the parameters that it may have.

use super::{Children, algorithm_uri, attributes};
use crate::algorithm::{AlgorithmPolicy, DigestAlgorithm, ENVELOPED, SignatureAlgorithm};
use crate::document::Element;
use crate::{C14nMethod, Canonicalization, Limits, PrefixList, ShapeError, VerifyError};

/// Namespace of the parameters of RSA-PSS, and the first part of its identifiers [rfc6931 2.3.9].
const MORE: &str = "http://www.w3.org/2007/05/xmldsig-more#";
const RSA_PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";
const MGF1: &str = "http://www.w3.org/2007/05/xmldsig-more#MGF1";

/// An algorithm of the list, without parameters but for those of RSA-PSS [attack C2].
pub(super) fn signature(
    method: Element<'_>,
    policy: AlgorithmPolicy,
) -> Result<SignatureAlgorithm, VerifyError> {
    let uri = algorithm_uri(method)?;
    if uri == RSA_PSS {
        return rsa_pss(method);
    }
    Children::of(method)?.end()?;
    policy.signature(uri).ok_or_else(|| refused("SignatureMethod", uri))
}

/// RSA-PSS with its parameters spelt out: those that another identifier stands for, and no others [rfc6931 2.3.9].
fn rsa_pss(method: Element<'_>) -> Result<SignatureAlgorithm, VerifyError> {
    let mut children = Children::of(method)?;
    let parameters = children.optional_in(MORE, "RSAPSSParams");
    children.end()?;
    // Without them it is SHA-256 throughout.
    let Some(parameters) = parameters else { return Ok(SignatureAlgorithm::RsaPssSha256) };
    attributes(parameters, &[])?;
    let mut children = Children::of(parameters)?;
    let hash = hash(children.optional("DigestMethod"))?;
    let mask = match children.optional_in(MORE, "MaskGenerationFunction") {
        Some(function) => mask(function)?,
        None => DigestAlgorithm::Sha256,
    };
    let salt = children.optional_in(MORE, "SaltLength");
    let trailer = children.optional_in(MORE, "TrailerField");
    children.end()?;
    if mask != hash {
        return Err(refused("MaskGenerationFunction with", mask.uri()));
    }
    number(salt, "SaltLength", &hash.length().to_string())?;
    number(trailer, "TrailerField", "1")?;
    match hash {
        DigestAlgorithm::Sha256 => Ok(SignatureAlgorithm::RsaPssSha256),
        DigestAlgorithm::Sha384 => Ok(SignatureAlgorithm::RsaPssSha384),
        DigestAlgorithm::Sha512 => Ok(SignatureAlgorithm::RsaPssSha512),
        DigestAlgorithm::Sha1 => Err(refused("RSAPSSParams with", hash.uri())),
    }
}

fn mask(function: Element<'_>) -> Result<DigestAlgorithm, VerifyError> {
    attributes(function, &["Algorithm"])?;
    let uri = function.attribute("Algorithm").unwrap_or(MGF1);
    if uri != MGF1 {
        return Err(refused("MaskGenerationFunction", uri));
    }
    let mut children = Children::of(function)?;
    let method = children.optional("DigestMethod");
    children.end()?;
    hash(method)
}

/// SHA-256 where none is named; never SHA-1, whatever a policy opens.
fn hash(method: Option<Element<'_>>) -> Result<DigestAlgorithm, VerifyError> {
    method.map_or(Ok(DigestAlgorithm::Sha256), |method| digest(method, AlgorithmPolicy::strict()))
}

fn number(element: Option<Element<'_>>, place: &'static str, expected: &str) -> Result<(), VerifyError> {
    let Some(element) = element else { return Ok(()) };
    attributes(element, &[])?;
    match element.text().map_err(ShapeError::from)? {
        text if text == expected => Ok(()),
        text => Err(refused(place, text)),
    }
}

/// An algorithm of the list, without parameters.
pub(super) fn digest(method: Element<'_>, policy: AlgorithmPolicy) -> Result<DigestAlgorithm, VerifyError> {
    let uri = algorithm_uri(method)?;
    Children::of(method)?.end()?;
    policy.digest(uri).ok_or_else(|| refused("DigestMethod", uri))
}

/// Exactly: enveloped-signature, then a canonicalization [saml-core 5.4.4], [attack C13].
///
/// No comment is ever in what a Reference by ID stands for, so none is kept, whatever the method [xmldsig 4.4.3.3], [attack B8].
pub(super) fn transforms(
    transforms: Element<'_>,
    policy: AlgorithmPolicy,
) -> Result<Canonicalization<'_>, VerifyError> {
    attributes(transforms, &[])?;
    let mut children = Children::of(transforms)?;
    let first = children.next("Transform")?;
    let uri = algorithm_uri(first)?;
    if uri != ENVELOPED {
        return Err(refused("Transform", uri));
    }
    Children::of(first)?.end()?;
    if children.is_empty() && policy.accepts_c14n(C14nMethod::Inclusive10) {
        // Nodes that no transform has made octets of are canonicalized by 1.0 [xmldsig 4.4.3.2].
        return Ok(C14nMethod::Inclusive10.into());
    }
    let mut how = canonicalization(children.next("Transform")?, "Transform", policy)?;
    children.end()?;
    how.method = how.method.without_comments();
    Ok(how)
}

/// A canonicalization of the policy's list, an exclusive one with the prefixes that are to be treated inclusively
/// [xml-exc-c14n 4], [attack B9, C15]: no more of them than namespaces may be in scope, since each costs a comparison
/// for each declaration [attack D5].
pub(super) fn canonicalization<'d>(
    method: Element<'d>,
    place: &'static str,
    policy: AlgorithmPolicy,
) -> Result<Canonicalization<'d>, VerifyError> {
    let uri = algorithm_uri(method)?;
    let named = policy.c14n(uri).ok_or_else(|| refused(place, uri))?;
    let mut children = Children::of(method)?;
    let inclusive = match named.is_exclusive() {
        true => children.optional_in(C14nMethod::Exclusive.uri(), "InclusiveNamespaces"),
        false => None,
    };
    children.end()?;
    let Some(inclusive) = inclusive else { return Ok(named.into()) };
    attributes(inclusive, &["PrefixList"])?;
    Children::of(inclusive)?.end()?;
    let prefixes = PrefixList::read(inclusive.attribute("PrefixList").unwrap_or_default());
    let most = Limits::message().namespaces;
    if prefixes.len() > most {
        return Err(ShapeError::Prefixes { found: prefixes.len(), most }.into());
    }
    Ok(Canonicalization { method: named, prefixes })
}

fn refused(place: &'static str, uri: &str) -> VerifyError {
    VerifyError::Algorithm { place, uri: uri.to_owned() }
}
