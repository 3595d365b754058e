//! Messages in Entra's shape, signed with a test key, and the parties that they are between.
//!
//! The benchmarks measure with them, and the fuzz targets start from them.

mod arithmetic;
mod hostile;
mod message;
mod metadata;
mod parties;

pub use arithmetic::Arithmetic;
pub use hostile::{hostile, refusal};
pub use message::{Message, NAME_ID, Signed, encrypted, response, unsigned};
pub use metadata::{aggregate, federation_metadata, metadata};
pub use parties::{
    Failure, IDP, NOW, certificate, decryption_keys, identity_provider, pending, policy, service_provider,
    signing_key,
};

#[cfg(test)]
mod tests {
    use landfall_saml::{Accepted, IdpMetadata, RawMessage};
    use landfall_xmldsig::encode_base64;

    use super::*;

    #[test]
    fn every_message_is_accepted() {
        let (sp, idp, pending) =
            (service_provider().unwrap(), identity_provider().unwrap(), pending().unwrap());
        for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
            for groups in [0, 10, 1000] {
                let message = RawMessage::from_xml(response(groups, signed).unwrap().as_bytes());
                let received = message.response().unwrap();
                let (judged, decision) = sp.finish(&idp, Some(&pending), &received, &policy(), NOW);
                let Ok(Accepted::Login(login)) = judged else { panic!("{decision}") };
                assert_eq!(login.name_id().value(), NAME_ID);
                let values: usize = login.attributes().iter().map(|claim| claim.values().len()).sum();
                assert_eq!(values, 13 + groups);
            }
        }
    }

    #[test]
    fn every_hostile_message_is_full_and_refused() {
        for (name, message) in hostile().unwrap() {
            assert!((200_000..=256 * 1024).contains(&message.len()), "{name}: {}", message.len());
            let code = refusal(&encode_base64(message.as_bytes())).unwrap();
            let believed = !code.starts_with("xml.") && !code.starts_with("signature.");
            assert_eq!(believed, name.starts_with("signed-"), "{name}: {code}");
        }
    }

    #[test]
    fn ten_groups_make_6_kilobytes() {
        let length = response(10, Signed::Assertion).unwrap().len();
        assert!((6000..7000).contains(&length), "{length}");
    }

    #[test]
    fn the_federation_holds_ours_and_others() {
        let xml = federation_metadata(3).unwrap();
        let ours = IDP.try_into().unwrap();
        let metadata = IdpMetadata::read(xml.as_bytes(), Some(&ours), NOW).unwrap();
        assert_eq!(metadata.certificates(), [certificate().unwrap()]);
        assert_eq!(xml.matches("<EntityDescriptor").count(), 3);
    }
}
