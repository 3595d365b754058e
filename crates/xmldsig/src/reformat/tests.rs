use super::*;
use crate::algorithm::DigestAlgorithm;
use crate::{C14nMethod, canonicalize};

fn canonical(xml: &str) -> Vec<u8> {
    let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    canonicalize(document.root(), None, &C14nMethod::Exclusive.into()).unwrap()
}

fn explained(signed: &str, came: &str) -> Option<Reformatting> {
    let signed = DigestAlgorithm::Sha256.digest(&canonical(signed));
    let is_signed = |guess: &[u8]| DigestAlgorithm::Sha256.digest(guess).as_ref() == signed.as_ref();
    explain(&canonical(came), Bounds::DIGEST, is_signed)
}

const SIGNED: &str = "<s:a xmlns:s='urn:s'><s:b c='1 &#10;2'>x &lt; y</s:b><s:d> </s:d><s:e/></s:a>";

#[test]
fn pretty_printing() {
    for (came, expected) in [
        (
            "<s:a xmlns:s='urn:s'>\n\t<s:b c='1 &#10;2'>x &lt; y</s:b>\n\t<s:d> </s:d>\n\t<s:e/>\n</s:a>",
            Some(Reformatting::Indented),
        ),
        (
            "<s:a xmlns:s='urn:s'> <s:b\n  c='1 &#10;2'>x &lt; y</s:b><s:d> </s:d><s:e></s:e></s:a>",
            Some(Reformatting::Indented),
        ),
        // Another value, a space that was signed, a text that is not white space.
        ("<s:a xmlns:s='urn:s'>\n<s:b c='1 &#10;3'>x &lt; y</s:b><s:d> </s:d><s:e/></s:a>", None),
        ("<s:a xmlns:s='urn:s'>\n<s:b c='1 &#10;2'>x &lt; y</s:b><s:d/><s:e/></s:a>", None),
        ("<s:a xmlns:s='urn:s'>\n.<s:b c='1 &#10;2'>x &lt; y</s:b><s:d> </s:d><s:e/></s:a>", None),
    ] {
        assert_eq!(explained(SIGNED, came), expected, "{came}");
    }
    let values = "<s:a xmlns:s='urn:s'>\n<s:b>\n  x &lt; y\n</s:b>\n<s:e>\n</s:e></s:a>";
    let signed = "<s:a xmlns:s='urn:s'><s:b>x &lt; y</s:b><s:e/></s:a>";
    assert_eq!(explained(signed, values), Some(Reformatting::IndentedValues));
}

#[test]
fn line_ends() {
    let crlf = "<a>1&#13;\n<b>2&#13;\n</b></a>";
    for (signed, came, expected) in [
        (crlf, "<a>1\n<b>2\n</b></a>", Some(Reformatting::LineEnds)),
        (crlf, "<a>1\r\n<b>2\r\n</b></a>", Some(Reformatting::LineEnds)),
        ("<a>1\n<b>2\n</b></a>", crlf, Some(Reformatting::LineEnds)),
        ("<a>1\n<b>2\n</b></a>", "<a>1&#13;<b>2&#13;</b></a>", Some(Reformatting::LineEnds)),
        ("<a>1&#13;<b>2&#13;</b></a>", "<a>1\n<b>2\n</b></a>", Some(Reformatting::LineEnds)),
        (crlf, "<a>1\n<b>3\n</b></a>", None),
        (crlf, "<a>1<b>2</b></a>", None),
    ] {
        assert_eq!(explained(signed, came), expected, "{came:?}");
    }
}

#[test]
fn prefixes() {
    let change = |namespace: &str, signed: &str, found: &str| ChangedPrefix {
        namespace: namespace.to_owned(),
        signed: signed.to_owned(),
        found: found.to_owned(),
    };
    let message = |p: &str, a: &str| {
        let tag = |prefix: &str| if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
        let xmlns =
            |prefix: &str| if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        let ([p, a], [of_p, of_a]) = ([p, a].map(tag), [p, a].map(xmlns));
        format!(
            "<{p}r {of_p}='urn:p' {of_a}='urn:a' b='&quot;'>\n<{a}s xmlns:x='urn:x' x:t='{p}r'>1 &amp; 2</{a}s><{p}e/></{p}r>"
        )
        .replace(&format!("x:t='{p}r'"), "x:t='v'")
    };
    let signed = message("samlp", "saml");
    assert_eq!(
        explained(&signed, &message("x9", "saml")),
        Some(Reformatting::Prefixes(vec![change("urn:p", "samlp", "x9")]))
    );
    assert_eq!(
        explained(&signed, &message("", "ns1")),
        Some(Reformatting::Prefixes(vec![change("urn:p", "samlp", ""), change("urn:a", "saml", "ns1")]))
    );
    assert_eq!(
        explained(&message("", "saml2"), &message("q", "saml2")),
        Some(Reformatting::Prefixes(vec![change("urn:p", "", "q")]))
    );
    // Signed with one that nobody would guess; changed in more than its prefix.
    assert_eq!(explained(&message("zz", "saml"), &message("samlp", "saml")), None);
    assert_eq!(explained(&signed, &message("x9", "saml").replace("1 &amp; 2", "3")), None);
    // A default namespace would take in what is in none, and attributes are never in it.
    let none = "<s:a xmlns:s='urn:s'><b/></s:a>";
    assert_eq!(explained("<a xmlns='urn:s'><b xmlns=''/></a>", none), None);
    let attribute = "<s:a xmlns:s='urn:s' s:b=''/>";
    assert_eq!(explained("<a xmlns='urn:s'/>", attribute), None);
}

#[test]
fn d8_guesses_are_few() {
    let came = canonical("<s:a xmlns:s='urn:s'>\n<s:b/>\n</s:a>");
    let asked = std::cell::Cell::new((0, 0));
    let never = |guess: &[u8]| {
        let (guesses, octets) = asked.get();
        asked.set((guesses + 1, octets + guess.len()));
        false
    };
    assert_eq!(explain(&came, Bounds { guesses: 5, octets: usize::MAX }, never), None);
    assert_eq!(asked.take().0, 5);
    assert_eq!(explain(&came, Bounds { guesses: usize::MAX, octets: 200 }, never), None);
    let (guesses, octets) = asked.take();
    assert!(guesses > 1 && octets <= 200, "{guesses} {octets}");
    assert_eq!(explain(&came, Bounds { guesses: usize::MAX, octets: came.len() * 2 - 1 }, never), None);
    assert_eq!(asked.take(), (0, 0));
    assert_eq!(explain(b"<a>", Bounds::DIGEST, never), None);
}
