//! The one form of a Signature that is read: enveloped, one reference, no Object [saml-core 5.4].
//!
//! Everything here is decided before any key is touched.

use crate::algorithm::{AlgorithmPolicy, DigestAlgorithm, SignatureAlgorithm};
use crate::base64::decode_base64;
use crate::document::{Element, Elements, is_ncname};
use crate::{Canonicalization, KeyFingerprint, ShapeError, VerifyError};

mod method;

/// Namespace of XML Signature.
pub const XMLDSIG_NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A Signature that has the form, taken apart.
pub(crate) struct Signature<'d> {
    pub(crate) element: Element<'d>,
    pub(crate) signed_info: Element<'d>,
    /// How SignedInfo itself is canonicalized.
    pub(crate) signed_info_c14n: Canonicalization<'d>,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) value: Vec<u8>,
    pub(crate) reference: Reference<'d>,
    key_info: Option<Element<'d>>,
}

impl Signature<'_> {
    /// The certificate that KeyInfo names: a hint among the trusted ones, never a key.
    pub(crate) fn named(&self) -> Option<KeyFingerprint> {
        self.key_info.and_then(named_certificate)
    }
}

pub(crate) struct Reference<'d> {
    pub(crate) c14n: Canonicalization<'d>,
    pub(crate) algorithm: DigestAlgorithm,
    pub(crate) digest: Vec<u8>,
}

/// Reads the Signature that stands as a child of `signed` and refers to it: each part once, in its place,
/// one Reference and no Object [attack A4, A12, A14, A15, A16].
pub(crate) fn read(signed: Element<'_>, policy: AlgorithmPolicy) -> Result<Signature<'_>, VerifyError> {
    let element = only_signature(signed)?;
    attributes(element, &["Id"])?;
    let mut children = Children::of(element)?;
    let signed_info = children.next("SignedInfo")?;
    let value = base64(children.next("SignatureValue")?, "SignatureValue")?;
    let key_info = children.optional("KeyInfo");
    children.end()?;

    attributes(signed_info, &["Id"])?;
    let mut children = Children::of(signed_info)?;
    let c14n = children.next("CanonicalizationMethod")?;
    let signed_info_c14n = method::canonicalization(c14n, "CanonicalizationMethod", policy)?;
    let algorithm = method::signature(children.next("SignatureMethod")?, policy)?;
    let reference = reference(children.next("Reference")?, signed, policy)?;
    children.end()?;
    Ok(Signature { element, signed_info, signed_info_c14n, algorithm, value, reference, key_info })
}

/// Among the children of the element alone, and no second one there [attack A11, A17].
fn only_signature(signed: Element<'_>) -> Result<Element<'_>, VerifyError> {
    let mut found = signed.elements().filter(|child| child.is(XMLDSIG_NAMESPACE, "Signature"));
    let name = || signed.local_name().to_owned();
    match (found.next(), found.count()) {
        (None, _) => Err(VerifyError::NotSigned { element: name() }),
        (Some(signature), 0) => Ok(signature),
        (Some(_), others) => Err(VerifyError::SeveralSignatures { element: name(), count: others + 1 }),
    }
}

/// To the element that carries the signature, by its ID and nothing else [saml-core 5.4.2].
fn reference<'d>(
    reference: Element<'d>,
    signed: Element<'d>,
    policy: AlgorithmPolicy,
) -> Result<Reference<'d>, VerifyError> {
    attributes(reference, &["Id", "Type", "URI"])?;
    let uri = reference.attribute("URI");
    let whole = policy.accepts_empty_reference() && uri == Some("") && signed.parent().is_none();
    if !whole {
        names(uri, signed)?;
    }
    let mut children = Children::of(reference)?;
    let c14n = method::transforms(children.next("Transforms")?, policy)?;
    let algorithm = method::digest(children.next("DigestMethod")?, policy)?;
    let digest = base64(children.next("DigestValue")?, "DigestValue")?;
    children.end()?;
    Ok(Reference { c14n, algorithm, digest })
}

/// `#` and the ID of the element: the plain attribute, and an NCName [attack A1, A9, A19, A20, A21, C14].
fn names(uri: Option<&str>, signed: Element<'_>) -> Result<(), ShapeError> {
    let id = signed.attribute("ID").filter(|id| is_ncname(id));
    let id = id.ok_or_else(|| ShapeError::Id { element: signed.local_name().to_owned() })?;
    if uri.and_then(|uri| uri.strip_prefix('#')) == Some(id) {
        return Ok(());
    }
    Err(ShapeError::Reference { expected: format!("#{id}"), found: uri.map(str::to_owned) })
}

pub(crate) fn algorithm_uri(method: Element<'_>) -> Result<&str, ShapeError> {
    attributes(method, &["Algorithm"])?;
    let missing = || ShapeError::Child {
        parent: method.local_name().to_owned(),
        expected: "an Algorithm attribute",
        found: "none".to_owned(),
    };
    method.attribute("Algorithm").ok_or_else(missing)
}

pub(crate) fn attributes(element: Element<'_>, allowed: &[&str]) -> Result<(), ShapeError> {
    let other = element.attributes().find(|(uri, local, _)| !uri.is_empty() || !allowed.contains(local));
    other.map_or(Ok(()), |(_, local, _)| {
        Err(ShapeError::Attribute { element: element.local_name().to_owned(), attribute: local.to_owned() })
    })
}

/// One run of base64, and nothing else in the element [attack A13].
pub(crate) fn base64(element: Element<'_>, name: &'static str) -> Result<Vec<u8>, ShapeError> {
    attributes(element, &["Id"])?;
    decode_base64(element.text()?).map_err(|source| ShapeError::Base64 { element: name, source })
}

/// First certificate of a KeyInfo; whatever else it holds is neither read nor followed [xmldsig 4.5], [attack C4].
fn named_certificate(key_info: Element<'_>) -> Option<KeyFingerprint> {
    let mut data = key_info.elements().filter(|child| child.is(XMLDSIG_NAMESPACE, "X509Data"));
    let certificate =
        data.find_map(|data| data.elements().find(|child| child.is(XMLDSIG_NAMESPACE, "X509Certificate")))?;
    Some(KeyFingerprint::of_der(&decode_base64(certificate.text().ok()?).ok()?))
}

/// The children of an element, asked for one by one in schema order.
pub(crate) struct Children<'d> {
    parent: Element<'d>,
    rest: std::iter::Peekable<Elements<'d>>,
}

impl<'d> Children<'d> {
    pub(crate) fn of(parent: Element<'d>) -> Result<Self, ShapeError> {
        Ok(Self { parent, rest: parent.only_elements()?.peekable() })
    }

    fn next(&mut self, expected: &'static str) -> Result<Element<'d>, ShapeError> {
        self.next_in(XMLDSIG_NAMESPACE, expected)
    }

    pub(crate) fn next_in(
        &mut self,
        namespace: &str,
        expected: &'static str,
    ) -> Result<Element<'d>, ShapeError> {
        let found = self.optional_in(namespace, expected);
        found.ok_or_else(|| self.other(expected))
    }

    fn optional(&mut self, local: &str) -> Option<Element<'d>> {
        self.optional_in(XMLDSIG_NAMESPACE, local)
    }

    pub(crate) fn optional_in(&mut self, namespace: &str, local: &str) -> Option<Element<'d>> {
        self.rest.next_if(|element| element.is(namespace, local))
    }

    fn is_empty(&mut self) -> bool {
        self.rest.peek().is_none()
    }

    pub(crate) fn end(&mut self) -> Result<(), ShapeError> {
        if self.is_empty() { Ok(()) } else { Err(self.other("no further element")) }
    }

    fn other(&mut self, expected: &'static str) -> ShapeError {
        let found = self
            .rest
            .peek()
            .map_or_else(|| "nothing".to_owned(), |element| format!("<{}>", element.local_name()));
        ShapeError::Child { parent: self.parent.local_name().to_owned(), expected, found }
    }
}
