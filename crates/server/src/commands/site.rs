use anyhow::Result;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use landfall_accounts::{NotSiteRules, Site as Guarded, SiteOrigin, SiteRules, TenantName};
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
    group: Vec<String>,
    /// Who has this role, or another one that is named.
    #[arg(long, value_name = "NAME")]
    role: Vec<String>,
}

/// A kind of rule.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Tenant,
    Group,
    Role,
}

impl Admitted {
    /// These rules with what is named in place of what is dropped or named anew.
    fn over(self, dropped: &[Kind], mut rules: SiteRules) -> Result<SiteRules, NotSiteRules> {
        if !self.tenant.is_empty() || dropped.contains(&Kind::Tenant) {
            rules = rules.with_tenants(self.tenant)?;
        }
        if !self.group.is_empty() || dropped.contains(&Kind::Group) {
            rules = rules.with_groups(self.group)?;
        }
        if !self.role.is_empty() || dropped.contains(&Kind::Role) {
            rules = rules.with_roles(self.role)?;
        }
        Ok(rules)
    }
}

pub(crate) async fn run(store: &Store, command: Site) -> Result<()> {
    match command {
        Site::Create { origin, admitted } => {
            let site = store.create_site(origin, admitted.over(&[], SiteRules::default())?, now()).await?;
            println!("made the site {}, which admits {}", site.origin, whom(&site));
        }
        Site::List => {
            let sites = store.sites().await?;
            let rows: Vec<_> = sites
                .iter()
                .map(|site| {
                    let rules = &site.rules;
                    let tenants: Vec<_> = rules.tenants().iter().map(TenantName::to_string).collect();
                    [site.origin.to_string(), any(&tenants), any(rules.groups()), any(rules.roles())]
                })
                .collect();
            table::print(["SITE", "TENANTS", "GROUPS", "ROLES"], &rows);
        }
        Site::Set { origin, admitted, any } => {
            let site = store.set_site(&origin, |before| admitted.over(&any, before), now()).await?;
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
    let tenants: Vec<_> = site.rules.tenants().iter().map(TenantName::to_string).collect();
    let kinds = [("tenant", &*tenants), ("group", site.rules.groups()), ("role", site.rules.roles())];
    let rules: Vec<String> = kinds
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(kind, names)| format!("{kind} {}", names.join(" or ")))
        .collect();
    if rules.is_empty() { "whoever is signed in".to_owned() } else { rules.join(", and ") }
}
