//! `landfall connection import URL`, `refresh`, `keys`, `approve`, `refuse` and `rehearse`, as an operator meets them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use landfall_entra_twin::{KeysOf, Seed};
use landfall_xmldsig::encode_base64;

use super::message::{key_of, twin};
use super::{Ended, Folder};

/// Publishes a text on loopback, for programs.
pub(super) struct Site {
    pub(super) address: SocketAddr,
    text: Arc<Mutex<String>>,
    head: Arc<Mutex<String>>,
}

impl Site {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let text = Arc::new(Mutex::new(metadata(&[Seed::Contoso])));
        let head = Arc::new(Mutex::new("200 OK".to_owned()));
        let (published, heads) = (Arc::clone(&text), Arc::clone(&head));
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                    request.extend_from_slice(&byte);
                }
                let text = published.lock().unwrap().clone();
                let begin = heads.lock().unwrap().clone();
                let head = format!(
                    "HTTP/1.1 {begin}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    text.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(text.as_bytes()));
            }
        });
        Self { address, text, head }
    }

    /// From now on its answers begin so: status and headers.
    pub(super) fn say(&self, head: &str) {
        *self.head.lock().unwrap() = head.to_owned();
    }

    fn publish(&self, keys: &[Seed]) {
        self.publish_text(metadata(keys));
    }

    pub(super) fn publish_text(&self, text: String) {
        *self.text.lock().unwrap() = text;
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/metadata?appid=1", self.address)
    }

    /// A folder whose settings let this site be fetched, with the tenant contoso.
    pub(super) fn folder(&self, auto: &str) -> Folder {
        let folder = Folder::new();
        let settings = format!(
            "public_url = \"https://sso.example\"\n[metadata]\nauto_hosts = [{auto}]\nallow_private = [\"{}\"]\n",
            self.address
        );
        folder.write("landfall.toml", settings);
        folder.succeeds(&["tenant", "create", "contoso"]);
        folder
    }
}

/// Contoso's metadata with these doubles' keys.
pub(super) fn metadata(keys: &[Seed]) -> String {
    let certificate = |seed: Seed| {
        let text = encode_base64(twin(seed).app().signing.certificate());
        format!("<X509Data><X509Certificate>{text}</X509Certificate></X509Data>")
    };
    let listed: String = keys.iter().map(|seed| certificate(*seed)).collect();
    twin(Seed::Contoso).metadata(KeysOf::App).unwrap().replace(&certificate(Seed::Contoso), &listed)
}

impl Folder {
    pub(super) fn import_from(&self, url: &str, more: &[&str]) -> Ended {
        let import = ["connection", "import", "contoso", url, "--name", "contoso-entra"];
        // Whoever sets these in the environment of the program does not lead its fetches astray.
        let proxies =
            ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:1"));
        self.run_with(&[&import[..], more].concat(), &proxies)
    }

    fn connection(&self, words: &[&str]) -> String {
        self.succeeds(&[&["connection"], words].concat())
    }
}

#[test]
fn an_address_is_imported_shown_and_refreshed() {
    let site = Site::new();
    let folder = site.folder("");
    let ended = folder.import_from(&site.url(), &[]);
    assert!(ended.status.success(), "{}", ended.err);
    assert!(ended.out.starts_with("connected contoso to https://sts.windows.net/"), "{}", ended.out);
    let line = format!("  metadata                   {}, new keys: approve\n", site.url());
    assert!(ended.out.contains(&line), "{}", ended.out);
    let shown = folder.connection(&["show", "contoso-entra"]);
    assert!(ended.out.ends_with(&shown), "{shown}");

    let refresh = || folder.connection(&["refresh", "contoso-entra"]);
    assert_eq!(refresh(), "contoso-entra: the metadata say nothing new\n");
    site.publish(&[Seed::Contoso, Seed::Fabrikam]);
    let (old, new) = (key_of(Seed::Contoso), key_of(Seed::Fabrikam));
    let waits = format!(
        "contoso-entra: {new} is new, and waits: `landfall connection approve contoso-entra {new}`, or refuse\n"
    );
    assert_eq!(refresh(), waits);
    let keys = folder.connection(&["keys", "contoso-entra"]);
    for (key, state) in [(&old, "trusted"), (&new, "pending")] {
        let row = keys.lines().find(|line| line.starts_with(&key.to_string())).unwrap();
        assert!(row.contains(&format!("  {state}  ")) && row.contains("  never  "), "{row}");
    }
    assert!(keys.contains(&format!("metadata {}, new keys: approve, last fetched 2", site.url())), "{keys}");
    assert!(keys.contains(&format!("warning: the key {new} waits: ")), "{keys}");
    folder.run(&["doctor"]).says(&[&format!("the key {new} waits: ")]);

    let approved = folder.connection(&["approve", "contoso-entra", &new.to_string()]);
    assert_eq!(approved, format!("contoso-entra: {new} counts\n"));
    folder.run(&["connection", "approve", "contoso-entra", &new.to_string()]).failed(&["it counts already"]);
    folder.run(&["connection", "refuse", "contoso-entra", &new.to_string()]).failed(&["connection revoke"]);
    site.publish(&[Seed::Fabrikam]);
    assert_eq!(refresh(), format!("contoso-entra: {old} has left the metadata, and counts no more\n"));
    let refused = folder.connection(&["refuse", "contoso-entra", &old.to_string()]);
    assert_eq!(refused, format!("contoso-entra: {old} is refused, and no metadata bring it back\n"));
    site.publish(&[Seed::Fabrikam, Seed::Contoso]);
    assert_eq!(refresh(), "contoso-entra: the metadata say nothing new\n");
}

#[test]
fn an_address_that_is_not_allowed_or_is_no_metadata_leaves_nothing_behind() {
    let site = Site::new();
    let folder = site.folder("\"127.0.0.1\"");
    let list = || folder.connection(&["list"]);
    for (url, parts) in [
        ("https://127.0.0.1:1/", &["127.0.0.1", "not of the public internet", "metadata.allow_private"][..]),
        ("https://169.254.169.254/latest", &["169.254.169.254"]),
        ("http://idp.example/metadata", &["write an https address"]),
        ("https://", &["is no address"]),
    ] {
        folder.import_from(url, &[]).failed(parts);
    }
    *site.text.lock().unwrap() = "<html/>".to_owned();
    folder.import_from(&site.url(), &[]).failed(&[&site.url(), "EntityDescriptor"]);
    site.publish(&[Seed::Contoso]);
    folder
        .import_from(&site.url(), &["--entity", "https://other.example/"])
        .failed(&["https://other.example/"]);
    folder.import_from("landfall.toml", &["--new-keys", "auto"]).failed(&["a file is pinned"]);
    folder.import_from(&site.url(), &["--signed-by", "landfall.toml"]).failed(&["--signed-by", "PEM or DER"]);
    folder.write("pinned.cer", twin(Seed::Fabrikam).app().signing.certificate());
    folder.import_from(&site.url(), &["--signed-by", "pinned.cer"]).failed(&[&site.url(), "pinned keys"]);
    folder.write("idp.xml", metadata(&[Seed::Contoso]));
    folder.import_from("idp.xml", &["--signed-by", "pinned.cer"]).failed(&["idp.xml", "pinned keys"]);
    assert!(!list().contains("contoso"), "{}", list());
    let other = site.folder("\"idp.example\"");
    other.import_from(&site.url(), &["--new-keys", "auto"]).failed(&["metadata.auto_hosts", "127.0.0.1"]);
    assert!(folder.import_from(&site.url(), &["--new-keys", "auto"]).status.success());
    site.publish(&[Seed::Contoso, Seed::Fabrikam]);
    let said = folder.connection(&["refresh", "contoso-entra"]);
    assert_eq!(said, format!("contoso-entra: {} is new, and counts\n", key_of(Seed::Fabrikam)));
    folder.write("pinned.cer", twin(Seed::Contoso).app().signing.certificate());
    site.publish(&[Seed::Contoso]);
    folder.connection(&["renew", "contoso-entra", &site.url(), "--signed-by", "pinned.cer"]);
    site.publish(&[Seed::Contoso, Seed::Fabrikam]);
    let altered = folder.run(&["connection", "refresh", "contoso-entra"]);
    altered.failed(&["what was fetched is refused", "pinned keys"]);
    let keys = folder.connection(&["keys", "contoso-entra"]);
    assert!(keys.contains("warning: the metadata cannot be taken (signature.digest)"), "{keys}");
    // The setting of the process has the last word.
    folder.connection(&["renew", "contoso-entra", &site.url(), "--new-keys", "auto"]);
    let settings = std::fs::read_to_string(folder.path("landfall.toml")).unwrap();
    folder.write("landfall.toml", settings.replace("auto_hosts = [\"127.0.0.1\"]", ""));
    site.publish(&[Seed::Contoso]);
    folder.connection(&["refresh", "contoso-entra"]);
    site.publish(&[Seed::Contoso, Seed::Fabrikam]);
    let said = folder.connection(&["refresh", "contoso-entra"]);
    assert!(said.contains("is new, and waits"), "{said}");
    folder.write("idp.xml", metadata(&[Seed::Contoso]));
    folder.connection(&["renew", "contoso-entra", "idp.xml"]);
    folder
        .run(&["connection", "refresh", "contoso-entra"])
        .failed(&["are a file", "landfall connection renew"]);
}

#[test]
fn a_rehearsal_says_what_would_break_and_changes_nothing() {
    let site = Site::new();
    let folder = site.folder("");
    assert!(folder.import_from(&site.url(), &[]).status.success());
    let (old, new) = (key_of(Seed::Contoso).to_string(), key_of(Seed::Fabrikam).to_string());
    let rehearse = |key: &str| folder.connection(&["rehearse", "contoso-entra", key]);
    let before = folder.connection(&["keys", "contoso-entra"]);
    let said = rehearse(&old);
    for part in
        ["has signed no login yet", "nobody could sign in: no other key counts", "0 sessions are open"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    folder.run(&["connection", "rehearse", "contoso-entra", &new]).failed(&["has no key", &new]);
    site.publish(&[Seed::Contoso, Seed::Fabrikam]);
    folder.connection(&["refresh", "contoso-entra"]);
    assert!(rehearse(&new).contains("is pending, so that nothing depends on it"));
    folder.connection(&["approve", "contoso-entra", &new]);
    assert!(rehearse(&old).contains("no key has signed a login yet"));
    let used = |key: &str, at: i64| {
        folder.sql(&format!(
            "UPDATE connection_certificates SET last_used = {at} WHERE hex(fingerprint) = upper('{key}')"
        ));
    };
    used(&old, 1_893_456_000_000);
    assert!(rehearse(&old).contains("everybody who signs in would be refused"));
    assert!(rehearse(&old).contains("last signed a login on 2030-01-01 00:00, to the hour"));
    assert!(rehearse(&new).contains("the identity provider has signed with another key since"));
    assert!(rehearse(&old).contains("Your sign-in could not be verified."));
    used(&new, 1_893_460_000_000);
    assert!(rehearse(&old).contains("the identity provider has signed with another key since"));
    assert_ne!(folder.connection(&["keys", "contoso-entra"]), before);
}

#[test]
fn a_server_refreshes_what_is_due_and_shows_when_trust_ends() {
    let site = Site::new();
    let folder = site.folder("\"127.0.0.1\"");
    assert!(folder.import_from(&site.url(), &["--new-keys", "auto"]).status.success());
    site.publish(&[Seed::Contoso, Seed::Fabrikam]);
    folder.sql("UPDATE metadata_sources SET next_attempt = 0");
    let mut server = folder.serve_with(&[("LANDFALL_METRICS", "127.0.0.1:0")]);
    server.wait_for("the metadata have changed");
    let keys = folder.connection(&["keys", "contoso-entra"]);
    assert_eq!(keys.matches("  trusted  ").count(), 2, "{keys}");
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    server.terminate();
    assert!(server.end().0.success());
}
