//! What an application is told of a person: one table from scopes to claims [openid-core 5.4].

use landfall_accounts::{Granted, Scope, Scopes};
use serde_json::{Map, Value, json};

/// What stands in every identity token and every answer of userinfo, besides `sub`: whose person it is, and by which
/// connection the person signed in.
const ALWAYS: [Claim; 2] = [
    Claim { name: "tenant", value: |granted| Some(json!(granted.tenant.as_str())) },
    Claim { name: "connection", value: |granted| Some(json!(granted.connection.as_str())) },
];

/// What each scope adds, in the names of the standard claims [openid-core 5.1]; a claim without a value is left out [openid-core 5.3.2].
const BY_SCOPE: [(Scope, &[Claim]); 4] = [
    (
        Scope::Profile,
        &[
            Claim { name: "name", value: |granted| granted.user.display_name.as_deref().map(Value::from) },
            Claim {
                name: "given_name",
                value: |granted| granted.user.first_name.as_deref().map(Value::from),
            },
            Claim {
                name: "family_name",
                value: |granted| granted.user.last_name.as_deref().map(Value::from),
            },
            Claim {
                name: "preferred_username",
                value: |granted| Some(json!(granted.user.user_name.as_str())),
            },
            Claim {
                name: "updated_at",
                value: |granted| Some(json!(granted.user.updated_at.unix_timestamp())),
            },
        ],
    ),
    (
        Scope::Email,
        &[
            Claim { name: "email", value: |granted| granted.user.email.as_deref().map(Value::from) },
            Claim {
                name: "email_verified",
                value: |granted| granted.user.email.as_ref().map(|_| json!(granted.email_verified)),
            },
        ],
    ),
    (
        Scope::Groups,
        &[
            Claim {
                name: "groups",
                value: |granted| granted.user.access.listed_groups().map(|all| json!(all)),
            },
            // Groups that nobody can list are not "no groups" [attack G7].
            Claim {
                name: "groups_incomplete",
                value: |granted| granted.user.access.listed_groups().is_none().then_some(Value::Bool(true)),
            },
        ],
    ),
    (Scope::Roles, &[Claim { name: "roles", value: |granted| Some(json!(granted.user.access.roles)) }]),
];

struct Claim {
    name: &'static str,
    value: fn(&Granted) -> Option<Value>,
}

/// What an application with these scopes is told, with `sub`, which names the person for good [openid-core 2].
///
/// # Security
/// An application finds people by `sub` alone: names and addresses change, and are what a customer's identity provider says.
pub(super) fn claims(granted: &Granted, scopes: Scopes) -> Map<String, Value> {
    let asked = BY_SCOPE.iter().filter(|(scope, _)| scopes.has(*scope)).flat_map(|(_, claims)| *claims);
    let mut told = Map::new();
    told.insert("sub".to_owned(), json!(granted.user.id.to_string()));
    for claim in ALWAYS.iter().chain(asked) {
        if let Some(value) = (claim.value)(granted) {
            told.insert(claim.name.to_owned(), value);
        }
    }
    told
}

/// The names of all of them, but for `sub`.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let by_scope = BY_SCOPE.iter().flat_map(|(_, claims)| *claims);
    ALWAYS.iter().chain(by_scope).map(|claim| claim.name)
}

#[cfg(test)]
mod tests {
    use landfall_accounts::Access;

    use super::*;
    use crate::oidc::testing::granted;

    fn told(granted: &Granted, scopes: &str) -> String {
        Value::from(claims(granted, Scopes::asked(scopes))).to_string()
    }

    /// [openid-core 5.4]
    #[test]
    fn a_scope_brings_its_claims_and_no_others() {
        let granted = granted();
        let id = granted.user.id;
        let all = json!({
            "sub": id.to_string(), "tenant": "contoso", "connection": "contoso-entra",
            "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace",
            "preferred_username": "ada@contoso.example", "updated_at": 1_893_553_445,
            "email": "ada@contoso.example", "email_verified": true,
            "groups": ["g1"], "roles": ["reader"],
        });
        for (scopes, expected) in [
            ("openid", &["sub", "tenant", "connection"][..]),
            ("openid roles", &["sub", "tenant", "connection", "roles"]),
            ("openid groups", &["sub", "tenant", "connection", "groups"]),
            ("openid email", &["sub", "tenant", "connection", "email", "email_verified"]),
            (
                "openid profile",
                &[
                    "sub",
                    "tenant",
                    "connection",
                    "name",
                    "given_name",
                    "family_name",
                    "preferred_username",
                    "updated_at",
                ],
            ),
        ] {
            let told = Value::from(claims(&granted, Scopes::asked(scopes)));
            let expected: Map<String, Value> =
                expected.iter().map(|name| ((*name).to_owned(), all[*name].clone())).collect();
            assert_eq!(told, Value::from(expected), "{scopes}");
        }
        assert_eq!(Value::from(claims(&granted, Scopes::asked("openid profile email groups roles"))), all);
    }

    /// [openid-core 5.3.2]
    #[test]
    fn what_is_not_known_is_left_out() {
        let mut granted = granted();
        granted.user.email = None;
        granted.user.display_name = None;
        let told = told(&granted, "openid profile email");
        assert!(
            !told.contains("email_verified") && !told.contains("\"name\"") && !told.contains("null"),
            "{told}"
        );
    }

    #[test]
    fn g7_groups_that_nobody_can_list_are_not_no_groups() {
        let mut granted = granted();
        granted.user.access = Access::kept(vec![], None);
        let incomplete = told(&granted, "openid groups");
        assert!(incomplete.contains("\"groups_incomplete\":true") && !incomplete.contains("\"groups\""));
        granted.user.access = Access::none();
        let none = told(&granted, "openid groups");
        assert!(none.contains("\"groups\":[]") && !none.contains("groups_incomplete"), "{none}");
    }

    #[test]
    fn each_name_stands_once() {
        let mut all: Vec<&str> = names().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!((all.len(), count), (12, 12));
    }
}
