use std::{fmt, str::FromStr};

use landfall_accounts::TenantId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    chain::hex,
    convert::digest,
    entity::events::{Column, Entity},
    fault::Fault,
};

/// The last event of a chain: it vouches for all that were written before it.
///
/// As text it is one word, which [`FromStr`] reads; so it can be kept where nobody who may write the database can change it.
///
/// ```
/// use landfall_store::Head;
///
/// let text = format!("installation:12:{}", "ab".repeat(32));
/// assert_eq!(text.parse::<Head>()?.to_string(), text);
/// # Ok::<(), landfall_store::ChainFault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose chain it is; the installation's without a tenant.
    pub tenant: Option<TenantId>,
    /// The number of the event, which is how many the chain has.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Head {
    /// As a line of an export.
    pub(super) fn json(&self) -> Value {
        let tenant = self.tenant.map(|tenant| tenant.to_string());
        json!({ "head": { "tenant": tenant, "seq": self.seq, "hash": hex(&self.hash) } })
    }

    /// Reads the heads that a text keeps: words as [`Head`] writes them anywhere, or the last lines of an export.
    #[must_use]
    pub fn kept_in(text: &str) -> Vec<Self> {
        let words = text.split_whitespace().filter_map(|word| word.parse().ok());
        words.chain(text.lines().filter_map(of_line)).collect()
    }
}

fn of_line(line: &str) -> Option<Head> {
    let line: Value = serde_json::from_str(line).ok()?;
    let head = line.get("head")?;
    let tenant = head.get("tenant")?.as_str().unwrap_or(INSTALLATION);
    let (seq, hash) = (head.get("seq")?.as_i64()?, head.get("hash")?.as_str()?);
    format!("{tenant}:{seq}:{hash}").parse().ok()
}

const INSTALLATION: &str = "installation";

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tenant {
            Some(tenant) => write!(f, "{tenant}")?,
            None => f.write_str(INSTALLATION)?,
        }
        write!(f, ":{}:{}", self.seq, hex(&self.hash))
    }
}

impl FromStr for Head {
    type Err = super::ChainFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || super::ChainFault::NotAHead;
        let [chain, seq, hash] = text.split(':').collect::<Vec<_>>()[..] else { return Err(wrong()) };
        let tenant = match chain {
            INSTALLATION => None,
            tenant => Some(tenant.parse::<TenantId>().map_err(|_| wrong())?),
        };
        let seq = seq.parse().ok().filter(|seq| *seq > 0).ok_or_else(wrong)?;
        Ok(Self { tenant, seq, hash: octets(hash).ok_or_else(wrong)? })
    }
}

fn octets(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut octets = [0; 32];
    for (at, octet) in octets.iter_mut().enumerate() {
        *octet = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (hex(&octets) == text).then_some(octets)
}

/// The heads of all chains, the installation's first.
pub(super) async fn heads(conn: &impl ConnectionTrait) -> Result<Vec<Head>, Fault> {
    let lengths: Vec<(Option<Uuid>, Option<i64>)> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .column_as(Column::Seq.max(), "seq")
        .group_by(Column::TenantId)
        .into_tuple()
        .all(conn)
        .await?;
    let mut heads = Vec::with_capacity(lengths.len());
    for (tenant, seq) in lengths {
        let Some(seq) = seq else { continue };
        if let Some(hash) = hash_of(conn, tenant, seq).await? {
            heads.push(Head { tenant: tenant.map(TenantId::from_uuid), seq, hash: digest("hash", &hash)? });
        }
    }
    heads.sort_by_key(|head| head.tenant.map(|tenant| tenant.as_uuid()));
    Ok(heads)
}

/// The hash that an event of a chain has.
pub(super) async fn hash_of(
    conn: &impl ConnectionTrait,
    tenant: Option<Uuid>,
    seq: i64,
) -> Result<Option<Vec<u8>>, Fault> {
    let chain = match tenant {
        Some(tenant) => Column::TenantId.eq(tenant),
        None => Column::TenantId.is_null(),
    };
    let hashes: Vec<Option<Vec<u8>>> = Entity::find()
        .select_only()
        .column(Column::Hash)
        .filter(chain)
        .filter(Column::Seq.eq(seq))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(hashes.into_iter().next().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(tenant: Option<u128>) -> Head {
        let tenant = tenant.map(|id| TenantId::from_uuid(Uuid::from_u128(id)));
        Head { tenant, seq: 12, hash: [0xab; 32] }
    }

    #[test]
    fn a_head_round_trips_as_a_word_and_as_a_line() {
        let heads = [head(None), head(Some(7))];
        for head in heads {
            assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
            assert_eq!(Head::kept_in(&head.json().to_string()), [head]);
        }
        let said = format!("contoso  3 events  {}\n{}\n{{\"id\":1}}\n", heads[0], heads[1].json());
        assert_eq!(Head::kept_in(&said), heads);
        assert_eq!(Head::kept_in("nothing here"), []);
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let good = head(None).to_string();
        for bad in [
            String::new(),
            good.replace("installation", "contoso"),
            good.replace(":12:", ":0:"),
            good.replace(":12:", ":-1:"),
            good.to_uppercase().replace("INSTALLATION", "installation"),
            format!("{good}a"),
            good.replacen("ab", "+1", 1),
            good.replacen("ab", "ä", 1),
        ] {
            assert!(bad.parse::<Head>().is_err(), "{bad}");
        }
    }
}
