//! Entra's own error codes: what each means, and what to set where.

/// A code that Entra shows, or sends in a status message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntraCode {
    /// `AADSTS` and a number.
    pub code: &'static str,
    /// What it means here.
    pub cause: &'static str,
    /// What to do, with the place in Entra's portal in brackets.
    pub remedy: &'static str,
}

/// The codes that sign-on by SAML meets, in the order of their numbers.
///
/// ```
/// let unassigned = landfall_saml::ENTRA_CODES.iter().find(|known| known.code == "AADSTS50105");
/// assert!(unassigned.is_some_and(|known| known.remedy.starts_with("Assign the person")));
/// ```
pub const ENTRA_CODES: &[EntraCode] = &[
    EntraCode {
        code: "AADSTS16000",
        cause: "the account belongs to another tenant or provider",
        remedy: "Sign in with an account of this tenant, or invite the account as a guest (Entra: Users, Invite external user).",
    },
    EntraCode {
        code: "AADSTS50003",
        cause: "the application has no signing certificate that is valid",
        remedy: "Create a signing certificate and make it active (Entra: Single sign-on, SAML Certificates).",
    },
    EntraCode {
        code: "AADSTS50006",
        cause: "our request's signature was not believed",
        remedy: "Upload the certificate that `landfall certificate signing` prints (Entra: Single sign-on, Verification certificates).",
    },
    EntraCode {
        code: "AADSTS50011",
        cause: "the reply address is not registered",
        remedy: "Add our assertion consumer service address, letter for letter (Entra: Basic SAML Configuration, Reply URL).",
    },
    EntraCode {
        code: "AADSTS50020",
        cause: "the account belongs to another tenant or provider",
        remedy: "Sign in with an account of this tenant, or invite the account as a guest (Entra: Users, Invite external user).",
    },
    EntraCode {
        code: "AADSTS50034",
        cause: "the person is not in the directory",
        remedy: "Create or invite the person in this tenant (Entra: Users).",
    },
    EntraCode {
        code: "AADSTS50053",
        cause: "the account is locked",
        remedy: "Wait, or unlock the account (Entra: Users).",
    },
    EntraCode {
        code: "AADSTS50055",
        cause: "the password has expired",
        remedy: "Set a new password, then sign in again.",
    },
    EntraCode {
        code: "AADSTS50057",
        cause: "the account is disabled",
        remedy: "Enable the account (Entra: Users, Account status).",
    },
    EntraCode {
        code: "AADSTS50058",
        cause: "nobody is signed in, and the request forbade to ask",
        remedy: "Sign in at the identity provider first, or begin a login that may ask.",
    },
    EntraCode {
        code: "AADSTS50074",
        cause: "a second factor is needed",
        remedy: "Complete the second factor when Entra asks for it.",
    },
    EntraCode {
        code: "AADSTS50076",
        cause: "a second factor is needed",
        remedy: "Complete the second factor when Entra asks for it.",
    },
    EntraCode {
        code: "AADSTS50079",
        cause: "the person has enrolled no second factor",
        remedy: "Enrol a second factor (Entra: Security info of the person).",
    },
    EntraCode {
        code: "AADSTS50105",
        cause: "the person is not assigned to the application",
        remedy: "Assign the person, or a group that they are a direct member of (Entra: Enterprise application, Users and groups), or set Assignment required to No.",
    },
    EntraCode {
        code: "AADSTS50126",
        cause: "the password is wrong",
        remedy: "Sign in again with the right password, or reset it.",
    },
    EntraCode {
        code: "AADSTS50146",
        cause: "the application has no signing key of its own",
        remedy: "Create a signing certificate and make it active (Entra: Single sign-on, SAML Certificates).",
    },
    EntraCode {
        code: "AADSTS50194",
        cause: "the application belongs to one tenant, and the common address was used",
        remedy: "Import the metadata of the tenant, whose addresses hold its ID and not `common`.",
    },
    EntraCode {
        code: "AADSTS51004",
        cause: "the person is not in the directory",
        remedy: "Create or invite the person in this tenant (Entra: Users).",
    },
    EntraCode {
        code: "AADSTS53003",
        cause: "a Conditional Access policy forbids it",
        remedy: "Change the policy, or meet its conditions (Entra: Conditional Access, Sign-in logs).",
    },
    EntraCode {
        code: "AADSTS65005",
        cause: "the application is configured for other resources",
        remedy: "Compare Identifier and permissions of the application with ours (Entra: Basic SAML Configuration, Identifier).",
    },
    EntraCode {
        code: "AADSTS70001",
        cause: "the application is disabled or not in this tenant",
        remedy: "Enable the application (Entra: Enterprise application, Enabled for users to sign-in), in the tenant that the metadata came from.",
    },
    EntraCode {
        code: "AADSTS75003",
        cause: "the answer was asked for by another way than a form",
        remedy: "Let the request ask for HTTP-POST.",
    },
    EntraCode {
        code: "AADSTS75005",
        cause: "the request is no valid SAML request",
        remedy: "Compare it with the request that `landfall inspect` explains; something changed it on the way.",
    },
    EntraCode {
        code: "AADSTS75008",
        cause: "the request was sent to an address that does not take it",
        remedy: "Renew the connection from the current metadata: the sign-on address has changed.",
    },
    EntraCode {
        code: "AADSTS75011",
        cause: "the person signed in by another method than was asked for",
        remedy: "Ask for no method (authn-context=any), or make the person sign in anew (force-authn=always).",
    },
    EntraCode {
        code: "AADSTS75016",
        cause: "the NameID format that was asked for is not offered",
        remedy: "Ask for persistent, emailAddress, unspecified or transient, or for none.",
    },
    EntraCode {
        code: "AADSTS76021",
        cause: "the request must be signed",
        remedy: "Upload the certificate that `landfall certificate signing` prints (Entra: Single sign-on, Verification certificates).",
    },
    EntraCode {
        code: "AADSTS76026",
        cause: "the request is too old",
        remedy: "Set this server's clock, and sign in again without an old page.",
    },
    EntraCode {
        code: "AADSTS90002",
        cause: "there is no such tenant",
        remedy: "Import the metadata of the right tenant: the ID in its addresses is unknown.",
    },
    EntraCode {
        code: "AADSTS90011",
        cause: "the request holds a part that Entra does not take",
        remedy: "Take that part out of the request.",
    },
    EntraCode {
        code: "AADSTS501241",
        cause: "a claim has no source for this person",
        remedy: "Fill the attribute that NameID or the claim is made of, or choose another (Entra: Attributes & Claims).",
    },
    EntraCode {
        code: "AADSTS650056",
        cause: "the application is misconfigured",
        remedy: "Set Identifier to exactly our entity ID (Entra: Basic SAML Configuration), and grant consent.",
    },
    EntraCode {
        code: "AADSTS700016",
        cause: "the tenant has no application with our entity ID",
        remedy: "Set Identifier to exactly our entity ID (Entra: Basic SAML Configuration, Identifier), in the tenant that the metadata came from.",
    },
    EntraCode {
        code: "AADSTS750054",
        cause: "the sign-on address was opened without a request",
        remedy: "Start from this service's sign-in page, not from the identity provider's address.",
    },
    EntraCode {
        code: "AADSTS900236",
        cause: "the request holds a part that Entra does not take",
        remedy: "Take that part out of the request.",
    },
    EntraCode {
        code: "AADSTS7500529",
        cause: "the ID of the request is none",
        remedy: "Report it: an ID begins with a letter or _.",
    },
    EntraCode {
        code: "AADSTS7500530",
        cause: "the logout request names nobody",
        remedy: "Report it: a logout request needs a NameID.",
    },
];

/// What is known of this code.
pub(crate) fn find(code: &str) -> Option<&'static EntraCode> {
    ENTRA_CODES.iter().find(|known| known.code == code)
}
