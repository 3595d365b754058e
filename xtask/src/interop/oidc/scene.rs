//! What a case has before it: a program of the peer, an application that it is registered as, and a browser.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::browser::{Browser, Page};
use super::peer::{At, Peer, Why};
use super::stage::{Client, Site, Stage};
use crate::interop::twin::PERSON;

/// How long it is waited for what Landfall does by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// One case at one peer.
pub(super) struct Scene<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) peer: &'a dyn Peer,
    pub(super) client: Client,
    pub(super) site: Site,
    pub(super) browser: Browser,
}

/// What a program knows of a person who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Account {
    told: Value,
}

impl<'a> Scene<'a> {
    /// A fresh program, application and browser.
    ///
    /// # Errors
    /// When one of them cannot be made.
    pub(super) fn set(stage: &'a Stage<'a>, peer: &'a dyn Peer, client: Client) -> Result<Self> {
        let site = stage.site(peer, &client)?;
        Ok(Self { stage, peer, client, site, browser: Browser::start(stage.workspace())? })
    }

    /// Another program and application, for the same browser.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub(super) fn another(&self, client: &Client) -> Result<Site> {
        self.stage.site(self.peer, client)
    }

    /// The address of a page of a program.
    pub(super) fn at(&self, site: &Site, at: At<'_>) -> String {
        format!("{}{}", site.base, self.peer.path(&site.base, at))
    }

    /// The address of a page of Landfall.
    pub(super) fn provider(&self, path: &str) -> String {
        format!("{}{path}", self.stage.issuer())
    }

    /// Opens a page of the program.
    ///
    /// # Errors
    /// When the browser cannot go on.
    pub(super) fn open(&mut self, at: At<'_>) -> Result<Page> {
        let url = self.at(&self.site, at);
        self.browser.open(&url)
    }

    /// Signs the person in at the program.
    ///
    /// # Errors
    /// When the account page does not come, or is somebody else's.
    pub(super) fn sign_in(&mut self) -> Result<Account> {
        let page = self.open(At::Account)?;
        Account::on(&page)
    }

    /// Signs the person in at Landfall, before any application asks for it.
    ///
    /// # Errors
    /// When Landfall's account page does not come.
    pub(super) fn sign_in_at_provider(&mut self) -> Result<()> {
        let account = self.provider("/account");
        let page = self.browser.open(&account)?;
        ensure!(page.url == account && page.status == 200, "expected {account}, got {}", page.told());
        Ok(())
    }

    /// The address at which the program asks the provider, whereto the browser does not go.
    ///
    /// # Errors
    /// When the program does not ask.
    pub(super) fn asked(&mut self) -> Result<String> {
        let authorize = self.provider("/oidc/authorize");
        self.sent_to(&authorize)
    }

    /// The address to which the provider sends its answer, whereto the browser does not go.
    ///
    /// # Errors
    /// When there is no answer.
    pub(super) fn answered(&mut self) -> Result<String> {
        let callback = format!("{}/callback", self.site.base);
        self.sent_to(&callback)
    }

    fn sent_to(&mut self, start: &str) -> Result<String> {
        let account = self.at(&self.site, At::Account);
        let page = self.browser.open_short_of(&account, start)?;
        ensure!(page.url.starts_with(start), "expected to be sent to {start}, got {}", page.told());
        Ok(page.url)
    }

    /// Whether the person is still signed in at a program.
    ///
    /// # Errors
    /// When the browser cannot go on.
    pub(super) fn is_signed_in_at(&mut self, site: &Site) -> Result<bool> {
        let url = self.at(site, At::Account);
        let authorize = self.provider("/oidc/authorize");
        is_signed_in(&mut self.browser, &url, &authorize)
    }

    /// Whether the person is still signed in at the program.
    ///
    /// # Errors
    /// When the browser cannot go on.
    pub(super) fn is_signed_in(&mut self) -> Result<bool> {
        let (url, authorize) = (self.at(&self.site, At::Account), self.provider("/oidc/authorize"));
        is_signed_in(&mut self.browser, &url, &authorize)
    }

    /// Whether the person is still signed in at Landfall.
    ///
    /// # Errors
    /// When the browser cannot go on.
    pub(super) fn is_signed_in_at_provider(&mut self) -> Result<bool> {
        let (account, landing) = (self.provider("/account"), self.provider("/sso"));
        is_signed_in(&mut self.browser, &account, &landing)
    }

    /// Whether a token counts, as Landfall tells whoever has what the application has.
    ///
    /// # Errors
    /// When it does not tell.
    pub(super) fn counts(&self, token: &str) -> Result<bool> {
        let (status, answer) = self.stage.ask_as(&self.site, "introspect", &[("token", token)])?;
        let active = answer.get("active").and_then(Value::as_bool);
        ensure!(status == 200, "expected an answer of introspection, got {status} {answer}");
        active.with_context(|| format!("expected `active`, got {answer}"))
    }

    /// Nobody is signed in, and the program must have said why, on its page or in its log.
    ///
    /// # Errors
    /// When somebody is, or it says another thing.
    pub(super) fn refused(&self, page: &Page, why: Why) -> Result<()> {
        ensure!(page.url.starts_with(&self.site.base), "expected an end at the client, got {}", page.told());
        ensure!(Account::on(page).is_err(), "expected a refusal, got {}", page.told());
        self.said(page, why)
    }

    /// The program must have said this, on its page or in its log.
    ///
    /// # Errors
    /// When it did not.
    pub(super) fn said(&self, page: &Page, why: Why) -> Result<()> {
        let (words, log) = (self.peer.words(why), self.peer.log(self.site.folder.path(), &self.site.server)?);
        let said = page.text.contains(words) || log.contains(words);
        ensure!(said, "expected {why:?}, which it calls {words:?}, got {}", page.told());
        Ok(())
    }
}

impl Account {
    /// # Errors
    /// When the page is none, or is somebody else's.
    pub(super) fn on(page: &Page) -> Result<Self> {
        let told: Option<Value> = serde_json::from_str(&page.text).ok();
        let told = told.filter(|told| page.status == 200 && told.get("claims").is_some());
        let told = told.with_context(|| format!("expected an account, got {}", page.told()))?;
        Ok(Self { told })
    }

    /// A claim of the identity token, as the program took it.
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.told.get("claims")?.get(name)
    }

    /// A claim that the program got from userinfo.
    pub(super) fn userinfo(&self, name: &str) -> Option<&Value> {
        self.told.get("userinfo")?.get(name)
    }

    /// # Errors
    /// When there is none.
    pub(super) fn access_token(&self) -> Result<&str> {
        self.token("access_token")
    }

    /// # Errors
    /// When there is none.
    pub(super) fn refresh_token(&self) -> Result<&str> {
        self.token("refresh_token")
    }

    fn token(&self, name: &str) -> Result<&str> {
        let token = self.told.get(name).and_then(Value::as_str).filter(|token| !token.is_empty());
        token.with_context(|| format!("the client has no {name}"))
    }

    /// What stands in the head of the identity token.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn head(&self, name: &str) -> Result<String> {
        let token = self.token("id_token")?;
        let head = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default())?;
        let head: Value = serde_json::from_slice(&head)?;
        let value = head.get(name).and_then(Value::as_str);
        Ok(value.with_context(|| format!("the identity token has no {name}"))?.to_owned())
    }

    /// It must be that of the person who signs in.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn is_ours(&self) -> Result<()> {
        let name = self.claim("preferred_username").and_then(Value::as_str);
        ensure!(name == Some(PERSON), "expected {PERSON}, got {}", self.told);
        Ok(())
    }
}

/// Asks again and again until it is so.
///
/// # Errors
/// When it is not so in the end, or cannot be asked.
pub(super) fn until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !holds()? {
        if begun.elapsed() > PATIENCE {
            bail!("{what}: waited {} seconds for nothing", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Whether a page comes that only a person who is signed in sees; everybody else is sent elsewhere.
fn is_signed_in(browser: &mut Browser, url: &str, elsewhere: &str) -> Result<bool> {
    let page = browser.open_short_of(url, elsewhere)?;
    if page.url.starts_with(elsewhere) {
        return Ok(false);
    }
    ensure!(page.status == 200 && page.url == url, "expected {url} or {elsewhere}, got {}", page.told());
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(status: u64, text: &str) -> Page {
        Page { url: "http://x/account".to_owned(), status, text: text.to_owned(), passed: Vec::new() }
    }

    #[test]
    fn an_account_is_a_page_with_claims() {
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let text = format!(
            "{{\"claims\": {{\"preferred_username\": \"{PERSON}\"}}, \"userinfo\": {{\"email\": \"e\"}}, \
             \"id_token\": \"{head}.e30.x\", \"access_token\": \"a\", \"refresh_token\": \"\"}}"
        );
        let account = Account::on(&page(200, &text)).unwrap();
        assert!(account.is_ours().is_ok());
        assert_eq!((account.claim("email"), account.userinfo("email")), (None, Some(&Value::from("e"))));
        assert_eq!(account.head("alg").unwrap(), "ES256");
        assert_eq!(account.access_token().unwrap(), "a");
        assert!(account.refresh_token().is_err(), "an empty one is none");
        let other = Account::on(&page(200, &text.replace(PERSON, "somebody"))).unwrap();
        assert!(other.is_ours().is_err());
        for (status, text) in [(400, text.as_str()), (200, "{}"), (200, "Signed out.")] {
            assert!(Account::on(&page(status, text)).is_err(), "{status} {text}");
        }
    }
}
