//! Each signature of a document before both engines.

use std::fmt;
use std::ops::Range;

use landfall_xmldsig::{
    AlgorithmPolicy, C14nMethod, Canonicalization, Document, Element, Limits, SignError, SignaturePlace,
    SignedXml, Signer, TrustedKeys, Verifier, VerifyError, XMLDSIG_NAMESPACE, canonicalize, is_ncname,
};

use crate::keys::is_known_there;
use crate::peer::{self, Theirs};
use crate::{Choices, ID, Key, Message, exception, template};

/// One signature, and what both say of it.
#[derive(Debug)]
pub struct Judged {
    /// Local name of the element that carries the signature.
    pub element: String,
    /// What we say, with everything open that a policy can open.
    pub ours: Result<SignedXml, VerifyError>,
    /// What libxmlsec1 says.
    pub theirs: Theirs,
}

/// How two verdicts stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Both accept, and the same octets.
    BothAccept,
    /// Both refuse.
    BothRefuse,
    /// We refuse a form, an algorithm or a key that libxmlsec1 takes.
    OursRefuses,
    /// We accept what libxmlsec1 cannot judge: its version does not know the algorithm.
    TheirsCannotTell,
    /// One of the two is wrong.
    Diverge {
        /// In which way.
        how: &'static str,
    },
}

impl Judged {
    /// How the two verdicts stand to each other.
    ///
    /// Where libxmlsec1 does not tell its octets, its acceptance of the same digest stands for them.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (&self.ours, &self.theirs) {
            (Ok(ours), Theirs::Accepted { octets: Some(theirs) }) if ours.octets() != theirs.as_bytes() => {
                Verdict::Diverge { how: "both accept, other octets" }
            }
            (Ok(_), Theirs::Accepted { .. }) => Verdict::BothAccept,
            (Ok(ours), Theirs::Refused) if !is_known_there(ours.algorithm()) => Verdict::TheirsCannotTell,
            (Ok(_), Theirs::Refused) => Verdict::Diverge { how: "we accept what libxmlsec1 refuses" },
            (Err(_), Theirs::Refused) => Verdict::BothRefuse,
            // The form is admitted and a trusted key fits: only the octets can differ.
            (Err(VerifyError::Digest { .. } | VerifyError::SignatureValue { .. }), _) => {
                Verdict::Diverge { how: "libxmlsec1 accepts octets that we compute otherwise" }
            }
            (Err(_), Theirs::Accepted { .. }) => Verdict::OursRefuses,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BothAccept => "both accept",
            Self::BothRefuse => "both refuse",
            Self::OursRefuses => "we alone refuse",
            Self::TheirsCannotTell => "we accept, and libxmlsec1 does not know the algorithm",
            Self::Diverge { how } => how,
        })
    }
}

/// Judges each signature of a document by both engines, with the same keys.
///
/// # Security
/// Ask [`why_not_given`] first.
#[must_use]
pub fn compare(document: &Document<'_>, keys: &TrustedKeys) -> Vec<Judged> {
    let policy =
        AlgorithmPolicy::strict().danger_allow_sha1().danger_allow_short_rsa().danger_allow_empty_reference();
    let policy = C14nMethod::ALL.into_iter().fold(policy, AlgorithmPolicy::danger_allow_c14n);
    let verifier = Verifier::new(keys, policy);
    let all: Vec<Element<'_>> = signatures(document.root()).collect();
    let carriers = all.iter().map(carrier);
    let mut carriers: Vec<Element<'_>> = carriers.collect();
    carriers.sort_by_key(|element| element.range().start);
    carriers.dedup();
    let judged = carriers.into_iter().map(|element| Judged {
        element: element.local_name().to_owned(),
        ours: verifier.verify(element),
        theirs: theirs(document, element, keys),
    });
    judged.collect()
}

/// Where the two engines part on a document, though it is no [`exception`]; nothing of what must not be given to libxmlsec1.
#[must_use]
pub fn divergence(bytes: &[u8], keys: &TrustedKeys) -> Option<String> {
    let document = Document::parse(bytes, &Limits::message()).ok()?;
    if why_not_given(&document).is_some() || exception(&document).is_some() {
        return None;
    }
    compare(&document, keys).into_iter().find_map(|judged| match judged.verdict() {
        Verdict::Diverge { how } => Some(format!("{how}: {:?}\n{judged:?}", document.source())),
        _ => None,
    })
}

/// Asks libxmlsec1 about the signature of one element, which is given to it as the first of the document:
/// those that stand elsewhere are cut out, and it is moved in front of those within, where it envelops the same.
fn theirs(document: &Document<'_>, element: Element<'_>, keys: &TrustedKeys) -> Theirs {
    let source = document.source();
    let inside = element.range();
    let (within, elsewhere): (Vec<_>, Vec<_>) = signatures(document.root())
        .map(Element::range)
        .partition(|range| inside.start <= range.start && range.end <= inside.end);
    let mut changes: Vec<(Range<usize>, &str)> = elsewhere.into_iter().map(|range| (range, "")).collect();
    let own = element.elements().find(|child| child.is(XMLDSIG_NAMESPACE, "Signature")).unwrap_or(element);
    if within.first() != Some(&own.range()) {
        let at = inside.start + start_tag(source.get(inside).unwrap_or_default());
        changes.push((at..at, source.get(own.range()).unwrap_or_default()));
        changes.push((own.range(), ""));
    }
    peer::judge(&replaced(source, &changes), keys, within.len() == 1)
}

/// How long the start tag is that a text begins with: up to the first `>` outside of quotes.
fn start_tag(text: &str) -> usize {
    let mut quote = None;
    let end = text.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        quote.is_none() && byte == b'>'
    });
    end.map_or(0, |end| end + 1)
}

/// Whether both engines make the same canonical octets of a document: its root, without signatures, is signed anew.
///
/// What has no canonical form by our reading has none by that of libxmlsec1.
///
/// # Errors
/// In which way they part.
///
/// # Security
/// Ask [`why_not_given`] first.
pub fn same_octets(document: &Document<'_>, key: &Key) -> Result<SameOctets, String> {
    let all: Vec<Element<'_>> = signatures(document.root()).collect();
    if all.contains(&document.root()) {
        return Ok(SameOctets::NothingUnsigned);
    }
    // Around the root, which may have no ID and no place for a signature; in front of it, nothing is signed.
    let root = document.root().range();
    let from = root.start;
    let cut: Vec<_> = all.iter().map(|signature| (signature.range(), "")).collect();
    let text = replaced(document.source().get(..root.end).unwrap_or_default(), &cut);
    let text = text.get(from..).unwrap_or_default();
    let message = Message { before: format!("<around ID=\"{ID}\">"), after: format!("{text}</around>") };
    let signed = match key.ours.sign_element(&message.text(), ID, SignaturePlace::First) {
        Ok(signed) => signed,
        Err(SignError::Canonicalization(_)) => {
            let template = template(&mut Choices::new(&[]), &key.algorithms());
            return match peer::sign(&message.with(&template), &key.theirs) {
                Err(_) => Ok(SameOctets::NeitherHasAny),
                Ok(_) => Err("libxmlsec1 canonicalizes what we refuse to".to_owned()),
            };
        }
        Err(SignError::Document(_)) => return Ok(SameOctets::NotWrapped),
        Err(error) => return Err(error.to_string()),
    };
    let document =
        Document::parse(signed.as_bytes(), &Limits::metadata()).map_err(|error| error.to_string())?;
    let signature = signatures(document.root()).next();
    let ours = canonicalize(document.root(), signature, &Canonicalization::default());
    let ours = ours.map_err(|error| error.to_string())?;
    match peer::judge(&signed, &key.trusted, true) {
        Theirs::Accepted { octets: Some(theirs) } if theirs.as_bytes() != ours => {
            let same = ours.iter().zip(theirs.as_bytes()).take_while(|(ours, theirs)| ours == theirs).count();
            Err(format!("the canonical octets differ from {same} on"))
        }
        Theirs::Accepted { .. } => Ok(SameOctets::Equal),
        Theirs::Refused => Err("libxmlsec1 refuses the document that we sign".to_owned()),
    }
}

/// How both engines canonicalize one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameOctets {
    /// To the same octets.
    Equal,
    /// Not at all: a namespace name is relative.
    NeitherHasAny,
    /// It cannot stand in another element: it is as deep as can be, or has our ID.
    NotWrapped,
    /// It is a signature itself, and there is nothing else to canonicalize.
    NothingUnsigned,
}

impl fmt::Display for SameOctets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "equal",
            Self::NeitherHasAny => "both refuse to canonicalize",
            Self::NotWrapped => "the document is too deep, or has our ID",
            Self::NothingUnsigned => "the document is a signature",
        })
    }
}

/// A text with pieces in place of ranges; of ranges that overlap, the first counts.
pub(crate) fn replaced(text: &str, pieces: &[(Range<usize>, &str)]) -> String {
    let mut sorted: Vec<_> = pieces.iter().collect();
    sorted.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len() * 2);
    let mut from = 0;
    for (range, piece) in sorted {
        if range.start >= from {
            out.push_str(text.get(from..range.start).unwrap_or_default());
            out.push_str(piece);
            from = range.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The element that a signature stands in; at the root, the signature itself.
fn carrier<'d>(signature: &Element<'d>) -> Element<'d> {
    signature.parent().unwrap_or(*signature)
}

pub(crate) fn signatures(root: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    let all = std::iter::once(root).chain(root.descendants());
    all.filter(|element| element.is(XMLDSIG_NAMESPACE, "Signature"))
}

/// Why a document must not be given to libxmlsec1: something in it points elsewhere, or is a program [xmldsig 4.4.3.1], [attack C14].
#[must_use]
pub fn why_not_given(document: &Document<'_>) -> Option<&'static str> {
    let root = document.root();
    std::iter::once(root).chain(root.descendants()).find_map(points_elsewhere)
}

fn points_elsewhere(element: Element<'_>) -> Option<&'static str> {
    if element.namespace() == "http://www.w3.org/2001/XInclude" {
        return Some("it includes another document");
    }
    if matches!(element.local_name(), "RetrievalMethod" | "KeyInfoReference") {
        return Some("its KeyInfo is to be fetched");
    }
    if matches!(element.local_name(), "Transform" | "CanonicalizationMethod") {
        let algorithm = element.attribute("Algorithm").unwrap_or_default();
        return (!TRANSFORMS.contains(&algorithm))
            .then_some("it transforms by a program: XPath, XSLT or unknown");
    }
    let address = element.attributes().find(|(_, local, _)| local.eq_ignore_ascii_case("URI"));
    let (_, _, address) = address?;
    let here = address.is_empty() || address.strip_prefix('#').is_some_and(is_ncname);
    (!here).then_some("a reference leads elsewhere, or is an expression")
}

/// Those that only rewrite what stands there.
const TRANSFORMS: &[&str] = &[
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "http://www.w3.org/2006/12/xml-c14n11",
    "http://www.w3.org/2006/12/xml-c14n11#WithComments",
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2000/09/xmldsig#base64",
];
