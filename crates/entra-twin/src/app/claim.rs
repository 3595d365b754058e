//! "Attributes & Claims".

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Chain, Source};
use crate::{Cloud, Twin, User};

/// One line of "Attributes & Claims": a name and where it takes its value from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The full name, namespace included.
    pub name: String,
    /// Where the value comes from, unless a condition says otherwise.
    pub source: Source,
    /// What is done to it.
    #[serde(default, rename = "transform")]
    pub transformations: Chain,
    /// "Treat source as multivalued": each value is transformed, and not the first alone.
    #[serde(default)]
    pub multivalued: bool,
    /// Other sources for some people.
    #[serde(default, rename = "condition")]
    pub conditions: Vec<Condition>,
}

/// Another source of a claim, for some people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// For which kind of account.
    #[serde(default)]
    pub user_type: UserType,
    /// For members of one of these groups; for everybody where there is none.
    #[serde(default)]
    pub groups: Vec<Uuid>,
    /// Where the value comes from.
    pub source: Source,
    /// What is done to it.
    #[serde(default, rename = "transform")]
    pub transformations: Chain,
}

/// Kinds of accounts, as conditions of claims tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UserType {
    /// Each.
    #[default]
    Any,
    /// People of this tenant.
    Members,
    /// People of elsewhere.
    AllGuests,
    /// Guests whose account is in another tenant of Entra: the identity provider is one.
    EntraGuests,
    /// Guests whose account is anywhere else.
    ExternalGuests,
}

impl Claim {
    /// The values for a person; none leaves the claim out.
    ///
    /// Of the conditions that fit the last one counts, those with a transformation after all others,
    /// and one without a value is passed over.
    pub(crate) fn values(&self, twin: &Twin, user: &User) -> Vec<String> {
        let derive = |source: &Source, chain: &Chain| values(source, chain, self.multivalued, twin, user);
        let (transformed, plain): (Vec<&Condition>, Vec<&Condition>) =
            self.conditions.iter().partition(|condition| !condition.transformations.is_empty());
        let conditional = plain
            .into_iter()
            .chain(transformed)
            .filter(|condition| condition.fits(twin, user))
            .map(|condition| derive(&condition.source, &condition.transformations))
            .rfind(|values| !values.is_empty());
        conditional.unwrap_or_else(|| derive(&self.source, &self.transformations))
    }
}

/// All values of a source as they are, or what the transformations make of the first, or of each.
fn values(source: &Source, chain: &Chain, multivalued: bool, twin: &Twin, user: &User) -> Vec<String> {
    let mut values = source.values(twin, user);
    if chain.is_empty() {
        return values;
    }
    // Whether there is none is a question that a transformation may ask.
    if values.is_empty() {
        values.push(String::new());
    }
    let most = if multivalued { values.len() } else { 1 };
    values.iter().take(most).filter_map(|value| chain.apply(value, twin, user)).collect()
}

impl Condition {
    fn fits(&self, twin: &Twin, user: &User) -> bool {
        let entra = user.identity_provider.as_deref().is_some_and(Cloud::is_issuer);
        let kind = match self.user_type {
            UserType::Any => true,
            UserType::Members => !user.is_guest(),
            UserType::AllGuests => user.is_guest(),
            UserType::EntraGuests => user.is_guest() && entra,
            UserType::ExternalGuests => user.is_guest() && !entra,
        };
        let is_member = || {
            let groups = twin.tenant().groups_of(user);
            groups.iter().any(|group| self.groups.contains(&group.object_id))
        };
        kind && (self.groups.is_empty() || is_member())
    }
}
