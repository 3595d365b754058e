use std::{fmt, str::FromStr};

use landfall_claims::Preset;

use crate::{Asking, Connection, ConnectionKind, ShorterSessions, UnknownName, named};

/// The policy of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// `preset`: how attributes become a profile.
    pub preset: Preset,
    /// `jit`: whether a person without an account gets one at sign-in.
    pub jit: Jit,
    /// `unsolicited`: what a response that nobody asked for may do.
    pub unsolicited: Unsolicited,
    /// `certificate-dates`: whether the dates of a signing certificate count.
    pub certificate_dates: CertificateDates,
    /// `guests`: whether guests of an Entra directory may sign in.
    pub guests: Guests,
    /// What its requests ask for beyond a sign-in.
    pub asking: Asking,
    /// What its sessions are held to beyond the limits of the installation.
    pub sessions: ShorterSessions,
}

impl ConnectionSettings {
    /// The policy of a connection that was just imported.
    ///
    /// Entra: the four claims of the tutorial, and a certificate outside its dates refuses.
    /// Others: Entra's default claim names, and such a certificate warns.
    /// Both: accounts are made at sign-in, an unsolicited response restarts the login, guests are refused.
    #[must_use]
    pub fn for_kind(kind: &ConnectionKind) -> Self {
        let (preset, certificate_dates) = match kind {
            ConnectionKind::Entra { .. } => (Preset::EntraSmartconnect, CertificateDates::Refuse),
            ConnectionKind::Other { .. } => (Preset::EntraDefault, CertificateDates::Warn),
        };
        Self {
            preset,
            jit: Jit::Active,
            unsolicited: Unsolicited::Restart,
            certificate_dates,
            guests: Guests::Refuse,
            asking: Asking::default(),
            sessions: ShorterSessions::default(),
        }
    }
}

impl Connection {
    /// Changes one setting, as `landfall connection set NAME key=value` does.
    ///
    /// The keys are `preset`, `jit`, `unsolicited`, `certificate-dates`, `guests`, `force-authn`, `name-id-format`,
    /// `authn-context`, `session-idle`, `session-absolute`, and `entity-id`, which is `shared` or a name of ours for this
    /// connection alone.
    /// A connection that is not Entra's has two more: `subject`, which is `persistent-name-id` or `claim:NAME`,
    /// and `login-name`, which is the name of a claim.
    ///
    /// # Errors
    /// [`SettingError`], which lists the keys or, as its source, the values that exist.
    ///
    /// # Security
    /// `subject` says what the key of an identity is made of, and `login-name` who may be linked.
    /// A store accepts a change of them only while the connection has linked nobody.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        let settings = &mut self.settings;
        if let Some(set) = settings.asking.set(key, value).or_else(|| settings.sessions.set(key, value)) {
            return set;
        }
        match (key, &mut self.kind) {
            ("preset", _) => self.settings.preset = read(key, value)?,
            ("jit", _) => self.settings.jit = read(key, value)?,
            ("unsolicited", _) => self.settings.unsolicited = read(key, value)?,
            ("certificate-dates", _) => self.settings.certificate_dates = read(key, value)?,
            ("guests", _) => self.settings.guests = read(key, value)?,
            ("entity-id", _) if value == "shared" => self.own_entity_id = None,
            ("entity-id", _) => self.own_entity_id = Some(read(key, value)?),
            ("subject", ConnectionKind::Other { subject, .. }) => *subject = read(key, value)?,
            ("login-name", ConnectionKind::Other { login_name, .. }) => *login_name = read(key, value)?,
            (_, ConnectionKind::Entra { .. }) => return Err(unknown(key, &KEYS)),
            (_, ConnectionKind::Other { .. }) => {
                return Err(unknown(key, &[&KEYS[..], &OTHER_KEYS[..]].concat()));
            }
        }
        Ok(())
    }
}

const KEYS: [&str; 11] = [
    "preset",
    "jit",
    "unsolicited",
    "certificate-dates",
    "guests",
    "force-authn",
    "name-id-format",
    "authn-context",
    "session-idle",
    "session-absolute",
    "entity-id",
];
const OTHER_KEYS: [&str; 2] = ["subject", "login-name"];

/// Whether a person without an account gets one at sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the provisioning decision must handle every value")]
pub enum Jit {
    /// `off`: no.
    Off,
    /// `active`: yes, and the person is signed in.
    Active,
    /// `pending`: yes, and an operator activates it first.
    Pending,
}

impl Jit {
    const ALL: [Self; 3] = [Self::Off, Self::Active, Self::Pending];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Active => "active",
            Self::Pending => "pending",
        }
    }
}

impl fmt::Display for Jit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Jit {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("just-in-time policy", text, &Self::ALL, Self::name)
    }
}

/// What a response that nobody asked for may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the login flow must handle every policy")]
pub enum Unsolicited {
    /// `refuse`: nothing.
    Refuse,
    /// `restart`: start a login that we ask for.
    Restart,
    /// `accept`: sign in.
    ///
    /// # Security
    /// Whoever can make a browser post a form can sign it in to an account of his own choice;
    /// another person's session is replaced only after a confirmation.
    Accept,
}

impl Unsolicited {
    const ALL: [Self; 3] = [Self::Refuse, Self::Restart, Self::Accept];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Restart => "restart",
            Self::Accept => "accept",
        }
    }
}

impl fmt::Display for Unsolicited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Unsolicited {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("policy for unsolicited responses", text, &Self::ALL, Self::name)
    }
}

/// Whether the dates of a signing certificate count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever builds keys must handle every policy")]
pub enum CertificateDates {
    /// `refuse`: a signature by a certificate outside its dates is refused.
    Refuse,
    /// `warn`: it counts, and the record of the login says so.
    Warn,
}

impl CertificateDates {
    const ALL: [Self; 2] = [Self::Refuse, Self::Warn];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Warn => "warn",
        }
    }
}

impl fmt::Display for CertificateDates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CertificateDates {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("policy for certificate dates", text, &Self::ALL, Self::name)
    }
}

/// Whether guests of an Entra directory may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the provisioning decision must handle every value")]
pub enum Guests {
    /// `refuse`: no.
    Refuse,
    /// `admit`: yes, if the domain of the guest's login name is bound to the connection like any other.
    Admit,
}

impl Guests {
    const ALL: [Self; 2] = [Self::Refuse, Self::Admit];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Admit => "admit",
        }
    }
}

impl fmt::Display for Guests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Guests {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("policy for guests", text, &Self::ALL, Self::name)
    }
}

/// A setting that was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// There is no such setting on this connection.
    #[error("there is no setting `{got}` on this connection: it has {}", valid.join(", "))]
    Key {
        /// What was given.
        got: String,
        /// The settings that exist.
        valid: Vec<&'static str>,
    },
    /// The setting cannot have this value.
    #[error("cannot set `{key}`")]
    Value {
        /// The setting.
        key: String,
        /// What is wrong with the value, and which values exist.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn unknown(key: &str, valid: &[&'static str]) -> SettingError {
    SettingError::Key { got: key.to_owned(), valid: valid.to_vec() }
}

pub(crate) fn read<T>(key: &str, value: &str) -> Result<T, SettingError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    value
        .parse()
        .map_err(|source: T::Err| SettingError::Value { key: key.to_owned(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::{ForceAuthn, NameIdFormat, SpEntityId, SubjectSource, testing};

    #[test]
    fn entra_starts_strict_and_others_with_a_warning() {
        let entra = ConnectionSettings::for_kind(&testing::entra_connection().kind);
        assert_eq!(
            (entra.preset, entra.certificate_dates),
            (Preset::EntraSmartconnect, CertificateDates::Refuse)
        );
        let other = ConnectionSettings::for_kind(&testing::other_connection().kind);
        assert_eq!((other.preset, other.certificate_dates), (Preset::EntraDefault, CertificateDates::Warn));
        for settings in [entra, other] {
            assert_eq!(
                (settings.jit, settings.unsolicited, settings.guests),
                (Jit::Active, Unsolicited::Restart, Guests::Refuse)
            );
        }
    }

    #[test]
    fn every_key_sets_its_setting() {
        let mut connection = testing::entra_connection();
        connection.set("preset", "entra-default").unwrap();
        connection.set("jit", "pending").unwrap();
        connection.set("unsolicited", "accept").unwrap();
        connection.set("certificate-dates", "warn").unwrap();
        connection.set("guests", "admit").unwrap();
        connection.set("force-authn", "always").unwrap();
        connection.set("name-id-format", "persistent").unwrap();
        connection.set("authn-context", "urn:a,urn:b").unwrap();
        connection.set("entity-id", "urn:landfall:contoso").unwrap();
        assert_eq!(connection.own_entity_id.as_ref().map(SpEntityId::as_str), Some("urn:landfall:contoso"));
        connection.set("entity-id", "shared").unwrap();
        assert_eq!(connection.own_entity_id, None);
        assert_eq!(
            connection.settings,
            ConnectionSettings {
                preset: Preset::EntraDefault,
                jit: Jit::Pending,
                unsolicited: Unsolicited::Accept,
                certificate_dates: CertificateDates::Warn,
                guests: Guests::Admit,
                asking: Asking {
                    force_authn: ForceAuthn::Always,
                    name_id_format: NameIdFormat::Persistent,
                    authn_context: "urn:a,urn:b".parse().unwrap(),
                },
                sessions: ShorterSessions::default(),
            }
        );
    }

    #[test]
    fn only_another_identity_provider_chooses_its_subject() {
        let mut other = testing::other_connection();
        other.set("subject", "claim:employeeNumber").unwrap();
        other.set("login-name", "mail").unwrap();
        assert_eq!(
            other.kind,
            ConnectionKind::Other {
                subject: SubjectSource::Claim("employeeNumber".parse().unwrap()),
                login_name: "mail".parse().unwrap()
            }
        );
        let error = testing::entra_connection().set("subject", "claim:employeeNumber").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no setting `subject` on this connection: it has preset, jit, unsolicited, certificate-dates, guests, force-authn, name-id-format, authn-context, session-idle, session-absolute, entity-id"
        );
        let error = other.set("colour", "red").unwrap_err();
        assert!(error.to_string().ends_with("entity-id, subject, login-name"), "{error}");
    }

    #[test]
    fn a_wrong_value_changes_nothing_and_lists_the_right_ones() {
        let mut connection = testing::entra_connection();
        let before = connection.clone();
        for (key, valid) in [
            ("preset", "entra-smartconnect or entra-default"),
            ("jit", "off or active or pending"),
            ("unsolicited", "refuse or restart or accept"),
            ("certificate-dates", "refuse or warn"),
            ("guests", "refuse or admit"),
            ("force-authn", "as-asked or always"),
            ("name-id-format", "any or persistent or email-address or unspecified or transient"),
        ] {
            let error = connection.set(key, "Refuse").unwrap_err();
            assert_eq!(error.to_string(), format!("cannot set `{key}`"));
            let cause = error.source().unwrap().to_string();
            assert!(cause.contains("`Refuse`") && cause.ends_with(valid), "{cause}");
        }
        for (key, value) in [("entity-id", ""), ("entity-id", "urn:a "), ("authn-context", "Refuse")] {
            assert_eq!(connection.set(key, value).unwrap_err().to_string(), format!("cannot set `{key}`"));
        }
        assert_eq!(connection, before);
    }
}
