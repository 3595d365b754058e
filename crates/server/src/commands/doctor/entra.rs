//! What must stand at Entra for a connection, letter for letter, and what Entra does not forgive.

use landfall_accounts::{Connection, ConnectionKind, EntraKeys, ForceAuthn, MetadataSource};
use landfall_http::{connection_sp, error_chain, has_directory_keys};
use landfall_saml::ENTRA_CODES;
use url::{Host, Url};

use super::report::{Health, Report};
use crate::config::Config;
use crate::glue;

/// Says it of a connection to Entra, and nothing of another.
pub(super) fn look_at(
    config: &Config,
    connection: &Connection,
    source: Option<&MetadataSource>,
    report: &mut Report,
) {
    if !matches!(connection.kind, ConnectionKind::Entra { .. }) {
        return;
    }
    let what = format!("connection {}", connection.name);
    let shared = glue::service_provider(config);
    let sp = match connection_sp(&shared, &config.http.public_url, connection) {
        Ok(sp) => sp,
        Err(error) => return report.add(Health::Fail, what, error_chain(&error)),
    };
    let sign_on = config.http.public_url.join(&format!("/sso/{}", connection.name));
    let identifier = sp.entity_id().as_str();
    let mut must_be = |name: &str, value: &str, code: &str| {
        report.add(Health::Ok, &what, format!("at Entra, {name} must be exactly {value}{code}"));
    };
    must_be("Identifier", identifier, ", else AADSTS700016");
    must_be("Reply URL", sp.acs().as_str(), ", else AADSTS50011");
    must_be("Sign on URL", &sign_on, "");
    if let Some(slo) = sp.slo() {
        must_be("Logout URL", slo.as_str(), "");
    }
    for how in identifier_warnings(identifier).into_iter().chain(address_warnings(sp.acs().as_str())) {
        report.add(Health::Warn, &what, how);
    }
    let (health, how) = keys_of(source.map(|source| source.url.as_str()), has_directory_keys(connection));
    report.add(health, &what, how);
    let asking = &connection.settings.asking;
    if !asking.authn_context.as_slice().is_empty() && asking.force_authn != ForceAuthn::Always {
        let how = format!(
            "expected authn-context=any, found {}: people who signed in by another method before get AADSTS75011: {}",
            asking.authn_context,
            remedy("AADSTS75011")
        );
        report.add(Health::Warn, &what, how);
    }
}

/// Entra compares the Identifier octet for octet, and writes another Audience where it is no URI.
fn identifier_warnings(identifier: &str) -> Vec<String> {
    let (mut found, remedy) = (Vec::new(), remedy("AADSTS700016"));
    if Url::parse(identifier).is_err() {
        found.push(format!(
            "expected a URI as our entity ID, found {identifier}: Entra puts spn: before it in Audience, which refuses \
             every login (audience); set entity_id to a URI"
        ));
    }
    let authority = identifier.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next());
    if authority.flatten().is_some_and(|host| host.chars().any(char::is_uppercase)) {
        found.push(format!(
            "expected a host in lower case in our entity ID, found {identifier}: Entra compares letter for letter, and \
             people write hosts in lower case (AADSTS700016): {remedy}"
        ));
    }
    if identifier.ends_with('/') {
        found.push(format!(
            "expected no slash at the end of our entity ID, found {identifier}: people lose it, and Entra compares \
             letter for letter (AADSTS700016): {remedy}"
        ));
    }
    found
}

/// Entra takes https, and plain http at localhost alone.
fn address_warnings(acs: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(url) = Url::parse(acs) else { return found };
    let is_localhost = matches!(url.host(), Some(Host::Domain("localhost")));
    if url.scheme() == "http" && !is_localhost {
        found.push(format!(
            "expected https, found {acs}: Entra takes plain http for http://localhost alone; set public_url so"
        ));
    }
    if url.port().is_some() && !is_localhost {
        found.push(format!(
            "expected public_url without a port, found {acs}: the port must stand in Reply URL too (AADSTS50011): {}",
            remedy("AADSTS50011")
        ));
    }
    found
}

/// Whether the metadata have the keys of the application, or those of its directory, which sign nothing for it.
fn keys_of(url: Option<&str>, are_directory_keys: bool) -> (Health, String) {
    let Some(address) = url else {
        if are_directory_keys {
            let how = "expected the application's keys, found the directory's in the file, which sign nothing for an \
                       application, so that signatures fail (key.directory): `landfall connection renew` with App \
                       Federation Metadata Url (Entra: Single sign-on), which ends in ?appid= and the application's ID";
            return (Health::Warn, how.to_owned());
        }
        let how = "the file does not say whose keys it has: it must come from App Federation Metadata Url, which ends in \
                   ?appid= and the application's ID, and not from the directory";
        return (Health::Ok, how.to_owned());
    };
    let Ok(mut url) = Url::parse(address) else { return (Health::Warn, format!("{address} is no address")) };
    match EntraKeys::at(address) {
        EntraKeys::Unknown => {
            let how = format!("{address} is no address of Entra's own: it must have the application's keys");
            return (Health::Ok, how);
        }
        EntraKeys::Application => {
            return (Health::Ok, format!("{address} has the application's own keys"));
        }
        EntraKeys::Directory => {}
    }
    url.set_query(None);
    let how = format!(
        "expected the application's metadata, found the directory's at {address}, whose keys are not the application's, so \
         that signatures fail (key.directory): `landfall connection renew` with {url}?appid=APPLICATION-ID \
         (Entra: Single sign-on, App Federation Metadata Url)"
    );
    (Health::Warn, how)
}

fn remedy(code: &str) -> &'static str {
    ENTRA_CODES.iter().find(|known| known.code == code).map_or("", |known| known.remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(found: &[String], parts: &[&str]) {
        assert_eq!(found.len(), parts.len(), "{found:?}");
        for (how, part) in found.iter().zip(parts) {
            assert!(how.contains(part), "no {part} in {how}");
        }
    }

    #[test]
    fn identifiers_that_people_get_wrong_are_warned_of() {
        for fine in
            ["https://sso.example/saml/metadata", "urn:example:Landfall", "api://x/Y", "https://sso.example"]
        {
            says(&identifier_warnings(fine), &[]);
        }
        says(&identifier_warnings("landfall"), &["Entra puts spn: before it"]);
        says(&identifier_warnings("https://SSO.example/x"), &["lower case"]);
        says(&identifier_warnings("https://sso.example/"), &["people lose it"]);
        says(&identifier_warnings("https://sso.Example/"), &["lower case", "people lose it"]);
    }

    #[test]
    fn entra_takes_plain_http_for_localhost_alone() {
        for fine in
            ["https://sso.example/saml/acs", "http://localhost:8080/saml/acs", "https://localhost:8443/"]
        {
            says(&address_warnings(fine), &[]);
        }
        says(
            &address_warnings("http://127.0.0.1:8080/saml/acs"),
            &["for http://localhost alone", "without a port"],
        );
        says(&address_warnings("https://sso.example:8443/saml/acs"), &["without a port"]);
    }

    #[test]
    fn metadata_of_a_directory_are_told_from_those_of_an_application() {
        let tenant = "https://login.microsoftonline.com/T/FederationMetadata/2007-06/FederationMetadata.xml";
        let (health, how) = keys_of(Some(tenant), false);
        assert_eq!(health, Health::Warn);
        assert!(how.contains(&format!("renew` with {tenant}?appid=APPLICATION-ID ")), "{how}");
        for (query, health) in
            [("?appid=", Health::Warn), ("?AppId=1", Health::Ok), ("?x=y&appid=1", Health::Ok)]
        {
            assert_eq!(keys_of(Some(&format!("{tenant}{query}")), false).0, health, "{query}");
        }
        assert_eq!(keys_of(Some("https://mirror.example/contoso.xml"), false).0, Health::Ok);
        assert!(keys_of(None, false).1.starts_with("the file does not say"));
        let (health, how) = keys_of(None, true);
        assert!(health == Health::Warn && how.contains("found the directory's in the file"), "{how}");
    }

    #[test]
    fn each_code_has_a_remedy() {
        for code in ["AADSTS50011", "AADSTS700016", "AADSTS75011"] {
            assert!(!remedy(code).is_empty(), "{code}");
        }
    }
}
