//! `landfall doctor`: what is wrong with an installation, before somebody cannot sign in.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use landfall_entra_twin::Seed;
use landfall_xmldsig::{Certificate, encode_base64};
use rcgen::{CertificateParams, KeyPair};
use sea_orm::ConnectionTrait;
use time::{Duration, OffsetDateTime};

use super::message::{key_of, now, twin};
use super::{Ended, Folder, import};

pub(super) const CONNECTION: &str = "connection contoso-entra";

impl Ended {
    /// The report has a line of this health about this, which holds this part.
    #[track_caller]
    pub(super) fn reports(&self, health: &str, what: &str, part: &str) {
        let begin = format!("{health:<4}  {what:<24} ");
        let found = self.out.lines().any(|line| line.starts_with(&begin) && line.contains(part));
        assert!(found, "no {health} {what} {part:?} in {}", self.out);
    }

    /// So many lines are warnings, and so many must be mended.
    #[track_caller]
    pub(super) fn sums_up(&self, warnings: usize, failures: usize) {
        let of = |health: &str| self.out.lines().filter(|line| line.starts_with(health)).count();
        assert_eq!((of("warn  "), of("FAIL  ")), (warnings, failures), "{}", self.out);
        let message = format!("landfall: {failures} of these must be mended\n");
        let expected = if failures == 0 { (Some(0), "") } else { (Some(1), message.as_str()) };
        assert_eq!((self.status.code(), self.err.as_str()), expected);
    }
}

impl Folder {
    pub(super) fn doctor(&self) -> Ended {
        self.run(&["doctor"])
    }

    /// Runs SQL that no part of Landfall would run.
    pub(super) fn sql(&self, statement: &str) {
        let url = format!("sqlite:{}", self.path("data/landfall.db").display());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let database = sea_orm::Database::connect(&url).await.unwrap();
            assert_eq!(database.execute_unprepared(statement).await.unwrap().rows_affected(), 1);
            database.close().await.unwrap();
        });
    }
}

impl Folder {
    /// The one text that a query finds.
    pub(super) fn query(&self, query: &str) -> String {
        let url = format!("sqlite:{}", self.path("data/landfall.db").display());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let database = sea_orm::Database::connect(&url).await.unwrap();
            let asked = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, query);
            let found = database.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap();
            database.close().await.unwrap();
            found
        })
    }
}

#[test]
fn settings_are_checked_and_nothing_is_made() {
    let folder = Folder::new();
    let ended = folder.doctor();
    ended.reports(
        "ok",
        "settings",
        "public_url https://sso.example, entity ID https://sso.example/saml/metadata",
    );
    ended.reports("ok", "limits", "by connection alone: trusted_proxies lists nobody");
    ended.reports("warn", "database", "data/landfall.db is not there or empty: `landfall serve` makes it");
    ended.sums_up(1, 0);

    let settings = "public_url = \"http://127.0.0.1:8080\"\ntrusted_proxies = [\"127.0.0.1\"]\n";
    folder.write("landfall.toml", settings);
    let ended = folder.doctor();
    ended.reports("ok", "limits", "by address as the listed proxies say it");
    ended.reports("warn", "public_url", "plain http, which is for trying out");
    ended.sums_up(2, 0);

    folder.write("landfall.toml", "public_url = \"http://sso.example\"\n");
    let ended = folder.doctor();
    ended.reports("FAIL", "settings", "landfall.toml");
    ended.reports("FAIL", "settings", "it must be https");
    ended.sums_up(0, 1);
    assert_eq!(folder.content(), ["landfall.toml"]);

    folder.write("landfall.toml", "public_url = \"https://sso.example\"\ndata_dir = \"\"\n");
    folder.write("landfall.db", "somebody else's file, and not a database at all");
    let ended = folder.doctor();
    ended.reports("FAIL", "database", "no SQLite database");
    ended.sums_up(0, 1);
}

#[test]
fn a_master_key_is_private_there_and_the_right_one() {
    let folder = Folder::with_contoso();
    let ended = folder.doctor();
    ended.reports("warn", "master key", "data/master.key is not there: `landfall serve` makes it");
    ended.sums_up(1, 0);

    let server = folder.serve();
    server.terminate();
    assert!(server.end().0.success());
    let ended = folder.doctor();
    ended.reports("ok", "database", "data/landfall.db");
    ended.reports("ok", "master key", "data/master.key");
    ended.reports("ok", "signing key", " until 20");
    ended.reports("ok", "decryption key", " until 20");
    ended.reports("ok", "clock", " +00:00:00");
    ended.reports("ok", CONNECTION, &format!("{} until 2049-12-31", key_of(Seed::Contoso)));
    ended.sums_up(0, 0);

    let path = folder.path("data/master.key");
    let key = fs::read(&path).unwrap();
    for (mode, fine) in [(0o640, false), (0o604, false), (0o400, true), (0o600, true)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let ended = folder.doctor();
        let (health, part) =
            if fine { ("ok", "master.key") } else { ("FAIL", "so that others can read it: chmod 600 it") };
        ended.reports(health, "master key", part);
        ended.sums_up(0, usize::from(!fine));
    }
    fs::write(&path, [0; 32]).unwrap();
    let ended = folder.doctor();
    ended.reports(
        "FAIL",
        "signing key",
        "the signing key in the database was sealed with another master key",
    );
    for key in ["decryption key", "id-token-rs256 key", "id-token-es256 key"] {
        ended.reports("FAIL", key, "in the database was sealed with another");
    }
    ended.sums_up(0, 4);
    fs::write(&path, &key[..31]).unwrap();
    let ended = folder.doctor();
    ended.reports("FAIL", "signing key", "32 bytes, this one has 31");
    ended.sums_up(0, 1);
    fs::remove_file(&path).unwrap();
    let ended = folder.doctor();
    ended.reports(
        "FAIL",
        "master key",
        "is missing, and keys in the database are sealed with it: restore it from a backup, copy it from another node",
    );
    ended.sums_up(0, 1);
    assert!(!path.exists(), "no new one is made");
}

#[test]
fn a_clock_that_went_back_is_noticed() {
    let folder = Folder::with_contoso();
    folder.doctor().reports("ok", "clock", "");
    let last = "DROP TRIGGER IF EXISTS events_never_change; UPDATE events SET at = at + 90000 WHERE id = (SELECT max(id) FROM events)";
    folder.sql(last);
    let ended = folder.doctor();
    ended.reports("FAIL", "clock", "but the last event is of ");
    ended.reports("FAIL", "clock", "set the clock");
    ended.sums_up(1, 1);
    folder.sql(&last.replace('+', "-"));
    folder.doctor().reports("ok", "clock", "");
}

/// A certificate with these dates, of a key that the tests have.
fn dated(not_before: OffsetDateTime, not_after: OffsetDateTime) -> Certificate {
    let pair = KeyPair::from_pem(include_str!("../../../../saml/tests/keys/other.key.pem")).unwrap();
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (not_before, not_after);
    Certificate::from_der(params.self_signed(&pair).unwrap().der()).unwrap()
}

/// Contoso's metadata with these certificates in place of its own.
fn metadata(certificates: &[&Certificate]) -> String {
    let text = import::metadata();
    let (before, role) = text.split_once("<IDPSSODescriptor").unwrap();
    let (key, after) = role.split_once("</KeyDescriptor>").unwrap();
    let own = encode_base64(twin(Seed::Contoso).app().signing.certificate());
    let (start, key) = key.split_once('>').unwrap();
    let keys = certificates
        .iter()
        .map(|one| format!("{}</KeyDescriptor>", key.replace(&own, &encode_base64(one.der()))));
    format!("{before}<IDPSSODescriptor{start}>{}{after}", keys.collect::<String>())
}

#[test]
fn certificates_are_warned_of_before_they_end_and_one_at_least_must_count() {
    let folder = Folder::with_contoso();
    let (days, now) = (Duration::days, now());
    let good = dated(now - days(1), now + days(365));
    let expired = dated(now - days(20), now - days(10));
    let early = dated(now + days(10), now + days(365));
    let soon = dated(now - days(1), now + days(30) + Duration::HOUR);
    let short = Certificate::from_pem(include_str!("../../../../xmldsig/tests/keys/short.crt.pem")).unwrap();
    let renew = |certificates: &[&Certificate]| {
        folder.write("idp.xml", metadata(certificates));
        folder.succeeds(&["connection", "renew", "contoso-entra", "idp.xml"]);
        folder.doctor()
    };
    // The master key that nobody has made yet is warned of too.
    let none_counts = "no certificate counts now, nobody can sign in by it: `landfall connection renew`";
    for (certificate, part, lost) in [
        (&expired, "expired on 20", true),
        (&early, "is not valid yet", true),
        (&short, "is weak: its RSA key has 1024 bits", true),
        (&soon, "expires in 30 days: import the new one in time", false),
    ] {
        let ended = renew(&[certificate]);
        ended.reports("warn", CONNECTION, &format!("{} {part}", certificate.fingerprint()));
        if lost {
            ended.reports("FAIL", CONNECTION, none_counts);
        }
        ended.sums_up(2, usize::from(lost));
        let ended = renew(&[certificate, &good]);
        ended.reports("ok", CONNECTION, &format!("{} until 20", good.fingerprint()));
        ended.sums_up(2, 0);
    }
    renew(&[&expired]).sums_up(2, 1);
    folder.succeeds(&["connection", "set", "contoso-entra", "certificate-dates=warn"]);
    folder.doctor().sums_up(2, 0);
    renew(&[&short]).sums_up(2, 1);
    let until = (now + days(30)).date().to_string();
    folder.succeeds(&[
        "connection",
        "weaken",
        "contoso-entra",
        "short-rsa",
        "--reason",
        "old",
        "--until",
        &until,
    ]);
    let ended = folder.doctor();
    ended.reports("warn", CONNECTION, "DANGER: short-rsa is allowed until");
    ended.sums_up(3, 0);
}

#[test]
fn weak_settings_are_listed_with_their_reason_and_end() {
    let folder = Folder::with_contoso();
    folder.doctor().sums_up(1, 0);
    let until = (now() + Duration::days(30)).date().to_string();
    for danger in ["sha1", "missing-audience"] {
        let reason = ["--reason", "their IdP is upgraded soon", "--until", &until];
        folder.succeeds(&[&["connection", "weaken", "contoso-entra", danger], &reason[..]].concat());
        let said = format!("DANGER: {danger} is allowed until {until}: their IdP is upgraded soon");
        folder.doctor().reports("warn", CONNECTION, &said);
    }
    folder.succeeds(&["connection", "strengthen", "contoso-entra", "missing-audience"]);
    folder.doctor().sums_up(2, 0);
    folder.sql("UPDATE connections SET weakenings = '[[\"sha1\",\"why\",1735689600000]]'");
    folder.doctor().reports("warn", CONNECTION, "DANGER: sha1 was allowed until 2025-01-01: why");
    folder.succeeds(&["connection", "strengthen", "contoso-entra", "sha1"]);
    folder.doctor().sums_up(1, 0);

    folder.succeeds(&["connection", "set", "contoso-entra", "unsolicited=accept"]);
    let ended = folder.doctor();
    ended.reports(
        "warn",
        CONNECTION,
        "unsolicited=accept: whoever gets hold of a response is signed in by it",
    );
    ended.sums_up(2, 0);
    folder.write(
        "idp.xml",
        import::metadata().replace("https://login.microsoftonline.com", "http://login.example"),
    );
    folder.succeeds(&["connection", "renew", "contoso-entra", "idp.xml"]);
    folder.doctor().reports(
        "warn",
        CONNECTION,
        "no sign-on address: only the identity provider can start a login",
    );
}
