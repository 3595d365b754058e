//! Signatures put together part by part, so that a genuine key vouches for odd ones.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
    RsaEncoding, RsaKeyPair, RsaPssSaltLength, RsaSignatureEncoding,
};
use landfall_xmldsig::{
    C14nMethod, Canonicalization, Document, Limits, PrefixList, XMLDSIG_NAMESPACE, canonicalize,
    decode_base64, encode_base64,
};

use crate::ASSERTION;

pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
pub(crate) const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
pub(crate) const PSS_SHA256: &str = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
pub(crate) const PSS_SHA384: &str = "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1";
pub(crate) const PSS_SHA512: &str = "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1";
/// A way to sign that no identifier stands for: a salt that is not as long as the hash.
pub(crate) const PSS_SHORT_SALT: &str = "salt of 20";
pub(crate) const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
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
    /// What stands in SignatureMethod.
    pub(crate) parameters: &'a str,
    pub(crate) digest: &'a str,
    /// What becomes of the digest before it is signed.
    pub(crate) edit: fn(&mut Vec<u8>),
    /// PrefixList of the element, and of SignedInfo.
    pub(crate) list: Option<&'a str>,
    pub(crate) info_list: Option<&'a str>,
    /// The canonicalization that the last transform names; none if there is no such transform.
    pub(crate) c14n: Option<C14nMethod>,
    pub(crate) info_c14n: C14nMethod,
}

impl Default for Handmade<'_> {
    fn default() -> Self {
        Self {
            xml: ASSERTION,
            made: RSA_SHA256,
            named: RSA_SHA256,
            parameters: "",
            digest: SHA256,
            edit: |_| (),
            list: None,
            info_list: None,
            c14n: Some(C14nMethod::Exclusive),
            info_c14n: C14nMethod::Exclusive,
        }
    }
}

impl Handmade<'_> {
    /// The document, signed.
    pub(crate) fn sign(&self) -> String {
        // A reference by ID means the element without comments, and one that ends in nodes Canonical XML 1.0.
        let c14n = match self.c14n.unwrap_or(C14nMethod::Inclusive10) {
            C14nMethod::ExclusiveWithComments => C14nMethod::Exclusive,
            C14nMethod::Inclusive10WithComments => C14nMethod::Inclusive10,
            C14nMethod::Inclusive11WithComments => C14nMethod::Inclusive11,
            other => other,
        };
        let mut digest = hashed(self.digest, &canonical(&self.written("", ""), "Signature", c14n, self.list));
        (self.edit)(&mut digest);
        let digest = encode_base64(&digest);
        let info = canonical(&self.written(&digest, ""), "SignedInfo", self.info_c14n, self.info_list);
        let value = signature(self.made, &info);
        self.written(&digest, &encode_base64(&value))
    }

    /// The document with these values in its signature, which stands behind the start tag of the element `_a1`.
    fn written(&self, digest: &str, value: &str) -> String {
        let inclusive = |list: Option<&str>| {
            list.map_or_else(String::new, |list| {
                format!("<c:InclusiveNamespaces xmlns:c=\"{EXCLUSIVE}\" PrefixList=\"{list}\"/>")
            })
        };
        let (list, info_list) = (inclusive(self.list), inclusive(self.info_list));
        let (named, parameters, method) = (self.named, self.parameters, self.digest);
        let transform = self.c14n.map_or_else(String::new, |c14n| {
            format!("<ds:Transform Algorithm=\"{}\">{list}</ds:Transform>", c14n.uri())
        });
        let info_c14n = self.info_c14n.uri();
        let id = self.xml.find("ID=\"_a1\"").or_else(|| self.xml.find("ID='_a1'")).unwrap();
        let (start, rest) = self.xml.split_at(id + self.xml[id..].find('>').unwrap() + 1);
        format!(
            "{start}<ds:Signature xmlns:ds=\"{XMLDSIG_NAMESPACE}\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{info_c14n}\">{info_list}</ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{named}\">{parameters}</ds:SignatureMethod><ds:Reference URI=\"#_a1\"><ds:Transforms>\
             <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
             {transform}</ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{method}\"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>\
             </ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>{rest}"
        )
    }
}

/// Canonical SignedInfo, or the canonical element without its Signature.
fn canonical(xml: &str, element: &str, method: C14nMethod, list: Option<&str>) -> Vec<u8> {
    let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    let found = document.root().descendants().find(|other| other.is(XMLDSIG_NAMESPACE, element)).unwrap();
    let (apex, without) =
        if element == "Signature" { (found.parent().unwrap(), Some(found)) } else { (found, None) };
    let how = match list {
        Some(list) => Canonicalization::exclusive(PrefixList::read(list)),
        None => method.into(),
    };
    canonicalize(apex, without, &how).unwrap()
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
        PSS_SHA256 => &RSA_PSS_SHA256,
        PSS_SHA384 => &RSA_PSS_SHA384,
        PSS_SHA512 => &RSA_PSS_SHA512,
        PSS_SHORT_SALT => &SHORT_SALT,
        other => panic!("no signature {other}"),
    };
    let mut value = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), octets, &mut value).unwrap();
    value
}

const SHORT_SALT: RsaSignatureEncoding = RSA_PSS_SHA256.with_pss_salt_length(RsaPssSaltLength::Custom(20));
