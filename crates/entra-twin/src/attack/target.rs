//! What the metadata of a service provider say about where it can be attacked.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::redirect::Policy;
use samael::metadata::{EntityDescriptor, KeyDescriptor};
use url::Url;

use crate::SpMetadataError;

/// The service provider as its metadata describe it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) entity_id: String,
    /// Assertion consumer services with the POST binding.
    pub(super) acs: Vec<String>,
    /// Where LogoutRequests go by redirect.
    pub(super) logout: Option<String>,
    /// The certificate for encryption, DER.
    pub(super) encryption: Option<Vec<u8>>,
}

impl Target {
    pub(super) fn read(metadata: &str) -> Result<Self, SpMetadataError> {
        let descriptor: EntityDescriptor = metadata
            .trim_start_matches('\u{feff}')
            .parse()
            .map_err(|source| SpMetadataError::Unreadable { source: Box::new(source) })?;
        let entity_id = descriptor.entity_id.ok_or(SpMetadataError::NoEntityId)?;
        let roles = descriptor.sp_sso_descriptors.unwrap_or_default();
        let acs: Vec<String> = roles
            .iter()
            .flat_map(|role| &role.assertion_consumer_services)
            .filter(|endpoint| endpoint.binding == samael::metadata::HTTP_POST_BINDING)
            .map(|endpoint| endpoint.location.clone())
            .collect();
        if acs.is_empty() {
            return Err(SpMetadataError::NoReplyUrl { identifier: entity_id });
        }
        let logout = roles
            .iter()
            .flat_map(|role| role.single_logout_services.iter().flatten())
            .find(|endpoint| endpoint.binding == samael::metadata::HTTP_REDIRECT_BINDING)
            .map(|endpoint| endpoint.location.clone());
        let keys = roles.iter().flat_map(|role| role.key_descriptors.iter().flatten());
        // A key without a use serves both [saml-metadata 2.4.1.1].
        let encryption = keys.filter(|key| key.key_use.as_deref() != Some("signing")).find_map(certificate);
        Ok(Self { entity_id, acs, logout, encryption })
    }
}

fn certificate(key: &KeyDescriptor) -> Option<Vec<u8>> {
    let text = key.key_info.x509_data.as_ref()?.certificates.first()?;
    STANDARD.decode(text.split_whitespace().collect::<String>()).ok()
}

/// Where metadata are: an address or a file.
///
/// ```
/// use landfall_entra_twin::MetadataSource;
/// assert!(matches!("http://127.0.0.1:8080/saml/metadata".parse(), Ok(MetadataSource::Address(_))));
/// assert!(matches!("sp.xml".parse(), Ok(MetadataSource::File(_))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataSource {
    /// An address, http or https.
    Address(Url),
    /// A file.
    File(PathBuf),
}

impl FromStr for MetadataSource {
    type Err = url::ParseError;

    fn from_str(text: &str) -> Result<Self, url::ParseError> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return text.parse().map(Self::Address);
        }
        Ok(Self::File(PathBuf::from(text)))
    }
}

impl MetadataSource {
    /// The text; at most a megabyte, and from an address within ten seconds and five redirects on the same site.
    ///
    /// # Errors
    /// [`SourceError`] if it cannot be read.
    pub async fn read(&self) -> Result<String, SourceError> {
        match self {
            Self::File(path) => open(path).map_err(|source| SourceError::File { path: path.clone(), source }),
            Self::Address(url) => {
                fetch(url).await.map_err(|source| SourceError::Address { url: url.clone(), source })
            }
        }
    }
}

/// Most octets of metadata.
const MOST: usize = 1024 * 1024;

fn open(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    // One more than may be, to see that there is more.
    File::open(path)?.take(MOST as u64 + 1).read_to_string(&mut text)?;
    if text.len() > MOST {
        return Err(io::Error::other(format!("it is longer than {MOST} bytes")));
    }
    Ok(text)
}

async fn fetch(url: &Url) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let site = url.origin();
    let on_site = Policy::custom(move |attempt| {
        if attempt.previous().len() > 5 {
            attempt.error("it redirects more than five times")
        } else if attempt.url().origin() != site {
            attempt.error("it redirects to another site")
        } else {
            attempt.follow()
        }
    });
    let client =
        reqwest::Client::builder().no_proxy().redirect(on_site).timeout(Duration::from_secs(10)).build()?;
    let mut response = client.get(url.clone()).send().await?.error_for_status()?;
    let mut octets = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        octets.extend_from_slice(&chunk);
        if octets.len() > MOST {
            return Err(format!("it is longer than {MOST} bytes").into());
        }
    }
    Ok(String::from_utf8(octets)?)
}

/// Metadata cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// No file.
    #[error("cannot read {path:?}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No answer, or another one than metadata.
    #[error("cannot fetch {url}: does the service provider run?")]
    Address {
        /// The address.
        url: Url,
        /// What the client said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SourceError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "source-file",
            Self::Address { .. } => "source-address",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(usage: &str, value: &str) -> String {
        format!(
            "<KeyDescriptor{usage}><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data>\
             <X509Certificate>{value}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        )
    }

    fn target(keys: &str, services: &str) -> Target {
        Target::read(&format!(
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://sp.example.com\">\
             <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}{services}\
             <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
             Location=\"https://sp.example.com/acs\" index=\"0\"/></SPSSODescriptor></EntityDescriptor>"
        ))
        .unwrap()
    }

    #[tokio::test]
    async fn a_file_of_metadata_is_read_up_to_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sp.xml");
        for (length, read) in [(MOST, true), (MOST + 1, false)] {
            std::fs::write(&file, "x".repeat(length)).unwrap();
            let got = MetadataSource::File(file.clone()).read().await;
            assert_eq!(got.is_ok(), read, "{length}");
            assert_eq!(got.err().map(|error| error.code()), (!read).then_some("source-file"));
        }
    }

    #[test]
    fn what_is_not_offered_is_not_there() {
        let least = target("", "");
        assert_eq!((least.logout, least.encryption), (None, None));
        let signing = key(" use=\"signing\"", "AAAA");
        assert_eq!(target(&signing, "").encryption, None);
        for usage in ["", " use=\"encryption\""] {
            let both = signing.clone() + &key(usage, "AQID\n");
            assert_eq!(target(&both, "").encryption, Some(vec![1, 2, 3]), "{usage}");
        }
        let service = |binding: &str| {
            format!(
                "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"https://{binding}/\"/>"
            )
        };
        assert_eq!(target("", &service("HTTP-POST")).logout, None);
        let both = service("HTTP-POST") + &service("HTTP-Redirect");
        assert_eq!(target("", &both).logout.as_deref(), Some("https://HTTP-Redirect/"));
    }
}
