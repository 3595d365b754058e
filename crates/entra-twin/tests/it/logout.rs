//! Single logout: the double and Landfall end each other's sessions.

use axum::Router;
use axum::http::{StatusCode, header};
use landfall_entra_twin::{App, Cloud, Escapes, LogoutIssuer, LogoutRequest, LogoutResponse, Twin};
use landfall_saml::{LogoutAnswer, LogoutOutcome};

use crate::double::{
    ACS, Answer, SP, authn_request, deflated, encoded, get, inflated, post, twin, twin_with,
};
use crate::landfall::{SLO, accept_logout, answer_logout, begin_logout, finish_logout, logout_id, register};

const SIMON: &str = "B.Simon@contoso.example";

/// A running double that Landfall is registered with, and one browser.
struct Running {
    twin: Twin,
    router: Router,
    cookie: String,
}

impl Running {
    async fn with(edit: impl FnOnce(&mut App)) -> Self {
        let twin = twin_with(|_, app| {
            register(app);
            edit(app);
        });
        let router = twin.clone().router();
        let path = format!("/{}/login", twin.tenant().id);
        let answer = post(&router, &path, &[("login", SIMON), ("passwd", "Pass-1234")], "").await;
        let cookie = answer.cookie().to_owned();
        Self { twin, router, cookie }
    }

    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The browser opens an address of the double.
    async fn open(&self, url: &str) -> Answer {
        let path = url.strip_prefix("https://login.microsoftonline.com").unwrap_or(url);
        get(&self.router, path, &self.cookie).await
    }

    /// Signs on at the service provider; returns the SessionIndex.
    async fn sign_on(&self) -> String {
        let request = encoded(&[("SAMLRequest", &deflated(&authn_request(|xml| xml)))]);
        let answer = self.open(&format!("/{}/saml2?{request}", self.twin.tenant().id)).await;
        let response = answer.response();
        let (_, rest) = response.split_once("SessionIndex=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    async fn is_signed_in(&self) -> bool {
        self.open("/myapps").await.body.contains("Sign out")
    }

    async fn sign_out(&self) -> Answer {
        self.open(&format!("/{}/signout", self.twin.tenant().id)).await
    }
}

/// A LogoutRequest of a service provider that signs nothing, edited as the test likes.
fn request(edit: impl FnOnce(String) -> String) -> String {
    let xml = edit(format!(
        "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_l1\" Version=\"2.0\" \
         IssueInstant=\"2030-01-02T03:04:00Z\" NotOnOrAfter=\"2030-01-02T03:09:00Z\">\
         <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{SP}</Issuer>\
         <NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">somebody else</NameID></samlp:LogoutRequest>"
    ));
    format!("/{}/saml2?{}", twin().tenant().id, encoded(&[("SAMLRequest", &deflated(&xml))]))
}

#[tokio::test]
async fn landfall_asks_and_the_double_answers() {
    for escapes in [Escapes::UpperCase, Escapes::LowerCase] {
        let double = Running::with(|app| app.logout_escapes = escapes).await;
        let index = double.sign_on().await;
        let answer = double.open(&begin_logout(&double.twin, SIMON, Some(&index))).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.header(header::SET_COOKIE).ends_with("; Max-Age=0"));
        let url = answer.header(header::LOCATION);
        assert!(url.starts_with(&format!("{SLO}?SAMLResponse=")), "{url}");
        assert_eq!(url.contains("%2F"), escapes == Escapes::UpperCase);
        let response = finish_logout(&double.twin, url).unwrap();
        assert_eq!((response.outcome(), response.relay_state()), (LogoutOutcome::Complete, Some("state/+")));
        let altered = url.replacen("RelayState=state", "RelayState=State", 1);
        assert_eq!(finish_logout(&double.twin, &altered).unwrap_err().code(), "signature.unknown_key");
        assert!(!double.is_signed_in().await);
        // Whoever is signed out already is told the same.
        let again = double.open(&begin_logout(&double.twin, SIMON, Some(&index))).await;
        assert!(finish_logout(&double.twin, again.header(header::LOCATION)).is_ok());
    }
}

/// Landfall knows the name by which each cloud answers.
#[test]
fn landfall_takes_the_answer_of_each_cloud() {
    for cloud in [Cloud::Global, Cloud::UsGovernment, Cloud::China] {
        let twin = twin_with(|tenant, _| tenant.cloud = cloud);
        let answer = LogoutResponse::honest(&twin, logout_id().as_str());
        let url = answer.send(&twin, SLO, Some("state")).unwrap();
        assert!(finish_logout(&twin, &url).is_ok(), "{cloud:?}");
        let other = LogoutResponse { issuer: "https://login.microsoftonline.com/other/".into(), ..answer };
        assert!(finish_logout(&twin, &other.send(&twin, SLO, Some("state")).unwrap()).is_err());
    }
}

/// Microsoft has written both names of the issuer; which of them comes is a setting, and Landfall takes either.
#[test]
fn landfall_takes_the_answer_in_either_name() {
    for (setting, host) in [
        (LogoutIssuer::LoginAddress, "login.microsoftonline.com"),
        (LogoutIssuer::EntityId, "sts.windows.net"),
    ] {
        let twin = twin_with(|_, app| app.logout_issuer = setting);
        let url =
            LogoutResponse::honest(&twin, logout_id().as_str()).send(&twin, SLO, Some("state")).unwrap();
        let named = format!(">https://{host}/{}/</Issuer>", twin.tenant().id);
        assert!(inflated(&url, "SAMLResponse").contains(&named), "{setting:?}");
        assert!(finish_logout(&twin, &url).is_ok(), "{setting:?}");
    }
}

#[tokio::test]
async fn a_request_needs_no_signature_and_no_true_name() {
    let double = Running::new().await;
    double.sign_on().await;
    let answer = double.open(&request(|xml| xml)).await;
    assert!(answer.header(header::LOCATION).starts_with(SLO));
    assert!(!answer.header(header::LOCATION).contains("RelayState"));
    assert!(!double.is_signed_in().await);
}

#[tokio::test]
async fn without_a_logout_url_nobody_is_led_back() {
    let double = Running::with(|app| app.logout_url.clear()).await;
    double.sign_on().await;
    let answer = double.open(&request(|xml| xml)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("You signed out of Contoso."));
    assert!(!double.is_signed_in().await);
}

#[tokio::test]
async fn each_part_of_a_request_is_looked_at() {
    let name_id = "<NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">somebody else</NameID>";
    let index = "</NameID><samlp:SessionIndex>_other</samlp:SessionIndex>";
    for (code, from, to) in [
        (7_500_530, name_id, ""),
        (7_500_529, "\"_l1\"", "\"1l\""),
        (700_016, SP, "https://other.example"),
        (50061, "\"2.0\"", "\"1.1\""),
        (50061, " IssueInstant=\"2030-01-02T03:04:00Z\"", ""),
        (50071, "03:09:00Z", "03:04:05Z"),
        (50070, "</NameID>", index),
    ] {
        let double = Running::new().await;
        double.sign_on().await;
        let edited = request(|xml| xml.replacen(from, to, 1));
        assert_ne!(edited, request(|xml| xml));
        let answer = double.open(&edited).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{code}");
        assert!(answer.body.contains(&format!("AADSTS{code}:")), "no {code} in {}", answer.body);
        assert!(double.is_signed_in().await, "{code}");
    }
}

#[tokio::test]
async fn a_session_that_the_application_has_no_part_in_is_not_ended() {
    let double = Running::new().await;
    let answer = double.open(&request(|xml| xml)).await;
    assert!(answer.body.contains("AADSTS50068:"));
    assert!(double.is_signed_in().await);
}

#[tokio::test]
async fn a_request_comes_by_redirect_alone() {
    let double = Running::new().await;
    double.sign_on().await;
    let xml = inflated(&request(|xml| xml), "SAMLRequest");
    let parameter = landfall_xmldsig::encode_base64(xml.as_bytes());
    let path = format!("/{}/saml2", double.twin.tenant().id);
    let answer = post(&double.router, &path, &[("SAMLRequest", &parameter)], &double.cookie).await;
    assert!(answer.body.contains("AADSTS75005:"));
    assert!(double.is_signed_in().await);
}

#[tokio::test]
async fn the_double_asks_and_landfall_answers() {
    let double = Running::new().await;
    let indexes = [double.sign_on().await, double.sign_on().await];
    let answer = double.sign_out().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.header(header::SET_COOKIE).ends_with("; Max-Age=0"));
    assert!(!double.is_signed_in().await);
    let url = answer.header(header::LOCATION);
    let asked = accept_logout(&double.twin, url).unwrap();
    let named: Vec<&str> = asked.session_indexes().iter().map(|index| index.expose()).collect();
    assert_eq!(named, indexes);
    for (answer, said) in [
        (LogoutAnswer::Complete, "iPass SmartConnect signed you out too. The signature on its answer holds."),
        (LogoutAnswer::Complete, "answers a logout request that nobody sent"),
    ] {
        let page = double.open(&answer_logout(&double.twin, &asked, answer)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(said), "no {said} in {}", page.body);
    }
}

#[tokio::test]
async fn an_answer_is_told_as_it_is() {
    let partial = |url: &str| url.to_owned();
    for (edit, said) in [
        (
            partial as fn(&str) -> String,
            "did not sign you out: urn:oasis:names:tc:SAML:2.0:status:PartialLogout",
        ),
        (|url| url.split_once("&SigAlg").unwrap().0.to_owned(), "Its answer is not signed."),
        (|url| url.replacen("SigAlg", "RelayState=x&SigAlg", 1), "does not hold"),
    ] {
        let double = Running::new().await;
        double.sign_on().await;
        let asked = accept_logout(&double.twin, double.sign_out().await.header(header::LOCATION)).unwrap();
        let url = answer_logout(&double.twin, &asked, LogoutAnswer::Partial);
        let page = double.open(&edit(&url)).await;
        assert!(page.body.contains(said), "no {said} in {}", page.body);
    }
    let double = Running::new().await;
    let login = format!("/{}/saml2", double.twin.tenant().id);
    let other =
        inflated(&landfall_answer(&double).await, "SAMLResponse").replace("LogoutResponse", "Response");
    for wrong in ["a", &deflated("<a/>"), &deflated("not xml"), &deflated(&other)] {
        let answer = double.open(&format!("{login}?{}", encoded(&[("SAMLResponse", wrong)]))).await;
        assert!(answer.body.contains("AADSTS50061:"), "{}", answer.body);
    }
}

/// A good answer, which nothing but an edit makes a bad one.
async fn landfall_answer(double: &Running) -> String {
    double.sign_on().await;
    let asked = accept_logout(&double.twin, double.sign_out().await.header(header::LOCATION)).unwrap();
    let url = answer_logout(&double.twin, &asked, LogoutAnswer::Complete);
    assert_eq!(double.open(&url).await.status, StatusCode::OK);
    url
}

#[tokio::test]
async fn whoever_signed_on_nowhere_is_signed_out_of_the_double_alone() {
    let double = Running::new().await;
    let answer = double.sign_out().await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!double.is_signed_in().await);
    let double = Running::with(|app| app.logout_url.clear()).await;
    double.sign_on().await;
    assert_eq!(double.sign_out().await.status, StatusCode::OK);
    assert!(!double.is_signed_in().await);
}

#[test]
fn the_messages_on_the_wire() {
    let twin = twin_with(|_, app| app.logout_url = format!("{SLO}?a=b"));
    let request = LogoutRequest::honest(&twin, "a&b", vec!["_one".into(), "_two".into()]);
    let response = LogoutResponse::honest(&twin, logout_id().as_str());
    let url = request.send(&twin, &twin.app().logout_url, None).unwrap();
    assert!(url.starts_with(&format!("{SLO}?a=b&SAMLRequest=")));
    let lines = |xml: &str| xml.replace("><", ">\n<");
    insta::assert_snapshot!("logout_request", lines(&inflated(&url, "SAMLRequest")));
    let url = response.send(&twin, SLO, Some("state")).unwrap();
    insta::assert_snapshot!("logout_response", lines(&inflated(&url, "SAMLResponse")));
    let form = LogoutRequest {
        name_id_format: Some("urn:f".into()),
        destination: None,
        not_on_or_after: None,
        session_indexes: vec![],
        ..request
    };
    insta::assert_snapshot!(
        "logout_request_changed",
        lines(&inflated(&form.send(&twin, ACS, None).unwrap(), "SAMLRequest"))
    );
}
