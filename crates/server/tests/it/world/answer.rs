use axum::http::{HeaderMap, header};
use url::Url;

use super::HOME;

/// What a browser got.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn trace(&self) -> &str {
        self.header("x-trace-id").expect("a trace id")
    }

    /// The `Set-Cookie` headers.
    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// Where a 303 leads, exactly.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.header("location").expect("a location")
    }

    /// The page has this status; gives the page, to read on.
    #[track_caller]
    pub(crate) fn page(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{} {:?} {}", self.url, self.header("location"), self.body);
        &self.body
    }

    /// The first form that has a field of this name or, if none has, goes to an address that ends so.
    #[track_caller]
    pub(crate) fn form(&self, field_or_action: &str) -> Form {
        let forms = self.forms();
        let with_field = forms.iter().find(|form| form.value(field_or_action).is_some());
        let found = with_field.or_else(|| forms.iter().find(|form| form.action.ends_with(field_or_action)));
        found.unwrap_or_else(|| panic!("no form {field_or_action}: {} {}", self.status, self.body)).clone()
    }

    fn forms(&self) -> Vec<Form> {
        let texts = self.body.split("<form ").skip(1);
        texts
            .map(|text| {
                let (text, _) = text.split_once("</form>").expect("the end of a form");
                let inputs = text.split("<input ").skip(1).map(|input| input.split_once('>').unwrap().0);
                let fields = inputs.filter_map(|input| {
                    Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()))
                });
                let action = attribute(text.split_once('>').unwrap().0, "action").unwrap();
                Form {
                    page: self.url.clone(),
                    action: self.url.join(&action).unwrap().into(),
                    fields: fields.collect(),
                }
            })
            .collect()
    }
}

/// A form on a page, filled in.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Where it stands.
    pub(crate) page: Url,
    /// Where it goes.
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// An empty form on a page of Landfall that goes to this path of it.
    pub(crate) fn own(path: &str) -> Self {
        let page = Url::parse(HOME).unwrap();
        Self { action: page.join(path).unwrap().into(), page, fields: Vec::new() }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// The form with this value in a field, which is added if it is not there.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(of, _)| of != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(of, _)| of != name);
        self
    }
}

/// An attribute of a tag, as a browser reads it.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split_once('"')?.0))
}

/// Text with its character references resolved; our pages and the double's write numeric ones alone.
fn unescaped(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (code, rest) =
            piece.strip_prefix('#').and_then(|piece| piece.split_once(';')).expect("a reference");
        out.push(char::from_u32(code.parse().unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}
