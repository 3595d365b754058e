use landfall_accounts::{Case, Comparison, Criterion, Order, UserField, UserId, Wanted};
use landfall_scim::{AttributePath, ErrorKind, Filter, Literal, Operator, ScimError, Sort, Type};

use crate::scim::criterion::{self, Findable, compared, direction, plain};
use crate::scim::extension::{DeclaredExtension, Filled};

/// What users can be found by, in one sentence.
const FINDABLE: &str = "users are found by id, meta.created and meta.lastModified, by userName, externalId, active, emails, \
    and by every other attribute of text that has one value, those of extensions and manager among them";

/// The criterion of a filter; without one, everybody is meant.
pub(super) fn criterion(
    filter: Option<&Filter>,
    declared: Option<&DeclaredExtension>,
) -> Result<Criterion<UserField>, ScimError> {
    let Some(filter) = filter else { return Ok(Criterion::everything()) };
    let criterion = criterion::criterion(filter)?;
    match declared {
        Some(declared) => standard(criterion, declared),
        None => Ok(criterion),
    }
}

pub(super) fn order(
    sort: &Sort,
    declared: Option<&DeclaredExtension>,
) -> Result<Order<UserField>, ScimError> {
    let by = UserField::of(&sort.by).ok().and_then(|field| match declared {
        Some(declared) => unfilled(field, declared),
        None => Some(field),
    });
    let by = by.ok_or_else(|| {
        ScimError::new(ErrorKind::InvalidPath, format!("sortBy: {} is not sorted by: {FINDABLE}", sort.by))
    })?;
    Ok(Order { by, direction: direction(sort.order) })
}

/// The same criterion of the standard attributes as they are served, where others fill the account.
fn standard(
    criterion: Criterion<UserField>,
    declared: &DeclaredExtension,
) -> Result<Criterion<UserField>, ScimError> {
    let unfilled = |field| {
        unfilled(field, declared).ok_or_else(|| {
            let text =
                "emails are not filtered by: the address of the account is filled from another attribute";
            ScimError::new(ErrorKind::InvalidFilter, text)
        })
    };
    let all = |of: Vec<_>| of.into_iter().map(|one| standard(one, declared)).collect::<Result<_, _>>();
    Ok(match criterion {
        Criterion::All(of) => Criterion::All(all(of)?),
        Criterion::Any(of) => Criterion::Any(all(of)?),
        Criterion::Not(inner) => Criterion::Not(Box::new(standard(*inner, declared)?)),
        Criterion::Present(field) => Criterion::Present(unfilled(field)?),
        Criterion::Compare { field, how, with } => Criterion::Compare { field: unfilled(field)?, how, with },
    })
}

/// Where the standard attribute lies, if the account has the value of another one in its place;
/// `None` for addresses, of which there are several.
fn unfilled(field: UserField, declared: &DeclaredExtension) -> Option<UserField> {
    let (filled, path) = match field {
        UserField::FirstName => (Filled::FirstName, &["name", "givenName"][..]),
        UserField::LastName => (Filled::LastName, &["name", "familyName"][..]),
        UserField::DisplayName => (Filled::DisplayName, &["displayName"][..]),
        UserField::Email => return (!declared.fills(Filled::Email)).then_some(field),
        _ => return Some(field),
    };
    if !declared.fills(filled) {
        return Some(field);
    }
    Some(UserField::Rest { path: path.iter().map(|&name| name.to_owned()).collect(), case: Case::Folded })
}

fn refused(path: &AttributePath) -> ScimError {
    ScimError::new(ErrorKind::InvalidFilter, format!("{path} is not filtered by so: {FINDABLE}"))
}

impl Findable for UserField {
    fn of(path: &AttributePath) -> Result<Self, ScimError> {
        let known = [
            ("id", None, Self::Id),
            ("userName", None, Self::UserName),
            ("externalId", None, Self::ExternalId),
            ("displayName", None, Self::DisplayName),
            ("name", Some("givenName"), Self::FirstName),
            ("name", Some("familyName"), Self::LastName),
            ("emails", None, Self::Email),
            ("emails", Some("value"), Self::Email),
            ("active", None, Self::Active),
            ("meta", Some("created"), Self::Pushed),
            ("meta", Some("lastModified"), Self::Changed),
        ];
        if let Some((_, _, field)) = known.into_iter().find(|(name, sub, _)| path.is(name, *sub)) {
            return Ok(field);
        }
        let is_own = !path.is("id", None) && path.attribute().name() != "meta";
        let is_text = matches!(path.leaf().kind(), Type::String | Type::Reference);
        if !is_own || !is_text || path.attribute().is_multi_valued() {
            return Err(refused(path));
        }
        let case = if path.leaf().is_case_exact() { Case::Exact } else { Case::Folded };
        let names = path.extension().into_iter().chain([path.attribute().name()]);
        let names = names.chain(path.sub_attribute().map(|sub| sub.name()));
        Ok(Self::Rest { path: names.map(str::to_owned).collect(), case })
    }

    fn wanted(&self, how: Comparison, literal: &Literal) -> Result<Option<Wanted>, ScimError> {
        match (self, literal) {
            (Self::Id, Literal::Text(text)) => {
                let parsed = text.parse::<UserId>().ok().map(|id| id.as_uuid().into());
                criterion::id(how, parsed, || {
                    ScimError::new(ErrorKind::InvalidFilter, "id is compared by eq and ne alone")
                })
            }
            _ => Ok(plain(literal)),
        }
    }

    fn has(path: &AttributePath, inner: &Filter) -> Result<Criterion<Self>, ScimError> {
        if !path.is("emails", None) {
            return Err(refused(path));
        }
        match inner {
            Filter::And(all) => {
                let all: Result<_, _> = all.iter().map(|one| Self::has(path, one)).collect();
                Ok(Criterion::All(all?))
            }
            Filter::Present(of) if of.is("value", None) => Ok(Criterion::Present(Self::Email)),
            Filter::Compare { path: of, operator, literal } if of.is("value", None) => {
                compared(Self::Email, *operator, literal)
            }
            // The address of the account is the primary one, or the one for work.
            Filter::Compare { path: of, operator: Operator::Equal, literal: Literal::Text(kind) }
                if of.is("type", None) && kind.eq_ignore_ascii_case("work") =>
            {
                Ok(Criterion::Present(Self::Email))
            }
            Filter::Compare { path: of, operator: Operator::Equal, literal: Literal::Boolean(true) }
                if of.is("primary", None) =>
            {
                Ok(Criterion::Present(Self::Email))
            }
            _ => Err(refused(path)),
        }
    }
}
