//! The commands, against a server over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use landfall_entra_twin::provisioning::{Json, ScimMethod, ScimRequest};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;
use url::Url;

use super::server::Server;
use super::{CLARA, ESTELLE, SIMON};

const TOKEN: &str = "lfs_abcdefghTEST";

/// The server in memory behind HTTP, for this token alone.
async fn serve(server: Arc<Server>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/scim/v2?aadOptscim062020", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(server);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url.parse().unwrap()
}

async fn answer(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path() == "/oauth/token" {
        assert_eq!(headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
        server.note("POST /oauth/token");
        return match &body[..] {
            b"grant_type=client_credentials&client_id=client+1&client_secret=s%26cret" => {
                format!("{{\"access_token\":\"{TOKEN}\",\"token_type\":\"Bearer\"}}").into_response()
            }
            _ => (StatusCode::BAD_REQUEST, r#"{"error":"invalid_client"}"#).into_response(),
        };
    }
    if headers[header::AUTHORIZATION] != format!("Bearer {TOKEN}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert!(!uri.to_string().contains("aadOptscim"), "the flag goes no further: {uri}");
    assert_eq!(headers[header::ACCEPT], "application/scim+json");
    let url: Url = format!("http://x{uri}").parse().unwrap();
    let segments = url.path().strip_prefix("/scim/v2/").unwrap().split('/');
    let query = url.query_pairs().map(|(name, value)| {
        let name = if name == "filter" { "filter" } else { "excludedAttributes" };
        (name, value.into_owned())
    });
    let request = ScimRequest {
        method: match method.as_str() {
            "GET" => ScimMethod::Get,
            "POST" => ScimMethod::Post,
            "PATCH" => ScimMethod::Patch,
            _ => ScimMethod::Delete,
        },
        path: segments.map(str::to_owned).collect(),
        query: query.collect(),
        body: (!body.is_empty()).then(|| {
            assert_eq!(headers[header::CONTENT_TYPE], "application/scim+json; charset=utf-8");
            json(&serde_json::from_slice(&body).unwrap())
        }),
    };
    let response = server.answer(&request).unwrap();
    (StatusCode::from_u16(response.status).unwrap(), response.body).into_response()
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::String(text) => Json::text(text),
        Value::Array(items) => Json::List(items.iter().map(json).collect()),
        Value::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), json(value))).collect())
        }
        Value::Number(number) => panic!("no number is sent, got {number}"),
    }
}

struct Desk {
    folder: tempfile::TempDir,
    server: Arc<Server>,
    url: Url,
}

impl Desk {
    /// A double in a folder, and a server that knows nobody.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Arc::new(Server::default());
        let url = serve(server.clone()).await;
        std::fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
        let desk = Self { folder, server, url };
        desk.says(&["init", "--data", "twin"]).await;
        desk
    }

    async fn run(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entra-twin"));
        let output = command.args(words).current_dir(self.folder.path()).output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    async fn says(&self, words: &[&str]) -> String {
        let (fine, text) = self.run(words).await;
        assert!(fine, "{words:?}: {text}");
        text
    }

    async fn fails(&self, words: &[&str], part: &str) -> String {
        let (fine, text) = self.run(words).await;
        assert!(!fine && text.contains(part), "{words:?}: expected {part:?} in {text}");
        text
    }

    fn target<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let (target, more) =
            (["--tenant-url", self.url.as_str(), "--token-file", "token"], ["--data", "twin"]);
        [&["provision"], words, &more, &target].concat()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_provisioned_changed_and_let_go_by_commands() {
    let desk = Desk::new().await;
    assert!(desk.says(&desk.target(&["test"])).await.contains("takes the token"));
    let out = desk.says(&desk.target(&["cycle"])).await;
    // Six are assigned, and one of them is disabled.
    assert!(out.starts_with("initial cycle 1: 6 looked at, 5 created, 0 updated"), "{out}");
    assert_eq!(desk.server.count("Users"), 5);

    desk.says(&["user", "set", "--data", "twin", SIMON, "department=R&D", &format!("manager={CLARA}")]).await;
    desk.says(&["user", "delete", "--data", "twin", ESTELLE]).await;
    desk.says(&["user", "unassign", "--data", "twin", "F.Novak@contoso.example"]).await;
    desk.says(&["user", "add", "--data", "twin", "new@contoso.example", "--assign"]).await;
    let out = desk.says(&desk.target(&["cycle"])).await;
    assert!(
        out.starts_with("delta cycle 2: 4 looked at, 1 created, 2 updated, 2 disabled, 0 deleted"),
        "{out}"
    );
    assert!(
        desk.server.sent().contains("\"op\":\"replace\",\"value\":{\"active\":false}"),
        "the flag counts"
    );

    desk.says(&["user", "restore", "--data", "twin", ESTELLE]).await;
    desk.says(&["user", "assign", "--data", "twin", "F.Novak@contoso.example"]).await;
    desk.says(&["user", "delete", "--data", "twin", "new@contoso.example", "--purge"]).await;
    let out = desk.says(&desk.target(&["cycle"])).await;
    assert!(
        out.starts_with("delta cycle 3: 3 looked at, 0 created, 2 updated, 0 disabled, 1 deleted"),
        "{out}"
    );

    let out = desk.says(&["provision", "status", "--data", "twin"]).await;
    assert!(out.contains("people: 5 matched, 5 of them active") && out.contains("quarantine: none"), "{out}");
    let out = desk.says(&["provision", "log", "--data", "twin", "--identity", &ESTELLE.to_lowercase()]).await;
    let actions: Vec<_> =
        out.lines().map(|line| line.split(' ').skip(5).take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(actions, ["Create Success:", "Disable Success:", "Update Success:"], "{out}");
    let out = desk.says(&["provision", "log", "--data", "twin", "--json"]).await;
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_leads_to_quarantine_and_a_restart_out_of_it() {
    let desk = Desk::new().await;
    std::fs::write(desk.folder.path().join("token"), "wrong").unwrap();
    desk.fails(&desk.target(&["test"]), "Unauthorized: the target answered 401").await;
    let out = desk.fails(&desk.target(&["cycle"]), "in quarantine, InvalidCredentials").await;
    assert!(!out.contains("wrong"), "{out}");
    desk.fails(&desk.target(&["cycle"]), "the job is in quarantine until").await;
    let out = desk.says(&["provision", "status", "--data", "twin"]).await;
    assert!(out.contains("quarantine: InvalidCredentials since"), "{out}");
    std::fs::write(desk.folder.path().join("token"), TOKEN).unwrap();
    desk.says(&["provision", "restart", "--data", "twin"]).await;
    desk.says(&desk.target(&["cycle"])).await;
    assert_eq!(desk.server.count("Users"), 5);
    desk.says(&["provision", "restart", "--data", "twin", "--full"]).await;
    let out = desk.says(&desk.target(&["cycle"])).await;
    assert!(out.starts_with("initial cycle 3: 6 looked at, 0 created, 0 updated"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_one_token_for_a_cycle() {
    let desk = Desk::new().await;
    let endpoint = desk.url.join("/oauth/token").unwrap();
    let file = desk.folder.path().join("client");
    let common = ["--data", "twin", "--tenant-url", desk.url.as_str()];
    let client = ["--client-file", "client", "--token-endpoint", endpoint.as_str()];
    let cycle = [&["provision", "cycle"], &common[..], &client].concat();
    std::fs::write(&file, "client 1\nwrong\n").unwrap();
    desk.fails(&cycle, "in quarantine, InvalidCredentials").await;
    std::fs::write(&file, "client 1\ns&cret\n").unwrap();
    desk.says(&["provision", "restart", "--data", "twin"]).await;
    desk.server.sent();
    desk.says(&cycle).await;
    let asked = desk.server.calls().into_iter().filter(|call| call == "POST /oauth/token").count();
    assert_eq!((asked, desk.server.count("Users")), (1, 5));
    desk.fails(&[&["provision", "test"], &common[..]].concat(), "--token-file").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_provisioned_on_demand() {
    let desk = Desk::new().await;
    let out = desk.says(&desk.target(&["on-demand", SIMON])).await;
    assert!(
        out.starts_with("1. Test connection: Success") && out.contains("5. Perform action: Success: Create"),
        "{out}"
    );
    assert_eq!(desk.server.count("Users"), 1);
    desk.fails(&desk.target(&["on-demand", "nobody@contoso.example"]), "ImportSkipped").await;
    let group = ["on-demand", "Ops", "--group", "--member", SIMON];
    desk.fails(&desk.target(&group), "there is no group \"Ops\"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_target_does_not_declare_is_told() {
    let desk = Desk::new().await;
    desk.fails(&desk.target(&["schema"]), "expected 200 and a ListResponse of schemas, got").await;
    let settings = "[groups]\nenabled = false\n[[users.attribute]]\ntarget = 'userName'\nsource = 'mail'\nmatch = 1\n\
                    [[users.attribute]]\ntarget = 'title'\nsource = 'jobTitle'\n";
    std::fs::write(desk.folder.path().join("twin/provisioning.toml"), settings).unwrap();
    for (declared, fine, part) in [
        (&["userName", "title"][..], true, "the target declares all that is mapped"),
        (&["userName"], false, "got no title"),
    ] {
        let attributes: Vec<_> = declared.iter().map(|name| serde_json::json!({ "name": name })).collect();
        let schema = serde_json::json!({ "id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": attributes });
        let list = serde_json::json!({ "totalResults": 1, "Resources": [schema] }).to_string();
        desk.server.fail("GET /Schemas", 1, 200, &list);
        let (succeeded, said) = desk.run(&desk.target(&["schema"])).await;
        assert!(succeeded == fine && said.contains(part), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_deletions_are_allowed_by_a_command() {
    let desk = Desk::new().await;
    let settings = desk.folder.path().join("twin/provisioning.toml");
    std::fs::write(&settings, "deletion_threshold = 0\n").unwrap();
    desk.says(&desk.target(&["cycle"])).await;
    desk.says(&["user", "unassign", "--data", "twin", SIMON]).await;
    desk.fails(&desk.target(&["cycle"]), "AccidentalDeletions").await;
    assert_eq!(desk.server.find(SIMON).unwrap()["active"], true);
    desk.says(&["provision", "restart", "--data", "twin", "--allow-deletions"]).await;
    desk.says(&desk.target(&["cycle"])).await;
    assert_eq!(desk.server.find(SIMON).unwrap()["active"], false);
    std::fs::write(&settings, "deletion_threshold = 'many'").unwrap();
    desk.fails(&desk.target(&["cycle"]), "provisioning.toml").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_do_not_exist_are_made_by_the_hundred() {
    let desk = Desk::new().await;
    desk.says(&["user", "generate", "--data", "twin", "300"]).await;
    let out = desk.says(&desk.target(&["cycle"])).await;
    assert!(out.starts_with("initial cycle 1: 306 looked at, 305 created"), "{out}");
    desk.fails(&["user", "generate", "--data", "twin", "100001"], "at most 100000").await;
}
