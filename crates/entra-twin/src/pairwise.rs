//! Pairwise ids: one for each person in each application.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::sign::Signer;
use uuid::Uuid;

use crate::{Twin, User};

/// 43 characters that stay the same for this person in this application, and tell nothing of either.
///
/// How Entra makes them is not known; the double takes HMAC-SHA256 with a secret of the tenant.
pub(crate) fn id(twin: &Twin, user: &User) -> String {
    let ids = [twin.tenant().id, twin.app().id, user.object_id];
    let octets: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
    // OpenSSL takes no empty key, and a secret may be one.
    let key = format!("pairwise {}", twin.tenant().pairwise_secret);
    let mac = PKey::hmac(key.as_bytes())
        .and_then(|key| Signer::new(MessageDigest::sha256(), &key)?.sign_oneshot_to_vec(&octets));
    // HMAC takes any other key, so it does not fail.
    URL_SAFE_NO_PAD.encode(mac.unwrap_or_default())
}

/// As long, and another one each time.
pub(crate) fn transient(guid: Uuid) -> String {
    // A digest takes anything, so it does not fail either.
    let digest = hash(MessageDigest::sha256(), guid.as_bytes());
    digest.map(|digest| URL_SAFE_NO_PAD.encode(&*digest)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use time::OffsetDateTime;

    #[test]
    fn a_pairwise_id_belongs_to_person_application_and_secret() {
        let of = |name: &str, edit: fn(&mut crate::Tenant, &mut crate::App)| {
            let (mut tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
            edit(&mut tenant, &mut app);
            let twin = Twin::new(tenant, app, || OffsetDateTime::UNIX_EPOCH);
            id(&twin, twin.tenant().find(name).unwrap())
        };
        let simon = of("B.Simon@contoso.example", |_, _| {});
        assert_eq!(simon.len(), 43);
        assert!(simon.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter)));
        // The value is kept by whoever tests with the double: another derivation would make strangers of everybody.
        assert_eq!(simon, "EUuMLnIAuL6Mt5qg8DifS9plUUxHQRaEYdX5DNaxg8U");
        let renamed = of("Bea@contoso.example", |tenant, _| {
            tenant.users[0].user_principal_name = "Bea@contoso.example".into()
        });
        assert_eq!(simon, renamed);
        for other in [
            of("C.Lindqvist@contoso.example", |_, _| {}),
            of("B.Simon@contoso.example", |_, app| app.id = Uuid::nil()),
            of("B.Simon@contoso.example", |tenant, _| tenant.id = Uuid::nil()),
            of("B.Simon@contoso.example", |tenant, _| tenant.pairwise_secret = "other".into()),
        ] {
            assert!(other.len() == 43 && other != simon);
        }
        assert_eq!(of("B.Simon@contoso.example", |tenant, _| tenant.pairwise_secret.clear()).len(), 43);
    }

    #[test]
    fn transient_ids_are_no_guids_and_differ() {
        let (one, two) = (transient(Uuid::from_u128(1)), transient(Uuid::from_u128(2)));
        assert!(one.len() == 43 && one != two);
    }
}
