//! The canonicalizations by name.

use super::PrefixList;

/// A canonicalization, as a `CanonicalizationMethod` or a `Transform` names it [xmldsig 6.5].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum C14nMethod {
    /// Exclusive XML Canonicalization 1.0, comments left out: the only one that is accepted unless
    /// [`AlgorithmPolicy::danger_allow_c14n`](crate::AlgorithmPolicy::danger_allow_c14n) names another.
    #[default]
    Exclusive,
    /// Exclusive XML Canonicalization 1.0 with comments.
    ExclusiveWithComments,
    /// Canonical XML 1.0, comments left out.
    Inclusive10,
    /// Canonical XML 1.0 with comments.
    Inclusive10WithComments,
    /// Canonical XML 1.1, comments left out.
    Inclusive11,
    /// Canonical XML 1.1 with comments.
    Inclusive11WithComments,
}

impl C14nMethod {
    /// All that there are.
    pub const ALL: [Self; 6] = [
        Self::Exclusive,
        Self::ExclusiveWithComments,
        Self::Inclusive10,
        Self::Inclusive10WithComments,
        Self::Inclusive11,
        Self::Inclusive11WithComments,
    ];

    /// Its identifier.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Exclusive => "http://www.w3.org/2001/10/xml-exc-c14n#",
            Self::ExclusiveWithComments => "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
            Self::Inclusive10 => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            Self::Inclusive10WithComments => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
            Self::Inclusive11 => "http://www.w3.org/2006/12/xml-c14n11",
            Self::Inclusive11WithComments => "http://www.w3.org/2006/12/xml-c14n11#WithComments",
        }
    }

    /// The same without comments.
    pub(crate) const fn without_comments(self) -> Self {
        match self {
            Self::Exclusive | Self::ExclusiveWithComments => Self::Exclusive,
            Self::Inclusive10 | Self::Inclusive10WithComments => Self::Inclusive10,
            Self::Inclusive11 | Self::Inclusive11WithComments => Self::Inclusive11,
        }
    }

    /// Whether comments are among the nodes that are written [xml-c14n 2.1].
    pub(crate) const fn keeps_comments(self) -> bool {
        matches!(
            self,
            Self::ExclusiveWithComments | Self::Inclusive10WithComments | Self::Inclusive11WithComments
        )
    }

    pub(crate) const fn is_exclusive(self) -> bool {
        matches!(self, Self::Exclusive | Self::ExclusiveWithComments)
    }

    /// Its place in a set of them.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// How an element becomes octets: by which method, and for an exclusive one with which prefixes treated inclusively.
///
/// The default is exclusive, without comments and without such prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canonicalization<'d> {
    pub(crate) method: C14nMethod,
    pub(crate) prefixes: PrefixList<'d>,
}

impl<'d> Canonicalization<'d> {
    /// Exclusive, without comments, with these prefixes treated inclusively.
    #[must_use]
    pub fn exclusive(prefixes: PrefixList<'d>) -> Self {
        Self { method: C14nMethod::Exclusive, prefixes }
    }
}

impl From<C14nMethod> for Canonicalization<'_> {
    fn from(method: C14nMethod) -> Self {
        Self { method, prefixes: PrefixList::default() }
    }
}
