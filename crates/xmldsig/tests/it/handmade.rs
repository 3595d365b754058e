//! Signatures put together part by part, so that a genuine key vouches for odd ones.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use landfall_xmldsig::{
    Document, Limits, PrefixList, XMLDSIG_NAMESPACE, canonicalize, decode_base64, encode_base64,
};

use crate::ASSERTION;

pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
pub(crate) const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(crate) const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
pub(crate) const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A signature by the key `signer` on the element with the ID `_a1`.
pub(crate) struct Handmade<'a> {
    pub(crate) xml: &'a str,
    /// How the value is made, and how SignatureMethod says that it is.
    pub(crate) made: &'a str,
    pub(crate) named: &'a str,
    pub(crate) digest: &'a str,
    /// What becomes of the digest before it is signed.
    pub(crate) edit: fn(&mut Vec<u8>),
    /// PrefixList of the element, and of SignedInfo.
    pub(crate) list: Option<&'a str>,
    pub(crate) info_list: Option<&'a str>,
}

impl Default for Handmade<'_> {
    fn default() -> Self {
        Self {
            xml: ASSERTION,
            made: RSA_SHA256,
            named: RSA_SHA256,
            digest: SHA256,
            edit: |_| (),
            list: None,
            info_list: None,
        }
    }
}

impl Handmade<'_> {
    /// The document, signed.
    pub(crate) fn sign(&self) -> String {
        let mut digest = hashed(self.digest, &canonical(&self.written("", ""), "Signature", self.list));
        (self.edit)(&mut digest);
        let digest = encode_base64(&digest);
        let value =
            signature(self.made, &canonical(&self.written(&digest, ""), "SignedInfo", self.info_list));
        self.written(&digest, &encode_base64(&value))
    }

    /// The document with these values in its signature, which stands behind the start tag of the root.
    fn written(&self, digest: &str, value: &str) -> String {
        let inclusive = |list: Option<&str>| {
            list.map_or_else(String::new, |list| {
                format!("<c:InclusiveNamespaces xmlns:c=\"{EXCLUSIVE}\" PrefixList=\"{list}\"/>")
            })
        };
        let (list, info_list) = (inclusive(self.list), inclusive(self.info_list));
        let (named, method) = (self.named, self.digest);
        let (start, rest) = self.xml.split_at(self.xml.find('>').unwrap() + 1);
        format!(
            "{start}<ds:Signature xmlns:ds=\"{XMLDSIG_NAMESPACE}\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\">{info_list}</ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{named}\"/><ds:Reference URI=\"#_a1\"><ds:Transforms>\
             <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
             <ds:Transform Algorithm=\"{EXCLUSIVE}\">{list}</ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{method}\"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>\
             </ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>{rest}"
        )
    }
}

/// Canonical SignedInfo, or the canonical root without its Signature.
fn canonical(xml: &str, element: &str, list: Option<&str>) -> Vec<u8> {
    let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    let found = document.root().descendants().find(|other| other.is(XMLDSIG_NAMESPACE, element)).unwrap();
    let (apex, without) = if element == "Signature" { (document.root(), Some(found)) } else { (found, None) };
    canonicalize(apex, without, &PrefixList::read(list.unwrap_or_default())).unwrap()
}

fn hashed(method: &str, octets: &[u8]) -> Vec<u8> {
    let algorithm = match method {
        SHA256 => &digest::SHA256,
        SHA384 => &digest::SHA384,
        SHA512 => &digest::SHA512,
        other => panic!("no digest {other}"),
    };
    digest::digest(algorithm, octets).as_ref().to_vec()
}

fn signature(method: &str, octets: &[u8]) -> Vec<u8> {
    let pem = include_str!("../keys/signer.key.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = RsaKeyPair::from_pkcs8(&decode_base64(&base64).unwrap()).unwrap();
    let encoding: &dyn RsaEncoding = match method {
        RSA_SHA256 => &RSA_PKCS1_SHA256,
        RSA_SHA384 => &RSA_PKCS1_SHA384,
        RSA_SHA512 => &RSA_PKCS1_SHA512,
        other => panic!("no signature {other}"),
    };
    let mut value = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), octets, &mut value).unwrap();
    value
}
