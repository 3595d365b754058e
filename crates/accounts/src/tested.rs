use std::{fmt, str::FromStr};

use time::Duration;

use crate::{
    Arrival, AssertionUse, CertificateFingerprint, ConnectionId, Detail, Provision, Refusal, RequestId,
    TenantId, TokenHash, TraceId, UnknownName, UserId, UserState, named,
};

/// What a login was begun for; it never changes afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever finishes a login must handle both")]
pub enum LoginPurpose {
    /// A person wants to sign in.
    SignIn,
    /// An operator wants to see what would become of a person: no account, link or session comes of it.
    Test,
}

impl LoginPurpose {
    const ALL: [Self; 2] = [Self::SignIn, Self::Test];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for LoginPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LoginPurpose {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("purpose of a login", text, &Self::ALL, Self::name)
    }
}

/// How long the link of a test login can be opened, once.
pub const TEST_LINK_LIFETIME: Duration = Duration::minutes(15);

/// The response to a test login, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRecord {
    /// The connection.
    pub connection: ConnectionId,
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// The request that is answered.
    pub request: RequestId,
    /// Of the one-time cookie that the answer sets: what is kept is shown to the browser that has it and began the test.
    pub hop: TokenHash,
    /// What the response came to.
    pub judged: Judged,
    /// The request to us.
    pub trace: TraceId,
    /// The record of the decision: for the log, and for whoever tests.
    pub decision: Detail,
}

/// What a response to a test login came to, before anybody asks for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store must handle both")]
pub enum Judged {
    /// Every rule accepted it.
    Accepted {
        /// The certificate whose key signed.
        signer: CertificateFingerprint,
        /// The assertion that is used up.
        used: AssertionUse,
        /// Who it is.
        arrival: Box<Arrival>,
    },
    /// It was refused: nothing is used up, and the request waits on for a better one.
    Refused {
        /// The stable code.
        code: &'static str,
        /// What is wrong, without a value of the message.
        says: String,
    },
}

/// What became of a response to a test login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the login flow must handle both")]
pub enum TestOutcome {
    /// It is kept for the browser that began the test.
    Kept,
    /// The request is no test of this connection, is expired or consumed, or the connection takes no tests any more;
    /// nothing is kept.
    Gone,
}

/// What a test login came to, as it is kept for the browser that began it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Of the one-time cookie.
    pub hop: TokenHash,
    /// What would become of the person.
    pub verdict: TestVerdict,
    /// The record of the decision.
    pub decision: Detail,
}

impl Tested {
    /// How long it can be seen, after the response came.
    pub const LIFETIME: Duration = Duration::seconds(60);
}

/// What would become of the person: codes and ids, no value of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestVerdict {
    /// `would.…`, or the code of the refusal.
    pub code: String,
    /// The same in a sentence, for an operator.
    pub says: String,
    /// The account, if there is one.
    pub user: Option<UserId>,
}

impl TestVerdict {
    /// What carrying out a decision would do.
    ///
    /// ```
    /// use landfall_accounts::{Provision, Refusal, TestVerdict};
    ///
    /// let verdict = TestVerdict::of(&Provision::Refuse(Refusal::NoAccount));
    /// assert_eq!(verdict.code, "account.none");
    /// ```
    #[must_use]
    pub fn of(provision: &Provision) -> Self {
        let (code, says, user) = match provision {
            Provision::SignIn { user, name_taken_by: None } => (
                "would.sign_in",
                "the person would be signed in to the linked account".to_owned(),
                Some(user.id),
            ),
            Provision::SignIn { user, name_taken_by: Some(other) } => {
                let says = format!(
                    "the person would be signed in to the linked account; its user name would stay, since account {other} has the login name"
                );
                ("would.sign_in", says, Some(user.id))
            }
            Provision::Link(user) if user.state == UserState::Active => {
                let says = "the account of this user name would be linked, and the person signed in";
                ("would.link", says.to_owned(), Some(user.id))
            }
            Provision::Link(user) => {
                let says = "the account of this user name would be linked, and the person would wait for its activation";
                ("would.link_pending", says.to_owned(), Some(user.id))
            }
            Provision::Create(new) if new.state == UserState::Active => {
                ("would.create", "an account would be made, and the person signed in".to_owned(), None)
            }
            Provision::Create(_) => {
                let says = "an account would be made, and the person would wait for its activation";
                ("would.create_pending", says.to_owned(), None)
            }
            Provision::Refuse(refusal) => (refusal.code(), refusal.to_string(), with(refusal)),
        };
        Self { code: code.to_owned(), says, user }
    }

    /// A verdict that is no provisioning decision.
    #[must_use]
    pub fn refused(code: &str, says: &str) -> Self {
        Self { code: code.to_owned(), says: says.to_owned(), user: None }
    }

    /// Whether the person would be signed in.
    #[must_use]
    pub fn signs_in(&self) -> bool {
        ["would.sign_in", "would.link", "would.create"].contains(&self.code.as_str())
    }
}

fn with(refusal: &Refusal) -> Option<UserId> {
    match refusal {
        Refusal::Collision { with, .. } => Some(*with),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn purposes_round_trip() {
        for purpose in LoginPurpose::ALL {
            assert_eq!(purpose.to_string().parse(), Ok(purpose));
        }
        assert!("Test".parse::<LoginPurpose>().is_err());
    }

    #[test]
    fn only_an_active_account_would_sign_in() {
        let user = |state| Box::new(crate::User { state, ..testing::user("ada@contoso.example") });
        let ada = testing::user("ada@contoso.example").id;
        for (provision, code, id) in [
            (
                Provision::SignIn { user: user(UserState::Active), name_taken_by: None },
                "would.sign_in",
                Some(ada),
            ),
            (Provision::Link(user(UserState::Active)), "would.link", Some(ada)),
            (Provision::Link(user(UserState::Pending)), "would.link_pending", Some(ada)),
            (Provision::Refuse(Refusal::Guest), "account.guest", None),
        ] {
            let verdict = TestVerdict::of(&provision);
            assert_eq!((verdict.code.as_str(), verdict.user), (code, id));
            assert_eq!(verdict.signs_in(), matches!(code, "would.sign_in" | "would.link"));
        }
    }
}
