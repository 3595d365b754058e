//! Rules on the Response: its fields may be unsigned, so they can refuse and never grant.

use super::{Context, Finding, came};
use crate::{Policy, Reject, RequestId, instant};

/// The version is 2.0 [saml-core 3.2.2].
pub(super) fn version(cx: &Context<'_>) -> Finding {
    let found = &cx.envelope.version;
    Finding::judge("2.0", came(Some(found)), found == "2.0", || Reject::Version {
        element: "Response",
        found: found.clone(),
    })
}

/// It was not issued in the future [saml-core 3.2.2].
pub(super) fn issue_instant(cx: &Context<'_>) -> Finding {
    let issued = cx.envelope.issue_instant;
    let latest = cx.now + Policy::SKEW;
    Finding::judge(
        format!("at most {}", instant::write(latest)),
        instant::write(issued),
        issued <= latest,
        || Reject::IssuedInFuture { element: "Response", issued, now: cx.now },
    )
}

/// A Destination is our assertion consumer service, byte for byte; a signed Response has one [saml-bindings 3.5.5.2], [attack E4].
pub(super) fn destination(cx: &Context<'_>) -> Finding {
    let (want, found) = (cx.sp.acs().as_str(), cx.envelope.destination.as_deref());
    if found.is_none() && !cx.response_signed {
        return Finding::skip(format!("{want}, or absent"), "absent");
    }
    Finding::judge(want.to_owned(), came(found), found == Some(want), || Reject::Destination {
        want: want.to_owned(),
        found: found.map(str::to_owned),
    })
}

/// An Issuer is the identity provider; it may be absent [saml-profiles 4.1.4.2], [attack E11].
pub(super) fn issuer(cx: &Context<'_>) -> Finding {
    let want = cx.idp.entity_id();
    let Some(found) = cx.envelope.issuer.as_deref() else {
        return Finding::skip(format!("{want}, or absent"), "absent");
    };
    Finding::judge(want.to_string(), came(Some(found)), found == want.as_str(), || Reject::Issuer {
        element: "Response",
        want: want.clone(),
        found: found.to_owned(),
    })
}

/// An InResponseTo names the request that waits [saml-core 3.2.2]; the signed one decides, this one can only refuse.
pub(super) fn in_response_to(cx: &Context<'_>) -> Finding {
    let want = cx.pending.map(|pending| pending.request_id());
    let found = cx.envelope.in_response_to.as_deref();
    if found.is_none() {
        return Finding::skip("the request that waits, or absent", "absent");
    }
    let expected = want.map_or("absent", RequestId::as_str).to_owned();
    Finding::judge(expected, came(found), found == want.map(RequestId::as_str), || Reject::InResponseTo {
        want: want.cloned(),
        found: found.map(str::to_owned),
    })
}
