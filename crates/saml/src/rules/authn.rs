//! Rules on the statement that the person signed in.

use super::{Context, Finding};
use crate::{Policy, Reject, instant};

/// There is one [saml-profiles 4.1.4.2], [attack E23].
pub(super) fn statement(cx: &Context<'_>) -> Finding {
    let count = cx.assertion.authn_statements.len();
    Finding::judge("at least 1", count.to_string(), count > 0, || Reject::NoAuthnStatement)
}

/// Nobody signs in in the future [saml-core 2.7.2]; how long ago does not matter unless it was asked for.
pub(super) fn instant(cx: &Context<'_>) -> Finding {
    let Some(instant) = cx.assertion.authn_statements.iter().map(|statement| statement.authn_instant).max()
    else {
        return none();
    };
    let latest = cx.now + Policy::SKEW;
    Finding::judge(
        format!("at most {}", instant::write(latest)),
        instant::write(instant),
        instant <= latest,
        || Reject::AuthnInFuture { instant, now: cx.now },
    )
}

/// The session at the identity provider has not ended [saml-core 2.7.2].
pub(super) fn session_end(cx: &Context<'_>) -> Finding {
    let ends = cx.assertion.authn_statements.iter().filter_map(|statement| statement.session_not_on_or_after);
    let Some(end) = ends.min() else {
        return Finding::skip("an end that has not come, or none", "absent");
    };
    let earliest = cx.now - Policy::SKEW;
    Finding::judge(
        format!("later than {}", instant::write(earliest)),
        instant::write(end),
        earliest < end,
        || Reject::SessionEnded { end, now: cx.now },
    )
}

/// Without a statement there is nothing to judge: [`statement`] has refused.
fn none() -> Finding {
    Finding::skip("an AuthnStatement", "none")
}
