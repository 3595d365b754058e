use super::*;
use crate::testing::{self, NOW};

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

#[test]
fn names_round_trip() {
    for dialect in ScimDialect::ALL {
        assert_eq!(dialect.to_string().parse(), Ok(dialect));
    }
    for kind in CredentialKind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert_eq!(kind.is_bearer(), kind != CredentialKind::Secret);
    }
    let error = "Entra".parse::<ScimDialect>().unwrap_err().to_string();
    assert_eq!(error, "`Entra` is no dialect of SCIM: write entra or okta or strict");
}

#[test]
fn a_directory_speaks_as_its_identity_provider_does() {
    let mut other = testing::other_connection();
    assert_eq!(ScimDialect::of(&testing::entra_connection()), ScimDialect::Entra);
    assert_eq!(ScimDialect::of(&other), ScimDialect::Strict);
    other.idp.entity_id = "http://www.okta.com/exk1fcia6d6EMsf331d8".parse().unwrap();
    assert_eq!(ScimDialect::of(&other), ScimDialect::Okta);
    other.idp.entity_id = "https://www.okta.com.idp.example/".parse().unwrap();
    assert_eq!(ScimDialect::of(&other), ScimDialect::Strict);
}

#[test]
fn prefixes_are_forty_bits_in_base32() {
    for (random, digits) in [
        ([0; 5], "aaaaaaaa"),
        ([0xff; 5], "77777777"),
        // RFC 4648, section 10, of "fooba".
        (*b"fooba", "mzxw6ytb"),
    ] {
        for mark in CredentialMark::ALL {
            let prefix = CredentialPrefix::new(mark, random);
            assert_eq!(prefix.as_str(), format!("{}{digits}", mark.as_str()));
            assert_eq!(prefix.to_string().parse(), Ok(prefix));
        }
    }
}

/// [attack H2]
#[test]
fn h2_what_has_not_the_form_of_a_credential_has_no_prefix() {
    let whole = format!("lfs_mzxw6ytb{SECRET}");
    let of = |shown: &str| CredentialPrefix::of(CredentialMark::Directory, shown);
    assert_eq!(of(&whole).unwrap().as_str(), "lfs_mzxw6ytb");
    let padded = format!("{whole}=");
    let bearer = format!("Bearer {whole}");
    let cut = whole.split_at(whole.len() - 1).0;
    let with = |from: &str, to: &str| whole.replace(from, to);
    for shown in [
        "",
        " ",
        "lfs_",
        "lfs_mzxw6ytb",
        cut,
        &padded,
        &bearer,
        &with("lfs_", "lft_"),
        &with("lfs_", "LFS_"),
        &with("mzxw6ytb", "mzxw6yt1"),
        &with("mzxw6ytb", "MZXW6YTB"),
        &with("Hh8", "H/8"),
        &with("Hh8", "H\u{e9}"),
        &with("lfs_m", "\u{e9}s_m"),
        &with("ytb", "y\u{e9}"),
    ] {
        assert_eq!(of(shown), None, "{shown:?}");
    }
}

#[test]
fn an_operator_names_a_credential_and_nothing_repeats_the_whole_of_it() {
    let id = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64";
    assert_eq!(id.parse(), Ok(CredentialRef::Id(id.parse().unwrap())));
    assert_eq!("lfs_mzxw6ytb".parse::<CredentialRef>().unwrap().to_string(), "lfs_mzxw6ytb");
    let whole = format!("lfs_mzxw6ytb{SECRET}");
    assert_eq!(whole.parse::<CredentialRef>().unwrap().to_string(), "lfs_mzxw6ytb");
    let error = whole.replace("mzx", "MZX").parse::<CredentialRef>().unwrap_err().to_string();
    assert!(!error.contains("w6ytb"), "{error}");
}

#[test]
fn labels_are_one_line() {
    assert_eq!(" Entra, production ".parse::<CredentialLabel>().unwrap().as_str(), "Entra, production");
    for wrong in ["", " ", "a\nb", &"x".repeat(101)] {
        assert_eq!(wrong.parse::<CredentialLabel>(), Err(NotALabel), "{wrong:?}");
    }
}

#[test]
fn a_credential_counts_until_it_ends_or_is_revoked() {
    let mut credential = ScimCredential {
        id: CredentialId::from_uuid(uuid::Uuid::from_u128(7)),
        tenant: testing::entra_connection().tenant,
        connection: testing::entra_connection().id,
        client: None,
        dialect: ScimDialect::Entra,
        kind: CredentialKind::Token,
        prefix: CredentialPrefix::new(CredentialMark::Directory, [0; 5]),
        label: None,
        created_at: NOW,
        expires_at: Some(NOW + Duration::HOUR),
        last_used: None,
        revoked_at: None,
    };
    assert!(credential.is_live(NOW + Duration::HOUR - Duration::MILLISECOND));
    assert!(!credential.is_live(NOW + Duration::HOUR));
    credential.expires_at = None;
    assert!(credential.is_live(NOW + ScimCredential::LONGEST * 10));
    credential.revoked_at = Some(NOW);
    assert!(!credential.is_live(NOW));
}
