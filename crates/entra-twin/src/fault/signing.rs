//! Faults in how a message is signed: whose key, which algorithms, what is covered.

use openssl::hash::MessageDigest;

use super::cut::{before, behind, between, filled, replaced};
use super::recipe::{
    ByHand, ENVELOPED, EXCLUSIVE, RSA_SHA1, Recipe, Reference, Rewrite, SHA1, Signing, transform, x509_data,
};
use super::{Edit, Fault, ForgeError, Scene, keys};
use crate::SigningOption::{Both, Response};

pub(super) const FAULTS: &[Fault] = &[
    // No signature at all [C6], [A24].
    Fault::refuse(
        "unsigned",
        "C6",
        sign(|recipe, _| {
            *recipe = Recipe { assertion: None, response: None };
            Ok(())
        }),
    ),
    // Whose key [C3], [C4], [G6].
    Fault::refuse(
        "key-of-a-stranger",
        "C3",
        sign(|recipe, s| {
            let key = keys::stranger(s.twin)?.private_key;
            recipe.each().for_each(|one| one.private_key.clone_from(&key));
            Ok(())
        }),
    ),
    Fault::refuse(
        "key-of-a-stranger-response",
        "C3",
        sign(|recipe, s| {
            let key = keys::stranger(s.twin)?.private_key;
            recipe.each().for_each(|one| one.private_key.clone_from(&key));
            Ok(())
        }),
    )
    .signed(Response),
    Fault::refuse(
        "key-in-key-info",
        "C3",
        sign(|recipe, s| {
            let pair = keys::stranger(s.twin)?;
            recipe.each().for_each(|one| one.take(&pair));
            Ok(())
        }),
    ),
    Fault::refuse(
        "key-value-in-key-info",
        "C3",
        sign(|recipe, s| {
            let pair = keys::stranger(s.twin)?;
            let value = keys::key_value(&pair.certificate)?;
            for one in recipe.each() {
                one.private_key.clone_from(&pair.private_key);
                one.key_info = format!("<KeyInfo><KeyValue>{value}</KeyValue></KeyInfo>");
            }
            Ok(())
        }),
    ),
    Fault::refuse(
        "key-of-a-cloned-certificate",
        "C3",
        sign(|recipe, s| {
            let pair = keys::cloned(s.twin)?;
            recipe.each().for_each(|one| one.take(&pair));
            Ok(())
        }),
    ),
    Fault::refuse(
        "key-behind-a-chain",
        "C17",
        sign(|recipe, s| {
            // A trusted certificate beside the signer's own makes no chain.
            let pair = keys::stranger(s.twin)?;
            for one in recipe.each() {
                one.take(&pair);
                let trusted = x509_data(s.twin.signing().certificate());
                one.key_info.push_str(&trusted);
                one.key_info = one.key_info.replace("</X509Data></KeyInfo><KeyInfo><X509Data>", "");
            }
            Ok(())
        }),
    ),
    Fault::refuse(
        "key-of-the-directory",
        "G6",
        sign(|recipe, s| {
            let pair = keys::Pair::from(&s.twin.tenant().signing);
            recipe.each().for_each(|one| one.take(&pair));
            Ok(())
        }),
    ),
    Fault::refuse(
        "key-by-reference",
        "C4",
        sign(|recipe, s| {
            let pair = keys::stranger(s.twin)?;
            for one in recipe.each() {
                one.private_key.clone_from(&pair.private_key);
                one.key_info = format!(
                    "<KeyInfo><RetrievalMethod URI=\"{}/key\" \
                     Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"/></KeyInfo>",
                    s.bait
                );
            }
            Ok(())
        }),
    ),
    Fault::accept("key-info-absent", "C3", each(|one| one.key_info.clear())),
    // Which algorithms [C1], [C2], [C9], [C11].
    Fault::accept(
        "algorithms-sha512",
        "C9",
        each(|one| {
            one.method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
            one.digest("http://www.w3.org/2001/04/xmlenc#sha512");
        }),
    ),
    Fault::refuse("signature-sha1", "C9", each(|one| one.method = RSA_SHA1)),
    Fault::refuse("digest-sha1", "C9", each(|one| one.digest(SHA1))),
    Fault::refuse(
        "signature-and-digest-sha1",
        "C9",
        each(|one| {
            one.method = RSA_SHA1;
            one.digest(SHA1);
        }),
    ),
    Fault::refuse(
        "signature-md5",
        "C9",
        each(|one| {
            one.method = "http://www.w3.org/2001/04/xmldsig-more#rsa-md5";
            one.by_hand = Some(ByHand::Rsa(MessageDigest::md5()));
        }),
    ),
    Fault::refuse("digest-md5", "C9", each(|one| one.digest("http://www.w3.org/2001/04/xmldsig-more#md5"))),
    Fault::refuse(
        "signature-algorithm-unknown",
        "C11",
        each(|one| {
            one.method = "urn:example:rsa-sha256";
            one.by_hand = Some(ByHand::Rsa(MessageDigest::sha256()));
        }),
    ),
    Fault::refuse(
        "signature-algorithm-empty",
        "C11",
        each(|one| {
            one.method = "";
            one.by_hand = Some(ByHand::Rsa(MessageDigest::sha256()));
        }),
    ),
    Fault::refuse(
        "hmac-of-the-certificate",
        "C1",
        sign(|recipe, s| hmac(recipe, s.twin.signing().certificate().to_vec(), 32)),
    ),
    Fault::refuse(
        "hmac-of-the-public-key",
        "C1",
        sign(|recipe, s| hmac(recipe, keys::public_pem(s.twin.signing().certificate())?, 32)),
    ),
    Fault::refuse("hmac-of-nothing", "C1", sign(|recipe, _| hmac(recipe, vec![0], 32))),
    Fault::refuse(
        "hmac-truncated",
        "C2",
        sign(|recipe, s| hmac(recipe, s.twin.signing().certificate().to_vec(), 1)),
    ),
    // How it is canonicalized and transformed [B8], [B9], [C13], [C15], [D5].
    Fault::refuse("c14n-inclusive", "B9", each(|one| one.canonicalize(INCLUSIVE))),
    Fault::refuse(
        "c14n-inclusive-1-1",
        "B9",
        each(|one| one.canonicalize("http://www.w3.org/2006/12/xml-c14n11")),
    ),
    Fault::refuse(
        "c14n-with-comments",
        "B8",
        each(|one| one.canonicalize("http://www.w3.org/2001/10/xml-exc-c14n#WithComments")),
    ),
    Fault::refuse("transform-by-default", "B9", each(|one| one.transforms(&[transform(ENVELOPED, "")]))),
    Fault::refuse(
        "transform-xpath",
        "C13",
        each(|one| {
            one.transforms(&[
        transform(ENVELOPED, ""),
        transform(
            "http://www.w3.org/TR/1999/REC-xpath-19991116",
            // What says who it is may be anything.
            "<XPath>not(ancestor-or-self::*[local-name()='Subject' or local-name()='AttributeStatement'])</XPath>",
        ),
        transform(EXCLUSIVE, ""),
    ])
        }),
    ),
    Fault::refuse(
        "transform-xpath-filter",
        "C13",
        each(|one| {
            one.transforms(&[
        transform(ENVELOPED, ""),
        transform(
            "http://www.w3.org/2002/06/xmldsig-filter2",
            "<XPath xmlns=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">//*[local-name()='Subject']</XPath>",
        ),
        transform(EXCLUSIVE, ""),
    ])
        }),
    ),
    Fault::refuse(
        "transform-xslt",
        "C13",
        each(|one| {
            one.transforms(&[
                transform(ENVELOPED, ""),
                transform(
                    "http://www.w3.org/TR/1999/REC-xslt-19991116",
                    "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\">\
             <xsl:template match=\"/\"><same/></xsl:template></xsl:stylesheet>",
                ),
            ])
        }),
    ),
    Fault::refuse(
        "transforms-many",
        "D5",
        each(|one| {
            let mut all = vec![transform(ENVELOPED, "")];
            all.extend(std::iter::repeat_n(transform(EXCLUSIVE, ""), 50));
            one.transforms(&all);
        }),
    ),
    // What SignedInfo and a digest are made of [A14], [A16], [C8]: all of it is signed.
    Fault::refuse(
        "signature-method-twice",
        "A14",
        each(|one| {
            one.rewrite(|signature| {
                let method = between(signature, "<SignatureMethod", "/>")?;
                replaced(signature, "<Reference ", &format!("<SignatureMethod{method}/><Reference "))
            });
        }),
    ),
    Fault::refuse(
        "digest-value-empty",
        "C8",
        each(|one| one.rewrite(|signature| in_digest(signature, |_| String::new()))),
    ),
    Fault::refuse(
        "digest-value-cut",
        "C8",
        each(|one| one.rewrite(|signature| in_digest(signature, |old| old.chars().take(4).collect()))),
    ),
    Fault::refuse(
        "references-none",
        "A16",
        each(|one| {
            one.rewrite(|signature| {
                let (head, rest) = before(signature, "<Reference ")?;
                let (_, tail) = behind(rest, "</Reference>")?;
                Ok(format!("{head}{tail}"))
            });
        }),
    ),
    // What is covered [A15], [A18] to [A20], [C14].
    Fault::refuse(
        "reference-external",
        "C14",
        sign(|recipe, s| {
            for one in recipe.each() {
                one.refer(Some(&format!("{}/assertion", s.bait)));
                one.sign_by_hand();
            }
            Ok(())
        }),
    ),
    Fault::refuse("references-two", "A15", each(|one| one.references.push(Reference::honest()))),
    Fault::refuse("reference-empty", "A19", each(|one| one.refer(Some("")))).signed(Response),
    Fault::refuse("reference-without-uri", "A19", each(|one| one.refer(None))).signed(Response),
    Fault::refuse("reference-by-xpointer", "A20", each(|one| one.refer(Some("#xpointer(id('{id}'))")))),
    Fault::refuse("reference-by-xpointer-to-the-root", "A20", each(|one| one.refer(Some("#xpointer(/)"))))
        .signed(Response),
    Fault::refuse(
        "reference-to-the-assertion-from-the-response",
        "A18",
        each(|one| one.refer(Some("#{assertion}"))),
    )
    .signed(Response),
    // One of two signatures does not hold [A24].
    Fault::refuse(
        "both-signed-response-by-a-stranger",
        "A24",
        sign(|recipe, s| {
            let key = keys::stranger(s.twin)?.private_key;
            recipe.response.iter_mut().for_each(|one| one.private_key.clone_from(&key));
            Ok(())
        }),
    )
    .signed(Both),
    Fault::refuse(
        "both-signed-assertion-by-a-stranger",
        "A24",
        sign(|recipe, s| {
            let key = keys::stranger(s.twin)?.private_key;
            recipe.assertion.iter_mut().for_each(|one| one.private_key.clone_from(&key));
            Ok(())
        }),
    )
    .signed(Both),
];

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

const fn sign(edit: fn(&mut Recipe, &Scene<'_>) -> Result<(), ForgeError>) -> Edit {
    Edit::Signing(edit)
}

const fn each(edit: fn(&mut Signing)) -> Edit {
    Edit::Signatures(edit)
}

/// A MAC whose key is no secret, cut to so many octets.
fn hmac(recipe: &mut Recipe, key: Vec<u8>, octets: usize) -> Result<(), ForgeError> {
    for one in recipe.each() {
        one.method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
        if octets < 32 {
            one.parameters = "<HMACOutputLength>8</HMACOutputLength>";
        }
        one.by_hand = Some(ByHand::Hmac { key: key.clone(), octets });
    }
    Ok(())
}

fn in_digest(signature: &str, new: impl FnOnce(&str) -> String) -> Result<String, ForgeError> {
    filled(signature, "<DigestValue>", "</DigestValue>", new)
}

impl Signing {
    fn digest(&mut self, digest: &'static str) {
        self.references.iter_mut().for_each(|one| one.digest = digest);
    }

    fn transforms(&mut self, transforms: &[String]) {
        self.references.iter_mut().for_each(|one| one.transforms = transforms.concat());
    }

    fn refer(&mut self, uri: Option<&str>) {
        self.references.iter_mut().for_each(|one| one.uri = uri.map(str::to_owned));
    }

    /// Edits what is signed beyond what libxmlsec1 would sign.
    fn rewrite(&mut self, rewrite: Rewrite) {
        self.rewrite = Some(rewrite);
        self.sign_by_hand();
    }

    /// As the method says, without libxmlsec1.
    fn sign_by_hand(&mut self) {
        let digest = if self.method == RSA_SHA1 { MessageDigest::sha1() } else { MessageDigest::sha256() };
        self.by_hand = Some(ByHand::Rsa(digest));
    }

    /// Of SignedInfo and of what is signed.
    fn canonicalize(&mut self, c14n: &'static str) {
        self.c14n = c14n;
        self.transforms(&[transform(ENVELOPED, ""), transform(c14n, "")]);
    }
}
