use std::borrow::Cow;

use super::{Attribute, Schema};

/// The schema of groups [rfc7643 4.2].
pub static GROUP: Schema = Schema {
    urn: Cow::Borrowed("urn:ietf:params:scim:schemas:core:2.0:Group"),
    name: Cow::Borrowed("Group"),
    description: Cow::Borrowed("A group of users."),
    attributes: Cow::Borrowed(&[
        Attribute::string("displayName", "The name of the group, unique in the tenant.").required().unique(),
        Attribute::complex("members", "The users of the group.", &MEMBERS).multi_valued(),
    ]),
};

static MEMBERS: [Attribute; 4] = [
    Attribute::string("value", "The id of the user.").case_exact().immutable(),
    Attribute::reference("$ref", "The address of the user.", &["User"]).immutable(),
    Attribute::string("display", "The name of the user.").read_only(),
    Attribute::string("type", "What the member is.").immutable().usually(&["User"]),
];
