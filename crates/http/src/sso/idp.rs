//! From what is stored of a connection to what `landfall-saml` takes.

use std::borrow::Cow;

use landfall_accounts::{
    self as accounts, CertificateState, Connection, Danger, ForceAuthn, IdpBinding, IdpSession, SamlState,
    SloEndpoint, SsoEndpoint, TrustedCertificate,
};
use landfall_claims::AttributeSet;
use landfall_saml::{
    self as saml, Attribute, AuthnContextClass, Binding, Endpoint, IdentityProvider, Location, Login,
    LogoutEndpoint, NameId, NameIdFormat, Policy, RequestOptions, ServiceProvider,
};
use landfall_xmldsig::{AlgorithmPolicy, C14nMethod, Certificate, TrustedKeys};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::MaxAge;
use crate::PublicUrl;
use crate::error::{LoginError, StoredError};

/// The identity provider of a connection, with all keys that are trusted now [attack G6].
///
/// # Errors
/// [`StoredError`] if what is stored of it fits no connection of this version: no key that counts, an address
/// that is no address.
pub fn connection_provider(connection: &Connection) -> Result<IdentityProvider, StoredError> {
    let trusted = connection.idp.in_state(CertificateState::Trusted);
    let certificates: Vec<Certificate> = trusted.map(certificate).collect::<Result<_, _>>()?;
    let sso: Vec<Endpoint> = connection.idp.sso.iter().map(endpoint).collect::<Result<_, _>>()?;
    let slo: Vec<LogoutEndpoint> =
        connection.idp.slo.iter().map(logout_endpoint).collect::<Result<_, _>>()?;
    let entity_id = connection.idp.entity_id.as_str().try_into()?;
    Ok(IdentityProvider::new(entity_id, sso, TrustedKeys::new(certificates)?).with_slo(slo))
}

/// The same in a login or logout, where what is trusted must be good now.
///
/// # Security
/// `validUntil` beats the last good copy [saml-metadata 2.3.2], [attack F3].
pub(super) fn identity_provider(
    connection: &Connection,
    now: OffsetDateTime,
) -> Result<IdentityProvider, LoginError> {
    if let Some(valid_until) = connection.idp.valid_until.filter(|_| connection.idp.is_expired(now)) {
        return Err(LoginError::MetadataExpired { valid_until });
    }
    let in_state = |state| connection.idp.in_state(state).next();
    let name = || connection.name.clone();
    match (in_state(CertificateState::Trusted), in_state(CertificateState::Pending)) {
        (Some(_), _) => Ok(connection_provider(connection)?),
        (None, Some(waits)) => Err(LoginError::KeyWaiting { connection: name(), key: waits.fingerprint }),
        (None, None) => Err(LoginError::NoKeyCounts { connection: name() }),
    }
}

/// Whether each key that counts is one of Entra's directories, whose certificates are named so.
///
/// # Security
/// It says what to do about a refusal, and grants nothing: an identity provider names its certificates as it likes.
pub fn is_of_a_directory(connection: &Connection) -> bool {
    let mut trusted = connection.idp.in_state(CertificateState::Trusted).peekable();
    let named = |one: &TrustedCertificate| {
        certificate(one).is_ok_and(|certificate| certificate.subject().contains(DIRECTORY_SUBJECT))
    };
    trusted.peek().is_some() && trusted.all(named)
}

/// What certificates of Entra's directories are named; an application's are `Microsoft Azure Federated SSO Certificate`.
const DIRECTORY_SUBJECT: &str = "CN=accounts.accesscontrol.windows.net";

fn certificate(trusted: &TrustedCertificate) -> Result<Certificate, StoredError> {
    Ok(Certificate::from_der(&trusted.der)?)
}

fn endpoint(endpoint: &SsoEndpoint) -> Result<Endpoint, StoredError> {
    Ok(Endpoint { binding: binding(endpoint.binding), location: endpoint.location.as_str().try_into()? })
}

fn logout_endpoint(endpoint: &SloEndpoint) -> Result<LogoutEndpoint, StoredError> {
    let response = endpoint.response_location.as_ref();
    Ok(LogoutEndpoint {
        binding: binding(endpoint.binding),
        location: endpoint.location.as_str().try_into()?,
        response_location: response.map(|location| Location::try_from(location.as_str())).transpose()?,
    })
}

fn binding(binding: IdpBinding) -> Binding {
    match binding {
        IdpBinding::Redirect => Binding::Redirect,
        IdpBinding::Post => Binding::Post,
    }
}

/// What the identity provider calls the session of this login, to be kept until somebody signs out.
pub(super) fn idp_session(login: &Login) -> Result<IdpSession, StoredError> {
    let name_id = login.name_id();
    let kept = Kept {
        value: name_id.value().into(),
        format: name_id.format().map(Into::into),
        name_qualifier: name_id.name_qualifier().map(Into::into),
        sp_name_qualifier: name_id.sp_name_qualifier().map(Into::into),
    };
    Ok(IdpSession {
        name_id: name_id.value().to_owned(),
        saml: SamlState::new(serde_json::to_vec(&kept)?),
        index: login.session_index().map(str::to_owned),
    })
}

/// What Entra calls the methods by which a person signed in, all of them.
const METHODS: &str = "http://schemas.microsoft.com/claims/authnmethodsreferences";

/// The methods that the assertion lists, as the identity provider names them.
pub(super) fn methods(login: &Login) -> impl Iterator<Item = &str> {
    let listed = login.attributes().iter().filter(|attribute| attribute.name() == METHODS);
    listed.flat_map(|attribute| attribute.values()).map(String::as_str)
}

/// The NameID that was kept by [`idp_session`].
pub(super) fn name_id(state: &SamlState) -> Result<NameId, StoredError> {
    let kept: Kept<'_> = serde_json::from_slice(state.as_bytes())?;
    let [format, name_qualifier, sp_name_qualifier] =
        [&kept.format, &kept.name_qualifier, &kept.sp_name_qualifier].map(Option::as_deref);
    Ok(NameId::new(&kept.value, format, name_qualifier, sp_name_qualifier)?)
}

/// A NameID as JSON.
#[derive(Deserialize, Serialize)]
struct Kept<'a> {
    value: Cow<'a, str>,
    format: Option<Cow<'a, str>>,
    name_qualifier: Option<Cow<'a, str>>,
    sp_name_qualifier: Option<Cow<'a, str>>,
}

/// Our side towards a connection: its own name and address, or those that it shares with the others.
///
/// # Errors
/// [`StoredError`] if the name that is stored is none.
///
/// # Security
/// Two connections with names of their own are two services: what was said for one is refused by the other [attack E12].
pub fn service_provider<'a>(
    shared: &'a ServiceProvider,
    public_url: &PublicUrl,
    connection: &Connection,
) -> Result<Cow<'a, ServiceProvider>, StoredError> {
    let Some(own) = &connection.own_entity_id else { return Ok(Cow::Borrowed(shared)) };
    let at = |service| {
        Location::try_from(public_url.join(&format!("/saml/{}/{service}", connection.name)).as_str())
    };
    let slo = shared.slo().map(|_| at("slo")).transpose()?;
    Ok(Cow::Owned(shared.renamed(own.as_str().try_into()?, at("acs")?, slo)))
}

/// What a request of the connection asks for, with what this login asks for beside: it can only ask for more.
pub(super) fn request_options(
    connection: &Connection,
    wish: &Wish<'_>,
) -> Result<RequestOptions, StoredError> {
    let asking = &connection.settings.asking;
    let classes =
        asking.authn_context.as_slice().iter().map(|class| AuthnContextClass::try_from(class.as_str()));
    let classes: Vec<_> = classes.collect::<Result<_, _>>().map_err(StoredError::AuthnContext)?;
    let mut options = RequestOptions::default().with_authn_context(classes);
    if asking.force_authn == ForceAuthn::Always || wish.prompt == Some(Prompt::Login) {
        options = options.forcing_authn();
    }
    if wish.prompt == Some(Prompt::None) {
        options = options.passive();
    }
    if let Some(max_age) = wish.max_age {
        options = max_age.asked(options);
    }
    if let Some(hint) = wish.login_hint {
        options = options.with_login_hint(hint);
    }
    Ok(match asking.name_id_format {
        accounts::NameIdFormat::Any => options,
        accounts::NameIdFormat::Persistent => options.with_name_id_format(NameIdFormat::Persistent),
        accounts::NameIdFormat::EmailAddress => options.with_name_id_format(NameIdFormat::EmailAddress),
        accounts::NameIdFormat::Unspecified => options.with_name_id_format(NameIdFormat::Unspecified),
        accounts::NameIdFormat::Transient => options.with_name_id_format(NameIdFormat::Transient),
    })
}

/// What one login asks for beyond its connection's settings.
#[derive(Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    /// Who will sign in.
    pub(crate) login_hint: Option<&'a str>,
    pub(crate) prompt: Option<Prompt>,
    /// How long before the answer the person may have proved who they are.
    pub(crate) max_age: Option<MaxAge>,
}

/// Whether the identity provider is to ask the person, in the words of OpenID Connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// `login`: in any case.
    Login,
    /// `none`: in no case.
    None,
}

/// What the connection demands of a response now, with what it is freed from for a while [attack B9, C9, C10].
#[must_use]
pub fn policy(connection: &Connection, now: OffsetDateTime) -> Policy {
    let unsolicited = match connection.settings.unsolicited {
        accounts::Unsolicited::Refuse => saml::Unsolicited::Refuse,
        accounts::Unsolicited::Restart => saml::Unsolicited::Restart,
        accounts::Unsolicited::Accept => saml::Unsolicited::Accept,
    };
    let dates = match connection.settings.certificate_dates {
        accounts::CertificateDates::Refuse => saml::CertificateDates::Refuse,
        accounts::CertificateDates::Warn => saml::CertificateDates::Warn,
    };
    let (mut policy, mut algorithms) = (Policy::new(unsolicited, dates), AlgorithmPolicy::strict());
    for danger in connection.dangers(now) {
        match danger {
            Danger::Sha1 => algorithms = algorithms.danger_allow_sha1(),
            Danger::ShortRsa => algorithms = algorithms.danger_allow_short_rsa(),
            Danger::EmptyReference => algorithms = algorithms.danger_allow_empty_reference(),
            Danger::OtherC14n => {
                algorithms = C14nMethod::ALL.into_iter().fold(algorithms, AlgorithmPolicy::danger_allow_c14n);
            }
            Danger::MissingAudience => policy = policy.danger_allow_missing_audience(),
        }
    }
    policy.danger_algorithms(algorithms)
}

/// The attributes of an assertion, as the mapping takes them.
///
/// # Security
/// Those of a [`Login`] are signed; of nothing else is a set to be made.
#[must_use]
pub fn attribute_set(attributes: &[Attribute]) -> AttributeSet {
    attributes.iter().map(|attribute| (attribute.name(), attribute.values())).collect()
}
