//! What holds for every page, on a telephone and on a desk.

use std::collections::BTreeSet;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use serde_json::json;
use thirtyfour::Key;

use crate::world::{Browser, listen, serve};

/// Width and height of the windows in which each page is looked at.
const WINDOWS: [(u64, u64); 2] = [(360, 800), (1280, 900)];

/// Looks at the page that is open, which must have this heading.
pub(crate) async fn check(browser: &Browser, heading: &str) {
    browser.sees(heading).await;
    for (width, height) in WINDOWS {
        let window = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", window).await;
        let complaints = complaints(browser).await;
        assert!(complaints.is_empty(), "{heading:?} at {width}x{height}: {complaints:#?}");
    }
}

/// What the browser reported since it was asked last, and what is wrong with the page that is open.
async fn complaints(browser: &Browser) -> Vec<String> {
    let (url, status) = (browser.url().await, browser.status().await);
    let origin = browser.run("return location.origin").await.as_str().unwrap().to_owned();
    // That the page itself is a refusal is reported too.
    let refusal = format!("{url} - Failed to load resource: the server responded with a status of {status} ");
    let reported = browser.driver.browser_log().await.unwrap().into_iter().map(|entry| entry.message);
    let mut complaints: Vec<String> =
        reported.filter(|message| message.starts_with(&origin) && !message.starts_with(&refusal)).collect();
    let found = browser.run(include_str!("appearance.js")).await;
    complaints.extend(found.as_array().unwrap().iter().map(|problem| problem.as_str().unwrap().to_owned()));
    // The script that it planted is reported by a page that refuses it.
    browser.driver.browser_log().await.unwrap();
    complaints.extend(lost_focus(browser).await);
    complaints
}

/// The controls that the tabulator key does not reach, or that do not show it.
async fn lost_focus(browser: &Browser) -> Vec<String> {
    const FOCUSED: &str = "
        const controls = [...document.querySelectorAll('a, button, input:not([type=hidden])')];
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        const shown = outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2;
        return [controls.indexOf(document.activeElement), shown]";
    let controls = browser.count("a, button, input:not([type=hidden])").await;
    let mut lost: BTreeSet<usize> = (0..controls).collect();
    // Once around, with one step more for the end of the page.
    for _ in 0..=controls {
        browser.driver.action_chain().send_keys(Key::Tab + "").perform().await.unwrap();
        let answer = browser.run(FOCUSED).await;
        if let (Some(at), Some(true)) = (answer[0].as_u64(), answer[1].as_bool()) {
            lost.remove(&usize::try_from(at).unwrap());
        }
    }
    lost.into_iter().map(|at| format!("control {at} does not get the focus, or does not show it")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_faults_is_found_out() {
    const PAGE: &str = "<h1></h1><h1></h1><h3 id=x></h3><input id=x><a href=/></a>\
        <button style=outline:0>x</button><div style=width:1400px>x</div><script>unknown()</script><p aria-describedby=y>";
    let (listener, origin) = listen("127.0.0.1", "127.0.0.1").await;
    serve(listener, Router::new().route("/", get(Html(PAGE))));
    let browser = Browser::start().await;
    browser.open(&origin).await;
    let complaints = complaints(&browser).await;
    for part in [
        "unknown is not defined",
        "language",
        "no title",
        "not one h1",
        "not one main",
        "leave out a level",
        "has no label",
        "link or button has no name",
        "too low",
        "leads nowhere",
        "twice",
        "wide in a window",
        "style sheet",
        "not ours",
        "control 2 does not",
    ] {
        assert!(complaints.iter().any(|found| found.contains(part)), "no {part:?} in {complaints:#?}");
    }
}
