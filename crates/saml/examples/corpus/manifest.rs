//! The manifest: what each case is, and what its maker says of it.

use std::error::Error;
use std::io::Read;
use std::path::Path;

use flate2::read::DeflateDecoder;
use landfall_xmldsig::{Limits, decode_base64};
use serde::Deserialize;
use time::OffsetDateTime;

#[derive(Deserialize)]
pub(crate) struct Manifest {
    format: u32,
    pub(crate) cases: Vec<Case>,
}

impl Manifest {
    /// Reads `manifest.json` of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let file = folder.join("manifest.json");
        let named = |error: &dyn Error| format!("{}: {error}", file.display());
        let text = std::fs::read(&file).map_err(|error| named(&error))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| named(&error))?;
        match manifest.format {
            1 => Ok(manifest),
            other => Err(format!("{}: format {other}, this reads format 1", file.display()).into()),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) file: String,
    pub(crate) encoding: Encoding,
    pub(crate) kind: Kind,
    pub(crate) layer: Layer,
    pub(crate) expected: Validity,
    /// Everything that is wrong with an invalid message.
    #[serde(default)]
    pub(crate) all_faults_found: Vec<String>,
    pub(crate) trust_anchor: Option<TrustAnchor>,
    #[serde(default)]
    pub(crate) options: Options,
    /// Of a bare signature: whether the profile of SAML has such a one.
    pub(crate) saml_profile: Option<SamlProfile>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Encoding {
    #[serde(rename = "xml")]
    Xml,
    #[serde(rename = "base64")]
    Base64,
    #[serde(rename = "base64+base64")]
    Base64Twice,
    #[serde(rename = "deflate+base64")]
    Deflated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Response,
    Metadata,
    Xmldsig,
    C14n,
    Authnrequest,
    Logout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Layer {
    Saml,
    Xmldsig,
    Parse,
    Model,
    C14n,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Validity {
    Valid,
    Invalid,
}

#[derive(Deserialize)]
pub(crate) struct TrustAnchor {
    #[serde(rename = "type")]
    pub(crate) kind: AnchorKind,
    #[serde(default)]
    pub(crate) file: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AnchorKind {
    Cert,
    Pubkey,
    Hmac,
    Ca,
    Metadata,
    Embedded,
}

#[derive(Deserialize)]
pub(crate) struct SamlProfile {
    pub(crate) verdict: ProfileVerdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProfileVerdict {
    Accept,
    Reject,
}

/// The settings that the verdict assumes.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Options {
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) now: Option<OffsetDateTime>,
    pub(crate) audience: Option<String>,
    pub(crate) acs_url: Option<String>,
    pub(crate) idp_entity_id: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Where a logout message was sent to.
    pub(crate) destination: Option<String>,
    pub(crate) decryption_key: Option<String>,
    pub(crate) algorithm: Option<String>,
    pub(crate) expected_output: Option<String>,
    /// An XPath expression that picks nodes.
    pub(crate) xpath_subset_file: Option<String>,
    pub(crate) allow_sha1: bool,
    pub(crate) allow_md5: bool,
    pub(crate) allow_rsa_under_2048: bool,
    pub(crate) allow_cbc_encryption: bool,
    pub(crate) empty_reference_uri: bool,
    pub(crate) inclusive_c14n: bool,
    pub(crate) needs_hmac: bool,
    pub(crate) skip_audience: bool,
    /// Nothing else is wrong with it.
    pub(crate) single_fault: bool,
}

impl Case {
    /// The file as it lies there.
    pub(crate) fn raw(&self, folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
        let path = folder.join(&self.file);
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// The document in the file.
    pub(crate) fn document(&self, folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
        let raw = self.raw(folder)?;
        let named = |error: &dyn Error| format!("{}: {error}", self.file);
        let decoded = |octets: &[u8]| Ok::<_, Box<dyn Error>>(decode_base64(std::str::from_utf8(octets)?)?);
        let decode = |octets: &[u8]| decoded(octets).map_err(|error| named(&*error));
        match self.encoding {
            Encoding::Xml => Ok(raw),
            Encoding::Base64 => Ok(decode(&raw)?),
            Encoding::Base64Twice => Ok(decode(&decode(&raw)?)?),
            Encoding::Deflated => {
                let most = u64::try_from(Limits::metadata().bytes)?;
                let mut inflated = Vec::new();
                let packed = decode(&raw)?;
                let read = DeflateDecoder::new(packed.as_slice()).take(most).read_to_end(&mut inflated);
                read.map(|_| inflated).map_err(|error| named(&error).into())
            }
        }
    }
}
