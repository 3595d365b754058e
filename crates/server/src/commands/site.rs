use std::str::FromStr;

use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use landfall_accounts::{Site as Guarded, SiteOrigin, SiteRules, TenantName};
use landfall_store::Store;

use crate::environment::now;
use crate::table;

#[derive(Subcommand)]
pub(crate) enum Site {
    /// Makes a site: a proxy in front of it asks at /auth/verify whether a request may pass.
    ///
    /// Without a rule, whoever is signed in may use it. The proxy must be listed in trusted_proxies.
    Create {
        /// Scheme, host and port as browsers write them, such as `https://app.example`.
        origin: SiteOrigin,
        #[command(flatten)]
        admitted: Admitted,
    },
    /// Lists all sites and whom they admit.
    List,
    /// Changes whom a site admits: what is named takes the place of all that was named of its kind.
    // Something must change: with each change every check of everybody is asked anew.
    #[command(group(ArgGroup::new("change").required(true).multiple(true).args(["tenant", "group", "role", "any"])))]
    Set {
        origin: SiteOrigin,
        #[command(flatten)]
        admitted: Admitted,
        /// Drops the rule of this kind.
        #[arg(long, value_enum, value_name = "tenant|group|role")]
        any: Vec<Kind>,
    },
    /// Forgets a site: whoever is there is out at their next request.
    Delete { origin: SiteOrigin },
}

/// Whom a site admits: each kind that is named must be satisfied, by any of its names.
#[derive(Args)]
pub(crate) struct Admitted {
    /// People of this tenant, or of another one that is named.
    #[arg(long, value_name = "NAME")]
    tenant: Vec<TenantName>,
    /// Members of this group, or of another one that is named, as the mapping of their connection writes it.
    #[arg(long, value_name = "NAME")]
    group: Vec<Name>,
    /// Who has this role, or another one that is named.
    #[arg(long, value_name = "NAME")]
    role: Vec<Name>,
}

/// A kind of rule.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Tenant,
    Group,
    Role,
}

/// The name of a group or a role, exactly.
#[derive(Clone)]
pub(crate) struct Name(String);

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || text.chars().count() > 256 || text.chars().any(char::is_control) {
            return Err("a name has 1 to 256 characters, and no control characters");
        }
        Ok(Self(text.to_owned()))
    }
}

impl Admitted {
    /// These rules with what is named.
    fn over(self, before: SiteRules) -> SiteRules {
        fn named<T: Ord>(mut named: Vec<T>, before: Vec<T>) -> Vec<T> {
            named.sort();
            named.dedup();
            if named.is_empty() { before } else { named }
        }
        let texts = |names: Vec<Name>| names.into_iter().map(|Name(name)| name).collect();
        SiteRules {
            tenants: named(self.tenant, before.tenants),
            groups: named(texts(self.group), before.groups),
            roles: named(texts(self.role), before.roles),
        }
    }
}

pub(crate) async fn run(store: &Store, command: Site) -> Result<()> {
    match command {
        Site::Create { origin, admitted } => {
            let site = store.create_site(origin, admitted.over(SiteRules::default()), now()).await?;
            println!("made the site {}, which admits {}", site.origin, whom(&site));
        }
        Site::List => {
            let sites = store.sites().await?;
            let rows: Vec<_> = sites
                .iter()
                .map(|site| {
                    let tenants: Vec<_> = site.rules.tenants.iter().map(TenantName::to_string).collect();
                    [site.origin.to_string(), any(&tenants), any(&site.rules.groups), any(&site.rules.roles)]
                })
                .collect();
            table::print(["SITE", "TENANTS", "GROUPS", "ROLES"], &rows);
        }
        Site::Set { origin, admitted, any } => {
            let dropped = |before: SiteRules| {
                let drops = |kind| any.contains(&kind);
                SiteRules {
                    tenants: if drops(Kind::Tenant) { Vec::new() } else { before.tenants },
                    groups: if drops(Kind::Group) { Vec::new() } else { before.groups },
                    roles: if drops(Kind::Role) { Vec::new() } else { before.roles },
                }
            };
            let site = store.set_site(&origin, |before| admitted.over(dropped(before)), now()).await?;
            println!("{} admits {}", site.origin, whom(&site));
        }
        Site::Delete { origin } => {
            let site = store.delete_site(&origin, now()).await?;
            println!("forgot the site {}", site.origin);
        }
    }
    Ok(())
}

fn any(names: &[String]) -> String {
    if names.is_empty() { "any".to_owned() } else { names.join(", ") }
}

/// The rules in words.
fn whom(site: &Guarded) -> String {
    let tenants: Vec<_> = site.rules.tenants.iter().map(TenantName::to_string).collect();
    let kinds = [("tenant", &tenants), ("group", &site.rules.groups), ("role", &site.rules.roles)];
    let rules: Vec<String> = kinds
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(kind, names)| format!("{kind} {}", names.join(" or ")))
        .collect();
    if rules.is_empty() { "whoever is signed in".to_owned() } else { rules.join(", and ") }
}
