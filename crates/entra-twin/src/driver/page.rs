//! Pages as the driver sees them: text, links and forms.

use html5gum::{StartTag, State, Token, Tokenizer};
use url::Url;

/// A page that the driver has arrived at.
#[derive(Clone, Debug)]
pub struct Page {
    /// The address after all redirects.
    pub url: Url,
    /// HTTP status.
    pub status: u16,
    /// The redirects that led here, oldest first.
    pub hops: Vec<Hop>,
    /// Content of `title`.
    pub title: String,
    /// What a person can read, with single blanks.
    pub text: String,
    /// The forms, in order.
    pub forms: Vec<Form>,
    /// The links, in order.
    pub links: Vec<Link>,
    /// What a browser does without being asked: scripts and their addresses, refreshes.
    pub(super) unasked: Vec<String>,
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The address that answered with a redirect.
    pub url: Url,
    /// Its HTTP status, such as 303.
    pub status: u16,
}

/// A form, with the values that it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The page that it stands on.
    pub page: Url,
    /// Where it goes.
    pub action: Url,
    /// How it goes.
    pub method: Method,
    /// The Origin header of its POST: `null` where the page's Referrer-Policy says so.
    pub origin: String,
    /// Name and value of each `input`, without buttons and boxes that are not checked.
    pub fields: Vec<(String, String)>,
}

/// The method of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// The fields become the query.
    Get,
    /// The fields become the body.
    Post,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The page that it stands on.
    pub page: Url,
    /// Where it leads.
    pub href: Url,
}

impl Page {
    /// The first form with a field of this name.
    #[must_use]
    pub fn form_with(&self, field: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.has(field))
    }

    /// The form that a script submits by itself: the one that carries a SAML message.
    #[must_use]
    pub fn auto_post(&self) -> Option<&Form> {
        self.form_with("SAMLResponse")
            .or_else(|| self.forms.iter().find(|form| form.has("SAMLRequest") && !form.has("passwd")))
    }

    /// The first thing on this page, or its address, that leads to this host; in scripts and refreshes its name will do.
    pub(crate) fn leads_to(&self, host: &str) -> Option<String> {
        let addresses = std::iter::once(&self.url)
            .chain(self.forms.iter().map(|form| &form.action))
            .chain(self.links.iter().map(|link| &link.href));
        let address = addresses.filter(|url| url.host_str() == Some(host)).map(Url::to_string).next();
        address.or_else(|| self.unasked.iter().find(|text| text.contains(host)).cloned())
    }

    /// `policy` is the Referrer-Policy header.
    pub(crate) fn read(url: Url, status: u16, hops: Vec<Hop>, policy: &str, html: &str) -> Self {
        let mut page = Self {
            url,
            status,
            hops,
            title: String::new(),
            text: String::new(),
            forms: Vec::new(),
            links: Vec::new(),
            unasked: Vec::new(),
        };
        page.fill(policy, html);
        page
    }

    fn fill(&mut self, policy: &str, html: &str) {
        let mut open_form: Option<Form> = None;
        let (mut in_title, mut unseen) = (false, false);
        let mut text = String::new();
        let mut tokens = Tokenizer::new(html);
        while let Some(Ok(token)) = tokens.next() {
            match token {
                Token::StartTag(tag) => match tag.name.as_slice() {
                    b"title" => {
                        in_title = true;
                        tokens.set_state(State::RcData);
                    }
                    b"script" | b"style" => {
                        unseen = true;
                        self.unasked.extend(attribute(&tag, "src"));
                        tokens.set_state(State::ScriptData);
                    }
                    b"form" if open_form.is_none() => open_form = Some(self.form(&tag, policy)),
                    b"input" => {
                        if let (Some(form), Some(field)) = (&mut open_form, field(&tag)) {
                            form.fields.push(field);
                        }
                    }
                    b"meta" => self.unasked.extend(attribute(&tag, "content")),
                    b"a" => self.links.extend(self.link(&tag)),
                    _ => text.push(' '),
                },
                Token::EndTag(tag) => match tag.name.as_slice() {
                    b"title" => in_title = false,
                    b"script" | b"style" => unseen = false,
                    b"form" => self.forms.extend(open_form.take()),
                    _ => text.push(' '),
                },
                Token::String(words) => {
                    let words = String::from_utf8_lossy(&words);
                    if in_title {
                        self.title.push_str(&words);
                    } else if unseen {
                        self.unasked.push(words.into_owned());
                    } else {
                        text.push_str(&words);
                    }
                }
                _ => {}
            }
        }
        self.forms.extend(open_form);
        self.text = single_blanks(&text);
        self.title = single_blanks(&self.title);
    }

    fn form(&self, tag: &StartTag<()>, policy: &str) -> Form {
        let action = attribute(tag, "action")
            .and_then(|action| self.url.join(&action).ok())
            .unwrap_or_else(|| self.url.clone());
        let post = attribute(tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        Form {
            page: self.url.clone(),
            method: if post { Method::Post } else { Method::Get },
            origin: origin(&self.url, &action, policy),
            action,
            fields: Vec::new(),
        }
    }

    fn link(&self, tag: &StartTag<()>) -> Option<Link> {
        let href = self.url.join(&attribute(tag, "href")?).ok()?;
        Some(Link { page: self.url.clone(), href })
    }
}

impl Form {
    /// Whether the form has a field of this name.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }
}

/// The Origin header of a POST [Fetch, "append a request `Origin` header"].
fn origin(page: &Url, action: &Url, policy: &str) -> String {
    match policy {
        "no-referrer" => "null".to_owned(),
        "same-origin" if page.origin() != action.origin() => "null".to_owned(),
        _ => page.origin().ascii_serialization(),
    }
}

/// Name and value of an `input` that a browser would send.
fn field(tag: &StartTag<()>) -> Option<(String, String)> {
    let name = attribute(tag, "name")?;
    let kind = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
    let checked = attribute(tag, "checked").is_some();
    let value = attribute(tag, "value");
    match kind.as_str() {
        "submit" | "button" | "image" | "reset" | "file" => None,
        "checkbox" | "radio" if !checked => None,
        "checkbox" | "radio" => Some((name, value.unwrap_or_else(|| "on".to_owned()))),
        _ => Some((name, value.unwrap_or_default())),
    }
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    tag.attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
}

fn single_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Page {
        Page::read(Url::parse("http://localhost:1/a/b").unwrap(), 200, Vec::new(), "", html)
    }

    #[test]
    fn text_is_what_a_person_reads() {
        let page = page(
            "<!doctype html><title>A &amp; <b>B</title><style>p{}</style><p>One&nbsp;<b>two</b></p>\
             <script>if (1 < 2) { '<p>never</p>' }</script><p>three &lt;p&gt;",
        );
        assert_eq!(page.title, "A & <b>B");
        assert_eq!(page.text, "One two three <p>");
    }

    #[test]
    fn a_form_keeps_its_values() {
        let page = page(
            "<form method=POST action='../c?x=1&amp;y=2'><input name=a value='&quot;1&quot;'><input name=b>\
             <input type=submit name=c value=d><input type=checkbox name=e><input type=checkbox name=f checked>\
             <input value=nameless><button name=g value=h>Go</button></form><input name=outside>\
             <form><input name=z></form>",
        );
        let [first, second] = page.forms.as_slice() else { panic!("two forms, not {}", page.forms.len()) };
        assert_eq!(first.action.as_str(), "http://localhost:1/c?x=1&y=2");
        assert_eq!(first.method, Method::Post);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(first.fields, [pair("a", "\"1\""), pair("b", ""), pair("f", "on")]);
        assert_eq!((second.action.as_str(), second.method), ("http://localhost:1/a/b", Method::Get));
        assert_eq!(page.form_with("z"), Some(second));
    }

    #[test]
    fn the_form_that_a_script_submits_is_told_from_a_sign_in_form() {
        let form = |fields: &str| page(&format!("<form method=post>{fields}</form>")).auto_post().is_some();
        assert!(form("<input type=hidden name=SAMLResponse value=a>"));
        assert!(form("<input type=hidden name=SAMLRequest value=a>"));
        assert!(!form("<input type=hidden name=SAMLRequest value=a><input name=passwd>"));
        assert!(!form("<input name=login_name>"));
    }

    #[test]
    fn a_referrer_policy_hides_the_origin() {
        const OWN: &str = "http://localhost:1";
        for (policy, action, expected) in [
            ("", "/x", OWN),
            ("", "http://127.0.0.1:2/", OWN),
            ("strict-origin", "http://127.0.0.1:2/", OWN),
            ("same-origin", "/x", OWN),
            ("same-origin", "http://127.0.0.1:2/", "null"),
            ("no-referrer", "/x", "null"),
        ] {
            let url = Url::parse("http://localhost:1/a").unwrap();
            let page = Page::read(url, 200, Vec::new(), policy, &format!("<form action='{action}'></form>"));
            assert_eq!(page.forms[0].origin, expected, "{policy:?} to {action}");
        }
    }

    #[test]
    fn where_a_page_leads_is_seen_in_each_way_that_there_is() {
        for html in [
            "<a href=//evil.example/>x</a>",
            "<form action='http://evil.example/x'></form>",
            "<script>location = 'http://evil.example/'</script>",
            "<script src=http://evil.example/></script>",
            "<meta http-equiv=refresh content='0; url=//evil.example/'>",
        ] {
            assert!(page(html).leads_to("evil.example").is_some(), "{html}");
        }
        for html in [
            "<p>http://evil.example/</p>",
            "<a href='/?http://evil.example/'>x</a>",
            "<form><input name=a value='http://evil.example/'></form>",
        ] {
            assert_eq!(page(html).leads_to("evil.example"), None, "{html}");
        }
        let url = Url::parse("http://evil.example/").unwrap();
        assert!(Page::read(url, 303, Vec::new(), "", "").leads_to("evil.example").is_some());
    }

    #[test]
    fn links_are_absolute() {
        let hrefs: Vec<String> = page("<a href=/x>x</a><a>none</a><a href='http://127.0.0.1/'>y</a>")
            .links
            .iter()
            .map(|link| link.href.to_string())
            .collect();
        assert_eq!(hrefs, ["http://localhost:1/x", "http://127.0.0.1/"]);
    }
}
