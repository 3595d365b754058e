//! When what directories show ends: from then on nobody is pushed, and Entra puts its job into quarantine.

use landfall_accounts::{Connection, ScimCredential};
use time::{Duration, OffsetDateTime};

use super::report::{Health, Report};

/// From here on before its end a credential is warned of.
const SOON: Duration = Duration::days(30);
/// From here on there is no time to lose.
const NOW_OR_NEVER: Duration = Duration::days(7);

pub(super) fn look_at(
    connection: &Connection,
    credentials: &[ScimCredential],
    now: OffsetDateTime,
    report: &mut Report,
) {
    let of_it: Vec<_> = credentials
        .iter()
        .filter(|credential| credential.connection == connection.id && credential.revoked_at.is_none())
        .collect();
    for credential in &of_it {
        let Some(end) = credential.expires_at else { continue };
        let another = of_it.iter().any(|other| {
            other.kind == credential.kind && other.expires_at.is_none_or(|other| now + SOON <= other)
        });
        let (health, how) = standing(credential, end, another, now);
        report.add(health, format!("connection {}", connection.name), how);
    }
}

/// How urgent the end of a credential is; with another one that lasts, it is no more than a reminder.
fn standing(
    credential: &ScimCredential,
    end: OffsetDateTime,
    another: bool,
    now: OffsetDateTime,
) -> (Health, String) {
    let (kind, prefix, left) = (credential.kind, &credential.prefix, end - now);
    let days = left.whole_days();
    let next = if another { "give its directory the other one" } else { "make another with `landfall scim`" };
    let how = match left {
        _ if end <= now => format!("SCIM {kind} {prefix} ended on {}: revoke it", end.date()),
        _ if left <= SOON => format!("SCIM {kind} {prefix} ends in {days} days, then pushes stop: {next}"),
        _ => format!("SCIM {kind} {prefix} until {}", end.date()),
    };
    let health = match left {
        _ if left > SOON => Health::Ok,
        _ if left > NOW_OR_NEVER || another => Health::Warn,
        _ => Health::Fail,
    };
    (health, how)
}

#[cfg(test)]
mod tests {
    use landfall_accounts::{
        ConnectionId, CredentialId, CredentialKind, CredentialMark, CredentialPrefix, ScimDialect, TenantId,
    };
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    #[test]
    fn an_end_is_warned_of_thirty_days_before_and_must_be_mended_seven_days_before() {
        let id = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64";
        let credential = ScimCredential {
            id: id.parse::<CredentialId>().unwrap(),
            tenant: id.parse::<TenantId>().unwrap(),
            connection: id.parse::<ConnectionId>().unwrap(),
            client: None,
            dialect: ScimDialect::Entra,
            kind: CredentialKind::Token,
            prefix: CredentialPrefix::new(CredentialMark::Directory, [0; 5]),
            label: None,
            created_at: NOW,
            expires_at: None,
            last_used: None,
            revoked_at: None,
        };
        let second = Duration::SECOND;
        for (left, another, health, part) in [
            (SOON + second, false, Health::Ok, "until 2030-02-01"),
            (SOON, false, Health::Warn, "30 days, then pushes stop: make another"),
            (NOW_OR_NEVER + second, false, Health::Warn, "7 days"),
            (NOW_OR_NEVER, false, Health::Fail, "7 days"),
            (NOW_OR_NEVER, true, Health::Warn, "give its directory the other one"),
            (Duration::ZERO, false, Health::Fail, "ended on 2030-01-02"),
            (Duration::ZERO, true, Health::Warn, "ended on 2030-01-02"),
        ] {
            let (found, how) = standing(&credential, NOW + left, another, NOW);
            assert_eq!(found, health, "{left}: {how}");
            assert!(how.contains(part), "{how}");
        }
    }
}
