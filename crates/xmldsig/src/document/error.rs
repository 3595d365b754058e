use std::fmt;

/// Why a document was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    offset: usize,
    line: usize,
    column: usize,
    kind: ParseErrorKind,
}

impl ParseError {
    pub(super) fn new(source: &[u8], offset: usize, kind: ParseErrorKind) -> Self {
        let before = source.get(..offset.min(source.len())).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let in_line = before.get(start..).unwrap_or_default();
        let column = in_line.iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
        Self { offset, line, column, kind }
    }

    /// Byte of the input at which reading stopped, a byte order mark counted.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Line of that byte, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Character within the line, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// What was wrong there.
    #[must_use]
    pub fn kind(&self) -> &ParseErrorKind {
        &self.kind
    }

    /// Stable code of the cause, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
    }
}

impl std::error::Error for ParseError {}

/// What was wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// A bound of [`Limits`](crate::Limits) was passed.
    #[error("more than {limit} {what}: the document is refused unread")]
    Limit {
        /// The bound, in words.
        what: &'static str,
        /// Its value.
        limit: usize,
    },
    /// The bytes are not UTF-8, or the declaration names another encoding.
    #[error("the document must be UTF-8, but {found}")]
    Encoding {
        /// What was found instead.
        found: String,
    },
    /// The XML declaration is not that of XML 1.0.
    #[error("XML version must be \"1.0\", not {found:?}")]
    Version {
        /// The version that was declared.
        found: String,
    },
    /// A document type declaration: never read, so that no entity and no typed ID can exist.
    #[error("a DOCTYPE is refused: send the message without it")]
    Doctype,
    /// The document ends too early.
    #[error("the document ends where {expected} was expected")]
    End {
        /// What should have come.
        expected: &'static str,
    },
    /// Another character than the grammar allows.
    #[error("expected {expected}, found {found:?}")]
    Unexpected {
        /// What should have come.
        expected: &'static str,
        /// What came.
        found: char,
    },
    /// An end tag that does not name the open element [xml 3, WFC: Element Type Match].
    #[error("expected </{expected}>, found </{found}>")]
    EndTag {
        /// The element that is open.
        expected: String,
        /// The name in the end tag.
        found: String,
    },
    /// One attribute twice, also by two prefixes of one namespace [xml-names 6.3].
    #[error("attribute {name} is given twice")]
    DuplicateAttribute {
        /// Its local name.
        name: String,
    },
    /// A prefix without a declaration [xml-names 5].
    #[error("namespace prefix {prefix:?} is not declared")]
    UndeclaredPrefix {
        /// The prefix.
        prefix: String,
    },
    /// A declaration that Namespaces in XML forbids: of `xml`, `xmlns`, their names, or an empty prefix binding.
    #[error("namespace declaration {declaration:?} is forbidden: {rule}")]
    NamespaceDeclaration {
        /// The attribute as written.
        declaration: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// An entity other than the five of XML itself.
    #[error("entity &{name}; is not declared: only lt, gt, amp, apos and quot exist without a DOCTYPE")]
    Entity {
        /// The name of the entity.
        name: String,
    },
    /// A character that XML 1.0 does not allow, raw or as a reference [xml 2.2].
    #[error("character U+{code:04X} is not allowed in XML 1.0")]
    Character {
        /// Its code point.
        code: u32,
    },
    /// One ID value on two elements: nobody could say which one is signed.
    #[error("ID {value:?} is given twice")]
    DuplicateId {
        /// The value.
        value: String,
    },
    /// Something else than white space, comments and processing instructions after the root.
    #[error("content after the root element: one document has one root")]
    Trailing,
}

impl ParseErrorKind {
    /// Stable code, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Limit { .. } => "xml.limit",
            Self::Encoding { .. } => "xml.encoding",
            Self::Version { .. } => "xml.version",
            Self::Doctype => "xml.doctype",
            Self::End { .. } => "xml.end",
            Self::Unexpected { .. } => "xml.unexpected",
            Self::EndTag { .. } => "xml.end_tag",
            Self::DuplicateAttribute { .. } => "xml.duplicate_attribute",
            Self::UndeclaredPrefix { .. } => "xml.undeclared_prefix",
            Self::NamespaceDeclaration { .. } => "xml.namespace_declaration",
            Self::Entity { .. } => "xml.entity",
            Self::Character { .. } => "xml.character",
            Self::DuplicateId { .. } => "xml.duplicate_id",
            Self::Trailing => "xml.trailing",
        }
    }
}

/// The content of an element is not of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A comment, a processing instruction or an element stands inside a text value.
    #[error("<{element}> must hold text alone, but a {found} splits it")]
    Split {
        /// The element.
        element: String,
        /// What stands in it.
        found: &'static str,
    },
    /// Text stands where only elements may.
    #[error("<{element}> must hold elements alone, but text stands between them")]
    Text {
        /// The element.
        element: String,
    },
}
