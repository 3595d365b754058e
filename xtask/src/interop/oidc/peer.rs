//! What a client of others must do for a run.

use std::path::Path;

use anyhow::Result;

use crate::server::Server;
use crate::workspace::Workspace;

/// How an application proves itself to the token endpoint, as it is registered there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Basic,
    Post,
    PrivateKeyJwt,
    None,
}

impl Method {
    /// As discovery names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }
}

/// How a program is to be.
pub(super) struct Asked<'a> {
    /// Its own address.
    pub(super) base: &'a str,
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) secret: Option<&'a str>,
    pub(super) method: Method,
    pub(super) algorithm: &'static str,
    pub(super) scope: &'static str,
}

/// A page of a program: its path and its query are the peer's own choice.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'a> {
    /// What is known of the person; whoever is not signed in is sent to the provider.
    Account,
    /// The same, with `prompt=none`.
    Silently,
    /// The same, with `max_age=0`.
    Anew,
    /// The same, with `max_age=3600`.
    WithinAnHour,
    /// New tokens for the refresh token that came with this access token.
    Refresh { access_token: &'a str },
    /// What a token stands for.
    Introspect { token: &'a str },
    /// Gives up what it was granted.
    Revoke,
    /// Leaves, here and at the provider, which sends the person back to `/out`.
    Leave,
    /// Where it is told that a session ended.
    Backchannel,
    /// Its public keys.
    Keys,
    /// Begins the device grant.
    Device,
    /// What became of it, as the account is shown.
    DeviceToken,
}

/// Why nobody is signed in; each client has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It refuses another state by itself.
    State,
    /// It refuses another issuer by itself.
    Issuer,
    /// It refuses another nonce by itself.
    Nonce,
    /// The provider answered with this error, or with these words in its description.
    Answered(&'static str),
}

/// What not every client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ability {
    /// What each of them has.
    Common,
    /// It compares `iss` of the answer [RFC 9207 2.4].
    Issuer,
    /// It reads an error that comes with `iss` [RFC 9207 2].
    Errors,
    /// The device grant.
    Device,
}

/// A program whose pages are those of [`At`], with `/callback` for the code.
///
/// Its account is JSON: `claims`, `userinfo`, `id_token`, `access_token` and `refresh_token`.
pub(super) trait Peer {
    fn name(&self) -> &'static str;

    /// Of the peer, and of what verifies for it.
    fn versions(&self) -> Result<String>;

    /// Why it cannot be asked for this, if it cannot.
    fn cannot(&self, what: Ability) -> Option<&'static str>;

    /// What came of a case that wants this, where that is less than the standard has, and nothing of ours can mend it.
    fn named(&self, what: Ability) -> Option<&'static str>;

    /// Starts it in a folder with its private keys as `rp.key` and `rp-p256.key`.
    fn start(&self, workspace: &Workspace, folder: &Path, asked: &Asked<'_>) -> Result<Server>;

    /// Path and query of a page of the program at this address.
    fn path(&self, base: &str, at: At<'_>) -> String;

    /// Words of its own that it says, or logs, when nobody is signed in for this reason.
    fn words(&self, why: Why) -> &'static str;

    /// All that it has logged.
    fn log(&self, folder: &Path, server: &Server) -> Result<String>;
}

/// A text as one value of a query.
pub(super) fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_value_of_a_query() {
        assert_eq!(encoded("http://x:1/a_b~c?d=e f"), "http%3A%2F%2Fx%3A1%2Fa_b~c%3Fd%3De%20f");
    }
}
