//! What authorization is built on: groups, and roles by table.

use std::collections::{BTreeMap, HashMap};

use super::compile::{Compiler, at_most, name, short, word};
use super::error::{Fault, MappingError};
use super::field::shown;
use super::limits;
use super::notes::Notes;
use super::rule::{Found, Rule};
use super::text::{GroupsText, RolesText};
use super::transform::Values;
use crate::{AttributeSet, ClaimError, Groups, MapError};

/// Which groups a person is in.
#[derive(Debug)]
pub(super) struct GroupRule {
    rule: Rule,
    incomplete: Vec<String>,
    table: Option<HashMap<String, String>>,
}

/// The groups as they arrived; `None` if nobody can say which they are.
pub(super) type Ids<'a> = Option<Values<'a>>;

impl GroupRule {
    pub(super) fn compile(compiler: &mut Compiler, text: GroupsText) -> Result<Self, MappingError> {
        let rule = Rule::compile(compiler, "groups", text.sources, text.transforms)?;
        at_most("groups.incomplete", text.incomplete.len(), limits::LIST)?;
        let claim = |(index, claim): (usize, &String)| {
            word(&format!("groups.incomplete[{index}]"), "the name of a claim", claim)
        };
        let incomplete = text.incomplete.iter().enumerate().map(claim).collect::<Result<_, _>>()?;
        let table = text.table.map(|table| {
            at_most("groups.table", table.len(), limits::TABLE)?;
            let row = |(id, to): (String, String)| {
                let at = format!("groups.table.{id:?}");
                Ok((short(&at, &id)?, name(&at, &to)?))
            };
            table.into_iter().map(row).collect::<Result<_, MappingError>>()
        });
        Ok(Self { rule, incomplete, table: table.transpose()? })
    }

    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The ids of the groups.
    ///
    /// Entra drops the claim above 150 groups and sends a link instead: that is not "no groups" [attack G7].
    /// Neither are more groups than are listed here, or one whose id cannot be taken.
    pub(super) fn ids<'a>(
        &'a self,
        attributes: &'a AttributeSet,
        notes: &mut Notes,
    ) -> Result<(Ids<'a>, Option<&'a str>), MapError> {
        if let Some(claim) = self.incomplete.iter().find(|claim| attributes.met_by(claim).is_some()) {
            notes.add(|| format!("incomplete: `{claim}` arrived in place of the groups"));
            return Ok((None, attributes.met_by(claim)));
        }
        let found = self.rule.find(attributes, notes).and_then(|found| {
            let fits = listed(&found.values);
            fits.map(|()| found).map_err(|why| MapError { rule: self.rule.path().to_owned(), why })
        });
        match found {
            Ok(Found { values, attribute }) => Ok((Some(values), attribute)),
            Err(error) if is_about_values(&error.why) => {
                notes.add(|| format!("incomplete: {error}"));
                Ok((None, None))
            }
            Err(error) => Err(error),
        }
    }

    /// The groups as the application knows them: as they arrived, or those of the table by their names.
    pub(super) fn named(&self, ids: &Ids<'_>, notes: &mut Notes) -> Groups {
        let Some(ids) = ids else { return Groups::Incomplete };
        let Some(table) = &self.table else {
            return Groups::Listed(ids.iter().map(|id| id.clone().into_owned()).collect());
        };
        let mut names: Vec<String> = Vec::new();
        for name in ids.iter().filter_map(|id| table.get(id.as_ref())) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        notes.add(|| format!("table: {} groups in and {} out", ids.len(), names.len()));
        Groups::Listed(names)
    }
}

fn listed(ids: &Values<'_>) -> Result<(), ClaimError> {
    if ids.len() > limits::GROUPS {
        return Err(ClaimError::TooMany { count: ids.len(), of: "groups", most: limits::GROUPS });
    }
    ids.iter().try_for_each(|id| shown(id))
}

fn is_about_values(why: &ClaimError) -> bool {
    matches!(why, ClaimError::TooLong { .. } | ClaimError::TooMany { .. } | ClaimError::Invisible { .. })
}

/// Which roles a person has: those of the tables, and no other.
#[derive(Debug)]
pub(super) struct RoleRule {
    rule: Option<Rule>,
    table: HashMap<String, Vec<String>>,
    groups: HashMap<String, Vec<String>>,
}

impl RoleRule {
    /// `groups` says whether the mapping has any.
    pub(super) fn compile(
        compiler: &mut Compiler,
        text: RolesText,
        groups: Option<&GroupRule>,
    ) -> Result<Self, MappingError> {
        let rule = match (text.sources.is_empty(), text.table.is_empty()) {
            (true, true) if text.transforms.is_empty() => None,
            (false, false) => Some(Rule::compile(compiler, "roles", text.sources, text.transforms)?),
            (true, _) => {
                return Err(Fault::needs("a source of the values that the table lists").at("roles.sources"));
            }
            (false, true) => {
                let expected = "a table from values to lists of roles: no value is a role by itself";
                return Err(Fault::needs(expected).at("roles.table"));
            }
        };
        if !text.groups.is_empty() && groups.is_none() {
            return Err(
                Fault::needs("the section [groups], which says where they come from").at("roles.groups")
            );
        }
        Ok(Self {
            rule,
            table: table("roles.table", text.table)?,
            groups: table("roles.groups", text.groups)?,
        })
    }

    pub(super) fn rule(&self) -> Option<&Rule> {
        self.rule.as_ref()
    }

    /// The roles, each once, in the order in which values and groups arrived.
    ///
    /// # Security
    /// An identity provider says what it likes; a role that no table names does not come out [attack H5].
    /// Of groups that nobody knows there are no roles [attack G7].
    pub(super) fn find<'a>(
        &'a self,
        attributes: &'a AttributeSet,
        ids: &Ids<'_>,
        notes: &mut Notes,
    ) -> Result<(Vec<String>, Option<&'a str>), MapError> {
        let found = match &self.rule {
            Some(rule) => rule.find(attributes, notes)?,
            None => Found { values: Vec::new(), attribute: None },
        };
        let unlisted = found.values.iter().filter(|value| !self.table.contains_key(value.as_ref())).count();
        if unlisted > 0 {
            notes.add(|| format!("table: {unlisted} values are in no row and give no role"));
        }
        if ids.is_none() && !self.groups.is_empty() {
            notes.add(|| "groups: they are incomplete and give no role".to_owned());
        }
        let of_values = found.values.iter().filter_map(|value| self.table.get(value.as_ref()));
        let of_groups = ids.iter().flatten().filter_map(|id| self.groups.get(id.as_ref()));
        let mut roles: Vec<String> = Vec::new();
        for role in of_values.chain(of_groups).flatten() {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        Ok((roles, found.attribute))
    }
}

fn table(
    path: &str,
    rows: BTreeMap<String, Vec<String>>,
) -> Result<HashMap<String, Vec<String>>, MappingError> {
    at_most(path, rows.len(), limits::TABLE)?;
    let row = |(from, roles): (String, Vec<String>)| {
        let at = format!("{path}.{from:?}");
        at_most(&at, roles.len(), limits::LIST)?;
        let roles = roles.iter().map(|role| name(&at, role)).collect::<Result<_, _>>()?;
        Ok((short(&at, &from)?, roles))
    };
    rows.into_iter().map(row).collect()
}
