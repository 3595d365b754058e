//! Which attributes the assertion about a person has.

use crate::app::{Groups, Source};
use crate::tenant::{Group, GroupKind};
use crate::{Attribute, Twin, User};

/// More groups than these are not listed: a link stands in their place.
const MOST_GROUPS: usize = 150;

const MICROSOFT: &str = "http://schemas.microsoft.com/identity/claims/";
const XMLSOAP: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";
const WIDS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids";
const ROLE: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
const METHODS: &str = "http://schemas.microsoft.com/claims/authnmethodsreferences";

/// The default claims in Entra's order, then those of the application; a claim without a value is left out.
///
/// Where groups and roles stand is not known: here it is behind the display name.
pub(crate) fn attributes(twin: &Twin, user: &User) -> Vec<Attribute> {
    let of = |source: Source| source.values(twin, user);
    let provider = user.identity_provider.clone().unwrap_or_else(|| twin.tenant().issuer());
    let methods = user.authentication.iter().map(|method| method.reference().to_owned());
    let default = [
        (format!("{MICROSOFT}tenantid"), vec![twin.tenant().id.to_string()]),
        (format!("{MICROSOFT}objectidentifier"), of(Source::ObjectId)),
        (format!("{MICROSOFT}displayname"), of(Source::DisplayName)),
        groups(twin, user),
        (ROLE.to_owned(), roles(twin, user)),
        (format!("{MICROSOFT}identityprovider"), vec![provider]),
        (METHODS.to_owned(), methods.collect()),
        (format!("{XMLSOAP}givenname"), of(Source::GivenName)),
        (format!("{XMLSOAP}surname"), of(Source::Surname)),
        (format!("{XMLSOAP}emailaddress"), of(Source::Mail)),
        (format!("{XMLSOAP}name"), of(Source::UserPrincipalName)),
    ];
    let added = twin.app().claims.iter().map(|claim| (claim.name.clone(), claim.values(twin, user)));
    default
        .into_iter()
        .chain(added)
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| Attribute { name, values })
        .collect()
}

/// Name and values of the group claim; the link to the groups where there are too many of them.
fn groups(twin: &Twin, user: &User) -> (String, Vec<String>) {
    let claim = &twin.app().groups;
    if claim.which == Groups::DirectoryRoles {
        return (WIDS.to_owned(), user.directory_roles.iter().map(ToString::to_string).collect());
    }
    let values = group_values(twin, user);
    if values.len() > MOST_GROUPS {
        let (tenant, object) = (twin.tenant().id, user.object_id);
        let link = format!("https://graph.windows.net/{tenant}/users/{object}/getMemberObjects");
        return (GROUPS_LINK.to_owned(), vec![link]);
    }
    let name = if claim.as_roles { ROLE } else { GROUPS };
    (claim.name.clone().unwrap_or_else(|| name.to_owned()), values)
}

fn group_values(twin: &Twin, user: &User) -> Vec<String> {
    let (claim, tenant) = (&twin.app().groups, twin.tenant());
    let groups: Vec<&Group> = match claim.which {
        Groups::None | Groups::DirectoryRoles => Vec::new(),
        Groups::All => tenant.groups_of(user),
        Groups::Security => {
            tenant.groups_of(user).into_iter().filter(|group| group.kind == GroupKind::Security).collect()
        }
        Groups::Application => {
            let direct = tenant.groups.iter().filter(|group| group.members.contains(&user.object_id));
            direct.filter(|group| group.assigned).collect()
        }
    };
    let fits = |group: &&Group| claim.filter.as_ref().is_none_or(|filter| filter.fits(group));
    groups.into_iter().filter(fits).filter_map(|group| claim.value.of(group, claim.which)).collect()
}

/// Roles of the application, unless groups are told as roles.
fn roles(twin: &Twin, user: &User) -> Vec<String> {
    let claim = &twin.app().groups;
    let instead = claim.as_roles && !matches!(claim.which, Groups::None | Groups::DirectoryRoles);
    if instead { Vec::new() } else { Source::AssignedRoles.values(twin, user) }
}
