//! The names of the claims that Microsoft Entra ID puts into an assertion, exactly as they travel.
//!
//! Entra writes them without a name format and without a friendly name, so the name alone counts.

/// The directory that the person belongs to: a GUID, the `TID` of the issuer.
pub const TENANT_ID: &str = "http://schemas.microsoft.com/identity/claims/tenantid";

/// The person's object in that directory: a GUID that never changes and is never given to another.
pub const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";

/// Who has checked the person's credentials: the issuer for a member, another for a guest, such as `live.com`.
pub const IDENTITY_PROVIDER: &str = "http://schemas.microsoft.com/identity/claims/identityprovider";

/// The name that is shown to people.
pub const DISPLAY_NAME: &str = "http://schemas.microsoft.com/identity/claims/displayname";

/// The given name; left out if the directory has none.
pub const GIVEN_NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";

/// The family name; left out if the directory has none.
pub const SURNAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname";

/// The mail address (`user.mail`), which its owner can change: never a key.
pub const EMAIL_ADDRESS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

/// The user principal name (UPN): the login name; a guest from another directory comes with the name there.
pub const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";

/// The groups of the person, as object ids unless the directory's administrator chose otherwise.
pub const GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";

/// What Entra sends in place of [`GROUPS`] to a person with more than 150 of them.
pub const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";

/// The application roles that are assigned to the person.
pub const ROLE: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
