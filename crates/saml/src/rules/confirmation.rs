//! Rules on the bearer confirmation.

use super::{Context, Finding, came};
use crate::model::SubjectConfirmation;
use crate::{Policy, Reject, RequestId, Unsolicited, instant};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// The rules that one and the same confirmation must pass.
const CLAUSES: &[fn(&Context<'_>) -> Finding] = &[recipient, not_before, not_on_or_after, in_response_to];

/// The bearer confirmation that passes whole [saml-profiles 4.1.4.3], [attack E8]; else the first, whose failures are then told.
pub(super) fn choose<'a>(cx: &Context<'a>) -> Option<&'a SubjectConfirmation> {
    let bearers = || cx.assertion.confirmations.iter().filter(|confirmation| confirmation.method == BEARER);
    let passes = |confirmation: &&'a SubjectConfirmation| {
        let cx = Context { confirmation: Some(confirmation), ..*cx };
        CLAUSES.iter().all(|clause| clause(&cx).holds())
    };
    bearers().find(passes).or_else(|| bearers().next())
}

/// There is one with the method bearer; others do not count for it [saml-profiles 4.1.4.2].
pub(super) fn bearer(cx: &Context<'_>) -> Finding {
    let methods: Vec<String> = cx.assertion.confirmations.iter().map(|other| other.method.clone()).collect();
    let actual = came(Some(&methods.join(", ")));
    Finding::judge(BEARER, actual, cx.confirmation.is_some(), || Reject::NoBearer { found: methods.clone() })
}

/// Recipient is our assertion consumer service, byte for byte [saml-profiles 4.1.4.3], [attack E3].
pub(super) fn recipient(cx: &Context<'_>) -> Finding {
    let want = cx.sp.acs().as_str();
    let Some(confirmation) = cx.confirmation else { return none() };
    let found = confirmation.recipient.as_deref();
    Finding::judge(want.to_owned(), came(found), found == Some(want), || Reject::Recipient {
        want: want.to_owned(),
        found: found.map(str::to_owned),
    })
}

/// There is no NotBefore [saml-profiles 4.1.4.2].
pub(super) fn not_before(cx: &Context<'_>) -> Finding {
    let Some(confirmation) = cx.confirmation else { return none() };
    let found = confirmation.not_before.map(instant::write);
    Finding::judge("absent", came(found.as_deref()), found.is_none(), || Reject::ConfirmationNotBefore)
}

/// There is an end, and it has not come; at the end itself it has [saml-profiles 4.1.4.3], [attack E7].
pub(super) fn not_on_or_after(cx: &Context<'_>) -> Finding {
    let Some(confirmation) = cx.confirmation else { return none() };
    let end = confirmation.not_on_or_after;
    let earliest = cx.now - Policy::SKEW;
    let holds = end.is_some_and(|end| earliest < end);
    let expected = format!("later than {}", instant::write(earliest));
    Finding::judge(expected, came(end.map(instant::write).as_deref()), holds, || Reject::ConfirmationEnd {
        end,
        now: cx.now,
    })
}

/// It names the request that waits; where none waits, it names none [saml-profiles 4.1.4.3, 4.1.5], [attack E5].
///
/// One that is present but unknown is refused, and never taken for unsolicited.
pub(super) fn in_response_to(cx: &Context<'_>) -> Finding {
    let Some(confirmation) = cx.confirmation else { return none() };
    let want = cx.pending.map(|pending| pending.request_id());
    let found = confirmation.in_response_to.as_deref();
    let expected = want.map_or("absent", RequestId::as_str).to_owned();
    Finding::judge(expected, came(found), found == want.map(RequestId::as_str), || Reject::InResponseTo {
        want: want.cloned(),
        found: found.map(str::to_owned),
    })
}

/// A response that answers no request is one that the connection wants [saml-profiles 4.1.5], [attack E6].
pub(super) fn unsolicited(cx: &Context<'_>) -> Finding {
    if cx.pending.is_some() {
        return Finding::skip("an answer to a request", "one waits");
    }
    let refused = cx.policy.unsolicited() == Unsolicited::Refuse;
    let actual = format!("{:?}", cx.policy.unsolicited()).to_lowercase();
    Finding::judge("restart or accept", actual, !refused, || Reject::Unsolicited)
}

/// Without a bearer confirmation there is nothing to judge: [`bearer`] has refused.
fn none() -> Finding {
    Finding::skip("a bearer confirmation", "none")
}
