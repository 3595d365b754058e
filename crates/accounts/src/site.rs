//! Sites: applications that a proxy guards, and whom they admit.

use std::{fmt, str::FromStr};

use time::OffsetDateTime;
use url::Url;

use crate::{Access, SignedIn, SiteId, TenantName, redirect};

/// The origin of a site: scheme, host and port, exactly as browsers write it.
///
/// It is https, or plain http of this machine.
///
/// ```
/// use landfall_accounts::SiteOrigin;
///
/// let origin: SiteOrigin = "https://app.example".parse()?;
/// assert_eq!(origin.join("/reports"), "https://app.example/reports");
/// assert!("http://app.example".parse::<SiteOrigin>().is_err());
/// assert!("http://app.localhost:3000".parse::<SiteOrigin>().is_ok());
/// # Ok::<(), landfall_accounts::NotASiteOrigin>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteOrigin(String);

impl SiteOrigin {
    const MOST: usize = 300;

    /// The origin, as it stands in an `Origin` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a path there, which begins with `/`.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The origin to which a request came, by its scheme and its host with a port, as a proxy tells them.
    #[must_use]
    pub fn of_request(scheme: &str, host: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if !matches!(scheme, "https" | "http") || !host.bytes().all(plain) || host.len() > Self::MOST {
            return None;
        }
        let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
        url.origin().ascii_serialization().parse().ok()
    }

    /// Whether the request came here, by the same two; one that writes its port in another way may be told no.
    #[must_use]
    pub fn is(&self, scheme: &str, host: &str) -> bool {
        let behind_scheme = self.0.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
        behind_scheme.is_some_and(|own| own.eq_ignore_ascii_case(host))
    }
}

impl fmt::Display for SiteOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SiteOrigin {
    type Err = NotASiteOrigin;

    fn from_str(text: &str) -> Result<Self, NotASiteOrigin> {
        let refused = |problem| NotASiteOrigin { got: text.chars().take(Self::MOST).collect(), problem };
        if text.len() > Self::MOST {
            return Err(refused("it is longer than 300 characters"));
        }
        let url = Url::parse(text).map_err(|_| refused("it is no absolute address"))?;
        match url.scheme() {
            "https" => {}
            "http" if leads_nowhere_else(&url) => {}
            _ => {
                return Err(refused(
                    "it must be https; plain http is for 127.0.0.1, [::1] and localhost alone",
                ));
            }
        }
        let origin = url.origin().ascii_serialization();
        if origin != text {
            return Err(refused(
                "it must be scheme, host and port alone, in lower case, without the port that the scheme has anyway",
            ));
        }
        Ok(Self(origin))
    }
}

/// Names below localhost lead nowhere else [rfc6761 6.3].
fn leads_nowhere_else(url: &Url) -> bool {
    redirect::is_this_machine(url) || url.domain().is_some_and(|name| name.ends_with(".localhost"))
}

/// A text that is no origin of a site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{got:?} is no site: {problem}; expected for example \"https://app.example\"")]
pub struct NotASiteOrigin {
    got: String,
    problem: &'static str,
}

/// Where a person goes at a site: a path of it, with a query perhaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitePath(String);

impl SitePath {
    /// Most bytes of one: a login carries it along.
    pub const MOST: usize = 1024;
    /// What is ours at every site, and nobody's way.
    pub const OWN: &str = "/.landfall/";

    /// The front page.
    #[must_use]
    pub fn front() -> Self {
        Self("/".to_owned())
    }

    /// Reads a path as a browser at the site would; none if it leads elsewhere, or to what is ours there [attack E17].
    #[must_use]
    pub fn at(site: &SiteOrigin, text: &str) -> Option<Self> {
        let plain = text.starts_with('/') && !text.contains('\\') && !text.chars().any(char::is_control);
        if !plain || text.len() > Self::MOST {
            return None;
        }
        let url = Url::parse(site.as_str()).and_then(|site| site.join(text)).ok()?;
        let path = url.path();
        let stays = url.origin().ascii_serialization() == site.as_str() && !path.starts_with("//");
        if !stays || path.starts_with(Self::OWN) {
            return None;
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let whole = format!("{path}{query}");
        (whole.len() <= Self::MOST).then_some(Self(whole))
    }

    /// The path, which begins with one `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An application that a proxy guards.
///
/// It belongs to the installation: the operator made it, and people of several tenants may use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Names it for good.
    pub id: SiteId,
    /// Where browsers reach it.
    pub origin: SiteOrigin,
    /// Whom it admits.
    pub rules: SiteRules,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl Site {
    /// Whether it admits a person who is signed in, by its rules of this moment.
    ///
    /// # Errors
    /// [`SiteRefusal`], the first that applies.
    ///
    /// # Security
    /// Groups that nobody can list are no groups at all: a rule about groups is not satisfied [attack G7].
    pub fn admits(&self, signed_in: &SignedIn) -> Result<(), SiteRefusal> {
        self.rules.admits(&signed_in.tenant, &signed_in.user.access)
    }
}

/// Whom a site admits: each kind that names something must be satisfied, by any of what it names.
///
/// Without any, it admits whoever is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteRules {
    tenants: Vec<TenantName>,
    groups: Vec<String>,
    roles: Vec<String>,
}

impl SiteRules {
    /// Most names of one kind.
    pub const MOST: usize = 32;
    /// Most characters of the name of a group or a role.
    pub const MOST_CHARACTERS: usize = 256;

    /// Rules as a store has kept them, which judges none of them: whatever was allowed once holds until it is changed.
    #[must_use]
    pub fn kept(tenants: Vec<TenantName>, groups: Vec<String>, roles: Vec<String>) -> Self {
        Self { tenants, groups, roles }
    }

    /// The tenants, in the order of their names.
    #[must_use]
    pub fn tenants(&self) -> &[TenantName] {
        &self.tenants
    }

    /// The groups, as the mapping names them, in the order of their names.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The roles, in the order of their names.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// These rules for people of one of these tenants; of any, if there are none.
    ///
    /// # Errors
    /// [`NotSiteRules::TooMany`].
    pub fn with_tenants(self, tenants: Vec<TenantName>) -> Result<Self, NotSiteRules> {
        Ok(Self { tenants: few("tenants", tenants)?, ..self })
    }

    /// These rules for members of one of these groups; of any, if there are none.
    ///
    /// # Errors
    /// [`NotSiteRules`].
    pub fn with_groups(self, groups: Vec<String>) -> Result<Self, NotSiteRules> {
        Ok(Self { groups: named("groups", groups)?, ..self })
    }

    /// These rules for who has one of these roles; for anybody, if there are none.
    ///
    /// # Errors
    /// [`NotSiteRules`].
    pub fn with_roles(self, roles: Vec<String>) -> Result<Self, NotSiteRules> {
        Ok(Self { roles: named("roles", roles)?, ..self })
    }

    /// Whether a person of this tenant, with this access, is admitted.
    fn admits(&self, tenant: &TenantName, access: &Access) -> Result<(), SiteRefusal> {
        let any = |wanted: &[String], there: &[String]| {
            wanted.is_empty() || wanted.iter().any(|name| there.contains(name))
        };
        if !self.tenants.is_empty() && !self.tenants.contains(tenant) {
            return Err(SiteRefusal::Tenant);
        }
        if !self.groups.is_empty() {
            let groups = access.listed_groups().ok_or(SiteRefusal::GroupsIncomplete)?;
            if !any(&self.groups, groups) {
                return Err(SiteRefusal::Group);
            }
        }
        if any(&self.roles, &access.roles) { Ok(()) } else { Err(SiteRefusal::Role) }
    }
}

fn named(kind: &'static str, names: Vec<String>) -> Result<Vec<String>, NotSiteRules> {
    let plain = |name: &String| {
        let characters = name.chars().count();
        (1..=SiteRules::MOST_CHARACTERS).contains(&characters) && !name.chars().any(char::is_control)
    };
    match names.iter().find(|name| !plain(name)) {
        Some(name) => {
            let found = name.chars().take(SiteRules::MOST_CHARACTERS).collect();
            Err(NotSiteRules::Name { kind, found })
        }
        None => few(kind, names),
    }
}

/// Each once.
fn few<T: Ord>(kind: &'static str, mut names: Vec<T>) -> Result<Vec<T>, NotSiteRules> {
    names.sort();
    names.dedup();
    if names.len() > SiteRules::MOST {
        return Err(NotSiteRules::TooMany { kind, found: names.len() });
    }
    Ok(names)
}

/// Why a site cannot have these rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSiteRules {
    /// It would name too many of one kind.
    #[error(
        "{found} {kind} are too many: name at most {}, or give those people a group or role of their own",
        SiteRules::MOST
    )]
    TooMany {
        /// Of what.
        kind: &'static str,
        /// How many it would name.
        found: usize,
    },
    /// One is no name.
    #[error(
        "{found:?} cannot be among the {kind}: a name has 1 to {} characters, and no control characters",
        SiteRules::MOST_CHARACTERS
    )]
    Name {
        /// Of what.
        kind: &'static str,
        /// The name, cut off where it is too long.
        found: String,
    },
}

impl NotSiteRules {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "site.too_many_names",
            Self::Name { .. } => "site.name",
        }
    }
}

/// Why a site does not admit a person who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SiteRefusal {
    /// The tenant is none of those that it names.
    #[error("the person is of none of the tenants that the site admits: `landfall site set --tenant`")]
    Tenant,
    /// No group is one of those that it names.
    #[error("the person is in none of the groups that the site admits: `landfall site set --group`")]
    Group,
    /// Nobody can list the groups.
    #[error(
        "the groups of the person came incomplete, so that nobody knows whether the site admits them: have the identity provider send the groups of the application alone, or map roles"
    )]
    GroupsIncomplete,
    /// No role is one of those that it names.
    #[error("the person has none of the roles that the site admits: `landfall site set --role`")]
    Role,
}

impl SiteRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Tenant => "site.tenant",
            Self::Group => "site.group",
            Self::GroupsIncomplete => "site.groups_incomplete",
            Self::Role => "site.role",
        }
    }
}

/// A person at a site: the answer to the cookie of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtSite {
    /// The site at which the cookie was set.
    pub site: Site,
    /// Whose it is.
    pub signed_in: SignedIn,
}

impl AtSite {
    /// Whether the site admits the person, by its rules of this moment.
    ///
    /// # Errors
    /// As [`Site::admits`].
    pub fn admitted(&self) -> Result<(), SiteRefusal> {
        self.site.admits(&self.signed_in)
    }
}

#[cfg(test)]
mod tests;
