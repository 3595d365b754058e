//! The commands, as a script calls them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use landfall_entra_twin::{DataDir, Unsolicited};

use crate::sample_sp::{Flaw, Sites};

const SP_METADATA: &str = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://sp.example.com\">\
    <SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><AssertionConsumerService \
    Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example.com/acs\" index=\"0\"/>\
    </SPSSODescriptor></EntityDescriptor>";

fn twin(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_entra-twin")).args(args).output().unwrap()
}

#[track_caller]
fn succeeds(args: &[&str]) -> String {
    let output = twin(args);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}: {err}");
    out
}

#[track_caller]
fn fails(args: &[&str], part: &str) {
    let output = twin(args);
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    assert!(err.contains(part), "expected {part:?} in {err}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn certificates_are_made_and_activated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = text(&data);
    succeeds(&["init", "--data", data]);
    let first = DataDir::at(data).app().unwrap().signing.thumbprint();
    let certificate = |args: &[&str]| succeeds(&[&["app", "certificate"], args, &["--data", data]].concat());
    assert_eq!(certificate(&["list"]), format!("{first} active, signs\n"));
    let listed = certificate(&["new"]);
    let second = listed.lines().nth(1).unwrap().strip_suffix(" inactive").unwrap().to_owned();
    certificate(&["activate", &second, "--lag", "600"]);
    assert_eq!(certificate(&["list"]), format!("{second} active, signs\n{first} inactive\n"));
    let app = DataDir::at(data).app().unwrap();
    assert_eq!((app.signing.thumbprint(), app.published.unwrap().certificates.len()), (second.clone(), 1));
    let listed = certificate(&["new", "--days", "-1"]);
    let third = listed.lines().nth(2).unwrap().strip_suffix(" inactive, not valid now").unwrap();
    certificate(&["activate", third]);
    let listed = certificate(&["list"]);
    assert!(
        listed.starts_with(&format!("{third} active, not valid now\n"))
            && listed.matches(", signs").count() == 1
    );
    fails(&["app", "certificate", "activate", "00", "--data", data], &second);
    fails(
        &["app", "certificate", "new", "--days", "9223372036854775807", "--data", data],
        "no certificate can be valid",
    );
}

#[test]
fn the_clock_and_a_person_are_changed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = text(&data);
    succeeds(&["init", "--data", data]);
    assert!(succeeds(&["clock", "--data", data, "offset=-300"]).contains("-300 seconds"));
    assert_eq!(DataDir::at(data).tenant().unwrap().clock_offset, -300);
    let simon = "B.Simon@contoso.example";
    succeeds(&["user", "set", "--data", data, simon, "department=R&D", "roles=Admin", "surname="]);
    let tenant = DataDir::at(data).tenant().unwrap();
    let user = tenant.find(simon).unwrap();
    assert_eq!((user.app_roles[0].value.as_str(), user.department.as_deref()), ("Admin", Some("R&D")));
    assert_eq!(user.surname, None);
}

#[test]
fn a_folder_is_made_registered_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("sp.xml"));
    let (data, file) = (text(&data), text(&file));
    std::fs::write(file, SP_METADATA).unwrap();
    assert!(succeeds(&["init", "--data", data]).contains("Contoso"));
    fails(&["init", "--data", data], "is there already");

    succeeds(&[
        "app",
        "import",
        "--data",
        data,
        file,
        "--sign-on-url",
        "https://sp.example.com/sso",
        "--sign",
        "both",
    ]);
    let app = DataDir::at(data).app().unwrap();
    assert_eq!(
        (app.identifiers.as_slice(), app.reply_urls.as_slice()),
        (
            ["https://sp.example.com".to_owned()].as_slice(),
            ["https://sp.example.com/acs".to_owned()].as_slice(),
        )
    );
    assert_eq!(app.sign_on_url, "https://sp.example.com/sso");

    succeeds(&["app", "set", "--data", data, "sign-on-url=", "relay-state=a=b"]);
    let app = DataDir::at(data).app().unwrap();
    assert_eq!((app.sign_on_url.as_str(), app.relay_state.as_str()), ("", "a=b"));
    fails(&["app", "set", "--data", data, "colour=red"], "expected one of sign-on-url, ");
    fails(&["app", "set", "--data", data, "sign"], "expected name=value");
    fails(&["app", "import", "--data", data, "/nowhere.xml"], "/nowhere.xml");
    std::fs::write(file, "no metadata").unwrap();
    fails(&["app", "import", "--data", data, file], "sp.xml");
    assert_eq!(DataDir::at(data).app().unwrap().identifiers, ["https://sp.example.com"]);

    let simon = "B.Simon@contoso.example";
    let before = DataDir::at(data).tenant().unwrap().find(simon).unwrap().object_id;
    let name = "user-principal-name=Bea@contoso.example";
    let said = succeeds(&["user", "set", "--data", data, simon, name, "account=disabled"]);
    assert_eq!(said, format!("Bea@contoso.example has the object id {before}\n"));
    fails(&["user", "set", "--data", data, simon, "object-id=new"], "nobody in the tenant");
    let said = succeeds(&["user", "set", "--data", data, "Bea@contoso.example", "object-id=new"]);
    assert!(!said.contains(&before.to_string()), "{said}");
    let output = twin(&["user", "set", "--data", data, simon, "colour=red"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected user-principal-name=NAME"));
}

#[test]
fn metadata_goes_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let data = text(folder.path());
    succeeds(&["init", "--data", data, "--tenant", "fabrikam"]);
    let metadata = |more: &[&str]| {
        succeeds(&[&["metadata", "--data", data, "--base-url", "http://localhost:9"], more].concat())
    };
    let (tenant, app) = (metadata(&[]), metadata(&["--app"]));
    let id = DataDir::at(data).tenant().unwrap().id;
    for document in [&tenant, &app] {
        assert!(document.starts_with('\u{feff}') && document.ends_with("</EntityDescriptor>"));
        assert!(document.contains(&format!("Location=\"http://localhost:9/{id}/saml2\"")));
        assert!(document.contains(&format!("entityID=\"https://sts.windows.net/{id}/\"")));
    }
    assert_ne!(tenant, app);
    fails(&["metadata", "--data", "/nowhere", "--base-url", "x"], "/nowhere/tenant.toml");
}

/// Ends the double when a test ends early.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[test]
fn a_double_serves_until_it_is_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = text(folder.path());
    fails(&["serve", "--data", data], "tenant.toml");
    succeeds(&["init", "--data", data]);
    let mut double = Running(
        Command::new(env!("CARGO_BIN_EXE_entra-twin"))
            .args(["serve", "--data", data])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(double.0.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let port = first.strip_prefix("listening http://localhost:").unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.write_all(b"GET /myapps HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let kill = Command::new("kill").args(["-TERM", &double.0.id().to_string()]).status().unwrap();
    let status = double.0.wait().unwrap();
    assert!(kill.success() && status.success(), "{status}");
    assert!(answer.contains("not Microsoft"));
    assert!(lines.any(|line| line.unwrap().contains("?appid=")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_is_one_line_and_a_status() {
    let sites = Sites::start(Unsolicited::Accept, Flaw::None).await;
    let (landing, account, my_apps) = (sites.sp("/sso"), sites.sp("/account"), sites.idp("/myapps"));
    let simon = ["--user", "B.Simon@contoso.example", "--password", "Pass-1234"];
    let okafor = ["--user", "D.Okafor@contoso.example", "--password", "Pass-1234"];
    let start = ["--landing", landing.as_str(), "--login-name", "B.Simon@contoso.example"];
    let expect = ["--expect-account", account.as_str()];
    let drive = |name: &'static str, more: &[&[&str]]| {
        [&["drive", name], more.concat().as_slice()]
            .concat()
            .iter()
            .map(|arg| (*arg).to_owned())
            .collect::<Vec<String>>()
    };
    for (args, line) in [
        (drive("sp-initiated", &[&start, &simon, &expect]), "SP-initiated: "),
        (
            drive(
                "idp-initiated",
                &[&["--my-apps", my_apps.as_str(), "--policy", "accept"], &simon, &expect],
            ),
            "IdP-initiated: ",
        ),
        (drive("replay", &[&start, &simon, &expect]), "replay refused: "),
        (drive("not-assigned", &[&start, &okafor]), "not assigned: "),
        (drive("sign-out", &[&start, &simon, &expect]), "sign-out: "),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let out = succeeds(&args);
        assert!(out.starts_with(line) && out.lines().count() == 1, "{out}");
    }
    let begin = ["--start", landing.as_str(), "--login-name", "B.Simon@contoso.example"];
    let typed = ["--type", "login=B.Simon@contoso.example", "--type", "passwd=Pass-1234"];
    for (more, line) in [
        (&[][..], "signed in: 1 responses\n<"),
        (&["--change", ">Simon<=>Other<"], "refused: 403 The double did not sign this.\n<"),
        (&["--twice"], "refused again: 403 "),
    ] {
        let args = drive("elsewhere", &[&begin, &typed, &expect, more]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let out = succeeds(&args);
        assert!(out.starts_with(line), "{out}");
    }
    let args = drive("sp-initiated", &[&start, &okafor, &expect]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    fails(&args, "expected a response of the identity provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_driven_line_by_line() {
    let sites = Sites::start(Unsolicited::Restart, Flaw::None).await;
    let mut walk = Command::new(env!("CARGO_BIN_EXE_entra-twin"))
        .args(["drive", "walk", "--login-name", "B.Simon@contoso.example"])
        .args(["--type", "login=B.Simon@contoso.example", "--type", "passwd=Pass-1234"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut steps = walk.stdin.take().unwrap();
    writeln!(steps, "{{\"open\": {{\"url\": \"{}\"}}}}\nnonsense", sites.sp("/account")).unwrap();
    drop(steps);
    let output = walk.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert!(output.status.success() && lines.len() == 3, "{said}");
    let stop: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(stop["url"], sites.sp("/account").as_str());
    assert_eq!(stop["status"], 200);
    assert!(lines[1].starts_with("{\"error\":\"no step: "), "{said}");
    assert_eq!(lines[2], "walked: 2 steps");
}
