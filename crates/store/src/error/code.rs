use super::AdminError;
use crate::fault::Fault;

impl AdminError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TenantExists { .. } => "tenant.exists",
            Self::NoTenant { .. } => "tenant.unknown",
            Self::DomainTaken { .. } => "domain.taken",
            Self::NoChallenge { .. } => "domain.no_challenge",
            Self::Unproven { source, .. } => source.code(),
            Self::NoDomain { .. } => "domain.unknown",
            Self::OtherTenant { .. } => "domain.of_other_tenant",
            Self::ConnectionExists { .. } => "connection.exists",
            Self::NoConnection { .. } => "connection.unknown",
            Self::MappingMoved { .. } => "mapping.moved",
            Self::IssuerTaken { .. } => "issuer.taken",
            Self::EntityIdTaken { .. } => "entity_id.taken",
            Self::OtherIssuer { .. } => "issuer.other",
            Self::NoCertificate { .. } => "connection.no_certificate",
            Self::NoKey { .. } => "key.unknown",
            Self::KeyState { .. } => "key.state",
            Self::NoEndpointsWait { .. } => "endpoints.none_wait",
            Self::NoSource { .. } => "metadata.no_source",
            Self::LastKey { .. } => "key.last",
            Self::SpKey { source, .. } => source.code(),
            Self::NotTested { .. } => "connection.not_tested",
            Self::Setting { .. } => "setting",
            Self::IdentityFixed { .. } => "identity.fixed",
            Self::TenantFull { .. } => "tenant.full",
            Self::UserExists { .. } => "user.exists",
            Self::NoUserNamed { .. } => "user.unknown_name",
            Self::NoUser { .. } => "user.unknown",
            Self::NewUserState { .. } => "user.new_state",
            Self::UserState { .. } => "user.state",
            Self::InactiveInDirectory { .. } => "user.inactive_in_directory",
            Self::NotInvited { .. } => "invitation.not_pending",
            Self::InvitedTooLate { .. } => "invitation.too_late",
            Self::NoInvitation { .. } => "invitation.none",
            Self::NoMerge { .. } => "merge.unknown",
            Self::MergeDecided { .. } => "merge.decided",
            Self::MergeBarred { source, .. } => source.code(),
            Self::NoSession { .. } => "session.unknown",
            Self::NoWorkloads { .. } => "connection.no_workloads",
            Self::TrustTaken { .. } => "trust.taken",
            Self::NoClient { .. } => "client.unknown",
            Self::NoCredential { .. } => "credential.unknown",
            Self::NoExtension { .. } => "extension.none",
            Self::NoTrace { .. } => "trace.unknown",
            Self::Application(error) => error.code(),
            Self::Site(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl From<Fault> for AdminError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.into())
    }
}
