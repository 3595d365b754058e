use landfall_xmldsig::TrustedKeys;

use crate::{Binding, Endpoint, EntityId};

/// An identity provider as a connection trusts it: its name, where it takes requests, the keys it signs with.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    entity_id: EntityId,
    sso: Vec<Endpoint>,
    keys: TrustedKeys,
}

impl IdentityProvider {
    /// Puts an identity provider together; [`IdpMetadata`](crate::IdpMetadata) has the parts.
    #[must_use]
    pub fn new(entity_id: EntityId, sso: Vec<Endpoint>, keys: TrustedKeys) -> Self {
        Self { entity_id, sso, keys }
    }

    /// Its name, which every assertion must carry as Issuer.
    #[must_use]
    pub fn entity_id(&self) -> &EntityId {
        &self.entity_id
    }

    /// The keys of which one must have signed.
    #[must_use]
    pub fn keys(&self) -> &TrustedKeys {
        &self.keys
    }

    /// Where a request goes: by redirect if that is possible, else by post.
    #[must_use]
    pub fn sso(&self) -> Option<&Endpoint> {
        let by = |binding| self.sso.iter().find(move |endpoint| endpoint.binding == binding);
        by(Binding::Redirect).or_else(|| by(Binding::Post))
    }
}
