use landfall_xmldsig::TrustedKeys;

use crate::{Binding, Endpoint, EntityId, LogoutEndpoint};

/// An identity provider as a connection trusts it: its name, where it takes requests, the keys it signs with.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    entity_id: EntityId,
    sso: Vec<Endpoint>,
    slo: Vec<LogoutEndpoint>,
    keys: TrustedKeys,
}

impl IdentityProvider {
    /// Puts an identity provider together; [`IdpMetadata`](crate::IdpMetadata) has the parts.
    #[must_use]
    pub fn new(entity_id: EntityId, sso: Vec<Endpoint>, keys: TrustedKeys) -> Self {
        Self { entity_id, sso, slo: Vec::new(), keys }
    }

    /// With the addresses where it takes logout messages; without any, nobody is signed out there.
    #[must_use]
    pub fn with_slo(self, slo: Vec<LogoutEndpoint>) -> Self {
        Self { slo, ..self }
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

    /// Where a logout message goes: by redirect if that is possible, else by post.
    #[must_use]
    pub fn slo(&self) -> Option<&LogoutEndpoint> {
        let by = |binding| self.slo.iter().find(move |endpoint| endpoint.binding == binding);
        by(Binding::Redirect).or_else(|| by(Binding::Post))
    }
}
