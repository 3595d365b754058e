//! Where an operator takes metadata from: a file, or an address.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use landfall_accounts::{Approval, IdpTrust, Watched};
use landfall_saml::{EntityId, IdpMetadata};
use landfall_store::Store;
use landfall_xmldsig::TrustedKeys;
use url::Url;

use crate::config::Config;
use crate::environment::now;
use crate::glue;
use crate::metadata::{Reading, pinned, trust};

/// Bytes of a file that are read at once.
const PIECE: usize = 64 * 1024;
/// Most bytes of a certificate.
const MOST_CERTIFICATE: u64 = 64 * 1024;

/// What the command line names.
pub(super) enum Source {
    /// It is read, and pinned.
    File { name: String, signed_by: Option<TrustedKeys> },
    /// It is fetched, now and from now on.
    Url { url: Url, new_keys: Approval, signed_by: Option<Vec<u8>> },
}

impl Source {
    /// Reads the certificate that must have signed them, and no metadata yet.
    pub(super) fn of(
        config: &Config,
        from: &str,
        new_keys: Approval,
        signed_by: Option<&Path>,
    ) -> Result<Self> {
        let signer = signed_by.map(certificate).transpose()?;
        let keys = signer.as_deref().map(pinned).transpose().context("--signed-by")?;
        let is_url = ["https://", "http://"].iter().any(|scheme| from.starts_with(scheme));
        let url = is_url.then(|| Url::parse(from)).transpose();
        match (url.with_context(|| format!("{from} is no address"))?, new_keys) {
            (Some(url), Approval::Auto) if !config.metadata.is_auto(&url) => {
                let host = url.host_str().unwrap_or_default();
                bail!("--new-keys auto is for hosts that metadata.auto_hosts lists, and {host} is not there")
            }
            (Some(url), _) => Ok(Self::Url { url, new_keys, signed_by: signer }),
            (None, Approval::Auto) => bail!("--new-keys is for metadata at an address: a file is pinned"),
            (None, Approval::Approve) => Ok(Self::File { name: from.to_owned(), signed_by: keys }),
        }
    }

    /// Reads the metadata of a file; those at an address are not looked at.
    pub(super) fn look(&self, entity: Option<&EntityId>) -> Result<Option<IdpMetadata>> {
        let Self::File { name, signed_by } = self else { return Ok(None) };
        let cannot = || format!("cannot read {name}");
        let mut file = File::open(name).with_context(cannot)?;
        let mut reading = Reading::new(entity.cloned(), signed_by.clone(), now());
        let mut piece = vec![0; PIECE];
        loop {
            let length = file.read(&mut piece).with_context(cannot)?;
            let bytes = piece.get(..length).unwrap_or_default();
            if bytes.is_empty() || reading.push(bytes).is_break() {
                return reading.finish().map(Some).with_context(|| name.clone());
            }
        }
    }

    /// The metadata, and how they are fetched from now on.
    pub(super) async fn take(
        self,
        config: &Config,
        store: &Store,
        entity: Option<EntityId>,
    ) -> Result<(IdpMetadata, Option<Watched>)> {
        if let Some(metadata) = self.look(entity.as_ref())? {
            return Ok((metadata, None));
        }
        let Self::Url { url, new_keys, signed_by } = self else { bail!("there is no metadata") };
        let imported = glue::refresher(config, store).import(&url, new_keys, signed_by, entity).await;
        let (metadata, watched) = imported.with_context(|| url.to_string())?;
        Ok((metadata, Some(watched)))
    }
}

/// A certificate, or so much of a larger file that its reader says that it is none.
fn certificate(file: &Path) -> Result<Vec<u8>> {
    let name = || format!("cannot read {}", file.display());
    let opened = File::open(file).with_context(name)?;
    let mut bytes = Vec::new();
    opened.take(MOST_CERTIFICATE).read_to_end(&mut bytes).with_context(name)?;
    Ok(bytes)
}

/// What is trusted from now on; a file is pinned, whatever it says about its end.
pub(super) fn trusted(metadata: &IdpMetadata, watched: Option<&Watched>) -> Result<IdpTrust> {
    let trust = trust(metadata, now()).context("the entity ID")?;
    let valid_until = trust.valid_until.filter(|_| watched.is_some());
    Ok(IdpTrust { valid_until, ..trust })
}

/// Says what is wrong with metadata and can be lived with.
pub(super) fn warn(metadata: &IdpMetadata) {
    for warning in metadata.warnings() {
        eprintln!("warning: {warning}");
    }
}
