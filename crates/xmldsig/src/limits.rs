/// Bounds on what the parser reads; each is checked before memory is taken for what it bounds [attack D3, D4, D7].
///
/// Every bound is inclusive: a document of exactly `bytes` bytes is read, one byte more is refused
/// with [`ParseErrorKind::Limit`](crate::ParseErrorKind::Limit), which names the bound and its value.
///
/// ```
/// use landfall_xmldsig::{Document, Limits};
///
/// let limits = Limits { depth: 2, ..Limits::message() };
/// assert!(Document::parse(b"<a><b/></a>", &limits).is_ok());
/// assert!(Document::parse(b"<a><b><c/></b></a>", &limits).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document, a byte order mark included.
    pub bytes: usize,
    /// Elements open at once; the root is depth 1.
    pub depth: usize,
    /// Elements, texts, comments and processing instructions together.
    pub nodes: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope at once.
    pub namespaces: usize,
    /// Bytes of one element, attribute or prefix name.
    pub name: usize,
}

impl Limits {
    /// Bounds for one protocol message: 256 KiB, 64 levels, 20,000 nodes.
    #[must_use]
    pub const fn message() -> Self {
        Self { bytes: 256 * 1024, depth: 64, nodes: 20_000, attributes: 64, namespaces: 64, name: 1024 }
    }

    /// Bounds for a metadata document: 16 MiB, 64 levels, a million nodes.
    #[must_use]
    pub const fn metadata() -> Self {
        Self { bytes: 16 * 1024 * 1024, nodes: 1_000_000, ..Self::message() }
    }
}
