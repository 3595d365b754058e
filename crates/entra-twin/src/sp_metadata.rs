//! The service provider's metadata, as an administrator uploads it.

use samael::metadata::{EntityDescriptor, SpSsoDescriptor};

use crate::{App, Certificate};

impl App {
    /// Takes over Identifier, Reply URL, Logout URL and certificates from a service provider's metadata
    /// ("Upload metadata file").
    ///
    /// The Logout URL is the one for redirects; without it there is none.
    ///
    /// # Errors
    /// [`SpMetadataError`] says which part is missing; the application is then unchanged.
    pub fn import(&mut self, metadata: &str) -> Result<(), SpMetadataError> {
        let descriptor: EntityDescriptor = metadata
            .trim_start_matches('\u{feff}')
            .parse()
            .map_err(|source| SpMetadataError::Unreadable { source: Box::new(source) })?;
        let identifier = descriptor.entity_id.ok_or(SpMetadataError::NoEntityId)?;
        let roles = descriptor.sp_sso_descriptors.unwrap_or_default();
        let logout_url = roles
            .iter()
            .flat_map(|role| role.single_logout_services.iter().flatten())
            .find(|endpoint| endpoint.binding == samael::metadata::HTTP_REDIRECT_BINDING)
            .map(|endpoint| endpoint.location.clone());
        let verification = certificates(&roles, "signing")?;
        let encryption = certificates(&roles, "encryption")?;
        let mut endpoints: Vec<_> = roles
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
        self.logout_url = logout_url.unwrap_or_default();
        self.verification_certificates = verification;
        // One is active at a time.
        self.encryption_certificate = encryption.into_iter().next();
        Ok(())
    }
}

/// The certificates for one use; a key that names no use is for each [saml-metadata 2.4.1.1].
fn certificates(roles: &[SpSsoDescriptor], usage: &str) -> Result<Vec<Certificate>, SpMetadataError> {
    let keys = roles.iter().flat_map(|role| role.key_descriptors.iter().flatten());
    keys.filter(|key| key.key_use.as_deref().is_none_or(|named| named == usage))
        .filter_map(|key| key.key_info.x509_data.as_ref())
        .flat_map(|data| &data.certificates)
        .map(|text| {
            Certificate::from_base64(text).map_err(|problem| SpMetadataError::Certificate { problem })
        })
        .collect()
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
    /// A certificate is none.
    #[error("a KeyDescriptor of the metadata cannot be used: {problem}")]
    Certificate {
        /// What is wrong with it.
        problem: String,
    },
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
            Self::Certificate { .. } => "sp-metadata-certificate",
            Self::NoReplyUrl { .. } => "sp-metadata-reply-url",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

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
    fn the_logout_url_is_the_one_for_redirects() {
        let mut app = Seed::Contoso.app().unwrap();
        let with = |services: &str| {
            GOOD.replacen("<md:AssertionConsumer", &format!("{services}<md:AssertionConsumer"), 1)
        };
        let service = |binding: &str, path: &str| {
            format!(
                "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"https://sp.example.com/{path}\"/>"
            )
        };
        let (post, redirect) = (service("HTTP-POST", "a"), service("HTTP-Redirect", "b?c=d"));
        app.import(&with(&format!("{post}{redirect}"))).unwrap();
        assert_eq!(app.logout_url, "https://sp.example.com/b?c=d");
        app.import(&with(&post)).unwrap();
        assert_eq!(app.logout_url, "");
    }

    #[test]
    fn keys_are_taken_over_by_their_use() {
        let certificate = |seed: Seed| STANDARD.encode(seed.app().unwrap().signing.certificate());
        let key = |usage: &str, base64: &str| {
            format!(
                "<md:KeyDescriptor{usage}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
                     <ds:X509Certificate>\n{base64}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            )
        };
        let with =
            |keys: &str| GOOD.replacen("<md:AssertionConsumer", &format!("{keys}<md:AssertionConsumer"), 1);
        let (contoso, fabrikam) = (certificate(Seed::Contoso), certificate(Seed::Fabrikam));
        let (signing, encryption) =
            (key(" use=\"signing\"", &contoso), key(" use=\"encryption\"", &fabrikam));
        let mut app = Seed::Contoso.app().unwrap();
        let taken = |app: &App| -> Vec<String> {
            app.verification_certificates
                .iter()
                .map(|certificate| STANDARD.encode(certificate.der()))
                .collect()
        };
        let encrypts = |app: &App| app.encryption_certificate.as_ref().map(|it| STANDARD.encode(it.der()));
        app.import(&with(&format!("{signing}{encryption}"))).unwrap();
        assert_eq!(taken(&app), [contoso.as_str()]);
        assert_eq!(encrypts(&app), Some(fabrikam.clone()));
        app.import(&with(&format!("{}{}", key("", &fabrikam), signing))).unwrap();
        assert_eq!(taken(&app), [fabrikam.as_str(), contoso.as_str()]);
        let error = app.import(&with(&key("", "AAAA"))).unwrap_err();
        assert_eq!(error.code(), "sp-metadata-certificate");
        assert_eq!(taken(&app).len(), 2, "nothing changes");
        app.import(&with(&signing)).unwrap();
        assert_eq!((taken(&app).len(), encrypts(&app)), (1, None));
        app.import(GOOD).unwrap();
        assert!(taken(&app).is_empty());
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
