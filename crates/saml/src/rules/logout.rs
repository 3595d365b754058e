//! The rules of single logout, in order; a rule is one clause.
//!
//! Only what a trusted key signed reaches them.

use landfall_xmldsig::Certificate;
use time::OffsetDateTime;

use super::{Finding, assertion, came, note};
use crate::decision::Decision;
use crate::model::{LogoutDemand, LogoutEnvelope, LogoutReport};
use crate::sp::SUCCESS;
use crate::{
    Binding, EntityId, IdentityProvider, LogoutKind, PendingLogout, Policy, Reject, RequestId,
    ServiceProvider, instant,
};

/// Rules on both messages: name, clause, function.
const MESSAGE_RULES: &[MessageRule] = &[
    ("version", "saml-core 3.2.1, 3.2.2", version),
    ("issue_instant", "saml-core 3.2.1, 3.2.2", issue_instant),
    ("age", "saml-core 3.2.1, 3.2.2", age),
    ("destination", "saml-bindings 3.4.5.2, 3.5.5.2", destination),
    ("certificate_dates", "adr 0007", certificate_dates),
];

/// Rules on a request.
const REQUEST_RULES: &[RequestRule] = &[
    ("issuer", "saml-profiles 4.4.4.1", request_issuer),
    ("not_on_or_after", "saml-core 3.7.1", not_on_or_after),
];

/// Rules on an answer.
const RESPONSE_RULES: &[ResponseRule] = &[
    ("issuer", "saml-profiles 4.4.4.2", response_issuer),
    ("in_response_to", "saml-core 3.2.2", in_response_to),
    ("status", "saml-core 3.2.2.2", status),
];

type MessageRule = (&'static str, &'static str, fn(&LogoutContext<'_>) -> Finding);
type RequestRule = (&'static str, &'static str, fn(&LogoutContext<'_>, &LogoutDemand) -> Finding);
type ResponseRule = (&'static str, &'static str, fn(&LogoutContext<'_>, &LogoutReport) -> Finding);

/// What every rule on a logout message may look at.
pub(crate) struct LogoutContext<'a> {
    pub(crate) sp: &'a ServiceProvider,
    pub(crate) idp: &'a IdentityProvider,
    pub(crate) pending: Option<&'a PendingLogout>,
    pub(crate) policy: &'a Policy,
    pub(crate) now: OffsetDateTime,
    pub(crate) kind: LogoutKind,
    pub(crate) binding: Binding,
    pub(crate) envelope: &'a LogoutEnvelope,
    pub(crate) signers: &'a [&'a Certificate],
}

/// Evaluates all rules on a request, notes each, and gives the first refusal.
pub(crate) fn apply_to_request(
    cx: &LogoutContext<'_>,
    demand: &LogoutDemand,
    decision: &mut Decision,
) -> Result<(), Reject> {
    let mut refusal = apply_to_message(cx, decision);
    for (name, citation, rule) in REQUEST_RULES {
        let reject = note(decision, name, citation, rule(cx, demand));
        refusal = refusal.or(reject);
    }
    refusal.map_or(Ok(()), Err)
}

/// The same of an answer.
pub(crate) fn apply_to_response(
    cx: &LogoutContext<'_>,
    report: &LogoutReport,
    decision: &mut Decision,
) -> Result<(), Reject> {
    let mut refusal = apply_to_message(cx, decision);
    for (name, citation, rule) in RESPONSE_RULES {
        let reject = note(decision, name, citation, rule(cx, report));
        refusal = refusal.or(reject);
    }
    refusal.map_or(Ok(()), Err)
}

fn apply_to_message(cx: &LogoutContext<'_>, decision: &mut Decision) -> Option<Reject> {
    let mut refusal = None;
    for (name, citation, rule) in MESSAGE_RULES {
        let reject = note(decision, name, citation, rule(cx));
        refusal = refusal.or(reject);
    }
    refusal
}

/// The version is 2.0 [saml-core 3.2.1, 3.2.2], [attack E24].
fn version(cx: &LogoutContext<'_>) -> Finding {
    let found = &cx.envelope.version;
    Finding::judge("2.0", came(Some(found)), found == "2.0", || Reject::Version {
        element: cx.kind.element(),
        found: found.clone(),
    })
}

/// It was not issued in the future [saml-core 3.2.1, 3.2.2], [attack E24].
fn issue_instant(cx: &LogoutContext<'_>) -> Finding {
    let (issued, latest) = (cx.envelope.issue_instant, cx.now + Policy::SKEW);
    Finding::judge(
        format!("at most {}", instant::write(latest)),
        instant::write(issued),
        issued <= latest,
        || Reject::IssuedInFuture { element: cx.kind.element(), issued, now: cx.now },
    )
}

/// It was not on its way for long, so that it need not be remembered for long [saml-core 3.2.1, 3.2.2], [attack E19].
fn age(cx: &LogoutContext<'_>) -> Finding {
    let (issued, earliest) = (cx.envelope.issue_instant, cx.now - Policy::LOGOUT_AGE - Policy::SKEW);
    Finding::judge(
        format!("later than {}", instant::write(earliest)),
        instant::write(issued),
        earliest < issued,
        || Reject::LogoutTooOld { issued, now: cx.now, most: Policy::LOGOUT_AGE },
    )
}

/// A Destination is our logout address, byte for byte [saml-bindings 3.4.5.2, 3.5.5.2], [attack E4].
///
/// There is one; Entra's answers by redirect lack it, and are held by the request that they name.
fn destination(cx: &LogoutContext<'_>) -> Finding {
    let (want, found) = (cx.sp.slo().map(|slo| slo.as_str()), cx.envelope.destination.as_deref());
    let expected = want.unwrap_or("a logout address of ours, which is not set").to_owned();
    let may_lack_it = cx.kind == LogoutKind::Response && cx.binding == Binding::Redirect;
    if found.is_none() && want.is_some() && may_lack_it {
        return Finding::skip(format!("{expected}, or absent"), "absent");
    }
    let holds = found.is_some() && found == want;
    Finding::judge(expected, came(found), holds, || Reject::LogoutDestination {
        want: want.map(str::to_owned),
        found: found.map(str::to_owned),
    })
}

/// The key that signed has a certificate that is valid now, or the policy only warns [attack C16].
fn certificate_dates(cx: &LogoutContext<'_>) -> Finding {
    assertion::dates(cx.signers, cx.policy, cx.now)
}

/// The Issuer is the connection's identity provider, byte for byte [saml-profiles 4.4.4.1], [attack E11].
fn request_issuer(cx: &LogoutContext<'_>, _: &LogoutDemand) -> Finding {
    issuer(cx, None)
}

/// The same of an answer, where Entra goes by another name of its own too [saml-profiles 4.4.4.2], [attack E11].
fn response_issuer(cx: &LogoutContext<'_>, _: &LogoutReport) -> Finding {
    issuer(cx, entra_alias(cx.idp.entity_id(), &cx.envelope.issuer))
}

fn issuer(cx: &LogoutContext<'_>, alias: Option<&EntityId>) -> Finding {
    let (want, found) = (cx.idp.entity_id(), &cx.envelope.issuer);
    let holds = found == want || alias == Some(found);
    Finding::judge(want.to_string(), came(Some(found.as_str())), holds, || Reject::Issuer {
        element: cx.kind.element(),
        want: want.clone(),
        found: found.to_string(),
    })
}

/// Hosts of Entra's issuers, each with the hosts by whose name it signs LogoutResponses, cloud by cloud.
const ENTRA_HOSTS: [(&str, &[&str]); 2] = [
    (
        "https://sts.windows.net/",
        &["https://login.microsoftonline.com/", "https://login.microsoftonline.us/"],
    ),
    (
        "https://sts.chinacloudapi.cn/",
        &["https://login.partner.microsoftonline.cn/", "https://login.chinacloudapi.cn/"],
    ),
];

/// The issuer that came, if it is the same tenant of Entra by the name that its LogoutResponses carry, and nothing else does.
fn entra_alias<'a>(want: &EntityId, found: &'a EntityId) -> Option<&'a EntityId> {
    let (tenant, hosts) =
        ENTRA_HOSTS.iter().find_map(|(issuer, hosts)| Some((want.as_str().strip_prefix(issuer)?, hosts)))?;
    let same = hosts.iter().any(|host| found.as_str().strip_prefix(host) == Some(tenant));
    Some(found).filter(|_| same && tenant.len() > 1 && tenant.find('/') == Some(tenant.len() - 1))
}

/// An end has not come; at the end itself it has [saml-core 3.7.1], [attack E7].
fn not_on_or_after(cx: &LogoutContext<'_>, demand: &LogoutDemand) -> Finding {
    let Some(end) = demand.not_on_or_after else {
        return Finding::skip("an end that has not come, or none", "absent");
    };
    let earliest = cx.now - Policy::SKEW;
    Finding::judge(
        format!("later than {}", instant::write(earliest)),
        instant::write(end),
        earliest < end,
        || Reject::LogoutExpired { end, now: cx.now },
    )
}

/// It names the request that waits, and this identity provider was asked [saml-core 3.2.2], [attack E5].
fn in_response_to(cx: &LogoutContext<'_>, report: &LogoutReport) -> Finding {
    let ours = cx.pending.filter(|pending| pending.idp() == cx.idp.entity_id());
    let want = ours.map(PendingLogout::request_id);
    let found = report.in_response_to.as_deref();
    let expected = want.map_or("a request that waits", RequestId::as_str).to_owned();
    let holds = want.is_some() && found == want.map(RequestId::as_str);
    Finding::judge(expected, came(found), holds, || Reject::LogoutInResponseTo {
        want: want.cloned(),
        found: found.map(str::to_owned),
    })
}

/// The person was signed out there, everywhere or in part; a nested Success does not count [saml-core 3.2.2.2], [attack E10].
fn status(_: &LogoutContext<'_>, report: &LogoutReport) -> Finding {
    let status = &report.status;
    let holds = status.code == SUCCESS || report.is_partial();
    Finding::judge(SUCCESS, came(Some(&status.code)), holds, || Reject::Status {
        code: status.code.clone(),
        detail: status.detail.clone(),
        message: status.message.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e11_entra_signs_answers_by_another_name_of_the_same_tenant() {
        let id = |text: &str| EntityId::try_from(text).unwrap();
        const TENANT: &str = "11111111-2222-4333-8444-555555555555";
        let is_alias = |want: &str, found: &str| entra_alias(&id(want), &id(found)).is_some();
        let sts = format!("https://sts.windows.net/{TENANT}/");
        for host in ["login.microsoftonline.com", "login.microsoftonline.us"] {
            assert!(is_alias(&sts, &format!("https://{host}/{TENANT}/")), "{host}");
        }
        let china = format!("https://sts.chinacloudapi.cn/{TENANT}/");
        for host in ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"] {
            assert!(is_alias(&china, &format!("https://{host}/{TENANT}/")), "{host}");
            assert!(!is_alias(&sts, &format!("https://{host}/{TENANT}/")), "{host}");
        }
        for other in [
            format!("https://login.microsoftonline.com/{TENANT}"),
            format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            format!("http://login.microsoftonline.com/{TENANT}/"),
            "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555556/".to_owned(),
            "https://login.microsoftonline.com/".to_owned(),
            format!("https://login.microsoftonline.com.evil.example/{TENANT}/"),
        ] {
            assert!(!is_alias(&sts, &other), "{other}");
        }
        assert!(!is_alias("https://sts.windows.net/", "https://login.microsoftonline.com/"));
        assert!(!is_alias("https://sts.windows.net//", "https://login.microsoftonline.com//"));
        assert!(!is_alias("https://idp.example/", &format!("https://login.microsoftonline.com/{TENANT}/")));
    }
}
