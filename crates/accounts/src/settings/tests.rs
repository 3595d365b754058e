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
            (settings.jit, settings.activation, settings.unsolicited, settings.guests),
            (Jit::Active, Activation::Operator, Unsolicited::Restart, Guests::Refuse)
        );
    }
}

#[test]
fn every_key_sets_its_setting() {
    let mut connection = testing::entra_connection();
    connection.set("preset", "entra-default").unwrap();
    connection.set("jit", "pending").unwrap();
    connection.set("activation", "first-login").unwrap();
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
            activation: Activation::FirstLogin,
            unsolicited: Unsolicited::Accept,
            certificate_dates: CertificateDates::Warn,
            guests: Guests::Admit,
            asking: Asking {
                force_authn: ForceAuthn::Always,
                name_id_format: NameIdFormat::Persistent,
                authn_context: "urn:a,urn:b".parse().unwrap(),
            },
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
        "there is no setting `subject` on this connection: it has preset, jit, activation, unsolicited, certificate-dates, guests, force-authn, name-id-format, authn-context, entity-id"
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
        ("activation", "operator or first-login"),
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
