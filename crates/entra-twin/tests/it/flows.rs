//! Logins through the router, without a network.

use axum::Router;
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall_entra_twin::{App, DataDir, Seed, Tenant};
use uuid::Uuid;

use crate::double::{ACS, Answer, NOW, SP, authn_request, deflated, encoded, get, post, twin, twin_with};

const SIMON: &str = "B.Simon@contoso.example";
const MOREAU: &str = "E.Moreau@contoso.example";

/// A running double and where its tenant answers.
struct Running {
    router: Router,
    tenant: Uuid,
    app: Uuid,
}

fn running(edit: impl FnOnce(&mut Tenant, &mut App)) -> Running {
    let twin = twin_with(edit);
    Running { tenant: twin.tenant().id, app: twin.app().id, router: twin.router() }
}

impl Running {
    async fn ask(&self, xml: &str, more: &[(&str, &str)], cookie: &str) -> Answer {
        let request = deflated(xml);
        let fields: Vec<(&str, &str)> =
            [("SAMLRequest", request.as_str())].into_iter().chain(more.iter().copied()).collect();
        get(&self.router, &format!("/{}/saml2?{}", self.tenant, encoded(&fields)), cookie).await
    }

    async fn login(&self, fields: &[(&str, &str)]) -> Answer {
        post(&self.router, &format!("/{}/login", self.tenant), fields, "").await
    }

    /// Signs in at My Apps and returns the cookie.
    async fn session(&self, login: &str) -> String {
        let answer = self.login(&[("login", login), ("passwd", "Pass-1234")]).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/myapps"));
        answer.cookie().to_owned()
    }

    async fn tile(&self, cookie: &str) -> Answer {
        get(&self.router, &format!("/myapps/signin/{}", self.app), cookie).await
    }
}

#[tokio::test]
async fn sp_initiated_by_redirect() {
    let double = running(|_, _| {});
    let page =
        double.ask(&authn_request(|xml| xml), &[("RelayState", "state\"&1"), ("SigAlg", "x")], "").await;
    assert_eq!(page.status, StatusCode::OK);
    let request = page.input("SAMLRequest");
    assert_eq!(STANDARD.decode(request).unwrap(), authn_request(|xml| xml).into_bytes());
    let fields = [
        ("SAMLRequest", request),
        ("RelayState", "state\"&1"),
        ("login", "b.simon@contoso.example"),
        ("passwd", "Pass-1234"),
    ];
    let answer = double.login(&fields).await;
    let response = answer.response();
    assert!(response.contains(" InResponseTo=\"_r1\" xmlns:samlp"));
    assert!(response.contains("<SubjectConfirmationData InResponseTo=\"_r1\""));
    assert!(response.contains(&format!("<Audience>{SP}</Audience>")));
    assert!(response.contains(&format!("Recipient=\"{ACS}\"")));
    assert!(answer.body.contains(&format!("action=\"{ACS}\"")));
    assert_eq!(answer.input("RelayState"), "state&#34;&#38;1");
    assert_eq!(
        answer.header(header::SET_COOKIE).split_once("; ").unwrap().1,
        "Path=/; HttpOnly; Secure; SameSite=None"
    );
}

/// [saml-bindings 3.5.4]
#[tokio::test]
async fn sp_initiated_by_post() {
    let double = running(|_, _| {});
    let cookie = double.session(SIMON).await;
    let request = STANDARD.encode(authn_request(|xml| xml));
    let path = format!("/{}/saml2", double.tenant);
    let answer = post(&double.router, &path, &[("SAMLRequest", &request)], &cookie).await;
    assert!(answer.response().contains("InResponseTo=\"_r1\""));
    assert!(!answer.body.contains("RelayState"));
}

#[tokio::test]
async fn the_second_login_is_silent() {
    let double = running(|_, _| {});
    let request = authn_request(|xml| xml);
    assert!(double.ask(&request, &[], "").await.body.contains("name=\"passwd\""));
    let cookie = double.session(SIMON).await;
    assert!(double.ask(&request, &[], &cookie).await.response().contains(SIMON));
    // A cookie that nobody got, and one that was given back.
    let foreign = format!("ESTSAUTH-{}={}", double.tenant, Uuid::from_u128(0xffff));
    assert!(double.ask(&request, &[], &foreign).await.body.contains("name=\"passwd\""));
    let gone = get(&double.router, &format!("/{}/signout", double.tenant), &cookie).await;
    assert!(gone.header(header::SET_COOKIE).ends_with("; Max-Age=0"));
    assert!(double.ask(&request, &[], &cookie).await.body.contains("name=\"passwd\""));
}

#[tokio::test]
async fn a_login_hint_preselects_the_account() {
    let double = running(|_, _| {});
    let request = authn_request(|xml| xml);
    let page = double.ask(&request, &[("login_hint", "estelle.moreau@mail.contoso.example")], "").await;
    assert_eq!(page.input("login"), MOREAU);
    assert_eq!(double.ask(&request, &[], "").await.input("login"), "");
    let cookie = double.session(SIMON).await;
    let hint = |name: &'static str| [("login_hint", name)];
    assert!(double.ask(&request, &hint(SIMON), &cookie).await.response().contains(SIMON));
    assert!(double.ask(&request, &hint("nobody@x.example"), &cookie).await.response().contains(SIMON));
    assert_eq!(double.ask(&request, &hint(MOREAU), &cookie).await.input("login"), MOREAU);
}

#[tokio::test]
async fn the_test_button_gets_an_unsolicited_response() {
    let double = running(|_, _| {});
    let cookie = double.session(SIMON).await;
    let with_id = |id: &str| authn_request(|xml| xml.replace("_r1", id));
    let button = double.ask(&with_id("F84D888AA3B44C1B844375A4E8210D9E"), &[], &cookie).await.response();
    let other = double.ask(&with_id("F84D888AA3B44C1B844375A4E8210D9F"), &[], &cookie).await.response();
    assert!(!button.contains("InResponseTo"));
    assert_eq!(other.matches("InResponseTo").count(), 2);
}

#[tokio::test]
async fn the_default_reply_url_is_used_when_the_request_names_none() {
    let double = running(|_, app| app.reply_urls.push("https://sp.example.com/second".into()));
    let cookie = double.session(SIMON).await;
    let attribute = format!(" AssertionConsumerServiceURL=\"{ACS}\"");
    let without = authn_request(|xml| xml.replace(&attribute, ""));
    assert!(double.ask(&without, &[], &cookie).await.body.contains(&format!("action=\"{ACS}\"")));
    let second = authn_request(|xml| xml.replace(ACS, "https://sp.example.com/second"));
    let answer = double.ask(&second, &[], &cookie).await;
    assert!(answer.body.contains("action=\"https://sp.example.com/second\""));
    assert!(answer.response().contains("Destination=\"https://sp.example.com/second\""));
}

#[tokio::test]
async fn a_tile_without_a_sign_on_url_is_idp_initiated() {
    let double = running(|_, app| app.relay_state = "/target".into());
    let signed_out = double.tile("").await;
    assert_eq!((signed_out.status, signed_out.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/myapps"));
    let cookie = double.session(SIMON).await;
    let answer = double.tile(&cookie).await;
    assert!(!answer.response().contains("InResponseTo"));
    assert!(answer.response().contains(&format!("<Audience>{SP}</Audience>")));
    assert_eq!(answer.input("RelayState"), "/target");
}

#[tokio::test]
async fn a_tile_with_a_sign_on_url_leads_there() {
    let double = running(|_, app| app.sign_on_url = "https://sp.example.com/sso".into());
    let cookie = double.session(SIMON).await;
    let answer = double.tile(&cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header(header::LOCATION), "https://sp.example.com/sso");
}

#[tokio::test]
async fn a_tile_of_an_application_that_is_not_registered_says_what_is_missing() {
    for (edit, code) in [
        ((|app| app.identifiers.clear()) as fn(&mut App), "AADSTS700016"),
        (|app| app.reply_urls.clear(), "AADSTS50011"),
    ] {
        let double = running(|_, app| edit(app));
        let cookie = double.session(SIMON).await;
        let answer = double.tile(&cookie).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains(code));
    }
}

#[tokio::test]
async fn my_apps_shows_tiles_to_assigned_people_alone() {
    let double = running(|_, _| {});
    let page = async |cookie: String| get(&double.router, "/myapps", &cookie).await.body;
    assert!(page(String::new()).await.contains("name=\"passwd\""));
    let tile = format!("href=\"/myapps/signin/{}\"", double.app);
    assert!(page(double.session(SIMON).await).await.contains(&tile));
    let okafor = double.session("D.Okafor@contoso.example").await;
    assert!(!page(okafor.clone()).await.contains(&tile));
    assert!(double.tile(&okafor).await.body.contains("AADSTS50105"));
    let other = get(&double.router, &format!("/myapps/signin/{}", Uuid::nil()), &okafor).await;
    assert!(other.body.contains("AADSTS700016"));
}

#[tokio::test]
async fn wrong_credentials_show_the_form_again() {
    let double = running(|_, _| {});
    let request = STANDARD.encode(authn_request(|xml| xml));
    for (login, password, code) in [
        (SIMON, "wrong", "AADSTS50126"),
        ("nobody@contoso.example", "Pass-1234", "AADSTS50034"),
        ("estelle.moreau@mail.contoso.example", "Pass-1234", "AADSTS50034"),
        ("G.Silva@contoso.example", "Pass-1234", "AADSTS50057"),
    ] {
        let fields = [("SAMLRequest", request.as_str()), ("login", login), ("passwd", password)];
        let answer = double.login(&fields).await;
        assert!(answer.body.contains(code), "{login}");
        assert_eq!(answer.input("login"), login);
        assert_eq!(answer.input("SAMLRequest"), request);
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
}

#[tokio::test]
async fn a_person_who_is_disabled_meanwhile_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
    let mut app = data.app().unwrap();
    app.register(SP, vec![ACS.to_owned()]);
    data.save_app(&app).unwrap();
    let router = data.clone().router("http://localhost:1", || NOW);
    let double = Running { router, tenant: data.tenant().unwrap().id, app: app.id };
    let cookie = double.session(SIMON).await;
    assert!(double.tile(&cookie).await.response().contains(SIMON));
    let file = folder.path().join("tenant.toml");
    let text = std::fs::read_to_string(&file).unwrap().replacen("\"enabled\"", "\"disabled\"", 1);
    std::fs::write(&file, text).unwrap();
    assert!(double.tile(&cookie).await.body.contains("AADSTS50057"));
    // The setting of the tile takes effect at once, too.
    app.set("sign-on-url", "https://sp.example.com/sso").unwrap();
    data.save_app(&app).unwrap();
    assert_eq!(double.tile(&cookie).await.header(header::LOCATION), "https://sp.example.com/sso");
}

#[tokio::test]
async fn the_sign_in_page_names_everybody() {
    let double = running(|_, _| {});
    let page = double.ask(&authn_request(|xml| xml), &[("login_hint", SIMON)], "").await;
    let (head, rest) = page.body.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    insta::assert_snapshot!(format!("{head}<style/>{rest}"));
}

#[tokio::test]
async fn metadata_has_the_keys_that_were_asked_for() {
    let double = running(|_, _| {});
    let twin = twin();
    let certificate = |keys: &landfall_entra_twin::Credential| STANDARD.encode(keys.certificate());
    let (tenant, app) = (certificate(&twin.tenant().signing), certificate(&twin.app().signing));
    for spelling in [
        "FederationMetadata/2007-06/FederationMetadata.xml",
        "federationmetadata/2007-06/federationmetadata.xml",
    ] {
        let path = format!("/{}/{spelling}", double.tenant);
        let plain = get(&double.router, &path, "").await;
        assert_eq!(plain.header(header::CONTENT_TYPE), "application/xml; charset=utf-8");
        assert!(plain.body.starts_with('\u{feff}'));
        assert!(plain.body.contains(&tenant) && !plain.body.contains(&app));
        let common = get(&double.router, &format!("/common/{spelling}"), "").await;
        assert!(common.body.contains("entityID=\"https://sts.windows.net/{tenant}/\""));
        let own = get(&double.router, &format!("{path}?appid={}", double.app), "").await;
        assert!(own.body.contains(&app) && !own.body.contains(&tenant));
        let other = get(&double.router, &format!("{path}?appid={}", Uuid::nil()), "").await;
        assert!(other.body.contains("AADSTS700016"));
    }
}
