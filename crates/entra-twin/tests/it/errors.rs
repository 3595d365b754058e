//! Entra's error pages.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::double::{ACS, Answer, SP, authn_request, deflated, encoded, get, post, twin, twin_with};

const SIMON: &str = "B.Simon@contoso.example";

/// The answer to an AuthnRequest in the redirect binding.
async fn asked(xml: &str) -> Answer {
    let query = encoded(&[("SAMLRequest", &deflated(xml))]);
    let twin = twin();
    let path = format!("/{}/saml2?{query}", twin.tenant().id);
    get(&twin.router(), &path, "").await
}

/// The refusal that comes of one edit; the same request without it leads to the sign-in page.
async fn refused(code: u32, from: &str, to: &str) -> Answer {
    let good = asked(&authn_request(|xml| xml)).await;
    assert_eq!(good.status, StatusCode::OK);
    assert!(good.body.contains("name=\"passwd\""));
    let edited = authn_request(|xml| xml.replacen(from, to, 1));
    assert_ne!(edited, authn_request(|xml| xml), "the edit must change the request");
    let answer = asked(&edited).await;
    shows(&answer, code);
    answer
}

#[track_caller]
fn shows(answer: &Answer, code: u32) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert!(answer.body.contains(&format!("AADSTS{code}:")), "no {code} in {}", answer.body);
    for part in ["Request Id", "Correlation Id", "2030-01-02T03:04:05.805Z", "Message"] {
        assert!(answer.body.contains(part), "no {part}");
    }
}

/// The page without its style sheet.
fn unstyled(answer: &Answer) -> String {
    let (head, rest) = answer.body.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    format!("{head}<style/>{rest}")
}

#[tokio::test]
async fn identifier_not_found() {
    let answer = refused(700_016, SP, &format!("{SP}/")).await;
    insta::assert_snapshot!(unstyled(&answer));
}

#[tokio::test]
async fn identifiers_are_compared_by_case() {
    refused(700_016, SP, &SP.to_uppercase()).await;
}

#[tokio::test]
async fn reply_url_not_registered() {
    let answer = refused(50011, ACS, "https://sp.example.com/saml/ACS").await;
    insta::assert_snapshot!(unstyled(&answer));
}

#[tokio::test]
async fn without_a_registered_reply_url_there_is_no_default() {
    let without = authn_request(|xml| xml.replace(&format!(" AssertionConsumerServiceURL=\"{ACS}\""), ""));
    let path = |twin: &landfall_entra_twin::Twin| {
        format!("/{}/saml2?{}", twin.tenant().id, encoded(&[("SAMLRequest", &deflated(&without))]))
    };
    let (registered, bare) = (twin(), twin_with(|_, app| app.reply_urls.clear()));
    let (good, bad) = (path(&registered), path(&bare));
    assert_eq!(get(&registered.router(), &good, "").await.status, StatusCode::OK);
    shows(&get(&bare.router(), &bad, "").await, 50011);
}

#[tokio::test]
async fn request_id_not_valid() {
    let answer = refused(7_500_529, "\"_r1\"", "\"1r\"").await;
    insta::assert_snapshot!(unstyled(&answer));
}

#[tokio::test]
async fn not_a_saml_request() {
    let answer = refused(75005, "AuthnRequest", "ArtifactResolve").await;
    insta::assert_snapshot!(unstyled(&answer));
    refused(75005, "IssueInstant", "Instant").await;
    refused(75005, "<samlp:", "<!DOCTYPE a><samlp:").await;
}

#[tokio::test]
async fn not_even_encoded() {
    let id = twin().tenant().id;
    for parameter in
        ["***", &STANDARD.encode("not deflate"), &deflated("not xml"), &deflated(&" ".repeat(300_000))]
    {
        let path = format!("/{id}/saml2?{}", encoded(&[("SAMLRequest", parameter)]));
        shows(&get(&twin().router(), &path, "").await, 75005);
        shows(
            &post(&twin().router(), &format!("/{id}/saml2"), &[("SAMLRequest", parameter)], "").await,
            75005,
        );
    }
}

#[tokio::test]
async fn no_request() {
    let twin = twin();
    let path = format!("/{}/saml2", twin.tenant().id);
    let router = twin.router();
    let answer = get(&router, &path, "").await;
    shows(&answer, 750_054);
    insta::assert_snapshot!(unstyled(&answer));
    shows(&get(&router, &format!("{path}?SAMLEncoding=a"), "").await, 750_054);
    shows(&post(&router, &path, &[], "").await, 750_054);
}

#[tokio::test]
async fn unknown_tenant() {
    let router = twin().router();
    let query = encoded(&[("SAMLRequest", &deflated(&authn_request(|xml| xml)))]);
    assert_eq!(get(&router, &format!("/contoso.example/saml2?{query}"), "").await.status, StatusCode::OK);
    let answer = get(&router, &format!("/fabrikam.example/saml2?{query}"), "").await;
    shows(&answer, 90002);
    insta::assert_snapshot!(unstyled(&answer));
    for path in ["login", "saml2"] {
        shows(&post(&router, &format!("/fabrikam.example/{path}"), &[], "").await, 90002);
    }
    for path in ["signout", "FederationMetadata/2007-06/FederationMetadata.xml"] {
        shows(&get(&router, &format!("/fabrikam.example/{path}"), "").await, 90002);
    }
}

#[tokio::test]
async fn not_assigned() {
    let twin = twin();
    let path = format!("/{}/login", twin.tenant().id);
    let request = STANDARD.encode(authn_request(|xml| xml));
    let router = twin.router();
    let sign_in = async |login: &str| {
        let fields = [("SAMLRequest", request.as_str()), ("login", login), ("passwd", "Pass-1234")];
        post(&router, &path, &fields, "").await
    };
    assert!(sign_in(SIMON).await.response().contains(SIMON));
    let answer = sign_in("D.Okafor@contoso.example").await;
    shows(&answer, 50105);
    assert!(answer.cookie().starts_with("ESTSAUTH-"), "signed in all the same");
    insta::assert_snapshot!(unstyled(&answer));
}

#[tokio::test]
async fn markup_in_a_request_stays_text() {
    let answer = refused(700_016, SP, "&lt;script&gt;alert(1)&lt;/script&gt;").await;
    assert!(!answer.body.contains("<script>"));
    assert!(answer.body.contains("&#60;script&#62;"));
}

#[tokio::test]
async fn broken_files_are_named() {
    use landfall_entra_twin::{DataDir, Seed};
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
    let router = data.router("http://localhost:1", || crate::double::NOW);
    assert_eq!(get(&router, "/myapps", "").await.status, StatusCode::OK);
    std::fs::write(folder.path().join("app.toml"), "id = 1").unwrap();
    let answer = get(&router, "/myapps", "").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("app.toml"));
}
