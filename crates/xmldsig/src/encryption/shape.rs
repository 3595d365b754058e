//! The one form of an encrypted element that is read: an EncryptedData, and the EncryptedKeys inside of it or beside it [saml-core 6.1].
//!
//! Everything here is decided before any key is touched.

use super::algorithm::{EncryptionPolicy, OAEP, OAEP_MGF1P};
use super::{ContentAlgorithm, DecryptError, KeyTransport};
use crate::document::Element;
use crate::shape::{Children, XMLDSIG_NAMESPACE, algorithm_uri, attributes, base64};

/// Namespace of XML Encryption.
pub const XMLENC_NAMESPACE: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(super) const XMLENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// What is encrypted is one element [xmlenc-core1 3.1].
pub(super) const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
const ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";

/// An encrypted element that has the form, taken apart.
pub(super) struct Encrypted {
    pub(super) algorithm: ContentAlgorithm,
    pub(super) cipher_value: Vec<u8>,
    /// At least one, in document order.
    pub(super) keys: Vec<EncryptedKey>,
}

/// The key of the content, wrapped for one recipient.
pub(super) struct EncryptedKey {
    pub(super) transport: KeyTransport,
    pub(super) label: Option<Vec<u8>>,
    pub(super) cipher_value: Vec<u8>,
}

/// Reads the element around an EncryptedData: that one first, then EncryptedKeys, and nothing else [attack C22].
pub(super) fn read(parent: Element<'_>, policy: EncryptionPolicy) -> Result<Encrypted, DecryptError> {
    let mut children = Children::of(parent)?;
    let data = children.next_in(XMLENC_NAMESPACE, "EncryptedData")?;
    let mut beside = Vec::new();
    while let Some(key) = children.optional_in(XMLENC_NAMESPACE, "EncryptedKey") {
        beside.push(key);
    }
    children.end()?;

    attributes(data, &["Id", "Type", "MimeType", "Encoding"])?;
    let kind = data.attribute("Type");
    if kind != Some(ELEMENT) {
        return Err(DecryptError::Type { found: kind.map(str::to_owned) });
    }
    let mut children = Children::of(data)?;
    let algorithm = content_method(children.next_in(XMLENC_NAMESPACE, "EncryptionMethod")?, policy)?;
    let key_info = children.optional_in(XMLDSIG_NAMESPACE, "KeyInfo");
    let cipher_value = cipher_value(children.next_in(XMLENC_NAMESPACE, "CipherData")?)?;
    children.optional_in(XMLENC_NAMESPACE, "EncryptionProperties");
    children.end()?;

    let mut keys = Vec::new();
    if let Some(key_info) = key_info {
        let mut retrieved =
            key_info.elements().filter(|child| child.is(XMLDSIG_NAMESPACE, "RetrievalMethod"));
        retrieved.try_for_each(|method| names_one_beside(method, &beside))?;
        keys.extend(key_info.elements().filter(|child| child.is(XMLENC_NAMESPACE, "EncryptedKey")));
    }
    keys.extend(beside);
    let keys = keys.into_iter().map(|key| encrypted_key(key, data)).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() { Err(DecryptError::NoKey) } else { Ok(Encrypted { algorithm, cipher_value, keys }) }
}

/// One of the list, without parameters.
fn content_method(method: Element<'_>, policy: EncryptionPolicy) -> Result<ContentAlgorithm, DecryptError> {
    let uri = algorithm_uri(method)?;
    Children::of(method)?.end()?;
    policy.content(uri).ok_or_else(|| refused("EncryptionMethod", uri))
}

/// A pointer from the data to a key beside it, which is tried in any case; to anywhere else it is never followed [attack C4].
fn names_one_beside(method: Element<'_>, beside: &[Element<'_>]) -> Result<(), DecryptError> {
    attributes(method, &["URI", "Type"])?;
    Children::of(method)?.end()?;
    let uri = method.attribute("URI").unwrap_or_default();
    let id = uri.strip_prefix('#');
    let known = id.is_some() && beside.iter().any(|key| key.attribute("Id") == id);
    if known && method.attribute("Type").is_none_or(|kind| kind == ENCRYPTED_KEY) {
        return Ok(());
    }
    Err(DecryptError::Reference { element: "RetrievalMethod", uri: uri.to_owned() })
}

/// Who it is for, and by what name, is neither read nor followed: each of our keys is tried [attack C22].
fn encrypted_key(key: Element<'_>, data: Element<'_>) -> Result<EncryptedKey, DecryptError> {
    attributes(key, &["Id", "Type", "MimeType", "Encoding", "Recipient"])?;
    let mut children = Children::of(key)?;
    let (transport, label) = transport_method(children.next_in(XMLENC_NAMESPACE, "EncryptionMethod")?)?;
    children.optional_in(XMLDSIG_NAMESPACE, "KeyInfo");
    let cipher_value = cipher_value(children.next_in(XMLENC_NAMESPACE, "CipherData")?)?;
    children.optional_in(XMLENC_NAMESPACE, "EncryptionProperties");
    if let Some(list) = children.optional_in(XMLENC_NAMESPACE, "ReferenceList") {
        for_this_data(list, data)?;
    }
    children.optional_in(XMLENC_NAMESPACE, "CarriedKeyName");
    children.end()?;
    Ok(EncryptedKey { transport, label, cipher_value })
}

/// A key that says what it is for is for this data [xmlenc-core1 3.6].
fn for_this_data(list: Element<'_>, data: Element<'_>) -> Result<(), DecryptError> {
    attributes(list, &[])?;
    let mut children = Children::of(list)?;
    while let Some(reference) = children.optional_in(XMLENC_NAMESPACE, "DataReference") {
        attributes(reference, &["URI"])?;
        Children::of(reference)?.end()?;
        let uri = reference.attribute("URI").unwrap_or_default();
        let id = uri.strip_prefix('#');
        if id.is_none() || id != data.attribute("Id") {
            return Err(DecryptError::Reference { element: "DataReference", uri: uri.to_owned() });
        }
    }
    Ok(children.end()?)
}

/// RSA-OAEP, with one digest for label and mask, which are all that the library computes [xmlenc-core1 5.5.2], [attack C20].
fn transport_method(method: Element<'_>) -> Result<(KeyTransport, Option<Vec<u8>>), DecryptError> {
    let uri = algorithm_uri(method)?;
    if uri != OAEP_MGF1P && uri != OAEP {
        return Err(refused("EncryptionMethod", uri));
    }
    let mut children = Children::of(method)?;
    let label = children.optional_in(XMLENC_NAMESPACE, "OAEPparams");
    let label = label.map(|params| base64(params, "OAEPparams")).transpose()?;
    let before = children.optional_in(XMLENC11, "MGF");
    let digest = children.optional_in(XMLDSIG_NAMESPACE, "DigestMethod");
    let mask = before.or_else(|| children.optional_in(XMLENC11, "MGF"));
    children.end()?;

    let digest = digest.map_or(Ok(KeyTransport::RsaOaepSha1), |digest| {
        named(digest, "DigestMethod", KeyTransport::of_digest)
    })?;
    let mask = match mask {
        // The older name says what the mask is made with, and that is SHA-1.
        Some(mask) if uri == OAEP_MGF1P => return Err(refused("MGF", algorithm_uri(mask)?)),
        Some(mask) => named(mask, "MGF", KeyTransport::of_mask)?,
        None => KeyTransport::RsaOaepSha1,
    };
    if digest == mask {
        return Ok((digest, label));
    }
    Err(DecryptError::Mix { digest: digest.digest_uri().to_owned(), mask: mask.mask_uri().to_owned() })
}

fn named(
    method: Element<'_>,
    place: &'static str,
    find: fn(&str) -> Option<KeyTransport>,
) -> Result<KeyTransport, DecryptError> {
    let uri = algorithm_uri(method)?;
    Children::of(method)?.end()?;
    find(uri).ok_or_else(|| refused(place, uri))
}

/// A CipherValue; a CipherReference is never followed [attack C22].
fn cipher_value(data: Element<'_>) -> Result<Vec<u8>, DecryptError> {
    attributes(data, &[])?;
    let mut children = Children::of(data)?;
    let value = base64(children.next_in(XMLENC_NAMESPACE, "CipherValue")?, "CipherValue")?;
    children.end()?;
    Ok(value)
}

fn refused(place: &'static str, uri: &str) -> DecryptError {
    DecryptError::Algorithm { place, uri: uri.to_owned() }
}
