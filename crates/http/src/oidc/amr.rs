//! How a person proved who they are, in the words of RFC 8176.

use landfall_accounts::Authentication;

/// What identity providers call a way to sign in, and what it is called to applications [rfc8176 2].
///
/// It is an allow list: a name that is not known here says nothing to an application.
const METHODS: [(&str, &str); 17] = [
    ("http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password", "pwd"),
    ("urn:oasis:names:tc:SAML:1.0:am:password", "pwd"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "pwd"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "pwd"),
    ("http://schemas.microsoft.com/claims/multipleauthn", "mfa"),
    ("https://refeds.org/profile/mfa", "mfa"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract", "mfa"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered", "mfa"),
    ("http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/x509", "pop"),
    ("http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/tlsclient", "pop"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:X509", "pop"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient", "pop"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard", "sc"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI", "sc"),
    ("urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken", "otp"),
    ("http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/windows", "wia"),
    ("urn:federation:authentication:windows", "wia"),
];

/// The `amr` of a person: of the methods that the identity provider lists, and of the context that it asserts [openid-core 2].
///
/// # Security
/// Whoever runs the identity provider says what he likes, of his own people.
pub(super) fn amr(authentication: &Authentication) -> Vec<&'static str> {
    let mut found = Vec::new();
    let said = authentication.methods().iter().map(String::as_str).chain(authentication.context());
    for name in said.filter_map(|said| METHODS.iter().find(|(of, _)| *of == said)).map(|(_, name)| *name) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOW;

    fn said(methods: &[&str], context: Option<&str>) -> Vec<&'static str> {
        amr(&Authentication::asserted(NOW, context, NOW).by(methods.iter().copied()))
    }

    /// [rfc8176 2]
    #[test]
    fn methods_have_the_names_of_the_standard() {
        const PASSWORD: &str =
            "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password";
        const SEVERAL: &str = "http://schemas.microsoft.com/claims/multipleauthn";
        const CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
        assert_eq!(said(&[PASSWORD, SEVERAL], Some(CONTEXT)), ["pwd", "mfa"]);
        assert_eq!(said(&[], Some(CONTEXT)), ["pwd"]);
        assert_eq!(said(&[], None), [""; 0]);
        for other in ["mfa", "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified", &SEVERAL.to_uppercase()] {
            assert_eq!(said(&[other], None), [""; 0], "{other}");
        }
    }
}
