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
#[template(path = "sign_out_of_site.html")]
pub(crate) struct SignOutOfSite<'a> {
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
    pub(crate) offers: Vec<OfferLine>,
    pub(crate) activations: Vec<ActivationLine>,
}

/// One session in the list.
pub(crate) struct SessionLine {
    pub(crate) id: String,
    pub(crate) browser: String,
    pub(crate) since: Minute,
    pub(crate) used: Minute,
    pub(crate) current: bool,
}

/// An application that the person's organisation may activate.
pub(crate) struct OfferLine {
    pub(crate) title: String,
    pub(crate) download: Option<String>,
    pub(crate) start: Option<String>,
}

/// One application that the person has activated.
pub(crate) struct ActivationLine {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) browser: String,
    pub(crate) since: Minute,
    pub(crate) used: Minute,
}

/// Asks whether an application on the person's device may have a code.
#[derive(Template)]
#[template(path = "activate_application.html")]
pub(crate) struct ActivateApplication<'a> {
    pub(crate) title: &'a str,
    pub(crate) person: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) download: Option<&'a str>,
    pub(crate) terms: Option<ShownTerms<'a>>,
    /// Whether the person wanted to go on and had not accepted them.
    pub(crate) unaccepted: bool,
    /// What the application asks for, as a query.
    pub(crate) request: &'a str,
}

/// What a person accepts.
pub(crate) struct ShownTerms<'a> {
    pub(crate) text: &'a str,
    /// A name for this text and no other.
    pub(crate) version: String,
}

/// Asks for the code that a device shows.
#[derive(Template)]
#[template(path = "enter_code.html")]
pub(crate) struct EnterCode<'a> {
    pub(crate) code: &'a str,
    /// Whether nothing waits by the code that was entered.
    pub(crate) unknown: bool,
}

/// Asks whether the device is the person's own.
#[derive(Template)]
#[template(path = "approve_device.html")]
pub(crate) struct ApproveDevice<'a> {
    pub(crate) title: &'a str,
    pub(crate) person: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) code: &'a str,
    pub(crate) terms: Option<ShownTerms<'a>>,
    /// Whether the person wanted to go on and had not accepted them.
    pub(crate) unaccepted: bool,
}

/// Asks whether the person wants to be signed out, as an application says.
#[derive(Template)]
#[template(path = "sign_out.html")]
pub(crate) struct SignOut<'a> {
    pub(crate) person: &'a str,
    /// What the application asks for, as a query.
    pub(crate) request: &'a str,
}

/// A time, for people and for programs.
pub(crate) struct Minute {
    pub(crate) text: String,
    pub(crate) machine: String,
}
