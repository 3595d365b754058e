//! The device grant: what has no browser shows a code, and its person says yes or no in one [RFC 8628].

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::browser::Page;
use super::peer::{At, Why};
use super::scene::{Account, Scene};

pub(super) fn approved(scene: &mut Scene<'_>) -> Result<()> {
    decided(scene, "approve")?;
    let page = scene.open(At::DeviceToken)?;
    Account::on(&page)?.is_ours()
}

pub(super) fn denied(scene: &mut Scene<'_>) -> Result<()> {
    decided(scene, "deny")?;
    let page = scene.open(At::DeviceToken)?;
    scene.refused(&page, Why::Answered("access_denied"))
}

/// The person opens the link that the device shows, enters nothing, and answers.
fn decided(scene: &mut Scene<'_>, answer: &str) -> Result<Page> {
    let page = scene.open(At::Device)?;
    let told: Value = serde_json::from_str(&page.text).with_context(|| page.told())?;
    let text =
        |name: &str| told.get(name).and_then(Value::as_str).with_context(|| format!("no {name} in {told}"));
    let (link, code) = (text("verification_uri_complete")?, text("user_code")?);
    let page = scene.browser.open(link)?;
    ensure!(page.url == link && page.status == 200, "expected {link}, got {}", page.told());
    let page = scene.browser.press("/oidc/device", &[])?;
    ensure!(page.text.contains(code), "expected the code {code}, got {}", page.told());
    scene.browser.press("/oidc/device/answer", &[("answer", answer)])
}
