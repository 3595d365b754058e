//! The service provider's metadata, as an administrator uploads it.

use samael::metadata::EntityDescriptor;

use crate::App;

impl App {
    /// Takes over Identifier and Reply URL from a service provider's metadata ("Upload metadata file").
    ///
    /// # Errors
    /// [`SpMetadataError`] says which part is missing; the application is then unchanged.
    pub fn import(&mut self, metadata: &str) -> Result<(), SpMetadataError> {
        let descriptor: EntityDescriptor = metadata
            .trim_start_matches('\u{feff}')
            .parse()
            .map_err(|source| SpMetadataError::Unreadable { source: Box::new(source) })?;
        let identifier = descriptor.entity_id.ok_or(SpMetadataError::NoEntityId)?;
        let mut endpoints: Vec<_> = descriptor
            .sp_sso_descriptors
            .unwrap_or_default()
            .into_iter()
            .flat_map(|role| role.assertion_consumer_services)
            .filter(|endpoint| endpoint.binding == samael::metadata::HTTP_POST_BINDING)
            .collect();
        // The first Reply URL is the default one.
        endpoints.sort_by_key(|endpoint| endpoint.is_default != Some(true));
        if endpoints.is_empty() {
            return Err(SpMetadataError::NoReplyUrl { identifier });
        }
        self.register(&identifier, endpoints.into_iter().map(|endpoint| endpoint.location).collect());
        Ok(())
    }
}

/// Metadata of a service provider cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpMetadataError {
    /// samael does not read it.
    #[error("the metadata is not an EntityDescriptor with one SPSSODescriptor")]
    Unreadable {
        /// What samael said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No name.
    #[error("expected an entityID in the metadata, got none")]
    NoEntityId,
    /// Nowhere to send a response.
    #[error(
        "expected an AssertionConsumerService with the HTTP-POST binding in the metadata of {identifier}, got none"
    )]
    NoReplyUrl {
        /// The entityID.
        identifier: String,
    },
}

impl SpMetadataError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "sp-metadata-unreadable",
            Self::NoEntityId => "sp-metadata-entity-id",
            Self::NoReplyUrl { .. } => "sp-metadata-reply-url",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Seed;

    const GOOD: &str = "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://sp.example.com/a&amp;b\">\
        <md:SPSSODescriptor AuthnRequestsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
        <md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example.com/1\" index=\"0\"/>\
        <md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\" Location=\"https://sp.example.com/2\" index=\"1\"/>\
        <md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example.com/3\" index=\"2\" isDefault=\"true\"/>\
        </md:SPSSODescriptor></md:EntityDescriptor>";

    #[test]
    fn identifier_and_reply_urls_are_taken_over() {
        let mut app = Seed::Contoso.app().unwrap();
        for text in [GOOD.to_owned(), format!("\u{feff}<?xml version=\"1.0\"?>{GOOD}")] {
            app.import(&text).unwrap();
            assert_eq!(app.identifiers, ["https://sp.example.com/a&b"]);
            assert_eq!(app.reply_urls, ["https://sp.example.com/3", "https://sp.example.com/1"]);
        }
    }

    #[test]
    fn what_is_missing_is_said_and_nothing_changes() {
        let mut app = Seed::Contoso.app().unwrap();
        for (edited, code) in [
            ("not xml".to_owned(), "sp-metadata-unreadable"),
            (GOOD.replace("entityID", "entity"), "sp-metadata-entity-id"),
            (GOOD.replace("HTTP-POST", "PAOS"), "sp-metadata-reply-url"),
            (GOOD.replace("SPSSODescriptor", "OtherDescriptor"), "sp-metadata-reply-url"),
        ] {
            assert_eq!(app.import(&edited).unwrap_err().code(), code);
            assert!(app.identifiers.is_empty());
        }
    }
}
