//! Every column of the database, and what an erasure does about it.

/// Table, what is done, and the columns.
///
/// `id`: names something here, and nobody outside. `free`: cannot tell of a person who signs in.
/// `own`: of the person, blanked or deleted. `all`: the tenant's rows are deleted, whoever's they are.
/// `keyed`: a tombstone. `operator`: what an operator wrote, or a customer's administrator.
#[rustfmt::skip]
pub(super) const COLUMNS: &[(&str, &str, &str)] = &[
    ("app_assertions", "free", "app_id jti until"),
    ("app_secrets", "free", "app_id created_at digest expires_at id prefix"),
    ("applications", "free", "authentication created_at id jwks kind name offline signed_with tenant_id"),
    ("applications", "operator", "backchannel_logout download post_logout_uris redirect_uris start terms title"),
    ("connection_certificates", "free", "der expiry_warned fingerprint first_seen last_used not_after not_before state"),
    ("connection_certificates", "free", "clock_last clock_last_seen clock_most clock_most_seen"),
    ("connection_certificates", "id", "connection_id tenant_id"),
    ("connections", "free", "authn_context certificate_dates created_at entity_id entra_tid force_authn guests jit login_name"),
    ("connections", "free", "metadata_valid_until name_id_format own_entity_id preset slo sso state subject traced_until unsolicited"),
    ("connections", "free", "activation mapping_version session_absolute session_idle"),
    ("connections", "id", "id name tenant_id"),
    ("connections", "operator", "traced_because weakenings"),
    // It names a person by a grant, which is deleted.
    ("device_requests", "free", "app_id created_at decision device_code expires_at grant_id interval last_asked_at scopes tenant_id used_at user_code"),
    ("directory_groups", "free", "changed_at created_at version"),
    ("directory_groups", "id", "connection_id id tenant_id"),
    ("directory_groups", "operator", "external_id name name_folded rest"),
    ("directory_members", "own", "group_id tenant_id user_id"),
    ("directory_users", "free", "activity changed_at pushed_at removed_at suspended_from version"),
    ("directory_users", "id", "connection_id tenant_id user_id"),
    ("directory_users", "keyed", "external_id"),
    ("directory_users", "own", "rest"),
    ("domain_challenges", "free", "domain expires_at tenant_id value"),
    ("domains", "free", "name verified_at verified_by"),
    ("domains", "id", "connection_id tenant_id"),
    // Codes, ids and fingerprints: the server's tests on privacy look at what is in `detail`.
    ("events", "free", "at detail form hash kind seq"),
    ("events", "id", "connection_id id tenant_id trace user_id"),
    ("grant_tokens", "own", "created_at digest expires_at grant_id id kind scopes tenant_id used_at"),
    ("grants", "own", "app_id authenticated_at authn_context authn_methods challenge code code_until connection_id created_at ended_at"),
    ("grants", "own", "expires_at id lasting last_used_at nonce redeemed_at redirect scopes session_id tenant_id user_agent user_id"),
    ("identity_links", "own", "connection_id how linked_at subject tenant_id user_id"),
    ("invitations", "own", "ended expires_at link tenant_id user_id"),
    // Until the application was told, for a day at most.
    ("logout_notices", "free", "address app app_id due_at ended_at signed_with tries"),
    ("logout_notices", "id", "id session_id tenant_id user_id"),
    ("mappings", "free", "applied_at version"),
    ("mappings", "id", "connection_id tenant_id"),
    // Its test cases are made up by whoever writes them.
    ("mappings", "operator", "text"),
    ("merge_overflows", "free", "connection_id last_seen tenant_id times"),
    ("merge_proposals", "own", "connection_id decided_at first_seen id last_seen state subject tenant_id times user_id why"),
    ("metadata_sources", "free", "approval etag failed_at failure last_attempt last_modified last_success next_attempt signed_by url waiting"),
    ("metadata_sources", "id", "connection_id tenant_id"),
    ("pending_logins", "all", "begun_at browser connection_id consumed_at expires_at handle purpose relay_state request_id restart saml target tenant_id"),
    ("pending_logouts", "all", "connection_id expires_at request_id saml tenant_id"),
    // How long an answer took and its code tell of nobody.
    ("provisioning_log", "free", "action at code prefix status target took"),
    ("provisioning_log", "id", "connection_id credential_id group_id id tenant_id trace user_id"),
    ("provisioning_log", "own", "changes name name_folded"),
    ("restores", "free", "at"),
    // A client is a machine of the customer's, and so is its subject.
    ("scim_clients", "free", "audience created_at dialect issuer revoked_at subject"),
    ("scim_clients", "id", "connection_id id tenant_id"),
    ("scim_clients", "operator", "label"),
    ("scim_credentials", "free", "created_at dialect digest expires_at kind last_used prefix revoked_at"),
    ("scim_credentials", "id", "client_id connection_id id issued_by tenant_id"),
    ("scim_credentials", "operator", "label"),
    ("scim_extensions", "free", "changed_at version"),
    ("scim_extensions", "id", "tenant_id"),
    // Names of attributes, and never a value.
    ("scim_extensions", "operator", "text"),
    ("seaql_migrations", "free", "applied_at version"),
    ("sessions", "own", "browser connection_id end_reason ended_at expires_at handle hop hop_until id name_id name_id_saml"),
    ("sessions", "own", "authenticated_at authn_context authn_methods idle last_seen_at"),
    ("sessions", "own", "opened_at session_index target tenant_id token user_agent user_id"),
    // They go with the sessions: a path of a site may tell of the person.
    ("site_sessions", "own", "code code_until entered_at session_id site_id state target tenant_id token"),
    ("sites", "free", "created_at origin tenants"),
    ("sites", "id", "id"),
    ("sites", "operator", "groups roles"),
    ("sp_keys", "free", "certificate created_at id purpose sealed state"),
    ("tenants", "free", "created_at id living_users name user_limit"),
    ("test_logins", "all", "code connection_id decision expires_at handle hop link says seen_until tenant_id user_id"),
    ("tombstones", "free", "created_at keyed"),
    ("tombstones", "id", "connection_id tenant_id user_id"),
    ("tombstones", "keyed", "subject"),
    // Of requests that an event names together with the person.
    ("traces", "own", "at connection_id keep_until sealed tenant_id trace"),
    ("used_assertions", "free", "keep_until"),
    ("used_assertions", "id", "assertion_id connection_id tenant_id"),
    ("users", "free", "created_at last_login_at origin standing state state_by updated_at"),
    ("users", "id", "id tenant_id"),
    ("users", "own", "display_name email first_name groups last_name roles user_name user_name_folded"),
];
