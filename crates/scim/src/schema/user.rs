use std::borrow::Cow;

use super::{Attribute, Schema, Type};

/// The schema of users [rfc7643 4.1].
///
/// `password` is not in it: Landfall keeps none.
pub static USER: Schema = Schema {
    urn: Cow::Borrowed("urn:ietf:params:scim:schemas:core:2.0:User"),
    name: Cow::Borrowed("User"),
    description: Cow::Borrowed("An account."),
    attributes: Cow::Borrowed(&[
        Attribute::string("userName", "The login name, unique in the tenant.").required().unique(),
        Attribute::complex("name", "The parts of the name.", &NAME),
        Attribute::string("displayName", "The name that is shown."),
        Attribute::string("nickName", "The casual name."),
        Attribute::reference("profileUrl", "The address of a page about the user.", &["external"]),
        Attribute::string("title", "The title, such as Vice President."),
        Attribute::string("userType", "How the user belongs to the organisation."),
        Attribute::string("preferredLanguage", "The preferred language, as in Accept-Language."),
        Attribute::string("locale", "The locale for dates and numbers."),
        Attribute::string("timezone", "The time zone, such as Europe/Berlin."),
        Attribute::of(Type::Boolean, "active", "Whether the user may sign in."),
        Attribute::complex("emails", "E-mail addresses.", &EMAIL).multi_valued(),
        Attribute::complex("phoneNumbers", "Telephone numbers.", &PHONE).multi_valued(),
        Attribute::complex("ims", "Addresses for instant messages.", &IM).multi_valued(),
        Attribute::complex("photos", "Addresses of photos.", &PHOTO).multi_valued(),
        Attribute::complex("addresses", "Postal addresses.", &ADDRESS).multi_valued(),
        Attribute::complex("groups", "The groups that the user is in.", &GROUPS).multi_valued().read_only(),
        Attribute::complex("entitlements", "Entitlements.", &PLAIN).multi_valued(),
        Attribute::complex(
            "roles",
            "Roles as the client names them; by themselves they grant nothing.",
            &PLAIN,
        )
        .multi_valued(),
        Attribute::complex("x509Certificates", "Certificates of the user.", &CERTIFICATE).multi_valued(),
    ]),
};

/// The extension for enterprises [rfc7643 4.3].
pub static ENTERPRISE_USER: Schema = Schema {
    urn: Cow::Borrowed("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
    name: Cow::Borrowed("EnterpriseUser"),
    description: Cow::Borrowed("What an enterprise knows of an account."),
    attributes: Cow::Borrowed(&[
        Attribute::string("employeeNumber", "The number of the employee."),
        Attribute::string("costCenter", "The cost center."),
        Attribute::string("organization", "The organisation."),
        Attribute::string("division", "The division."),
        Attribute::string("department", "The department."),
        Attribute::complex("manager", "The manager.", &MANAGER),
    ]),
};

static NAME: [Attribute; 6] = [
    Attribute::string("formatted", "The whole name as it is shown."),
    Attribute::string("familyName", "The family name."),
    Attribute::string("givenName", "The given name."),
    Attribute::string("middleName", "The middle names."),
    Attribute::string("honorificPrefix", "What stands before the name."),
    Attribute::string("honorificSuffix", "What stands after the name."),
];

const DISPLAY: Attribute = Attribute::string("display", "The value as it is shown.");
const TYPE: Attribute = Attribute::string("type", "What the value is for.");
const PRIMARY: Attribute = Attribute::of(Type::Boolean, "primary", "Whether it is the preferred value.");
const WORK: &[&str] = &["work", "home", "other"];

static EMAIL: [Attribute; 4] =
    [Attribute::string("value", "The address."), DISPLAY, TYPE.usually(WORK), PRIMARY];

static PHONE: [Attribute; 4] = [
    Attribute::string("value", "The number."),
    DISPLAY,
    TYPE.usually(&["work", "home", "mobile", "fax", "pager", "other"]),
    PRIMARY,
];

static IM: [Attribute; 4] = [
    Attribute::string("value", "The address."),
    DISPLAY,
    TYPE.usually(&["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
    PRIMARY,
];

static PHOTO: [Attribute; 4] = [
    Attribute::reference("value", "The address of the photo.", &["external"]),
    DISPLAY,
    TYPE.usually(&["photo", "thumbnail"]),
    PRIMARY,
];

static ADDRESS: [Attribute; 8] = [
    Attribute::string("formatted", "The whole address as it is written on a letter."),
    Attribute::string("streetAddress", "Street and number."),
    Attribute::string("locality", "The town."),
    Attribute::string("region", "The region."),
    Attribute::string("postalCode", "The postal code."),
    Attribute::string("country", "The country, two letters of ISO 3166."),
    TYPE.usually(WORK),
    PRIMARY,
];

static GROUPS: [Attribute; 4] = [
    Attribute::string("value", "The id of the group.").case_exact().read_only(),
    Attribute::reference("$ref", "The address of the group.", &["Group"]).read_only(),
    Attribute::string("display", "The name of the group.").read_only(),
    TYPE.usually(&["direct"]).read_only(),
];

static PLAIN: [Attribute; 4] = [Attribute::string("value", "The value."), DISPLAY, TYPE, PRIMARY];

static CERTIFICATE: [Attribute; 4] = [
    Attribute::of(Type::Binary, "value", "The certificate, DER in base64.").case_exact(),
    DISPLAY,
    TYPE,
    PRIMARY,
];

static MANAGER: [Attribute; 3] = [
    Attribute::string("value", "The id of the manager.").case_exact(),
    Attribute::reference("$ref", "The address of the manager.", &["User"]),
    Attribute::string("displayName", "The name of the manager.").read_only(),
];
