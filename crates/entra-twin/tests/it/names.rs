//! NameIDs: formats, sources and pairwise ids.

use axum::http::StatusCode;
use landfall_entra_twin::{
    App, IssueRequest, LogoutFormat, LogoutName, Message, NameIdFormat, NameIdSetting, SigningOption, Tenant,
    Twin,
};

use crate::browser::{Browser, SIMON, adding};
use crate::double::{ask, inflated, twin, twin_with};

const NOVAK: &str = "F.Novak@contoso.example";

/// Value and format of the NameID of a response.
#[track_caller]
fn name_id(response: &str) -> (String, String) {
    let (_, rest) = response.split_once("<NameID Format=\"").unwrap();
    let (format, rest) = rest.split_once("\">").unwrap();
    (rest.split_once("</NameID>").unwrap().0.to_owned(), format.to_owned())
}

async fn asking(browser: &Browser, format: &str) -> (String, String) {
    let policy = format!("<samlp:NameIDPolicy Format=\"{format}\" AllowCreate=\"true\"/>");
    name_id(&browser.ask(adding("", &policy)).await.response())
}

fn is_opaque(value: &str) -> bool {
    value.len() == 43 && value.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}

/// What is said of a person when the setting is this.
fn said(person: &str, setting: &str, edit: impl FnOnce(&mut Tenant, &mut App)) -> (String, String) {
    let twin = twin_with(|tenant, app| {
        app.name_id = toml::from_str::<NameIdSetting>(setting).unwrap();
        edit(tenant, app);
    });
    name_id(&twin.issue(&ask(&twin, person, SigningOption::Assertion)).unwrap())
}

fn pairwise(twin: &Twin, person: &str) -> String {
    let mut app = twin.app().clone();
    app.set("name-id-format", "persistent").unwrap();
    let twin = Twin::new(twin.tenant().clone(), app, || crate::double::NOW);
    Message::honest(&twin, &ask(&twin, person, SigningOption::Assertion)).assertion.name_id
}

#[tokio::test]
async fn the_format_of_a_request_counts_before_the_setting() {
    let email = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    let unspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    let persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let transient = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
    for setting in [NameIdFormat::EmailAddress, NameIdFormat::Persistent] {
        let browser = Browser::with(|_, app| app.name_id.format = setting).signed_in(SIMON).await;
        for format in [email, unspecified] {
            assert_eq!(asking(&browser, format).await, (SIMON.to_owned(), format.to_owned()));
        }
        let (first, second) = (asking(&browser, persistent).await, asking(&browser, persistent).await);
        assert!(is_opaque(&first.0) && first == second && first.1 == persistent);
        let (first, second) = (asking(&browser, transient).await, asking(&browser, transient).await);
        assert!(is_opaque(&first.0) && is_opaque(&second.0) && first.0 != second.0);
        assert_eq!(first.1, transient);
        let (value, format) = name_id(&browser.ask(|xml| xml).await.response());
        assert_eq!((format.as_str(), value == SIMON), (setting.uri(), setting == NameIdFormat::EmailAddress));
    }
}

#[test]
fn the_value_comes_from_its_source_through_its_transformations() {
    let email = "format = 'email-address'\n";
    let with = |rest: &str| said(SIMON, &format!("{email}{rest}"), |_, _| {}).0;
    assert_eq!(with("source = 'user.objectid'"), "0b7c2f4e-91d3-4a68-8e15-52a6c9d0f371");
    let lower = "source = 'user.mail'\ntransform = [{ do = 'to-lowercase' }]";
    assert_eq!(with(lower), "b.simon@contoso.example");
    let (value, format) = said(
        SIMON,
        "format = 'windows-domain-qualified-name'\nsource = 'constant:CONTOSO\\simon'",
        |_, _| {},
    );
    assert_eq!(value, "CONTOSO\\simon");
    assert_eq!(format, "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName");
}

#[test]
fn a_join_takes_the_name_alone_and_a_verified_domain() {
    let own = pairwise(&twin(), SIMON);
    assert!(is_opaque(&own));
    for (separator, suffix, value) in [
        ("@", "contoso.example", "B.Simon@contoso.example"),
        ("@", "CONTOSO.example", "B.Simon@CONTOSO.example"),
        ("@", "fabrikam.example", own.as_str()),
        ("-", "contoso.example", own.as_str()),
    ] {
        let setting = format!(
            "format = 'email-address'\nsource = 'user.mail'\n\
             transform = [{{ do = 'join', separator = '{separator}', with = 'constant:{suffix}' }}]"
        );
        assert_eq!(said(SIMON, &setting, |_, _| {}).0, value, "{separator}{suffix}");
    }
    let lower = "format = 'email-address'\nsource = 'user.mail'\ntransform = [{ do = 'to-lowercase' }, \
        { do = 'join', separator = '@', with = 'constant:contoso.example' }]";
    assert_eq!(said(SIMON, lower, |_, _| {}).0, "b.simon@contoso.example");
    let nothing = "format = 'email-address'\nsource = 'user.mail'\n\
        transform = [{ do = 'contains', value = 'q', output = 'constant:y' }]";
    assert_eq!(said(SIMON, nothing, |_, _| {}).0, own, "nothing is replaced by the pairwise id");
}

#[tokio::test]
async fn without_a_source_there_is_no_sign_on() {
    let browser = Browser::with(|_, app| app.set("name-id-source", "user.mail").unwrap());
    let simon = browser.signed_in(SIMON).await;
    assert!(simon.ask(|xml| xml).await.response().contains("status:Success"));
    let browser = Browser::with(|_, app| app.set("name-id-source", "user.mail").unwrap());
    let novak = browser.signed_in(NOVAK).await;
    let answer = novak.ask(|xml| xml).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("AADSTS501241:") && answer.body.contains("user.mail"), "{}", answer.body);
    // A format that takes nothing from the directory works all the same.
    let persistent = asking(&novak, "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent").await;
    assert_eq!(persistent.0, pairwise(&novak.twin, NOVAK));
    let twin = &novak.twin;
    let request: IssueRequest<'_> = ask(twin, NOVAK, SigningOption::Assertion);
    assert_eq!(Message::honest(twin, &request).assertion.name_id, persistent.0);
}

#[tokio::test]
async fn a_logout_names_the_sign_on_or_the_pairwise_id() {
    for (setting, pairwise_id) in [(LogoutName::SignOn, false), (LogoutName::Pairwise, true)] {
        let browser = Browser::with(|_, app| app.logout_name = setting).signed_in(SIMON).await;
        browser.ask(|xml| xml).await.response();
        let answer = browser.open(&format!("/{}/signout", browser.twin.tenant().id)).await;
        let xml = inflated(answer.header(axum::http::header::LOCATION), "SAMLRequest");
        let named = if pairwise_id { pairwise(&browser.twin, SIMON) } else { SIMON.to_owned() };
        assert!(
            xml.contains(&format!(
                "<NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{named}</NameID>"
            )),
            "{xml}"
        );
    }
}

#[tokio::test]
async fn a_logout_has_the_format_of_the_sign_on_or_none() {
    for (setting, format) in [
        (LogoutFormat::Omitted, ""),
        (LogoutFormat::SignOn, " Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\""),
    ] {
        let browser = Browser::with(|_, app| app.logout_format = setting).signed_in(SIMON).await;
        browser.ask(|xml| xml).await.response();
        let answer = browser.open(&format!("/{}/signout", browser.twin.tenant().id)).await;
        let xml = inflated(answer.header(axum::http::header::LOCATION), "SAMLRequest");
        let named =
            format!("<NameID{format} xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{SIMON}</NameID>");
        assert!(xml.contains(&named), "{xml}");
    }
}

/// The Subject in each format.
#[test]
fn subjects_on_the_wire() {
    let subject = |format: &str| {
        let twin = twin_with(|_, app| app.set("name-id-format", format).unwrap());
        let xml = twin.issue(&ask(&twin, SIMON, SigningOption::Assertion)).unwrap();
        let (_, rest) = xml.split_once("<Subject>").unwrap();
        format!("{format}\n<Subject>{}</Subject>\n", rest.split_once("</Subject>").unwrap().0)
            .replace("><", ">\n<")
    };
    let formats =
        ["email-address", "persistent", "unspecified", "windows-domain-qualified-name", "transient"];
    insta::assert_snapshot!(formats.map(subject).join("\n"));
}
