//! A key that nobody here knows: whose it may be, and what to do about it.

use landfall_accounts::{
    CertificateFingerprint, CertificateState, Connection, ConnectionKind, EntraKeys, IdpUrl,
};
use landfall_saml::Reject;
use landfall_xmldsig::VerifyError;

use super::flow::Attempt;
use super::idp::is_of_a_directory;
use crate::Ports;
use crate::error::{LoginError, chain};

impl<P: Ports> Attempt<'_, P> {
    /// Has metadata fetched where nobody knows the key, and says so where it waits for an operator.
    ///
    /// # Security
    /// The message names the key, and nobody has verified that: it says which refusal this is, and grants nothing.
    /// The fetch is another's, later, and as seldom as [`landfall_accounts::ASK_AGAIN`] says, whoever asks [attack F6].
    pub(super) async fn stranger(&mut self, connection: &Connection, reject: Reject) -> LoginError {
        let Reject::Signature { source: VerifyError::UnknownKey { found, .. }, .. } = &reject else {
            return reject.into();
        };
        let named = found.map(|found| CertificateFingerprint::from_bytes(*found.as_bytes()));
        let mut waiting = connection.idp.in_state(CertificateState::Pending);
        let waits = waiting.find(|key| named.is_none_or(|named| named == key.fingerprint));
        if let Some(key) = waits.map(|key| key.fingerprint) {
            let connection = connection.name.clone();
            let error = LoginError::KeyWaiting { connection, key };
            self.record.stopped_by_trust(&error);
            return error;
        }
        let wanted = self.app.ports().want_metadata(connection, self.now).await;
        let address = wanted.unwrap_or_else(|error| {
            tracing::warn!(trace = %self.trace, cause = chain(&error), "metadata cannot be asked for");
            None
        });
        if !has_keys_of_a_directory(connection, address.as_ref()) {
            return reject.into();
        }
        let error = LoginError::DirectoryKeys { connection: connection.name.clone() };
        self.record.stopped_by_trust(&error);
        error
    }
}

/// Whether a connection to Entra trusts what signs nothing for an application: its address says so, or its certificates do.
fn has_keys_of_a_directory(connection: &Connection, address: Option<&IdpUrl>) -> bool {
    let is_entra = matches!(connection.kind, ConnectionKind::Entra { .. });
    let said = address.map_or(EntraKeys::Unknown, |address| EntraKeys::at(address.as_str()));
    is_entra && (said == EntraKeys::Directory || is_of_a_directory(connection))
}
