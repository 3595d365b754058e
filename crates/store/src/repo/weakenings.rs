//! The demands that a connection is freed from, as one column.

use landfall_accounts::{Connection, Weakening};

use crate::{
    convert::{broken, instant, millis, parsed},
    fault::Fault,
};

pub(super) fn text(connection: &Connection) -> Result<String, Fault> {
    let triples = connection
        .weakenings
        .iter()
        .map(|weakening| (weakening.danger().name(), weakening.reason(), millis(weakening.until())));
    serde_json::to_string(&triples.collect::<Vec<_>>()).map_err(|source| broken("weakenings", source))
}

pub(super) fn kept(text: &str) -> Result<Vec<Weakening>, Fault> {
    let triples: Vec<(String, String, i64)> =
        serde_json::from_str(text).map_err(|source| broken("weakenings", source))?;
    let kept = |(danger, reason, until): (String, String, i64)| {
        Ok(Weakening::kept(parsed("weakenings", &danger)?, reason, instant("weakenings", until)?))
    };
    triples.into_iter().map(kept).collect()
}
