//! Metadata: no bytes make it panic, what is read can be used, and the ways to read it agree.
#![no_main]

use std::sync::LazyLock;

use landfall_benches::{NOW, certificate};
use landfall_saml::{AggregateReader, EntityId, IdpMetadata, MetadataError};
use landfall_xmldsig::{TrustedKeys, TrustedKeysError};
use libfuzzer_sys::fuzz_target;

static PINNED: LazyLock<TrustedKeys> =
    LazyLock::new(|| TrustedKeys::new([certificate().expect("a certificate")]).expect("one key"));

fuzz_target!(|bytes: &[u8]| {
    match IdpMetadata::read(bytes, None, NOW) {
        Ok(metadata) => {
            look_at(&metadata);
            choose(bytes, metadata.entity_id());
        }
        Err(MetadataError::Choose { found, met }) => {
            assert!(met >= found.len());
            // One that has no name cannot be told, and is another one all the same.
            assert!(met > 1 && !found.is_empty());
            for entity in &found {
                choose(bytes, entity);
            }
        }
        Err(error) => {
            assert!(!error.code().is_empty());
            choose(bytes, &EntityId::try_from("urn:a").expect("an entity ID"));
        }
    }
    // What was signed says what the whole says, where that is taken at all.
    if let Ok(signed) = IdpMetadata::read_signed(bytes, None, &PINNED, NOW) {
        look_at(&signed);
        let whole = IdpMetadata::read(bytes, None, NOW).expect("what is signed can be read");
        assert_eq!(format!("{signed:?}"), format!("{whole:?}"));
    }
});

fn choose(bytes: &[u8], entity: &EntityId) {
    let whole = IdpMetadata::read(bytes, Some(entity), NOW);
    match (&whole, streamed(bytes, entity)) {
        (Ok(whole), Ok(streamed)) => {
            assert_eq!(whole.entity_id(), entity);
            look_at(whole);
            assert_eq!(format!("{whole:?}"), format!("{streamed:?}"));
        }
        (Err(MetadataError::Choose { .. }), _) => panic!("{entity} was chosen"),
        // An ID that stands twice is noticed in one part alone, and lists have a bound there.
        (Err(whole), Ok(_)) => assert_eq!(whole.code(), "xml.duplicate_id"),
        (Ok(_), Err(streamed)) => assert_eq!(streamed.code(), "metadata.too_large"),
        (Err(_), Err(streamed)) => assert!(!streamed.code().is_empty()),
    }
}

/// Read in pieces, whose length the number of bytes says.
fn streamed(bytes: &[u8], entity: &EntityId) -> Result<IdpMetadata, MetadataError> {
    let step = bytes.len() % 97 + 1;
    let mut reader = AggregateReader::new(Some(entity.clone()), NOW);
    bytes.chunks(step).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

fn look_at(metadata: &IdpMetadata) {
    let certificates = metadata.certificates();
    assert!(!certificates.is_empty());
    assert!(metadata.valid_until().is_none_or(|until| until > NOW));
    assert!(metadata.cache_duration().is_none_or(|cache| !cache.is_negative()));
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
