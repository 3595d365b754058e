//! What another mapping would change, as far as anybody can tell.

use anyhow::Result;
use landfall_accounts::{Connection, identify};
use landfall_claims::{AttributeSet, MapError, Mapping, Profile};
use landfall_store::Store;

use super::attributes::kept_person;
use super::changes;
use crate::config::Config;
use crate::environment::now;
use crate::glue;
use crate::visible::visible;

/// Rules, test cases of both, and the people whose messages are kept.
pub(super) async fn print(
    config: &Config,
    store: &Store,
    connection: &Connection,
    before: &Mapping,
    after: &Mapping,
) -> Result<()> {
    let changed = changes::lines(before.text(), after.text());
    if changed.is_empty() {
        println!("the rules are the same");
        return Ok(());
    }
    for line in changed {
        println!("{}", visible(&line));
    }
    let mut told = 0;
    for (whose, cases) in [("now", before.cases()), ("then", after.cases())] {
        for (name, attributes) in cases {
            let lines = differences(before, after, attributes);
            if !lines.is_empty() {
                told += 1;
                tell(&format!("the test case `{name}`, as it is {whose}"), lines);
            }
        }
    }
    for failure in after.test() {
        println!("{}", visible(&format!("a test case would fail: {failure}")));
    }
    let (mut kept, mut changed) = (0, 0);
    for (place, _) in store.traces(Some(connection.id), now()).await? {
        // It may have been forgotten since.
        let Some(sealed) = store.trace(&place.trace, now()).await? else { continue };
        let trace = glue::sealer(config)?.open(&sealed)?;
        let Some((name_id, attributes)) = kept_person(config, store, &trace, connection).await? else {
            continue;
        };
        kept += 1;
        let lines = differences(before, after, &attributes);
        if lines.is_empty() {
            continue;
        }
        changed += 1;
        let subject = identify(connection, &name_id, &attributes).ok().map(|identity| identity.subject);
        let user = match subject {
            Some(subject) => store.user_of_subject(&connection.name, &subject).await?,
            None => None,
        };
        let who = user.map_or_else(
            || "somebody without an account".to_owned(),
            |user| format!("the account {}", user.id),
        );
        tell(&format!("{who}, by the message {}", place.trace), lines);
    }
    println!("test cases whose profile would change: {told}");
    println!("kept messages that sign somebody in: {kept}, of which another profile would come: {changed}");
    println!(
        "of people whose messages are not kept nothing can be said: no attribute is stored; `landfall connection trace` keeps messages"
    );
    Ok(())
}

fn tell(whose: &str, lines: Vec<String>) {
    println!("{} would have another profile:", visible(whose));
    for line in lines {
        println!("  {}", visible(&line));
    }
}

/// Field by field, what comes now and what would come.
fn differences(before: &Mapping, after: &Mapping, attributes: &AttributeSet) -> Vec<String> {
    let fields = |mapped: &Result<Profile, MapError>| match mapped {
        Err(error) => vec![("refused", format!("{}, {error}", error.code()))],
        Ok(profile) => profile.fields().into_iter().map(|(name, values)| (name, shown(values))).collect(),
    };
    let (before, after) = (fields(&before.map(attributes)), fields(&after.map(attributes)));
    let value = |of: &[(&'static str, String)], name: &str| {
        of.iter().find(|(field, _)| *field == name).map_or_else(|| "-".to_owned(), |(_, value)| value.clone())
    };
    let mut names: Vec<&'static str> = before.iter().chain(&after).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let line = |name: &'static str| {
        let (now, then) = (value(&before, name), value(&after, name));
        (now != then).then(|| format!("{name}: {now} becomes {then}"))
    };
    names.into_iter().filter_map(line).collect()
}

fn shown(values: Option<Vec<&str>>) -> String {
    match values {
        None => "incomplete".to_owned(),
        Some(values) if values.is_empty() => "no value".to_owned(),
        Some(values) => format!("`{}`", values.join("`, `")),
    }
}
