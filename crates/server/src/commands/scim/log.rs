//! `landfall scim log`: what directories asked for, and what came of it.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use landfall_accounts::{ConnectionName, ProvisioningTarget, UserId};
use landfall_store::{Following, ProvisioningFilter, RecordedProvisioning, Store};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::only;
use crate::commands::inspect::instant;
use crate::commands::lines::{Names, print};
use crate::environment::now;

#[derive(Args)]
pub(crate) struct Log {
    /// Prints those that come, until it is ended.
    #[arg(long)]
    follow: bool,
    /// Of this connection alone.
    #[arg(long, value_name = "NAME")]
    connection: Option<ConnectionName>,
    /// About this account alone, by its id.
    #[arg(long, value_name = "ID")]
    user: Option<UserId>,
    /// What was refused alone.
    #[arg(long)]
    failed: bool,
    /// From this time on, RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<OffsetDateTime>,
    /// How many at most.
    #[arg(short = 'n', value_name = "COUNT", default_value_t = 20)]
    count: u64,
}

/// How often it is looked for new entries.
const INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(store: &Store, wanted: &Log) -> Result<()> {
    let connection = only(store, wanted.connection.as_ref()).await?;
    let filter = ProvisioningFilter {
        connection: connection.map(|connection| connection.id),
        user: wanted.user,
        failed: wanted.failed,
        since: wanted.since,
    };
    // What comes while it is looked up is printed once, by whichever finds it.
    let newest = store.provisioning(&ProvisioningFilter::default(), 1).await?;
    let newest = newest.first().map_or(0, |recorded| recorded.id);
    let mut following = Following::after(newest);
    let mut last = store.provisioning(&filter, wanted.count).await?;
    last.retain(|recorded| recorded.id <= newest);
    last.reverse();
    print(store, &last, line).await?;
    if !wanted.follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(INTERVAL).await;
        let came = store.follow_provisioning(&filter, &mut following, now()).await?;
        print(store, &came, line).await?;
    }
}

/// An entry on one line: when, what, whose, by what it was asked, and what came of it.
fn line(recorded: &RecordedProvisioning, names: &Names) -> Result<String> {
    let RecordedProvisioning { id, prefix, entry } = recorded;
    let target = match entry.target {
        ProvisioningTarget::User(Some(user)) => format!("user={user}"),
        ProvisioningTarget::User(None) => "user".to_owned(),
        ProvisioningTarget::Group(Some(group)) => format!("group={group}"),
        ProvisioningTarget::Group(None) => "group".to_owned(),
        ProvisioningTarget::Other => "other".to_owned(),
    };
    let mut line = format!("{id} {} {} {target}", entry.at.format(&Rfc3339)?, entry.action);
    if let Some(name) = &entry.name {
        line += &format!(" name={}", name.as_str());
    }
    line += &format!(
        " tenant={} connection={}",
        names.tenant(entry.directory.tenant),
        names.connection(entry.directory.connection)
    );
    let by =
        prefix.as_ref().map_or_else(|| entry.credential.to_string(), |prefix| prefix.as_str().to_owned());
    line += &format!(" by={by} trace={} {}", entry.trace, entry.status);
    if let Some(code) = &entry.code {
        line += &format!(" {code}");
    }
    line += &format!(" {:.1}ms", entry.took.as_seconds_f64() * 1000.0);
    for change in changes(entry.changes.as_str()) {
        line += &format!(" {change}");
    }
    Ok(line)
}

/// What changed, in words: `displayName: null -> "Ada"`.
fn changes(text: &str) -> Vec<String> {
    let changes: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    changes.iter().map(change).collect()
}

fn change(change: &Value) -> String {
    let part = |name: &str| change.get(name).unwrap_or(&Value::Null);
    let attribute = part("attribute").as_str().unwrap_or_default();
    let told = |value: &Value| match value.get("omitted") {
        Some(_) => "(long)".to_owned(),
        None => value.to_string(),
    };
    for (action, sign) in [("add", "+"), ("remove", "-"), ("replace", "=")] {
        if let Some(Value::Array(named)) = change.get(action) {
            let ids: Vec<&str> = named.iter().filter_map(Value::as_str).collect();
            let count = part("count").as_u64().unwrap_or_default();
            let more = if count > ids.len() as u64 { " …" } else { "" };
            return format!("{attribute}: {sign}{count} [{}{more}]", ids.join(" "));
        }
    }
    format!("{attribute}: {} -> {}", told(part("before")), told(part("after")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_in_words() {
        let text = r#"[
            {"attribute":"title","before":null,"after":"Chief"},
            {"attribute":"emails","before":[{"value":"a@b.example"}],"after":{"omitted":true}},
            {"attribute":"members","add":["u1","u2"],"count":3},
            {"attribute":"members","remove":["u4"],"count":1}
        ]"#;
        assert_eq!(
            changes(text),
            [
                "title: null -> \"Chief\"",
                "emails: [{\"value\":\"a@b.example\"}] -> (long)",
                "members: +3 [u1 u2 …]",
                "members: -1 [u4]",
            ]
        );
        assert!(changes("").is_empty());
    }
}
