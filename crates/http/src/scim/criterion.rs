//! A filter in the words of what is kept of accounts and groups.

use landfall_accounts::{Comparison, Criterion, Direction, Wanted};
use landfall_scim::{AttributePath, Filter, Literal, Operator, ScimError, SortOrder};

/// What of the table a store can find resources by.
pub(super) trait Findable: Sized {
    /// The field of a path.
    ///
    /// # Errors
    /// [`InvalidFilter`](landfall_scim::ErrorKind::InvalidFilter), and what can be found by.
    fn of(path: &AttributePath) -> Result<Self, ScimError>;

    /// The field of a comparison, and with what its value is compared; `None` if nothing has such a value.
    ///
    /// # Errors
    /// [`InvalidFilter`](landfall_scim::ErrorKind::InvalidFilter) if the field is not compared so.
    fn wanted(&self, how: Comparison, literal: &Literal) -> Result<Option<Wanted>, ScimError>;

    /// What must hold of one value of a multi-valued attribute, as a criterion of the whole.
    ///
    /// # Errors
    /// [`InvalidFilter`](landfall_scim::ErrorKind::InvalidFilter) if it is none that can be found by.
    fn has(path: &AttributePath, inner: &Filter) -> Result<Criterion<Self>, ScimError>;
}

/// The criterion of a filter.
pub(super) fn criterion<F: Findable>(filter: &Filter) -> Result<Criterion<F>, ScimError> {
    Ok(match filter {
        Filter::And(all) => Criterion::All(all.iter().map(criterion).collect::<Result<_, _>>()?),
        Filter::Or(any) => Criterion::Any(any.iter().map(criterion).collect::<Result<_, _>>()?),
        Filter::Not(inner) => Criterion::Not(Box::new(criterion(inner)?)),
        Filter::Present(path) => Criterion::Present(F::of(path)?),
        Filter::Compare { path, operator, literal } => compared(F::of(path)?, *operator, literal)?,
        Filter::Has { path, filter } => F::has(path, filter)?,
    })
}

/// The criterion of one comparison.
pub(super) fn compared<F: Findable>(
    field: F,
    operator: Operator,
    literal: &Literal,
) -> Result<Criterion<F>, ScimError> {
    let how = match operator {
        Operator::Equal => Comparison::Equal,
        Operator::NotEqual => Comparison::NotEqual,
        Operator::Contains => Comparison::Contains,
        Operator::StartsWith => Comparison::StartsWith,
        Operator::EndsWith => Comparison::EndsWith,
        Operator::Greater => Comparison::Greater,
        Operator::GreaterOrEqual => Comparison::GreaterOrEqual,
        Operator::Less => Comparison::Less,
        Operator::LessOrEqual => Comparison::LessOrEqual,
    };
    Ok(match (field.wanted(how, literal)?, how) {
        (Some(with), _) => Criterion::Compare { field, how, with },
        (None, Comparison::NotEqual) => Criterion::everything(),
        (None, _) => Criterion::nothing(),
    })
}

/// An id that is compared: what is no id nobody has.
pub(super) fn id(
    how: Comparison,
    parsed: Option<Wanted>,
    refused: impl FnOnce() -> ScimError,
) -> Result<Option<Wanted>, ScimError> {
    match how {
        Comparison::Equal | Comparison::NotEqual => Ok(parsed),
        _ => Err(refused()),
    }
}

/// A literal as it is; the parser has given it the type of its attribute. Nothing has a text with a NUL in it: none is kept.
pub(super) fn plain(literal: &Literal) -> Option<Wanted> {
    match literal {
        Literal::Text(text) => Some(text).filter(|text| !text.contains('\0')).cloned().map(Wanted::Text),
        Literal::Boolean(value) => Some(Wanted::Flag(*value)),
        Literal::DateTime(moment) => Some(Wanted::Moment(*moment)),
        Literal::Integer(_) | Literal::Decimal(_) => None,
    }
}

pub(super) fn direction(order: SortOrder) -> Direction {
    match order {
        SortOrder::Ascending => Direction::Ascending,
        SortOrder::Descending => Direction::Descending,
    }
}
