//! Settings by their names, as `entra-twin app set` takes them.

use super::{App, Encryption};

impl App {
    /// Changes one setting by its name, such as `sign-on-url`.
    ///
    /// # Errors
    /// [`SettingError`] names the settings there are, or the values that one takes.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        match name {
            "sign-on-url" => self.sign_on_url = value.to_owned(),
            "relay-state" => self.relay_state = value.to_owned(),
            "logout-url" => self.logout_url = value.to_owned(),
            "logout-escapes" => self.logout_escapes = value.parse()?,
            "logout-name" => self.logout_name = value.parse()?,
            "logout-format" => self.logout_format = value.parse()?,
            "logout-issuer" => self.logout_issuer = value.parse()?,
            "verification" => self.verification = value.parse()?,
            "sign-in" => self.sign_in = value.parse()?,
            "assignment" => self.assignment = value.parse()?,
            "sign" => self.sign = value.parse()?,
            "algorithm" => self.algorithm = value.parse()?,
            "metadata-keys" => self.metadata_keys = value.parse()?,
            "encryption" => match value.parse()? {
                Encryption::On if self.encryption_certificate.is_none() => {
                    return Err(SettingError::NoCertificate);
                }
                encryption => self.encryption = encryption,
            },
            "lifetime" => self.lifetime = value.parse()?,
            "name-format" => self.name_format = value.parse()?,
            "name-id-format" => self.name_id.format = value.parse()?,
            "name-id-source" => self.name_id.source = value.parse()?,
            "groups" => self.groups.which = value.parse()?,
            "group-value" => self.groups.value = value.parse()?,
            _ => return Err(SettingError::Name { got: name.to_owned() }),
        }
        Ok(())
    }
}

/// A setting of an application is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// No such setting.
    #[error(
        "expected one of sign-on-url, relay-state, logout-url, logout-escapes, logout-name, logout-format, logout-issuer, verification, sign-in, assignment, sign, algorithm, metadata-keys, encryption, lifetime, name-format, name-id-format, name-id-source, groups and group-value, got {got:?}"
    )]
    Name {
        /// The name that was given.
        got: String,
    },
    /// No inactive certificate with this thumbprint.
    #[error("no inactive certificate has the thumbprint {got:?}: there are {known}")]
    Thumbprint {
        /// What was given.
        got: String,
        /// The thumbprints of the inactive certificates.
        known: String,
    },
    /// Encryption without a certificate.
    #[error("there is no certificate to encrypt for: import metadata that has one")]
    NoCertificate,
    /// No such value of a setting.
    #[error("{name} is {expected}, not {got:?}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What it can be.
        expected: &'static str,
        /// The value that was given.
        got: String,
    },
}

impl SettingError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "setting-name",
            Self::Thumbprint { .. } => "setting-thumbprint",
            Self::NoCertificate => "setting-certificate",
            Self::Value { .. } => "setting-value",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Certificate, Seed};

    /// Each name, a value it has not by default, and one that it does not take.
    const SETTINGS: &[(&str, &str, Option<&str>)] = &[
        ("sign-on-url", "http://sp/", None),
        ("relay-state", "state", None),
        ("logout-url", "http://sp/slo", None),
        ("logout-escapes", "lower-case", Some("none")),
        ("logout-name", "pairwise", Some("mail")),
        ("logout-format", "sign-on", Some("uri")),
        ("logout-issuer", "entity-id", Some("sts")),
        ("verification", "required-weak", Some("weak")),
        ("sign-in", "disabled", Some("no")),
        ("assignment", "not-required", Some("no")),
        ("sign", "both", Some("nothing")),
        ("algorithm", "sha1", Some("md5")),
        ("metadata-keys", "all", Some("some")),
        ("encryption", "on", Some("yes")),
        ("lifetime", "10", Some("9")),
        ("name-format", "uri", Some("urn")),
        ("name-id-format", "persistent", Some("kerberos")),
        ("name-id-source", "user.objectid", Some("user.shoe")),
        ("groups", "all", Some("some")),
        ("group-value", "netbios-domain", Some("name")),
    ];

    #[test]
    fn settings_are_set_by_name_and_written_so() {
        let mut seed = Seed::Contoso.app().unwrap();
        assert_eq!(seed.set("encryption", "on").unwrap_err().code(), "setting-certificate");
        seed.encryption_certificate =
            Some(Certificate::from_der(seed.signing.certificate().to_vec()).unwrap());
        let error = seed.clone().set("name", "x").unwrap_err();
        for (name, value, wrong) in SETTINGS {
            let mut app = seed.clone();
            app.set(name, value).unwrap();
            let (before, after) = (toml::to_string(&seed).unwrap(), toml::to_string(&app).unwrap());
            assert_ne!(before, after, "{name}");
            // A number stands without quotes.
            assert!(after.replace('"', "").contains(&format!(" = {value}\n")), "{name}");
            let again: App = toml::from_str(&after).unwrap();
            assert_eq!(toml::to_string(&again).unwrap(), after);
            assert!(error.to_string().contains(name), "{name} is told");
            assert!(include_str!("../../README.md").contains(&format!("`{name}`")), "{name} is documented");
            if let Some(wrong) = wrong {
                let refused = app.set(name, wrong).unwrap_err();
                assert_eq!(refused.code(), "setting-value");
                assert_eq!(toml::to_string(&app).unwrap(), after);
            }
        }
        assert_eq!(error.code(), "setting-name");
    }
}
