//! Federation metadata in the exact shape of Entra's.

use crate::{Certificate, SignError, Twin, sign, xml};

/// Whose signing key a metadata document lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeysOf {
    /// The directory's: what one gets without `?appid`, and what no response is signed with.
    Tenant,
    /// The application's: the App Federation Metadata Url.
    App,
    /// The directory's, in metadata that stands for every tenant: the name has `{tenant}` in it, in these very letters.
    Common,
}

/// What the document says of whom.
struct Subject {
    issuer: String,
    /// Where its addresses begin.
    login: String,
    keys: String,
}

/// The document: byte order mark, XML declaration, one line, enveloped signature first.
pub(crate) fn write(twin: &Twin, keys: KeysOf) -> Result<String, SignError> {
    let (credential, listed) = match keys {
        KeysOf::Tenant | KeysOf::Common => (&twin.tenant().signing, vec![twin.tenant().signing.public()]),
        KeysOf::App => (twin.signing(), twin.app().listed_at(twin.now())),
    };
    let keys_of_all = listed.iter().map(key_descriptor).collect();
    let subject = match keys {
        KeysOf::Common => Subject {
            issuer: format!("https://{}/{{tenant}}/", twin.tenant().cloud.issuer_host()),
            login: twin.url_of("common"),
            keys: keys_of_all,
        },
        _ => Subject { issuer: twin.tenant().issuer(), login: twin.login_url(), keys: keys_of_all },
    };
    let id = format!("_{}", twin.guid());
    let entity = format!("{}{}", xml::attribute("ID", &id), xml::attribute("entityID", &subject.issuer));
    // Metadata comes from another writer than responses do: it has a blank before each `/>`.
    let signature = sign::template(&id, credential).replace("/>", " />");
    let roles = role_descriptors(&subject);
    let idp = idp_descriptor(&subject);
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <EntityDescriptor{entity} xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
         {signature}{roles}{idp}</EntityDescriptor>"
    );
    Ok(format!("\u{feff}{}", sign::fill(&document, credential)?))
}

fn key_descriptor(certificate: &Certificate) -> String {
    format!(
        "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data>\
         <X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>",
        certificate.base64()
    )
}

/// The two roles of WS-Federation, which a SAML reader must step over.
fn role_descriptors(Subject { issuer, login, keys }: &Subject) -> String {
    let passive = format!("{login}/wsfed");
    let claims: String = CLAIM_TYPES.iter().map(|claim| claim_type(*claim)).collect();
    let token_service = role(
        "fed:SecurityTokenServiceType",
        &format!(
            "{keys}<fed:ClaimTypesOffered>{claims}</fed:ClaimTypesOffered>{}{}",
            endpoint("fed:SecurityTokenServiceEndpoint", &passive),
            endpoint("fed:PassiveRequestorEndpoint", &passive),
        ),
    );
    let application = role(
        "fed:ApplicationServiceType",
        &format!(
            "{keys}{}{}{}",
            endpoint("fed:TargetScopes", issuer),
            endpoint("fed:ApplicationServiceEndpoint", &passive),
            endpoint("fed:PassiveRequestorEndpoint", &passive),
        ),
    );
    format!("{token_service}{application}")
}

fn role(kind: &str, content: &str) -> String {
    format!(
        "<RoleDescriptor xsi:type=\"{kind}\" \
         protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\">{content}</RoleDescriptor>"
    )
}

fn endpoint(element: &str, address: &str) -> String {
    let address = xml::text(address);
    format!(
        "<{element}><wsa:EndpointReference xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
         <wsa:Address>{address}</wsa:Address></wsa:EndpointReference></{element}>"
    )
}

fn claim_type((uri, name, description): (&str, &str, &str)) -> String {
    let uri = xml::attribute("Uri", uri);
    let (name, description) = (xml::text(name), xml::text(description));
    format!(
        "<auth:ClaimType{uri} xmlns:auth=\"http://docs.oasis-open.org/wsfed/authorization/200706\">\
         <auth:DisplayName>{name}</auth:DisplayName><auth:Description>{description}</auth:Description>\
         </auth:ClaimType>"
    )
}

fn idp_descriptor(Subject { login, keys, .. }: &Subject) -> String {
    let location = xml::attribute("Location", &format!("{login}/saml2"));
    format!(
        "<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <SingleLogoutService Binding=\"{REDIRECT}\"{location} />\
         <SingleSignOnService Binding=\"{REDIRECT}\"{location} />\
         <SingleSignOnService Binding=\"{POST}\"{location} /></IDPSSODescriptor>"
    )
}

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// ClaimTypesOffered: URI, display name, description, in Entra's order and words.
const CLAIM_TYPES: &[(&str, &str, &str)] = &[
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "Name",
        "The mutable display name of the user.",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
        "Subject",
        "An immutable, globally unique, non-reusable identifier of the user that is unique to the application for which a token is issued.",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        "Given Name",
        "First name of the user.",
    ),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "Surname", "Last name of the user."),
    ("http://schemas.microsoft.com/identity/claims/displayname", "Display Name", "Display name of the user."),
    ("http://schemas.microsoft.com/identity/claims/nickname", "Nick Name", "Nick name of the user."),
    (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationinstant",
        "Authentication Instant",
        "The time (UTC) when the user is authenticated to Windows Azure Active Directory.",
    ),
    (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod",
        "Authentication Method",
        "The method that Windows Azure Active Directory uses to authenticate users.",
    ),
    (
        "http://schemas.microsoft.com/identity/claims/objectidentifier",
        "ObjectIdentifier",
        "Primary identifier for the user in the directory. Immutable, globally unique, non-reusable.",
    ),
    (
        "http://schemas.microsoft.com/identity/claims/tenantid",
        "TenantId",
        "Identifier for the user's tenant.",
    ),
    (
        "http://schemas.microsoft.com/identity/claims/identityprovider",
        "IdentityProvider",
        "Identity provider for the user.",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "Email",
        "Email address of the user.",
    ),
    ("http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "Groups", "Groups of the user."),
    (
        "http://schemas.microsoft.com/identity/claims/accesstoken",
        "External Access Token",
        "Access token issued by external identity provider.",
    ),
    (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/expiration",
        "External Access Token Expiration",
        "UTC expiration time of access token issued by external identity provider.",
    ),
    (
        "http://schemas.microsoft.com/identity/claims/openid2_id",
        "External OpenID 2.0 Identifier",
        "OpenID 2.0 identifier issued by external identity provider.",
    ),
    (
        "http://schemas.microsoft.com/claims/groups.link",
        "GroupsOverageClaim",
        "Issued when number of user's group claims exceeds return limit.",
    ),
    (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        "Role Claim",
        "Roles that the user or Service Principal is attached to",
    ),
    (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids",
        "RoleTemplate Id Claim",
        "Role template id of the Built-in Directory Roles that the user is a member of",
    ),
];
