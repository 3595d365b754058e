//! What is tried with each client, and what must come of it.

use anyhow::Result;

use super::peer::{Ability, Method};
use super::scene::Scene;
use super::stage::Client;
use super::{device, ends, sign_in, tokens};

/// One thing that a client does, with a program, an application and a browser of its own.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) client: Client,
    /// What the client must have for it.
    pub(super) wants: Ability,
    pub(super) act: fn(&mut Scene<'_>) -> Result<()>,
}

/// Everything that an application may ask for.
const ALL: &str = "openid profile email roles groups";

pub(super) const PLAIN: Client =
    Client { method: Method::Basic, algorithm: "ES256", scope: ALL, tenant: None };

const fn case(name: &'static str, act: fn(&mut Scene<'_>) -> Result<()>) -> Case {
    Case { name, client: PLAIN, wants: Ability::Common, act }
}

const fn proved_by(method: Method) -> Client {
    Client { method, ..PLAIN }
}

/// Each refusal differs in one thing from a sign-in that succeeds.
pub(super) const CASES: [Case; 29] = [
    case("sign-in, ES256", sign_in::plain),
    Case { client: Client { algorithm: "RS256", ..PLAIN }, ..case("sign-in, RS256", sign_in::plain) },
    Case { client: proved_by(Method::Post), ..case("client_secret_post", sign_in::plain) },
    Case { client: proved_by(Method::PrivateKeyJwt), ..case("private_key_jwt", sign_in::plain) },
    Case { client: proved_by(Method::None), ..case("native, loopback port", sign_in::native) },
    case("claims of the scopes", sign_in::claims),
    case("other state refused", sign_in::other_state),
    Case { wants: Ability::Issuer, ..case("other iss refused", sign_in::other_issuer) },
    case("other nonce refused", sign_in::other_nonce),
    Case { wants: Ability::Errors, ..case("no PKCE refused", sign_in::no_challenge) },
    case("other redirect_uri refused", sign_in::other_redirect),
    case("injected code refused", sign_in::injected_code),
    Case {
        client: Client { tenant: Some("fabrikam"), ..PLAIN },
        wants: Ability::Errors,
        ..case("other tenant refused", sign_in::other_tenant)
    },
    case("prompt=none, signed in", sign_in::silently),
    Case { wants: Ability::Errors, ..case("prompt=none, nobody there", sign_in::silently_nobody) },
    case("max_age", sign_in::max_age),
    case("refresh, rotation", tokens::refresh),
    Case { client: proved_by(Method::PrivateKeyJwt), ..case("refresh, private_key_jwt", tokens::refresh) },
    Case {
        client: Client { scope: "openid profile offline_access", ..PLAIN },
        ..case("offline_access, not allowed", tokens::refresh)
    },
    case("refresh token used twice", tokens::used_twice),
    case("introspection", tokens::introspection),
    case("other client's token", tokens::of_another_client),
    case("revocation", tokens::revocation),
    case("logout, at the client", ends::logout),
    case("logout reaches the others", ends::logout_reaches_others),
    case("suspended, told by Landfall", ends::suspended),
    case("keys rolled over", ends::keys),
    Case {
        client: proved_by(Method::None),
        wants: Ability::Device,
        ..case("device grant", device::approved)
    },
    Case {
        client: proved_by(Method::None),
        wants: Ability::Device,
        ..case("device grant, denied", device::denied)
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_case_has_a_name_of_its_own() {
        let names: HashSet<&str> = CASES.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), CASES.len());
    }
}
