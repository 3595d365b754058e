//! The clock: set by a page, by the file and by hand.

use axum::http::{StatusCode, header};
use landfall_entra_twin::{DataDir, Seed};
use time::Duration;

use crate::browser::{Browser, SIMON};
use crate::double::{ACS, Answer, NOW, SP, get, post, twin};
use crate::landfall::{begin_login, finish_login};

async fn set(router: &axum::Router, name: &str, value: &str) -> Answer {
    post(router, "/clock", &[(name, value)], "").await
}

#[tokio::test]
async fn a_page_sets_the_clock_of_a_running_double() {
    let browser = Browser::new().signed_in(SIMON).await;
    let response = async || browser.ask(|xml| xml).await.response();
    assert!(response().await.contains("IssueInstant=\"2030-01-02T03:04:05.805Z\""));
    for (name, value, said) in [
        ("offset", "-300", "2030-01-02T02:59:05.805Z"),
        ("by", "-60", "2030-01-02T02:58:05.805Z"),
        ("at", "2031-01-02T03:04:05.805Z", "2031-01-02T03:04:05.805Z"),
    ] {
        let answer = set(&browser.router, name, value).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/clock"));
        assert!(get(&browser.router, "/clock", "").await.body.contains(said));
        assert!(response().await.contains(&format!("IssueInstant=\"{said}\"")));
    }
    for (name, value) in [("offset", "soon"), ("at", "now"), ("hour", "1")] {
        assert_eq!(set(&browser.router, name, value).await.status, StatusCode::BAD_REQUEST);
    }
    assert!(get(&browser.router, "/clock", "").await.body.contains("2031-01-02T03:04:05.805Z"));
    set(&browser.router, "offset", "0").await;
    assert!(get(&browser.router, "/clock", "").await.body.contains("the time of its machine"));
}

/// Landfall allows for a minute.
#[tokio::test]
async fn landfall_refuses_what_a_clock_that_is_too_fast_says() {
    let browser = Browser::new().signed_in(SIMON).await;
    let (pending, url) = begin_login(&browser.twin, &landfall_saml::RequestOptions::default());
    for (offset, accepted) in [("59", true), ("62", false), ("-3000", true), ("-3700", false)] {
        set(&browser.router, "offset", offset).await;
        let response = browser.open(&url).await.response();
        let judged = finish_login(&browser.twin, &pending, &response);
        assert_eq!(judged.is_ok(), accepted, "{offset}: {judged:?}");
    }
}

#[tokio::test]
async fn the_clock_of_a_folder_is_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::init(folder.path(), Seed::Contoso).unwrap();
    let mut app = data.app().unwrap();
    app.register(SP, vec![ACS.to_owned()]);
    data.save_app(&app).unwrap();
    let router = data.clone().router("http://localhost:1", || NOW);
    set(&router, "offset", "60").await;
    assert_eq!(data.tenant().unwrap().clock_offset, 60);
    assert!(get(&router, "/clock", "").await.body.contains("2030-01-02T03:05:05.805Z"));
    let mut tenant = data.tenant().unwrap();
    tenant.clock_offset = -60;
    data.save_tenant(&tenant).unwrap();
    assert!(get(&router, "/clock", "").await.body.contains("2030-01-02T03:03:05.805Z"));
}

#[test]
fn a_clock_is_set_by_hand_and_never_breaks() {
    let moved = twin().with_clock("by=60".parse().unwrap());
    assert_eq!(moved.now(), NOW + Duration::MINUTE);
    assert_eq!(moved.with_clock("by=60".parse().unwrap()).now(), NOW + Duration::minutes(2));
    let broken = crate::double::twin_with(|tenant, _| tenant.clock_offset = i64::MAX);
    assert_eq!(broken.now(), NOW);
}
