//! Settings that are wrong: the message names the file and the field, and nothing is made.

use super::Folder;

/// Some settings that each are wrong in one place, and what the message says of it.
const WRONG: &[(&str, &[&str])] = &[
    ("", &["public_url is not set", "LANDFALL_PUBLIC_URL"]),
    ("public_url = 5", &["public_url", "expected a string"]),
    ("public_url = \"http://sso.example\"", &["public_url", "https"]),
    ("public_url = \"https://sso.example/landfall\"", &["public_url", "scheme, host and port alone"]),
    ("public_url = \"sso.example\"", &["public_url"]),
    ("public_url = ", &["line 1, column 14"]),
    ("pubic_url = \"https://sso.example\"", &["pubic_url", "`public_url`"]),
    ("OK\nlisten = \"0.0.0.0:8080\"", &["listen", "loopback"]),
    ("OK\nlisten = \"8080\"", &["listen", "127.0.0.1:8080"]),
    ("OK\nlisten = 8080", &["listen", "expected a string"]),
    ("OK\ndata_dir = 5", &["data_dir"]),
    ("OK\nentity_id = \"\"", &["entity_id"]),
    ("OK\nlanding_aliases = \"/start\"", &["landing_aliases", "expected a sequence"]),
    ("OK\nlanding_aliases = [\"start\"]", &["landing_aliases", "\"start\""]),
    ("OK\nlanding_aliases = [\"/saml/acs\"]", &["landing_aliases", "/saml are taken"]),
    ("OK\nlanding_aliases = [\"/{start}\"]", &["landing_aliases", "/{start}"]),
    ("OK\nlanding_aliases = [\"/start\", \"/start\"]", &["landing_aliases", "twice"]),
    ("OK\ntarget_origins = [\"app.example\"]", &["target_origins", "app.example"]),
    ("OK\ntarget_origins = [\"https://app.example/x\"]", &["target_origins", "scheme and host alone"]),
    ("OK\ntarget_origins = [\"javascript:alert(1)\"]", &["target_origins", "scheme and host alone"]),
    ("OK\nlog_format = \"xml\"", &["log_format", "`text` or `json`"]),
    ("OK\n[sessions]\nidle = \"never\"", &["sessions.idle", "1m to 30d"]),
    ("OK\n[sessions]\nidle = \"13h\"", &["sessions.idle", "sessions.absolute"]),
    ("OK\n[sessions]\nlifetime = \"1h\"", &["lifetime", "`idle`"]),
    ("OK\n[metadata]\nauto_hosts = [\"IDP.example\"]", &["metadata.auto_hosts", "lower case"]),
    ("OK\n[metadata]\nallow_private = [\"127.0.0.1\"]", &["metadata.allow_private", "host and port"]),
    ("OK\n[metadata]\nhosts = []", &["hosts", "`auto_hosts`"]),
    ("OK\nOK", &["duplicate key"]),
];

const OK: &str = "public_url = \"https://sso.example\"";

#[test]
fn a_wrong_setting_is_named_with_its_file_and_nothing_is_made() {
    let folder = Folder::new();
    for (settings, parts) in WRONG {
        folder.write("landfall.toml", settings.replace("OK", OK));
        let ended = folder.run(&["serve"]);
        ended.failed(&["landfall.toml"]);
        ended.failed(parts);
        assert_eq!(folder.content(), ["landfall.toml"], "{settings}");
    }
    folder.write("landfall.toml", format!("{OK}\nlanding_aliases = [\"/a\", \"/b\"]\nlog_format = \"json\""));
    folder.succeeds(&["tenant", "list"]);
    assert_eq!(folder.content(), ["data", "landfall.toml"]);
    let metadata = |value: &str| folder.run_with(&["tenant", "list"], &[("LANDFALL_METADATA", value)]);
    assert!(metadata("{auto_hosts=[\"idp.example\"]}").status.success());
    metadata("{auto_hosts=[\"IDP.example\"]}").failed(&["metadata.auto_hosts"]);
}

#[test]
fn a_log_filter_that_is_none_is_named_before_anything_is_made() {
    let folder = Folder::new();
    folder.run_with(&["serve"], &[("LANDFALL_LOG", "==")]).failed(&["log: \"==\""]);
    assert_eq!(folder.content(), ["landfall.toml"]);
    let taken = [("LANDFALL_LOG", "warn,sqlx=off"), ("LANDFALL_LISTEN", "127.0.0.1:99999")];
    folder.run_with(&["serve"], &taken).failed(&["listen"]);
}

#[test]
fn a_file_that_is_named_is_there_and_is_text() {
    let folder = Folder::new();
    folder.run(&["tenant", "list", "--config", "other.toml"]).failed(&["other.toml", "no such file"]);
    folder.run(&["tenant", "list", "--config", "."]).failed(&["no such file"]);
    folder.write("other.toml", b"public_url = \"https://sso.example\"\n\xff");
    folder.run(&["tenant", "list", "--config", "other.toml"]).failed(&["other.toml", "UTF-8"]);
    assert_eq!(folder.content(), ["landfall.toml", "other.toml"]);
    folder.write("other.toml", format!("{OK}\ndata_dir = \"elsewhere\""));
    folder.succeeds(&["tenant", "list", "--config", "other.toml"]);
    assert_eq!(folder.content(), ["elsewhere", "landfall.toml", "other.toml"]);
}

#[test]
fn the_environment_stands_over_the_file_and_is_named_too() {
    let folder = Folder::new();
    let with = |name, value| folder.run_with(&["tenant", "list"], &[(name, value)]);
    with("LANDFALL_PUBLIC_URL", "5").failed(&["LANDFALL_PUBLIC_URL: ", "a string"]);
    with("LANDFALL_PUBLIC_URL", "http://sso.example").failed(&["LANDFALL_*", "public_url"]);
    with("LANDFALL_LISTEN", "0.0.0.0:80").failed(&["LANDFALL_*", "listen"]);
    assert_eq!(folder.content(), ["landfall.toml"]);
    std::fs::remove_file(folder.path("landfall.toml")).unwrap();
    folder.run(&["tenant", "list"]).failed(&["public_url is not set"]);
    assert!(with("LANDFALL_PUBLIC_URL", "https://sso.example").status.success());
    assert_eq!(folder.content(), ["data"]);
}

#[test]
fn a_database_that_cannot_be_opened_is_named() {
    let folder = Folder::new();
    folder.write("landfall.toml", format!("{OK}\ndata_dir = \"landfall.toml\""));
    folder.run(&["tenant", "list"]).failed(&["data_dir", "landfall.toml"]);
    folder.write("landfall.toml", format!("{OK}\ndata_dir = \"landfall.toml/data\""));
    folder.run(&["serve"]).failed(&["data_dir", "landfall.toml/data"]);
    assert_eq!(folder.content(), ["landfall.toml"]);

    folder.write("landfall.toml", OK);
    std::fs::create_dir_all(folder.path("data/landfall.db")).unwrap();
    folder.run(&["tenant", "list"]).failed(&["data/landfall.db", "is no file"]);
    std::fs::remove_dir(folder.path("data/landfall.db")).unwrap();
    let foreign = "somebody else's file, and not a database at all";
    folder.write("data/landfall.db", foreign);
    folder.run(&["serve"]).failed(&["data/landfall.db", "no SQLite database"]);
    assert_eq!(std::fs::read_to_string(folder.path("data/landfall.db")).unwrap(), foreign);
    assert!(!folder.path("data/master.key").exists(), "no key is made for a database that is not ours");
    std::fs::remove_file(folder.path("data/landfall.db")).unwrap();
    folder.succeeds(&["tenant", "list"]);
}
