//! Rules on the assertion as a whole.

use std::collections::HashSet;

use landfall_xmldsig::Certificate;
use time::OffsetDateTime;

use super::{Context, Finding, came};
use crate::{CertificateDates, Policy, Reject, instant};

/// The version is 2.0 [saml-core 2.3.3], [attack E24].
pub(super) fn version(cx: &Context<'_>) -> Finding {
    let found = &cx.assertion.version;
    Finding::judge("2.0", came(Some(found)), found == "2.0", || Reject::Version {
        element: "Assertion",
        found: found.clone(),
    })
}

/// It was not issued in the future [saml-core 2.3.3].
pub(super) fn issue_instant(cx: &Context<'_>) -> Finding {
    let issued = cx.assertion.issue_instant;
    let latest = cx.now + Policy::SKEW;
    Finding::judge(
        format!("at most {}", instant::write(latest)),
        instant::write(issued),
        issued <= latest,
        || Reject::IssuedInFuture { element: "Assertion", issued, now: cx.now },
    )
}

/// The Issuer is the connection's identity provider, byte for byte [saml-profiles 4.1.4.2], [attack E11].
pub(super) fn issuer(cx: &Context<'_>) -> Finding {
    let (want, found) = (cx.idp.entity_id(), &cx.assertion.issuer);
    Finding::judge(want.to_string(), came(Some(found.as_str())), found == want, || Reject::Issuer {
        element: "Assertion",
        want: want.clone(),
        found: found.to_string(),
    })
}

/// Each key that signed has a certificate that is valid now, or the policy only warns [attack C16].
pub(super) fn certificate_dates(cx: &Context<'_>) -> Finding {
    dates(cx.signers, cx.policy, cx.now)
}

/// The same of whatever was signed.
pub(super) fn dates(signers: &[&Certificate], policy: &Policy, now: OffsetDateTime) -> Finding {
    let outside = |dates: &(OffsetDateTime, OffsetDateTime)| now < dates.0 || dates.1 < now;
    let dated = signers.iter().map(|signer| (signer, (signer.not_before(), signer.not_after())));
    let bad = dated.clone().find(|(_, dates)| outside(dates));
    let Some((signer, (not_before, not_after))) = bad.or_else(|| dated.clone().next()) else {
        return Finding::skip("a certificate that is valid now", "none");
    };
    let actual = format!("{} to {}", instant::write(not_before), instant::write(not_after));
    let finding =
        Finding::judge(format!("{} within its dates", instant::write(now)), actual, bad.is_none(), || {
            Reject::CertificateDates { fingerprint: signer.fingerprint(), not_before, not_after, now }
        });
    match policy.certificate_dates() {
        CertificateDates::Refuse => finding,
        CertificateDates::Warn => finding.lenient(),
    }
}

/// A NameID that is qualified for one service provider is qualified for us [saml-core 2.2.2], [attack E16].
pub(super) fn name_id_qualifier(cx: &Context<'_>) -> Finding {
    let want = cx.sp.entity_id();
    let Some(found) = cx.assertion.name_id.sp_name_qualifier.as_deref() else {
        return Finding::skip(format!("{want}, or absent"), "absent");
    };
    Finding::judge(want.to_string(), came(Some(found)), found == want.as_str(), || Reject::NameQualifier {
        found: found.to_owned(),
        want: want.clone(),
    })
}

/// No attribute name stands twice: which of the two would count, nobody says [saml-core 2.7.3], [attack E15].
pub(super) fn attributes_once(cx: &Context<'_>) -> Finding {
    let mut names = HashSet::new();
    let mut attributes = cx.assertion.attributes.iter();
    let twice = attributes
        .find(|attribute| !names.insert((attribute.name.as_str(), attribute.name_format.as_deref())));
    let actual =
        twice.map_or_else(|| format!("{} names", names.len()).into(), |twice| came(Some(&twice.name)));
    Finding::judge("each attribute once", actual, twice.is_none(), || Reject::AttributeTwice {
        name: twice.map(|twice| twice.name.clone()).unwrap_or_default(),
    })
}
