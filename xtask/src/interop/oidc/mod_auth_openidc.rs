//! mod_auth_openidc, Debian's, inside of Apache: nothing of ours but the settings, and pages that show what it passes on.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::peer::{Ability, Asked, At, Method, Peer, Why, encoded};
use crate::interop::twin::{keep, versions};
use crate::server::Server;
use crate::workspace::Workspace;

pub(super) struct ModAuthOpenidc;

const APACHE: &str = "/usr/sbin/apache2";
/// What Apache logs, apart from what it prints while it starts.
const LOG: &str = "apache.log";
/// What it passes on to an application: it writes quotation marks as entities, which a browser reads again.
const ACCOUNT: &str = r#"{"claims": <!--#echo var="OIDC_id_token_payload" -->,
"userinfo": <!--#echo var="OIDC_userinfo_json" -->,
"id_token": "<!--#echo var="OIDC_id_token" -->",
"access_token": "<!--#echo var="OIDC_access_token" -->",
"refresh_token": "<!--#echo var="OIDC_refresh_token" -->"}
"#;

impl Peer for ModAuthOpenidc {
    fn name(&self) -> &'static str {
        "mod_auth_openidc"
    }

    fn versions(&self) -> Result<String> {
        versions(&["libapache2-mod-auth-openidc", "apache2-bin", "libcjose0"])
    }

    fn cannot(&self, what: Ability) -> Option<&'static str> {
        (what == Ability::Device).then_some("it is for browsers alone")
    }

    fn named(&self, what: Ability) -> Option<&'static str> {
        (what == Ability::Errors).then_some("no reason")
    }

    fn start(&self, workspace: &Workspace, folder: &Path, asked: &Asked<'_>) -> Result<Server> {
        let pages = folder.join("pages");
        fs::create_dir(&pages).context("cannot make a folder for pages")?;
        for name in ["account", "silently", "anew", "within-an-hour"] {
            keep(&pages, name, ACCOUNT)?;
        }
        keep(&pages, "api", "{\"active\": true, \"sub\": \"<!--#echo var=\"REMOTE_USER\" -->\"}\n")?;
        keep(&pages, "out", "<!doctype html><p>Signed out.</p>\n")?;
        keep(folder, "httpd.conf", &settings(folder, asked))?;
        let mut command = workspace.unconfigured(APACHE, folder);
        command.args(["-X", "-f"]).arg(folder.join("httpd.conf"));
        Server::until(&mut command, folder.join("log"), asked.base.to_owned(), "/out")
    }

    fn path(&self, base: &str, at: At<'_>) -> String {
        match at {
            At::Account => "/account".to_owned(),
            At::Silently => "/silently".to_owned(),
            At::Anew => "/anew".to_owned(),
            At::WithinAnHour => "/within-an-hour".to_owned(),
            At::Refresh { access_token } => {
                let back = encoded(&format!("{base}/account"));
                format!("/callback?refresh={back}&access_token={}", encoded(access_token))
            }
            At::Introspect { token } => format!("/api?access_token={}", encoded(token)),
            // What it does when a provider signs people out in a frame: it gives its tokens up, and stays here.
            At::Revoke => "/callback?logout=get".to_owned(),
            At::Leave => format!("/callback?logout={}", encoded(&format!("{base}/out"))),
            At::Backchannel => "/callback?logout=backchannel".to_owned(),
            At::Keys => "/callback?jwks=rsa".to_owned(),
            At::Device | At::DeviceToken => "/no-such-page".to_owned(),
        }
    }

    fn words(&self, why: Why) -> &'static str {
        match why {
            Why::State => "invalid authorization response state",
            Why::Issuer => "does not match the issuer provided in the response",
            Why::Nonce => "did not match the one stored in the browser session",
            // It takes what has iss and no code for a sign-in that the provider wants to begin.
            Why::Answered("code_challenge is missing" | "access_denied" | "login_required") => {
                "OIDCDefaultURL is not set"
            }
            Why::Answered(words) => words,
        }
    }

    fn log(&self, folder: &Path, _: &Server) -> Result<String> {
        fs::read_to_string(folder.join(LOG)).context("Apache has no log")
    }
}

/// One process, which is a client and, at `/api`, a resource that asks what tokens stand for.
fn settings(folder: &Path, asked: &Asked<'_>) -> String {
    let Asked { base, issuer, client, secret, method, algorithm, scope } = asked;
    let listen = base.trim_start_matches("http://");
    let folder = folder.display();
    let proof = |of: &str| secret.map_or_else(String::new, |secret| format!("{of} \"{secret}\""));
    let (secret, of_resource) = (proof("OIDCClientSecret"), proof("OIDCOAuthClientSecret"));
    let keys = match method {
        Method::PrivateKeyJwt => {
            format!("OIDCPrivateKeyFiles rp#{folder}/rp.key\nOIDCPublicKeyFiles rp#{folder}/rp.crt")
        }
        Method::Basic | Method::Post | Method::None => String::new(),
    };
    let method = method.name();
    format!(
        "ServerRoot /usr/lib/apache2
PidFile {folder}/pid
DefaultRuntimeDir {folder}
Listen {listen}
ServerName {base}
UseCanonicalName On
User www-data
Group www-data
ErrorLog {folder}/{LOG}
LogLevel auth_openidc:info
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule include_module modules/mod_include.so
LoadModule auth_openidc_module modules/mod_auth_openidc.so
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MinSpareThreads 1
MaxSpareThreads 8
MaxRequestWorkers 8
DocumentRoot {folder}/pages
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCRedirectURI {base}/callback
OIDCClientID {client}
{secret}
{keys}
OIDCProviderTokenEndpointAuth {method}
OIDCIDTokenSignedResponseAlg {algorithm}
OIDCScope \"{scope}\"
OIDCPKCEMethod S256
OIDCCryptoPassphrase {client}
OIDCRemoteUserClaim sub
OIDCPassIDTokenAs payload serialized
OIDCPassUserInfoAs json
OIDCPassRefreshToken On
OIDCPassClaimsAs environment
OIDCOAuthServerMetadataURL {issuer}/.well-known/openid-configuration
OIDCOAuthIntrospectionEndpointAuth {method}
OIDCOAuthTokenIntrospectionInterval -1
OIDCOAuthClientID {client}
{of_resource}
OIDCOAuthAcceptTokenAs query
OIDCOAuthRemoteUserClaim sub
<Location />
  ForceType text/html
  Options +Includes
  SetOutputFilter INCLUDES
  AuthType openid-connect
  Require valid-user
</Location>
<Location /out>
  Require all granted
</Location>
<Location /silently>
  OIDCPathAuthRequestParams prompt=none
</Location>
<Location /anew>
  OIDCPathAuthRequestParams max_age=0
</Location>
<Location /within-an-hour>
  OIDCPathAuthRequestParams max_age=3600
</Location>
<Location /api>
  AuthType oauth20
</Location>
"
    )
}
