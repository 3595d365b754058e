//! The pages that people see, as templates.

use askama::Template;
use serde::Deserialize;

use crate::sso::MaxAge;

/// Asks for the name that tells the organisation.
#[derive(Default, Template)]
#[template(path = "landing.html")]
pub(crate) struct Landing<'a> {
    pub(crate) target: &'a str,
    pub(crate) login_name: &'a str,
    /// How long ago the person may have proved who they are, if the link says so.
    pub(crate) max_age: Option<MaxAge>,
    /// Whether the browser holds a session that is none any more; it does not say why.
    pub(crate) ended: bool,
    /// Whether nothing is known of the name that was entered; it does not say what.
    pub(crate) unknown: bool,
    /// Where a login begins that may ask, if one that might not has failed.
    pub(crate) onward: Option<&'a str>,
}

/// One sentence, what to do, and perhaps where to go.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct Message<'a> {
    pub(crate) sentence: &'a str,
    pub(crate) advice: &'a str,
    pub(crate) again: Option<&'a str>,
    pub(crate) again_text: &'a str,
    pub(crate) trace: Option<&'a str>,
}

/// One sentence and what to do, at the host of a site.
#[derive(Template)]
#[template(path = "site_message.html")]
pub(crate) struct SiteMessage<'a> {
    pub(crate) sentence: &'a str,
    pub(crate) advice: &'a str,
    pub(crate) trace: &'a str,
}

/// Asks before a link at a site signs somebody out.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub(crate) struct SignOut<'a> {
    pub(crate) user_name: &'a str,
    pub(crate) back: &'a str,
}

/// Asks an invited person to activate the account.
#[derive(Template)]
#[template(path = "activate.html")]
pub(crate) struct Activate<'a> {
    pub(crate) link: &'a str,
}

/// Leads a person whose account was just activated to the sign-in.
#[derive(Template)]
#[template(path = "activated.html")]
pub(crate) struct Activated<'a> {
    pub(crate) login_name: &'a str,
    pub(crate) target: &'a str,
}

/// Asks before one person's session takes the place of another's.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm<'a> {
    pub(crate) current: &'a str,
    pub(crate) arriving: &'a str,
    pub(crate) handle: &'a str,
}

/// A form that goes to the identity provider by itself.
#[derive(Template)]
#[template(path = "post.html")]
pub(crate) struct Post<'a> {
    pub(crate) location: &'a str,
    pub(crate) field: &'a str,
    pub(crate) message: &'a str,
    pub(crate) relay_state: Option<&'a str>,
    pub(crate) script: &'a str,
}

/// What a test login came to.
#[derive(Template)]
#[template(path = "test.html")]
pub(crate) struct Test<'a> {
    pub(crate) connection: &'a str,
    pub(crate) state: &'a str,
    pub(crate) accepted: bool,
    pub(crate) says: &'a str,
    pub(crate) code: &'a str,
    pub(crate) user: Option<&'a str>,
    pub(crate) decided: Decided,
    pub(crate) trace: &'a str,
}

/// The record of a decision, read back.
#[derive(Deserialize)]
pub(crate) struct Decided {
    signer: Option<String>,
    checks: Vec<CheckLine>,
    #[serde(default)]
    fields: Vec<FieldLine>,
    #[serde(default)]
    claims: Vec<String>,
}

/// One check.
#[derive(Deserialize)]
struct CheckLine {
    rule: String,
    citation: Option<String>,
    expected: Option<String>,
    actual: Option<String>,
    verdict: String,
    code: Option<String>,
    remedy: Option<String>,
}

/// Where one field of the profile comes from.
#[derive(Deserialize)]
struct FieldLine {
    field: String,
    claim: String,
    attribute: Option<String>,
    /// Whether its value is the mapping's own.
    by_itself: bool,
    /// Whether something arrived that cannot be taken.
    refused: bool,
    /// Why there is no value although something arrived.
    note: Option<String>,
}

/// Who is signed in, and where.
#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct Account<'a> {
    pub(crate) name: &'a str,
    pub(crate) user_name: &'a str,
    pub(crate) email: Option<&'a str>,
    pub(crate) roles: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) connection: &'a str,
    /// Whether the organisation can be asked to sign the person out too.
    pub(crate) organisation_too: bool,
    pub(crate) sessions: Vec<SessionLine>,
}

/// One session in the list.
pub(crate) struct SessionLine {
    pub(crate) id: String,
    pub(crate) browser: String,
    pub(crate) since: Minute,
    pub(crate) used: Minute,
    pub(crate) current: bool,
}

/// A time, for people and for programs.
pub(crate) struct Minute {
    pub(crate) text: String,
    pub(crate) machine: String,
}
