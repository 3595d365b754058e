//! The import of an identity provider's metadata: whole, or not at all.

use landfall_entra_twin::{KeysOf, Seed};

use super::Folder;
use super::message::twin;

/// The metadata of contoso's application.
pub(super) fn metadata() -> String {
    twin(Seed::Contoso).metadata(KeysOf::App).unwrap()
}

fn import<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["connection", "import", "contoso", file, "--name", "contoso-entra"], more].concat()
}

#[test]
fn a_file_that_is_no_metadata_is_named_and_nothing_is_made() {
    let folder = Folder::new();
    let good = metadata();
    let encrypts = good.replace("<KeyDescriptor use=\"signing\">", "<KeyDescriptor use=\"encryption\">");
    for (content, parts) in [
        (String::new(), &["idp.xml"][..]),
        ("not XML".to_owned(), &["idp.xml"]),
        ("<html><body>Sign in</body></html>".to_owned(), &["idp.xml", "EntityDescriptor"]),
        (good.replace("<EntityDescriptor", "<!DOCTYPE x><EntityDescriptor"), &["idp.xml", "DOCTYPE"]),
        (good.replace("IDPSSODescriptor", "SPSSODescriptor"), &["idp.xml"]),
        (encrypts, &["idp.xml", "sign"]),
        (good.replace("</EntityDescriptor>", ""), &["idp.xml"]),
        (format!("{good}<!--{}-->", "x".repeat(20_000_000)), &["idp.xml"]),
    ] {
        folder.write("idp.xml", &content);
        let ended = folder.run(&import("idp.xml", &[]));
        assert_eq!(folder.content(), ["idp.xml", "landfall.toml"], "{:.80}", content);
        ended.failed(parts);
    }
    folder.run(&import("none.xml", &[])).failed(&["cannot read none.xml"]);
    folder.run(&import(".", &[])).failed(&["cannot read ."]);
    folder.write("idp.xml", &good);
    folder
        .run(&import("idp.xml", &["--entity", "https://other.example/"]))
        .failed(&["idp.xml", "https://other.example/"]);
    folder.run(&import("idp.xml", &["--entity", ""])).failed(&["--entity"]);
    assert_eq!(folder.content(), ["idp.xml", "landfall.toml"]);
}

#[test]
fn a_directory_of_each_cloud_is_entra() {
    const TID: &str = "6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90";
    for (issuer, login) in [
        ("sts.windows.net", "login.microsoftonline.com"),
        ("sts.windows.net", "login.microsoftonline.us"),
        ("sts.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
        ("sts.chinacloudapi.cn", "login.chinacloudapi.cn"),
    ] {
        let folder = Folder::new();
        let of_cloud = metadata().replace("sts.windows.net", issuer);
        folder.write("idp.xml", of_cloud.replace("login.microsoftonline.com", login));
        folder.succeeds(&["tenant", "create", "contoso"]);
        let said = folder.succeeds(&import("idp.xml", &[]));
        for part in [
            format!("connected contoso to https://{issuer}/{TID}/ as contoso-entra"),
            format!("Entra, directory {TID}"),
            format!("redirect https://{login}/{TID}/saml2"),
        ] {
            assert!(said.contains(&part), "{part}: {said}");
        }
    }
}

#[test]
fn an_import_says_what_it_did_and_what_the_identity_provider_must_know() {
    let folder = Folder::new();
    folder.write("idp.xml", metadata());
    folder.run(&import("idp.xml", &[])).failed(&["there is no tenant `contoso`"]);
    assert!(!folder.succeeds(&["connection", "list"]).contains("contoso"));
    folder.succeeds(&["tenant", "create", "contoso"]);
    let said = folder.succeeds(&import("idp.xml", &[]));
    for part in [
        "connected contoso to https://sts.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/ as contoso-entra",
        "Entra, directory 6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90",
        "redirect https://login.microsoftonline.com/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/saml2",
        "https://sso.example/saml/metadata",
        "https://sso.example/saml/acs",
        "https://sso.example/sso/contoso-entra",
        "until 2049-12-31, trusted",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let shown = folder.succeeds(&["connection", "show", "contoso-entra"]);
    assert!(said.ends_with(&shown), "{said} {shown}");
}

#[test]
fn a_draft_waits_until_it_is_made_active() {
    let folder = Folder::new();
    folder.write("idp.xml", metadata());
    folder.succeeds(&["tenant", "create", "contoso"]);
    let state = || {
        let list = folder.succeeds(&["connection", "list"]);
        list.lines().last().unwrap().split_whitespace().nth(2).unwrap().to_owned()
    };
    assert!(folder.succeeds(&import("idp.xml", &["--draft"])).contains("draft"));
    assert_eq!(state(), "draft");
    let test = ["connection", "test", "contoso-entra"];
    folder.run(&test).failed(&["is draft", "landfall connection state contoso-entra testing"]);
    for name in ["testing", "active", "disabled", "draft"] {
        let said = folder.succeeds(&["connection", "state", "contoso-entra", name]);
        assert_eq!(said, format!("contoso-entra is {name}\n"));
        assert_eq!(state(), name);
        if ["testing", "active"].contains(&name) {
            let link = folder.succeeds(&test);
            assert!(link.starts_with("https://sso.example/sso/test/") && link.len() == 73, "{link}");
        }
    }
    let ended = folder.run(&["connection", "state", "contoso-entra", "enabled"]);
    assert!(
        !ended.status.success() && ended.err.contains("draft or testing or active or disabled"),
        "{}",
        ended.err
    );
}

#[test]
fn e12_an_identity_provider_is_connected_once() {
    let folder = Folder::with_contoso();
    folder.run(&import("idp.xml", &[])).failed(&["there is a connection `contoso-entra` already"]);
    folder.succeeds(&["tenant", "create", "fabrikam"]);
    let again = ["connection", "import", "fabrikam", "idp.xml", "--name", "fabrikam-entra"];
    folder.run(&again).failed(&["is used by the connection `contoso-entra`"]);
    assert!(!folder.succeeds(&["connection", "list"]).contains("fabrikam"));
}

#[test]
fn what_can_be_lived_with_is_warned_of() {
    let folder = Folder::new();
    folder.succeeds(&["tenant", "create", "contoso"]);
    folder.write("idp.xml", metadata().replace("https://login.microsoftonline.com", "javascript:alert(1)//"));
    let ended = folder.run(&import("idp.xml", &[]));
    assert!(ended.status.success(), "{}", ended.err);
    assert_eq!(ended.err.matches("warning: ").count(), ended.err.lines().count());
    assert!(ended.err.contains("javascript"), "{}", ended.err);
    assert!(!ended.out.contains("sign-on address") && !ended.out.contains("javascript"), "{}", ended.out);
    assert_eq!(Folder::with_contoso().succeeds(&["connection", "list"]).lines().count(), 2);
}
