mod code;
mod words;

use landfall_accounts::{
    CertificateFingerprint, CertificateState, ConnectionName, ConnectionState, CredentialRef, DomainName,
    IdpEntityId, MappingChoice, MappingVersion, MergeBar, MergeId, MergeState, ScimClientId, SessionId,
    SettingError, SpEntityId, StateError, TenantName, TraceId, Unproven, UserId, UserLimit, UserState,
    ports::PortError,
};

use crate::{ApplicationError, KeyPurpose, SiteError, SpKeyError};

use words::counted;
pub(crate) use words::existing;

/// Why an operator's change was not made; nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The name is taken.
    #[error("there is a tenant `{name}` already: choose another name")]
    TenantExists {
        /// The name.
        name: TenantName,
    },
    /// Nobody has the name.
    #[error("there is no tenant `{name}`: {}", existing("tenants", there_are))]
    NoTenant {
        /// The name.
        name: TenantName,
        /// The tenants that exist.
        there_are: Vec<TenantName>,
    },
    /// The domain is listed already.
    #[error("the domain {domain} belongs to the tenant `{tenant}` already: a domain belongs to one tenant")]
    DomainTaken {
        /// The domain.
        domain: DomainName,
        /// Its owner.
        tenant: TenantName,
    },
    /// The domain is not listed.
    #[error(
        "the domain {domain} is not listed: add it to its tenant first; {}",
        existing("domains", there_are)
    )]
    NoDomain {
        /// The domain.
        domain: DomainName,
        /// The domains that are listed.
        there_are: Vec<DomainName>,
    },
    /// Nobody is to prove it.
    #[error(
        "no tenant has a challenge for the domain {domain}: make one with `landfall domain challenge TENANT {domain}`"
    )]
    NoChallenge {
        /// The domain.
        domain: DomainName,
    },
    /// What stands in DNS makes it nobody's.
    #[error("the domain {domain} was not verified")]
    Unproven {
        /// The domain.
        domain: DomainName,
        /// What the records lack.
        #[source]
        source: Unproven,
    },
    /// Domain and connection have different owners.
    #[error(
        "the domain {domain} belongs to the tenant `{domain_tenant}` and the connection `{connection}` to `{connection_tenant}`: bind a connection of the same tenant"
    )]
    OtherTenant {
        /// The domain.
        domain: DomainName,
        /// Its owner.
        domain_tenant: TenantName,
        /// The connection.
        connection: ConnectionName,
        /// The connection's owner.
        connection_tenant: TenantName,
    },
    /// The name is taken.
    #[error(
        "there is a connection `{name}` already: choose another name, also if it belongs to another tenant"
    )]
    ConnectionExists {
        /// The name.
        name: ConnectionName,
    },
    /// Somebody else has changed the mapping meanwhile.
    #[error(
        "the mapping of `{connection}` is {} by now, and this one was made of {}: compare them, and apply it again with --base {}",
        counted(*current),
        base.map_or_else(|| "the preset".to_owned(), |base| format!("version {base}")),
        current.own().map_or(0, MappingVersion::number)
    )]
    MappingMoved {
        /// The connection.
        connection: ConnectionName,
        /// The version that was changed, none for a preset.
        base: Option<MappingVersion>,
        /// What counts now.
        current: MappingChoice,
    },
    /// Nobody has the name.
    #[error("there is no connection `{name}`: {}", existing("connections", there_are))]
    NoConnection {
        /// The name.
        name: ConnectionName,
        /// The connections that exist.
        there_are: Vec<ConnectionName>,
    },
    /// The identity provider is connected already.
    #[error(
        "the issuer {entity_id} is used by the connection `{connection}`: a second connection to the same identity provider needs an entity ID of ours for itself, and with it its own ACS path: `landfall connection import --entity-id`"
    )]
    IssuerTaken {
        /// The identity provider.
        entity_id: IdpEntityId,
        /// The connection to it.
        connection: ConnectionName,
    },
    /// Another connection has this name of ours for itself.
    #[error("our entity ID {own} is that of the connection `{connection}`: choose another one")]
    EntityIdTaken {
        /// The name.
        own: SpEntityId,
        /// The connection that has it.
        connection: ConnectionName,
    },
    /// Other metadata than those of the connection's identity provider.
    #[error("the connection `{connection}` is to {want}, and these are of {got}: give it its own metadata")]
    OtherIssuer {
        /// The connection.
        connection: ConnectionName,
        /// Its identity provider.
        want: IdpEntityId,
        /// The one that came.
        got: IdpEntityId,
    },
    /// The metadata has nothing to verify a signature with.
    #[error("the identity provider {entity_id} lists no signing certificate: without one nobody can sign in")]
    NoCertificate {
        /// The identity provider.
        entity_id: IdpEntityId,
    },
    /// The connection has no such key.
    #[error("the connection `{connection}` has no key {fingerprint}: {}", existing("keys", there_are))]
    NoKey {
        /// The connection.
        connection: ConnectionName,
        /// The key that was named.
        fingerprint: CertificateFingerprint,
        /// The keys that it has.
        there_are: Vec<CertificateFingerprint>,
    },
    /// The key is in another state.
    #[error(
        "the key {fingerprint} of the connection `{connection}` is {state}: {}",
        match state {
            CertificateState::Trusted => "it counts already, and `landfall connection revoke` takes it away",
            CertificateState::Gone => "the metadata do not list it any more",
            CertificateState::Revoked => "nothing brings it back",
            CertificateState::Pending => "approve or refuse it",
        }
    )]
    KeyState {
        /// The connection.
        connection: ConnectionName,
        /// The key.
        fingerprint: CertificateFingerprint,
        /// Its state.
        state: CertificateState,
    },
    /// No address waits.
    #[error("no address of the connection `{connection}` waits: see `landfall connection keys {connection}`")]
    NoEndpointsWait {
        /// The connection.
        connection: ConnectionName,
    },
    /// Nothing is fetched for it.
    #[error(
        "the metadata of the connection `{connection}` are a file: `landfall connection renew {connection} URL` has them fetched"
    )]
    NoSource {
        /// The connection.
        connection: ConnectionName,
    },
    /// No key that counts would be left.
    #[error(
        "no key of the connection `{connection}` would count any more: to stop every login by it, disable it with `landfall connection state {connection} disabled`"
    )]
    LastKey {
        /// The connection.
        connection: ConnectionName,
    },
    /// A key of the installation cannot take the step.
    #[error("no {purpose} key of this installation was changed")]
    SpKey {
        /// What the key is for.
        purpose: KeyPurpose,
        /// Why.
        #[source]
        source: SpKeyError,
    },
    /// Nobody tests a connection in this state.
    #[error(
        "the connection `{connection}` is {state}, and a test login is for one that is testing or active: `landfall connection state {connection} testing`"
    )]
    NotTested {
        /// The connection.
        connection: ConnectionName,
        /// Its state.
        state: ConnectionState,
    },
    /// The setting does not exist, or not with this value.
    #[error("the connection `{connection}` was not changed")]
    Setting {
        /// The connection.
        connection: ConnectionName,
        /// What is wrong.
        #[source]
        source: SettingError,
    },
    /// What an identity is made of cannot change under those that exist.
    #[error(
        "`{key}` of the connection `{connection}` cannot change: {identities} identities were linked by it, and the change would give them to others"
    )]
    IdentityFixed {
        /// The connection.
        connection: ConnectionName,
        /// The setting.
        key: String,
        /// How many identities are linked, or were until their account was deleted.
        identities: u64,
    },
    /// The tenant may have no further account.
    #[error(
        "the tenant `{tenant}` has as many accounts as its limit of {limit}: raise it with `landfall tenant limit`, or delete accounts"
    )]
    TenantFull {
        /// The tenant.
        tenant: TenantName,
        /// How many it may have.
        limit: UserLimit,
    },
    /// The user name is taken.
    #[error(
        "the account {user} of the tenant `{tenant}` has this user name already: change that one, or delete it"
    )]
    UserExists {
        /// The tenant.
        tenant: TenantName,
        /// The account.
        user: UserId,
    },
    /// Nobody has the user name.
    #[error("the tenant `{tenant}` has no account with this user name")]
    NoUserNamed {
        /// The tenant.
        tenant: TenantName,
    },
    /// There is no such account.
    #[error("there is no account {user}")]
    NoUser {
        /// The account.
        user: UserId,
    },
    /// A new account cannot have this state.
    #[error("a new account is pending or active, not {state}")]
    NewUserState {
        /// The state that was asked for.
        state: UserState,
    },
    /// The account cannot go there.
    #[error("the account {user} was not changed")]
    UserState {
        /// The account.
        user: UserId,
        /// The step that does not exist.
        #[source]
        source: StateError,
    },
    /// The directory has the last word.
    #[error(
        "the account {user} was not activated: the customer's directory says that it is inactive, and activates it when it says otherwise"
    )]
    InactiveInDirectory {
        /// The account.
        user: UserId,
    },
    /// An invitation is for an account that waits.
    #[error("the account {user} is {state}, and an invitation activates one that is pending")]
    NotInvited {
        /// The account.
        user: UserId,
        /// Its state.
        state: UserState,
    },
    /// Nobody could sign in by it.
    #[error(
        "the account {user} was made more than 14 days ago and nobody has signed in to it, so that no login is linked to it any more: delete it with `landfall user delete`, then invite the person again"
    )]
    InvitedTooLate {
        /// The account.
        user: UserId,
    },
    /// Nothing can be taken back.
    #[error("no invitation of the account {user} is open")]
    NoInvitation {
        /// The account.
        user: UserId,
    },
    /// There is no such proposal.
    #[error("there is no proposal {merge}: see `landfall merge list --all`")]
    NoMerge {
        /// The proposal.
        merge: MergeId,
    },
    /// It was decided before.
    #[error("the proposal {merge} was {state} before")]
    MergeDecided {
        /// The proposal.
        merge: MergeId,
        /// What was decided.
        state: MergeState,
    },
    /// Things are not any more as they were when it was made.
    #[error("the proposal {merge} cannot be accepted any more")]
    MergeBarred {
        /// The proposal.
        merge: MergeId,
        /// What changed.
        #[source]
        source: MergeBar,
    },
    /// There is no such live session.
    #[error("there is no live session {session}")]
    NoSession {
        /// The session.
        session: SessionId,
    },
    /// Nobody signs assertions for the workloads of this directory.
    #[error(
        "the connection `{connection}` is not to Entra, and only Entra's workloads show assertions: `landfall scim client create`"
    )]
    NoWorkloads {
        /// The connection.
        connection: ConnectionName,
    },
    /// An assertion must tell whose it is.
    #[error(
        "the client {client} trusts the same issuer, subject and audience: revoke it, or name another audience"
    )]
    TrustTaken {
        /// The client.
        client: ScimClientId,
    },
    /// No client of this name counts.
    #[error("there is no client {client}, or it is revoked: see `landfall scim client list`")]
    NoClient {
        /// The client.
        client: ScimClientId,
    },
    /// No credential of this name counts.
    #[error("no credential {credential} counts: see `landfall scim token list`")]
    NoCredential {
        /// How it was named.
        credential: CredentialRef,
    },
    /// The tenant declares nothing.
    #[error(
        "the tenant `{tenant}` declares no attributes of its own: `landfall scim extension declare {tenant} FILE`"
    )]
    NoExtension {
        /// The tenant.
        tenant: TenantName,
    },
    /// Nothing is kept of it.
    #[error("no message is kept of the trace {trace}: see `landfall trace list`")]
    NoTrace {
        /// The request.
        trace: TraceId,
    },
    /// It is about an application.
    #[error(transparent)]
    Application(#[from] ApplicationError),
    /// A site.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] PortError),
}
