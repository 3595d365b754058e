use landfall_accounts::{Comparison, Criterion, GroupField, GroupId, Order, UserId, Wanted};
use landfall_scim::{AttributePath, ErrorKind, Filter, Literal, ScimError, Sort};

use crate::scim::criterion::{self, Findable, compared, direction, plain};

/// What groups can be found by, in one sentence.
const FINDABLE: &str =
    "groups are found by id, displayName, externalId, meta.created and meta.lastModified, and by a member";

/// The criterion of a filter; without one, all groups are meant.
pub(super) fn criterion(filter: Option<&Filter>) -> Result<Criterion<GroupField>, ScimError> {
    filter.map_or_else(|| Ok(Criterion::everything()), criterion::criterion)
}

pub(super) fn order(sort: &Sort) -> Result<Order<GroupField>, ScimError> {
    match GroupField::of(&sort.by) {
        Ok(by) if by != GroupField::Member => Ok(Order { by, direction: direction(sort.order) }),
        _ => {
            let text = format!("sortBy: {} is not sorted by: {FINDABLE}", sort.by);
            Err(ScimError::new(ErrorKind::InvalidPath, text))
        }
    }
}

fn refused(path: &AttributePath) -> ScimError {
    ScimError::new(ErrorKind::InvalidFilter, format!("{path} is not filtered by so: {FINDABLE}"))
}

impl Findable for GroupField {
    fn of(path: &AttributePath) -> Result<Self, ScimError> {
        let known = [
            ("id", None, Self::Id),
            ("displayName", None, Self::Name),
            ("externalId", None, Self::ExternalId),
            ("members", None, Self::Member),
            ("members", Some("value"), Self::Member),
            ("meta", Some("created"), Self::Created),
            ("meta", Some("lastModified"), Self::Changed),
        ];
        let found = known.into_iter().find(|(name, sub, _)| path.is(name, *sub));
        found.map(|(_, _, field)| field).ok_or_else(|| refused(path))
    }

    fn wanted(&self, how: Comparison, literal: &Literal) -> Result<Option<Wanted>, ScimError> {
        let parsed = match (self, literal) {
            (Self::Id, Literal::Text(text)) => text.parse::<GroupId>().ok().map(|id| id.as_uuid().into()),
            (Self::Member, Literal::Text(text)) => text.parse::<UserId>().ok().map(|id| id.as_uuid().into()),
            _ => return Ok(plain(literal)),
        };
        criterion::id(how, parsed, || {
            ScimError::new(ErrorKind::InvalidFilter, "ids are compared by eq and ne alone")
        })
    }

    fn has(path: &AttributePath, inner: &Filter) -> Result<Criterion<Self>, ScimError> {
        match inner {
            Filter::Compare { path: of, operator, literal }
                if path.is("members", None) && of.is("value", None) =>
            {
                compared(Self::Member, *operator, literal)
            }
            Filter::Or(any) => {
                let any: Result<_, _> = any.iter().map(|one| Self::has(path, one)).collect();
                Ok(Criterion::Any(any?))
            }
            _ => Err(refused(path)),
        }
    }
}
