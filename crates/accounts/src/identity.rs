use std::fmt;

use landfall_claims::{AttributeSet, ClaimError, entra};

use crate::{
    Connection, ConnectionKind, EntraTenantId, LoginName, NameError, NotASubject, Subject, SubjectSource,
};

/// The format of a NameID that is never given to another person.
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/// Says who somebody is on a connection: the subject of the identity key, and the login name.
///
/// On an Entra connection the subject is the object id, in lower case, and the login name is [`entra::NAME`].
/// On another one the subject is the persistent NameID or the claim that the connection names,
/// and the login name is the claim that it names.
///
/// # Errors
/// [`IdentityError`], whose variants each have a code of their own.
///
/// # Security
/// An Entra connection refuses where the tenant id is missing or is another directory's; nothing stands in for it.
/// An e-mail address is never looked at: its owner, or his administrator, can change it [attack G1].
///
/// ```
/// use landfall_accounts::{Connection, Identity, IdentityError, NameIdClaim, identify};
/// use landfall_claims::AttributeSet;
///
/// fn who(connection: &Connection, attributes: &AttributeSet) -> Result<Identity, IdentityError> {
///     let name_id = NameIdClaim { value: "ada@contoso.example".to_owned(), format: None };
///     identify(connection, &name_id, attributes)
/// }
/// ```
pub fn identify(
    connection: &Connection,
    name_id: &NameIdClaim,
    attributes: &AttributeSet,
) -> Result<Identity, IdentityError> {
    let (subject, login_name_claim) = match &connection.kind {
        ConnectionKind::Entra { tid } => (entra_subject(*tid, attributes)?, entra::NAME),
        ConnectionKind::Other { subject: SubjectSource::PersistentNameId, login_name } => {
            (persistent_name_id(name_id)?, login_name.as_str())
        }
        ConnectionKind::Other { subject: SubjectSource::Claim(claim), login_name } => {
            let value = attributes.required(claim.as_str()).map_err(IdentityError::SubjectClaim)?;
            (value.parse().map_err(IdentityError::Subject)?, login_name.as_str())
        }
    };
    let login_name = attributes.required(login_name_claim).map_err(IdentityError::LoginNameClaim)?;
    let login_name = login_name.parse().map_err(IdentityError::LoginName)?;
    let membership = membership(&connection.kind, &login_name, attributes);
    Ok(Identity { subject, login_name, membership })
}

/// Who somebody is on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The part of the identity key that the identity provider says.
    pub subject: Subject,
    /// The name by which the person signs in; its domain is checked at each login.
    pub login_name: LoginName,
    /// Whether the directory is the person's own.
    pub membership: Membership,
}

/// Whether a directory is a person's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Membership {
    /// It is.
    Member,
    /// The person was invited into it, and signs in elsewhere.
    Guest,
}

/// The NameID of an assertion, as it arrived.
///
/// # Security
/// It is personal data: `Debug` shows the format alone.
#[derive(Clone, PartialEq, Eq)]
pub struct NameIdClaim {
    /// The value, exactly.
    pub value: String,
    /// The `Format` attribute, if there was one.
    pub format: Option<String>,
}

impl fmt::Debug for NameIdClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameIdClaim").field("format", &self.format).finish_non_exhaustive()
    }
}

/// Why nobody can say who it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The claim with the directory's id cannot be read.
    #[error("the tenant id, which an Entra connection needs, cannot be read")]
    TenantId(#[source] ClaimError),
    /// The directory is not the one that the connection trusts.
    #[error("the tenant id is `{got}`, expected {want}: this person belongs to another directory")]
    ForeignTenant {
        /// The directory of the connection.
        want: EntraTenantId,
        /// What the claim says.
        got: String,
    },
    /// The claim with the object id cannot be read.
    #[error("the object id, which is the key of an Entra identity, cannot be read")]
    ObjectId(#[source] ClaimError),
    /// The object id is no GUID.
    #[error("the object id is no GUID: restore the claim's source at the identity provider")]
    ObjectIdFormat,
    /// The claim that the connection names as subject cannot be read.
    #[error("the claim that is the key of an identity on this connection cannot be read")]
    SubjectClaim(#[source] ClaimError),
    /// The NameID is not a persistent one.
    #[error(
        "the NameID has the format {got:?}, expected {PERSISTENT}: set it at the identity provider, or set `subject` to an immutable claim"
    )]
    NameIdFormat {
        /// The format that came, if any.
        got: Option<String>,
    },
    /// The subject is too long or empty.
    #[error("what should be the key of the identity cannot be one")]
    Subject(#[source] NotASubject),
    /// The claim that carries the login name cannot be read.
    #[error("the claim that carries the login name cannot be read")]
    LoginNameClaim(#[source] ClaimError),
    /// The login name is none.
    #[error("what should be the login name cannot be one")]
    LoginName(#[source] NameError),
}

impl IdentityError {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TenantId(_) => "identity.tenant_id",
            Self::ForeignTenant { .. } => "identity.foreign_tenant",
            Self::ObjectId(_) => "identity.object_id",
            Self::ObjectIdFormat => "identity.object_id_format",
            Self::SubjectClaim(_) => "identity.subject_claim",
            Self::NameIdFormat { .. } => "identity.name_id_format",
            Self::Subject(_) => "identity.subject",
            Self::LoginNameClaim(_) => "identity.login_name_claim",
            Self::LoginName(_) => "identity.login_name",
        }
    }
}

/// The object id, and nothing in its place; it counts in the connection's own directory alone [attack G2, G3].
fn entra_subject(want: EntraTenantId, attributes: &AttributeSet) -> Result<Subject, IdentityError> {
    let got = attributes.required(entra::TENANT_ID).map_err(IdentityError::TenantId)?;
    if got.parse() != Ok(want) {
        return Err(IdentityError::ForeignTenant { want, got: got.to_owned() });
    }
    let object_id = attributes.required(entra::OBJECT_ID).map_err(IdentityError::ObjectId)?;
    let object_id = crate::ids::parse_guid(object_id).ok_or(IdentityError::ObjectIdFormat)?;
    object_id.hyphenated().to_string().parse().map_err(IdentityError::Subject)
}

/// A guest has `#EXT#` in the name or, on an Entra connection, an identity provider that is not the directory [attack G5].
///
/// The name alone does not tell: a guest from another Entra directory comes with the name there,
/// unless the claim is taken from `user.localuserprincipalname`.
fn membership(kind: &ConnectionKind, login_name: &LoginName, attributes: &AttributeSet) -> Membership {
    let elsewhere = match kind {
        ConnectionKind::Entra { tid } => {
            let other = |provider: &String| EntraTenantId::from_entity_id(provider) != Some(*tid);
            // Attributes that contradict each other do not all name the directory.
            attributes.values(entra::IDENTITY_PROVIDER).map_or(true, |values| values.iter().any(other))
        }
        ConnectionKind::Other { .. } => false,
    };
    if elsewhere || login_name.is_guest() { Membership::Guest } else { Membership::Member }
}

/// A persistent NameID, verbatim; any other kind may be another person's tomorrow [saml-core 8.3.7].
fn persistent_name_id(name_id: &NameIdClaim) -> Result<Subject, IdentityError> {
    if name_id.format.as_deref() != Some(PERSISTENT) {
        return Err(IdentityError::NameIdFormat { got: name_id.format.clone() });
    }
    name_id.value.parse().map_err(IdentityError::Subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const OBJECT: &str = "99999999-8888-4777-8666-ABCDEFABCDEF";

    fn name_id(value: &str, format: Option<&str>) -> NameIdClaim {
        NameIdClaim { value: value.to_owned(), format: format.map(str::to_owned) }
    }

    fn entra(edit: impl FnOnce(&mut Vec<(&'static str, &'static str)>)) -> Result<Identity, IdentityError> {
        let mut claims = vec![
            (entra::TENANT_ID, testing::TID),
            (entra::OBJECT_ID, OBJECT),
            (entra::EMAIL_ADDRESS, "ceo@contoso.example"),
            (entra::NAME, "Ada@contoso.example"),
        ];
        edit(&mut claims);
        let attributes = claims.into_iter().map(|(name, value)| (name, [value])).collect();
        identify(&testing::entra_connection(), &name_id("ceo@contoso.example", None), &attributes)
    }

    #[track_caller]
    fn refused(code: &str, edit: impl FnOnce(&mut Vec<(&'static str, &'static str)>)) {
        assert_eq!(entra(edit).unwrap_err().code(), code);
    }

    fn replace(claims: &mut [(&'static str, &'static str)], name: &str, value: &'static str) {
        claims.iter_mut().filter(|claim| claim.0 == name).for_each(|claim| claim.1 = value);
    }

    #[test]
    fn g1_entra_is_the_object_id_in_lower_case_and_the_upn() {
        let identity = entra(|_| ()).unwrap();
        assert_eq!(identity.subject.as_str(), OBJECT.to_lowercase());
        assert_eq!(identity.login_name.as_str(), "Ada@contoso.example");
    }

    #[test]
    fn entra_accepts_the_short_names() {
        let short = entra(|claims| {
            *claims = vec![
                ("tenantid", testing::TID),
                ("objectidentifier", OBJECT),
                ("name", "Ada@contoso.example"),
            ];
        });
        assert_eq!(short, entra(|_| ()));
    }

    #[test]
    fn entra_compares_the_directory_without_case() {
        assert!(entra(|claims| replace(claims, entra::TENANT_ID, testing::TID_UPPER)).is_ok());
    }

    #[test]
    fn g2_g3_entra_refuses_another_or_no_directory() {
        refused("identity.tenant_id", |claims| claims.retain(|claim| claim.0 != entra::TENANT_ID));
        refused("identity.tenant_id", |claims| replace(claims, entra::TENANT_ID, ""));
        refused("identity.foreign_tenant", |claims| {
            replace(claims, entra::TENANT_ID, "22222222-2222-4333-8444-555555555555");
        });
        refused("identity.foreign_tenant", |claims| replace(claims, entra::TENANT_ID, "contoso"));
    }

    #[test]
    fn g1_entra_refuses_without_an_object_id_however_good_the_rest() {
        refused("identity.object_id", |claims| claims.retain(|claim| claim.0 != entra::OBJECT_ID));
        refused("identity.object_id_format", |claims| replace(claims, entra::OBJECT_ID, "ada"));
        refused("identity.object_id", |claims| claims.push((entra::OBJECT_ID, testing::TID)));
    }

    #[test]
    fn g5_a_guest_is_known_by_name_or_by_provider() {
        let with = |name: &'static str, provider: &'static [&'static str]| {
            let claims = entra(|claims| {
                replace(claims, entra::NAME, name);
                claims.extend(provider.iter().map(|provider| (entra::IDENTITY_PROVIDER, *provider)));
            });
            claims.unwrap().membership
        };
        const OWN: &str = "https://sts.windows.net/11111111-2222-4333-8444-abcdefabcdef/";
        for (name, provider, membership) in [
            ("ada@contoso.example", &[][..], Membership::Member),
            ("ada@contoso.example", &[OWN], Membership::Member),
            ("ada@contoso.example", &["live.com"], Membership::Guest),
            (
                "ada@contoso.example",
                &["https://sts.windows.net/22222222-2222-4333-8444-555555555555/"],
                Membership::Guest,
            ),
            ("ada@contoso.example", &[OWN, "live.com"], Membership::Guest),
            ("ada_fabrikam.example#EXT#@contoso.example", &[OWN], Membership::Guest),
        ] {
            assert_eq!(with(name, provider), membership, "{name} {provider:?}");
        }
    }

    #[test]
    fn entra_refuses_without_a_login_name() {
        refused("identity.login_name_claim", |claims| claims.retain(|claim| claim.0 != entra::NAME));
        refused("identity.login_name", |claims| replace(claims, entra::NAME, "ada\n@contoso.example"));
    }

    fn other(settings: &[(&str, &str)], name_id: &NameIdClaim) -> Result<Identity, IdentityError> {
        let mut connection = testing::other_connection();
        for (key, value) in settings {
            connection.set(key, value).unwrap();
        }
        let long = "x".repeat(1025);
        let attributes = [
            (entra::NAME, ["ada@contoso.example"]),
            ("https://idp.example/employee", [" 0042 "]),
            ("uid", ["ada"]),
            ("empty", [""]),
            ("long", [&long]),
        ];
        identify(&connection, name_id, &attributes.into_iter().collect())
    }

    #[test]
    fn others_are_their_persistent_name_id_verbatim() {
        let identity = other(&[], &name_id(" Xy-1 ", Some(PERSISTENT))).unwrap();
        assert_eq!(identity.subject.as_str(), " Xy-1 ");
        assert_eq!(identity.login_name.as_str(), "ada@contoso.example");
    }

    /// [saml-core 8.3.7]
    #[test]
    fn others_refuse_a_name_id_of_any_other_format() {
        for format in [
            None,
            Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient"),
            Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
            Some("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"),
        ] {
            assert_eq!(other(&[], &name_id("Xy-1", format)).unwrap_err().code(), "identity.name_id_format");
        }
        assert_eq!(other(&[], &name_id("", Some(PERSISTENT))).unwrap_err().code(), "identity.subject");
    }

    #[test]
    fn others_may_name_claims() {
        let settings = [("subject", "claim:employee"), ("login-name", "uid")];
        let identity = other(&settings, &name_id("Xy-1", None)).unwrap();
        assert_eq!(identity.subject.as_str(), " 0042 ");
        assert_eq!(identity.login_name.as_str(), "ada");
        for (settings, code) in [
            ([("subject", "claim:none"), ("login-name", "uid")], "identity.subject_claim"),
            ([("subject", "claim:empty"), ("login-name", "uid")], "identity.subject_claim"),
            ([("subject", "claim:long"), ("login-name", "uid")], "identity.subject"),
            ([("subject", "claim:employee"), ("login-name", "none")], "identity.login_name_claim"),
        ] {
            assert_eq!(other(&settings, &name_id("Xy-1", None)).unwrap_err().code(), code);
        }
    }

    #[test]
    fn personal_data_does_not_print() {
        let text = format!("{:?} {:?}", entra(|_| ()).unwrap(), name_id("ada", Some(PERSISTENT)));
        assert!(!text.to_lowercase().contains("ada"), "{text}");
    }
}
