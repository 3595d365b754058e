//! Faults in who posts a response, when, and how often; the response itself is honest.

use super::{Edit, Fault};

/// What happens to honest responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The same response again, by the browser that began the login.
    ReplaySameBrowser,
    /// The same response again, by a browser that began nothing.
    ReplayOtherBrowser,
    /// Two responses to one request.
    AnsweredTwice,
    /// A response to the attacker's own request, posted by the victim's browser, which began nothing.
    OtherBrowser,
    /// The same, where the victim's browser waits for a response of its own.
    OtherBrowserThatWaits,
    /// A response that nobody asked for, a second time.
    UnsolicitedReplay,
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::refuse("replay-by-the-same-browser", "E1", Edit::Flow(Flow::ReplaySameBrowser)),
    Fault::refuse("replay-by-another-browser", "E1", Edit::Flow(Flow::ReplayOtherBrowser)),
    Fault::refuse("request-answered-twice", "E5", Edit::Flow(Flow::AnsweredTwice)),
    Fault::refuse("response-for-another-browser", "E18", Edit::Flow(Flow::OtherBrowser)),
    Fault::refuse("response-for-another-browser-that-waits", "E5", Edit::Flow(Flow::OtherBrowserThatWaits)),
    Fault::refuse("unsolicited-replay", "E1", Edit::Flow(Flow::UnsolicitedReplay)),
];
