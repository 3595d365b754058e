//! "SAML Certificates": which one signs, and which ones metadata lists.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{App, MetadataKeys, SettingError};
use crate::{Certificate, Credential};

/// What metadata lists until a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The end, exclusive.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// The certificates.
    pub certificates: Vec<Certificate>,
}

/// State of a signing certificate, as the portal shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateState {
    /// The administrator made it active.
    Active,
    /// It waits.
    Inactive,
}

impl App {
    /// The signing certificates, the active one first.
    pub fn certificates(&self) -> impl Iterator<Item = (CertificateState, &Credential)> {
        let inactive = self.inactive.iter().map(|credential| (CertificateState::Inactive, credential));
        std::iter::once((CertificateState::Active, &self.signing)).chain(inactive)
    }

    /// The credential that signs at this moment.
    ///
    /// It is the active one, unless that has expired and an inactive one is valid.
    #[must_use]
    pub fn signing_at(&self, now: OffsetDateTime) -> &Credential {
        let valid = || self.inactive.iter().find(|credential| credential.is_valid_at(now));
        if self.signing.has_expired_at(now) { valid().unwrap_or(&self.signing) } else { &self.signing }
    }

    /// "Make certificate active": the inactive one with this thumbprint and the active one change places.
    ///
    /// # Errors
    /// [`SettingError::Thumbprint`] if there is none.
    pub fn activate(&mut self, thumbprint: &str) -> Result<(), SettingError> {
        let known: Vec<String> = self.inactive.iter().map(Credential::thumbprint).collect();
        let named =
            self.inactive.iter_mut().zip(&known).find(|(_, own)| own.eq_ignore_ascii_case(thumbprint));
        let Some((credential, _)) = named else {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(SettingError::Thumbprint { got: thumbprint.to_owned(), known });
        };
        std::mem::swap(&mut self.signing, credential);
        Ok(())
    }

    /// Lets metadata list what it lists at `now` until a moment, whatever changes before.
    ///
    /// Entra takes five to ten minutes.
    pub fn publish_later(&mut self, now: OffsetDateTime, until: OffsetDateTime) {
        let certificates = self.listed_at(now);
        self.published = Some(Published { until, certificates });
    }

    /// What metadata lists at this moment.
    pub(crate) fn listed_at(&self, now: OffsetDateTime) -> Vec<Certificate> {
        if let Some(published) = self.published.as_ref().filter(|published| now < published.until) {
            return published.certificates.clone();
        }
        let signs = self.signing_at(now);
        let others = self.certificates().map(|(_, credential)| credential).filter(|it| *it != signs);
        match self.metadata_keys {
            MetadataKeys::Active => vec![signs.public()],
            MetadataKeys::All => std::iter::once(signs).chain(others).map(Credential::public).collect(),
        }
    }
}
