//! Which accounts and groups of a directory are meant, in the words of what a store keeps of them.

use std::fmt;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::PageOf;

/// A part of a list: what fits, in an order, from where to where.
#[derive(Clone, Debug, PartialEq)]
pub struct Query<F> {
    /// What fits.
    pub filter: Criterion<F>,
    /// The order; without it, and among equals, the oldest first.
    pub order: Option<Order<F>>,
    /// The part.
    pub page: PageOf,
}

/// What must hold of an account or a group; each is true or false, also of what has no value.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every criterion")]
pub enum Criterion<F> {
    /// All of these; with none of them, everything fits.
    All(Vec<Self>),
    /// One of these; with none of them, nothing fits.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// There is a value.
    Present(F),
    /// The value compares so; what has no value is not equal to anything, and fits no other comparison.
    Compare {
        /// The value.
        field: F,
        /// How.
        how: Comparison,
        /// With what.
        with: Wanted,
    },
}

impl<F> Criterion<F> {
    /// Everything fits.
    #[must_use]
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Nothing fits.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Any(Vec::new())
    }

    /// What has this value fits.
    ///
    /// ```
    /// use landfall_accounts::{Criterion, UserField};
    ///
    /// let ada = Criterion::equal(UserField::UserName, "ada@example.com");
    /// assert!(!format!("{ada:?}").contains("ada"));
    /// ```
    #[must_use]
    pub fn equal(field: F, with: impl Into<Wanted>) -> Self {
        Self::Compare { field, how: Comparison::Equal, with: with.into() }
    }
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every comparison")]
pub enum Comparison {
    /// It is equal.
    Equal,
    /// It is not equal, or there is none.
    NotEqual,
    /// It has this in it.
    Contains,
    /// It begins so.
    StartsWith,
    /// It ends so.
    EndsWith,
    /// It is greater.
    Greater,
    /// It is greater or equal.
    GreaterOrEqual,
    /// It is less.
    Less,
    /// It is less or equal.
    LessOrEqual,
}

/// What a value is compared with; it must be of the kind of the field, else nothing fits.
///
/// # Security
/// It is personal data and does not print; a store binds it and never writes it into a statement [attack H4].
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every kind")]
pub enum Wanted {
    /// Text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A moment, to the millisecond.
    Moment(OffsetDateTime),
    /// An id.
    Id(Uuid),
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wanted([redacted])")
    }
}

impl From<&str> for Wanted {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Uuid> for Wanted {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

/// What accounts of a directory can be found by and sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every field")]
pub enum UserField {
    /// The id; equal or not.
    Id,
    /// The user name, without case.
    UserName,
    /// What the directory calls the person, byte for byte.
    ExternalId,
    /// The name that is shown, without case.
    DisplayName,
    /// The given name, without case.
    FirstName,
    /// The family name, without case.
    LastName,
    /// The e-mail address of the account, without case.
    Email,
    /// Whether the directory lets the person sign in; equal or not.
    Active,
    /// When the directory pushed the person first.
    Pushed,
    /// When what the directory sees changed last.
    Changed,
    /// A text in [`Rest`](crate::Rest), by the names of the objects in which it lies.
    ///
    /// # Security
    /// The names come from a table of this side's, and never from a request [attack H4].
    Rest {
        /// The names, the outermost first.
        path: Vec<String>,
        /// Whether case matters.
        case: Case,
    },
}

/// What groups of a directory can be found by and sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every field")]
pub enum GroupField {
    /// The id; equal or not.
    Id,
    /// The name, without case.
    Name,
    /// What the directory calls it, byte for byte.
    ExternalId,
    /// The members: one of them is this account, or none is. Nothing is sorted by it.
    Member,
    /// When it was made.
    Created,
    /// When it or its members changed last.
    Changed,
}

/// Whether case matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Case {
    /// It does.
    Exact,
    /// It does not.
    Folded,
}

/// An order; those that have no value come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<F> {
    /// By what.
    pub by: F,
    /// The direction.
    pub direction: Direction,
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two directions")]
pub enum Direction {
    /// The least comes first.
    Ascending,
    /// The greatest comes first.
    Descending,
}
