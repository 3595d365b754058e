//! Metadata: no bytes make it panic, and what is read can be used.
#![no_main]

use landfall_benches::NOW;
use landfall_saml::{EntityId, IdpMetadata, MetadataError};
use landfall_xmldsig::TrustedKeysError;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match IdpMetadata::read(bytes, None, NOW) {
        Ok(metadata) => look_at(&metadata),
        Err(MetadataError::Choose { found }) => {
            assert!(found.len() > 1);
            for entity in &found {
                choose(bytes, entity);
            }
        }
        Err(error) => assert!(!error.code().is_empty()),
    }
});

fn choose(bytes: &[u8], entity: &EntityId) {
    match IdpMetadata::read(bytes, Some(entity), NOW) {
        Ok(metadata) => {
            assert_eq!(metadata.entity_id(), entity);
            look_at(&metadata);
        }
        Err(MetadataError::Choose { .. } | MetadataError::NoSuchEntity { .. }) => {
            panic!("{entity} was offered and cannot be chosen")
        }
        Err(_) => {}
    }
}

fn look_at(metadata: &IdpMetadata) {
    let certificates = metadata.certificates();
    assert!(!certificates.is_empty());
    for (at, certificate) in certificates.iter().enumerate() {
        assert!(!certificates.iter().skip(at + 1).any(|other| other == certificate), "a key stands twice");
    }
    match metadata.identity_provider() {
        Ok(idp) => {
            assert_eq!(idp.entity_id(), metadata.entity_id());
            assert_eq!(idp.sso().is_some(), !metadata.sso().is_empty());
        }
        Err(error) => assert!(matches!(error, TrustedKeysError::TooMany { .. })),
    }
}
