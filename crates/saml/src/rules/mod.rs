//! The rules of Web Browser SSO, in order; a rule is one clause.
//!
//! Only the unsigned envelope and what a trusted key signed reach them.

mod asked;
mod assertion;
mod authn;
mod conditions;
mod confirmation;
mod envelope;
mod logout;

pub(crate) use logout::{LogoutContext, apply_to_request, apply_to_response};

use std::borrow::Cow;

use landfall_xmldsig::Certificate;
use time::OffsetDateTime;

use crate::decision::{Check, Decision, Verdict};
use crate::model::{Assertion, SubjectConfirmation, UnsignedEnvelope};
use crate::{IdentityProvider, PendingRequest, Policy, Reject, ServiceProvider};

/// All rules: name, clause, function.
pub(crate) const RULES: &[Rule] = &[
    ("response_version", "saml-core 3.2.2", envelope::version),
    ("response_issue_instant", "saml-core 3.2.2", envelope::issue_instant),
    ("destination", "saml-bindings 3.5.5.2", envelope::destination),
    ("response_issuer", "saml-profiles 4.1.4.2", envelope::issuer),
    ("response_in_response_to", "saml-core 3.2.2", envelope::in_response_to),
    ("version", "saml-core 2.3.3", assertion::version),
    ("issue_instant", "saml-core 2.3.3", assertion::issue_instant),
    ("issuer", "saml-profiles 4.1.4.2", assertion::issuer),
    ("certificate_dates", "adr 0007", assertion::certificate_dates),
    ("name_id_qualifier", "saml-core 2.2.2", assertion::name_id_qualifier),
    ("attributes_once", "saml-core 2.7.3", assertion::attributes_once),
    ("bearer", "saml-profiles 4.1.4.2", confirmation::bearer),
    ("recipient", "saml-profiles 4.1.4.3", confirmation::recipient),
    ("confirmation_not_before", "saml-profiles 4.1.4.2", confirmation::not_before),
    ("confirmation_not_on_or_after", "saml-profiles 4.1.4.3", confirmation::not_on_or_after),
    ("in_response_to", "saml-profiles 4.1.4.3", confirmation::in_response_to),
    ("unsolicited", "saml-profiles 4.1.5", confirmation::unsolicited),
    ("not_before", "saml-core 2.5.1.2", conditions::not_before),
    ("not_on_or_after", "saml-core 2.5.1.2", conditions::not_on_or_after),
    ("lifetime", "adr 0004", conditions::lifetime),
    ("audience", "saml-core 2.5.1.4, saml-profiles 4.1.4.2", conditions::audience),
    ("conditions_understood", "saml-core 2.5.1.1", conditions::understood),
    ("authn_statement", "saml-profiles 4.1.4.2", authn::statement),
    ("authn_instant", "saml-core 2.7.2", authn::instant),
    ("session_not_on_or_after", "saml-core 2.7.2", authn::session_end),
    ("force_authn", "saml-core 3.4.1", asked::force_authn),
    ("max_age", "saml-core 2.7.2", asked::max_age),
    ("requested_authn_context", "saml-core 3.3.2.2.1", asked::authn_context),
    ("name_id_policy", "saml-core 3.4.1.1", asked::name_id_format),
];

type Rule = (&'static str, &'static str, fn(&Context<'_>) -> Finding);

/// What a rule may look at.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) sp: &'a ServiceProvider,
    pub(crate) idp: &'a IdentityProvider,
    pub(crate) pending: Option<&'a PendingRequest>,
    pub(crate) policy: &'a Policy,
    pub(crate) now: OffsetDateTime,
    pub(crate) envelope: &'a UnsignedEnvelope,
    pub(crate) response_signed: bool,
    pub(crate) assertion: &'a Assertion,
    pub(crate) signers: &'a [&'a Certificate],
    /// The bearer confirmation that passes whole, or the first there is.
    pub(crate) confirmation: Option<&'a SubjectConfirmation>,
}

/// What a rule found.
pub(crate) struct Finding {
    expected: Cow<'static, str>,
    actual: Cow<'static, str>,
    outcome: Outcome,
}

enum Outcome {
    Pass,
    Skip,
    Warn(Reject),
    Fail(Reject),
}

impl Finding {
    /// Passes or fails.
    fn judge(
        expected: impl Into<Cow<'static, str>>,
        actual: impl Into<Cow<'static, str>>,
        holds: bool,
        reject: impl FnOnce() -> Reject,
    ) -> Self {
        let outcome = if holds { Outcome::Pass } else { Outcome::Fail(reject()) };
        Self { expected: expected.into(), actual: actual.into(), outcome }
    }

    /// There is nothing to judge.
    fn skip(expected: impl Into<Cow<'static, str>>, actual: impl Into<Cow<'static, str>>) -> Self {
        Self { expected: expected.into(), actual: actual.into(), outcome: Outcome::Skip }
    }

    /// A failure that the policy lets through.
    fn lenient(self) -> Self {
        match self.outcome {
            Outcome::Fail(reject) => Self { outcome: Outcome::Warn(reject), ..self },
            _ => self,
        }
    }

    fn holds(&self) -> bool {
        !matches!(self.outcome, Outcome::Fail(_))
    }
}

/// Evaluates all rules, notes each, and gives the first refusal.
pub(crate) fn apply(context: &Context<'_>, decision: &mut Decision) -> Result<(), Reject> {
    let confirmation = confirmation::choose(context);
    let context = Context { confirmation, ..*context };
    let mut refusal = None;
    for (name, citation, rule) in RULES {
        let reject = note(decision, name, citation, rule(&context));
        refusal = refusal.or(reject);
    }
    refusal.map_or(Ok(()), Err)
}

/// Writes a finding down, and gives back its refusal.
fn note(
    decision: &mut Decision,
    rule: &'static str,
    citation: &'static str,
    finding: Finding,
) -> Option<Reject> {
    let Finding { expected, actual, outcome } = finding;
    let (verdict, reject) = match outcome {
        Outcome::Pass => (Verdict::Pass, None),
        Outcome::Skip => (Verdict::Skip, None),
        Outcome::Warn(reject) => (Verdict::Warn, Some(reject)),
        Outcome::Fail(reject) => (Verdict::Fail, Some(reject)),
    };
    let (code, remedy) = (reject.as_ref().map(Reject::code), reject.as_ref().map(Reject::remedy));
    decision.push(Check { rule, citation, expected, actual, verdict, code, remedy });
    reject.filter(|_| verdict == Verdict::Fail)
}

/// A text that came, cut to what a line can show.
fn came(text: Option<&str>) -> Cow<'static, str> {
    match text {
        None => Cow::Borrowed("absent"),
        Some(text) => Cow::Owned(text.chars().take(200).collect()),
    }
}
