//! The group claim.

use serde::{Deserialize, Serialize};

use super::choice::from_words;
use crate::Group;

/// The group claim: which groups of a person it names, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupClaim {
    /// Which groups.
    #[serde(default)]
    pub which: Groups,
    /// What stands for a group.
    #[serde(default)]
    pub value: GroupValue,
    /// Another name of the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// "Filter groups": those that fit alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<GroupFilter>,
    /// "Emit groups as role claims": the roles of the application are then left out.
    #[serde(default)]
    pub as_roles: bool,
}

/// Which groups the group claim names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Groups {
    /// There is no group claim.
    #[default]
    None,
    /// All groups, and those that they are in.
    All,
    /// Security groups, and those that they are in.
    Security,
    /// Groups that are assigned to the application and that the person is a direct member of.
    Application,
    /// The directory roles of the person, in a claim of their own.
    DirectoryRoles,
}

from_words!(Groups, "groups", "none, all, security, application or directory-roles");

/// What stands for a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupValue {
    /// The object id.
    #[default]
    Id,
    /// The display name, of groups that are assigned to the application alone; of others it is the object id.
    DisplayName,
    /// sAMAccountName; groups of the cloud have none and are left out, as with the three that follow.
    SamAccountName,
    /// NetBIOS domain and sAMAccountName, with a backslash between them.
    NetbiosDomain,
    /// DNS domain and sAMAccountName, with a backslash between them.
    DnsDomain,
    /// The security identifier.
    Sid,
}

from_words!(
    GroupValue,
    "group-value",
    "id, display-name, sam-account-name, netbios-domain, dns-domain or sid"
);

/// Which groups the group claim tells, by one of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupFilter {
    /// The name that is looked at.
    pub by: GroupName,
    /// Where the text must stand in it.
    pub at: GroupMatch,
    /// The text, compared by case.
    pub value: String,
}

/// A name of a group that a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupName {
    /// The display name.
    DisplayName,
    /// sAMAccountName, which groups of the cloud lack.
    SamAccountName,
}

/// Where a text stands in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupMatch {
    /// At the beginning.
    Prefix,
    /// At the end.
    Suffix,
    /// Anywhere.
    Contains,
}

impl GroupFilter {
    /// Whether a group fits.
    pub(crate) fn fits(&self, group: &Group) -> bool {
        let name = match self.by {
            GroupName::DisplayName => Some(group.display_name.as_str()),
            GroupName::SamAccountName => group.on_premises.as_ref().map(|it| it.sam_account_name.as_str()),
        };
        name.is_some_and(|name| match self.at {
            GroupMatch::Prefix => name.starts_with(&self.value),
            GroupMatch::Suffix => name.ends_with(&self.value),
            GroupMatch::Contains => name.contains(&self.value),
        })
    }
}

impl GroupValue {
    /// What stands for a group in a claim of these groups; `None` if the group has no such name.
    pub(crate) fn of(self, group: &Group, which: Groups) -> Option<String> {
        let on_premises = group.on_premises.as_ref();
        match self {
            Self::DisplayName if which == Groups::Application => Some(group.display_name.clone()),
            Self::Id | Self::DisplayName => Some(group.object_id.to_string()),
            Self::SamAccountName => on_premises.map(|it| it.sam_account_name.clone()),
            Self::NetbiosDomain => {
                on_premises.map(|it| format!("{}\\{}", it.netbios_domain, it.sam_account_name))
            }
            Self::DnsDomain => on_premises.map(|it| format!("{}\\{}", it.dns_domain, it.sam_account_name)),
            Self::Sid => on_premises.map(|it| it.sid.clone()),
        }
    }
}
