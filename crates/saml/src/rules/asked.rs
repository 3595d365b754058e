//! Rules on what the request asked for beyond a sign-in; where it asked for nothing they have nothing to judge.

use super::{Context, Finding, came};
use crate::{AuthnContextClass, NameIdFormat, PendingRequest, Policy, Reject, instant};

const NOTHING: &str = "whatever comes, nothing was asked for";

/// After ForceAuthn each statement is of an authentication that followed the request, and not of an older session [saml-core 3.4.1], [attack E23].
pub(super) fn force_authn(cx: &Context<'_>) -> Finding {
    let instants = cx.assertion.authn_statements.iter().map(|statement| statement.authn_instant);
    let asked = cx.pending.and_then(|pending| pending.asked().anew_since);
    let (Some(since), Some(instant)) = (asked, instants.min()) else {
        return Finding::skip(NOTHING, "not looked at");
    };
    let earliest = since - Policy::SKEW;
    Finding::judge(
        format!("at least {}", instant::write(earliest)),
        instant::write(instant),
        earliest <= instant,
        || Reject::AuthnNotAnew { instant, since },
    )
}

/// Where an age was asked for, no statement is of an authentication that is older [saml-core 2.7.2], [attack E23].
pub(super) fn max_age(cx: &Context<'_>) -> Finding {
    let instants = cx.assertion.authn_statements.iter().map(|statement| statement.authn_instant);
    let asked = cx.pending.and_then(PendingRequest::max_age);
    let (Some(max_age), Some(instant)) = (asked, instants.min()) else {
        return Finding::skip(NOTHING, "not looked at");
    };
    let now = cx.now;
    let within = now - instant <= max_age.saturating_add(Policy::SKEW);
    Finding::judge(
        format!(
            "at most {} s before {}",
            max_age.saturating_add(Policy::SKEW).whole_seconds(),
            instant::write(now)
        ),
        instant::write(instant),
        within,
        || Reject::AuthnTooOld { instant, max_age, now },
    )
}

/// The class of each statement is one that was asked for, byte for byte [saml-core 3.3.2.2.1], [attack E23].
pub(super) fn authn_context(cx: &Context<'_>) -> Finding {
    let want = cx.pending.map(|pending| pending.asked().classes.as_slice()).unwrap_or_default();
    if want.is_empty() {
        return Finding::skip(NOTHING, "not looked at");
    }
    let found = || cx.assertion.authn_statements.iter().map(|statement| statement.class.as_deref());
    let is_wanted =
        |class: Option<&str>| class.is_some_and(|class| want.iter().any(|one| one.as_str() == class));
    let other = found().find(|class| !is_wanted(*class));
    let actual = other.unwrap_or_else(|| found().next().flatten());
    let want: Vec<&str> = want.iter().map(AuthnContextClass::as_str).collect();
    Finding::judge(want.join(" or "), came(actual), other.is_none(), || Reject::AuthnContext {
        want: want.join(" or "),
        found: actual.map(str::to_owned),
    })
}

/// The NameID has the format that was asked for; unspecified leaves the choice to the identity provider [saml-core 3.4.1.1].
pub(super) fn name_id_format(cx: &Context<'_>) -> Finding {
    let asked = cx.pending.and_then(|pending| pending.asked().name_id_format);
    let Some(want) = asked.filter(|format| *format != NameIdFormat::Unspecified) else {
        return Finding::skip(NOTHING, "not looked at");
    };
    let found = cx.assertion.name_id.format();
    Finding::judge(want.uri(), came(found), found == Some(want.uri()), || Reject::NameIdFormat {
        want: want.uri(),
        found: found.map(str::to_owned),
    })
}
