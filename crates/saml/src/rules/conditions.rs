//! Rules on Conditions.

use super::{Context, Finding, came};
use crate::error::audiences;
use crate::model::Condition;
use crate::policy::Audience;
use crate::{Policy, Reject, instant};

/// The start has come; at the start itself it has [saml-core 2.5.1.2].
pub(super) fn not_before(cx: &Context<'_>) -> Finding {
    let Some(start) = cx.assertion.conditions.not_before else {
        return Finding::skip("a start that has come, or none", "absent");
    };
    let latest = cx.now + Policy::SKEW;
    Finding::judge(
        format!("at most {}", instant::write(latest)),
        instant::write(start),
        start <= latest,
        || Reject::NotYetValid { start, now: cx.now, skew: Policy::SKEW },
    )
}

/// The end has not come; at the end itself it has [saml-core 2.5.1.2], [attack E7].
pub(super) fn not_on_or_after(cx: &Context<'_>) -> Finding {
    let Some(end) = cx.assertion.conditions.not_on_or_after else {
        return Finding::skip("an end that has not come, or none", "absent");
    };
    let earliest = cx.now - Policy::SKEW;
    Finding::judge(
        format!("later than {}", instant::write(earliest)),
        instant::write(end),
        earliest < end,
        || Reject::Expired { end, now: cx.now, skew: Policy::SKEW },
    )
}

/// It ends soon enough to be remembered against replay until then [adr 0004].
pub(super) fn lifetime(cx: &Context<'_>) -> Finding {
    let latest = cx.now + Policy::LONGEST;
    let end = cx.assertion.usable_until().unwrap_or(cx.now);
    Finding::judge(format!("at most {}", instant::write(latest)), instant::write(end), end <= latest, || {
        Reject::TooLong { end, most: Policy::LONGEST }
    })
}

/// Each restriction names us, and there is one [saml-core 2.5.1.4], [saml-profiles 4.1.4.2], [attack E2].
pub(super) fn audience(cx: &Context<'_>) -> Finding {
    let want = cx.sp.entity_id();
    let restrictions = cx.assertion.conditions.conditions.iter().filter_map(|condition| match condition {
        Condition::Audience(audiences) => Some(audiences.clone()),
        _ => None,
    });
    let found: Vec<Vec<String>> = restrictions.collect();
    let named = |audiences: &Vec<String>| audiences.iter().any(|audience| audience == want.as_str());
    let holds = !found.is_empty() && found.iter().all(named);
    if found.is_empty() && cx.policy.audience() == Audience::Optional {
        return Finding::skip(format!("{want}, or absent"), "absent");
    }
    Finding::judge(want.to_string(), came(Some(&audiences(&found))), holds, || Reject::Audience {
        found: found.clone(),
        want: want.clone(),
    })
}

/// Every condition is one that we understand [saml-core 2.5.1.1], [attack E9].
///
/// OneTimeUse holds for every assertion here, and ProxyRestriction binds those who issue assertions, which we do not.
pub(super) fn understood(cx: &Context<'_>) -> Finding {
    let unknown = cx.assertion.conditions.conditions.iter().find_map(|condition| match condition {
        Condition::Audience(_) | Condition::OneTimeUse | Condition::ProxyRestriction => None,
        Condition::Unknown(name) => Some(name),
    });
    let actual = unknown.map_or_else(|| "no other".into(), |name| came(Some(name)));
    Finding::judge("AudienceRestriction, OneTimeUse, ProxyRestriction", actual, unknown.is_none(), || {
        Reject::Condition { found: unknown.cloned().unwrap_or_default() }
    })
}
