use landfall_accounts::{
    CertificateState, CommitOutcome, ConnectionKind, ConnectionSettings, ConnectionState, Danger, EventKind,
    Guests, HopOutcome, IdpBinding, IdpTrust, IdpUrl, Jit, LoginRecord, SsoEndpoint, UserState, Weakening,
    ports::{ConnectionDirectory, LoginStore, SessionStore},
};
use landfall_store::AdminError;
use time::Duration;

use crate::support::{ADA, NOW, World, attempt, certificate, committed, idp, signed_in, tenant, token};

#[tokio::test]
async fn an_import_reads_back_as_it_was() {
    let world = World::new().await;
    let mut trust = idp("https://idp.example/metadata");
    trust.sso.push(SsoEndpoint {
        binding: IdpBinding::Post,
        location: IdpUrl::new("https://idp.example/p?a=b&c"),
    });
    let mut revoked = certificate(2);
    revoked.state = CertificateState::Revoked;
    trust.certificates.push(revoked);
    let name: landfall_accounts::ConnectionName = "other".parse().unwrap();
    let made =
        world.store.import_connection(&tenant("contoso"), name.clone(), trust.clone(), NOW).await.unwrap();
    assert_eq!(made.idp, trust);
    assert_eq!(made.kind, ConnectionKind::of(&trust.entity_id));
    assert_eq!(made.settings, ConnectionSettings::for_kind(&made.kind));
    assert_eq!((made.state, made.created_at), (ConnectionState::Active, NOW));

    let store = &world.store;
    assert_eq!(store.connection(&made.id).await.unwrap().as_ref(), Some(&made));
    assert_eq!(store.connection_named(&name).await.unwrap().as_ref(), Some(&made));
    assert_eq!(store.connections().await.unwrap(), [world.contoso.clone(), made]);
}

#[tokio::test]
async fn a_draft_is_imported_as_one() {
    let world = World::new().await;
    let name: landfall_accounts::ConnectionName = "other".parse().unwrap();
    let trust = idp("https://idp.example/metadata");
    let made =
        world.store.import_draft(&tenant("contoso"), name.clone(), None, trust, None, NOW).await.unwrap();
    assert_eq!(made.state, ConnectionState::Draft);
    assert_eq!(world.store.connection_named(&name).await.unwrap(), Some(made));
}

#[tokio::test]
async fn an_issuer_finds_its_connection_byte_for_byte() {
    let world = World::new().await;
    let issuer = world.contoso.idp.entity_id.as_str();
    let found = world.store.connection_of_issuer(issuer).await.unwrap().unwrap();
    assert_eq!(found, world.contoso);
    assert!(matches!(found.kind, ConnectionKind::Entra { .. }));
    for other in [issuer.trim_end_matches('/'), &issuer.to_uppercase(), &format!("{issuer} "), ""] {
        assert_eq!(world.store.connection_of_issuer(other).await.unwrap(), None, "{other}");
    }
}

#[tokio::test]
async fn a_domain_finds_an_active_connection_that_it_is_bound_to() {
    let world = World::new().await;
    let domain = "contoso.example".parse().unwrap();
    let unbound = "contoso.test".parse().unwrap();
    world.store.add_domain(&tenant("contoso"), "contoso.test".parse().unwrap(), NOW).await.unwrap();
    assert_eq!(world.store.connection_of_domain(&domain).await.unwrap().unwrap().id, world.contoso.id);
    assert_eq!(world.store.connection_of_domain(&unbound).await.unwrap(), None);
    assert_eq!(world.store.connection_of_domain(&"other.example".parse().unwrap()).await.unwrap(), None);

    let name = &world.contoso.name;
    for state in [ConnectionState::Draft, ConnectionState::Testing, ConnectionState::Disabled] {
        world.store.set_connection_state(name, state, NOW).await.unwrap();
        assert_eq!(world.store.connection_of_domain(&domain).await.unwrap(), None, "{state}");
        assert_eq!(world.store.connection_named(name).await.unwrap().unwrap().state, state);
    }
    world.store.set_connection_state(name, ConnectionState::Active, NOW).await.unwrap();
    assert!(world.store.connection_of_domain(&domain).await.unwrap().is_some());
}

async fn import(world: &World, name: &str, idp: IdpTrust) -> Result<(), AdminError> {
    world.store.import_connection(&tenant("contoso"), name.parse().unwrap(), idp, NOW).await.map(|_| ())
}

#[tokio::test]
async fn e12_a_name_and_an_issuer_are_imported_once() {
    let world = World::new().await;
    let error = import(&world, "contoso-entra", idp("https://idp.example/")).await.unwrap_err();
    assert_eq!(error.code(), "connection.exists");
    let error = import(&world, "second", idp(world.contoso.idp.entity_id.as_str())).await.unwrap_err();
    assert_eq!(error.code(), "issuer.taken");
    assert!(
        error.to_string().contains("`contoso-entra`") && error.to_string().contains("--entity-id"),
        "{error}"
    );
    import(&world, "second", idp("https://idp.example/")).await.unwrap();
}

#[tokio::test]
async fn e12_an_issuer_is_shared_by_connections_with_names_of_ours_for_themselves() {
    let world = World::new().await;
    let (store, trust) = (&world.store, || world.contoso.idp.clone());
    let import = async |name: &str, own: &str| {
        let name = name.parse().unwrap();
        store.import_connection_as(own.parse().unwrap(), &tenant("contoso"), name, trust(), NOW).await
    };
    let two = import("two", "urn:two").await.unwrap();
    assert_eq!(two.own_entity_id.as_ref().map(|own| own.as_str()), Some("urn:two"));
    assert_eq!(store.connection_named(&two.name).await.unwrap().as_ref(), Some(&two));
    assert_eq!(import("three", "urn:two").await.unwrap_err().code(), "entity_id.taken");
    import("three", "urn:TWO").await.unwrap();
    // A message for the name that is shared is never theirs.
    let issuer = world.contoso.idp.entity_id.as_str();
    assert_eq!(store.connection_of_issuer(issuer).await.unwrap().unwrap().id, world.contoso.id);

    let set = async |name: &landfall_accounts::ConnectionName, value: &str| {
        store.set_connection(name, &[("entity-id", value)], NOW).await.map(|_| ())
    };
    assert_eq!(set(&two.name, "shared").await.unwrap_err().code(), "issuer.taken");
    assert_eq!(set(&two.name, "urn:TWO").await.unwrap_err().code(), "entity_id.taken");
    assert_eq!(store.connection_named(&two.name).await.unwrap(), Some(two.clone()));
    set(&two.name, "urn:two").await.expect("its own name is no obstacle");
    // Once the first has a name for itself too, nothing is left at the shared address; then another may take it.
    set(&world.contoso.name, "urn:one").await.unwrap();
    assert_eq!(store.connection_of_issuer(issuer).await.unwrap(), None);
    set(&two.name, "shared").await.unwrap();
    assert_eq!(store.connection_of_issuer(issuer).await.unwrap().unwrap().id, two.id);
    assert_eq!(set(&world.contoso.name, "shared").await.unwrap_err().code(), "issuer.taken");
}

#[tokio::test]
async fn e12_the_database_itself_tells_connections_apart() {
    use sea_orm::ConnectionTrait;
    let world = World::new().await;
    for name in ["two", "three"] {
        let (own, trust) = (format!("urn:{name}").parse().unwrap(), world.contoso.idp.clone());
        let (tenant, name) = (tenant("contoso"), name.parse().unwrap());
        world.store.import_connection_as(own, &tenant, name, trust, NOW).await.unwrap();
    }
    let database = world.database.connect().await;
    let all =
        |value: &str| format!("UPDATE connections SET own_entity_id = {value} WHERE name <> 'contoso-entra'");
    database.execute_unprepared(&all("NULL")).await.unwrap_err();
    database.execute_unprepared(&all("'urn:same'")).await.unwrap_err();
    database.execute_unprepared(&all("'urn:x:' || name")).await.unwrap();
}

#[tokio::test]
async fn what_requests_ask_for_is_kept() {
    let world = World::new().await;
    let settings =
        [("force-authn", "always"), ("name-id-format", "transient"), ("authn-context", "urn:a,urn:b")];
    let set = world.store.set_connection(&world.contoso.name, &settings, NOW).await.unwrap();
    assert_eq!(set.settings.asking.authn_context.as_slice(), ["urn:a", "urn:b"]);
    assert_ne!(set.settings.asking, world.contoso.settings.asking);
    assert_eq!(world.store.connection_named(&set.name).await.unwrap(), Some(set));
}

#[tokio::test]
async fn metadata_by_which_nobody_could_sign_in_is_refused() {
    let world = World::new().await;
    let trust = idp("https://idp.example/");
    let error = import(&world, "a", IdpTrust { certificates: vec![], ..trust.clone() }).await.unwrap_err();
    assert_eq!(error.code(), "connection.no_certificate");
    // Without an address the identity provider can still start a login itself.
    import(&world, "a", IdpTrust { sso: vec![], ..trust }).await.unwrap();
}

#[tokio::test]
async fn a_setting_is_kept_and_a_wrong_one_changes_nothing() {
    let world = World::new().await;
    let name = &world.contoso.name;
    let set = world.store.set_connection(name, &[("jit", "pending")], NOW).await.unwrap();
    assert_eq!(set.settings.jit, Jit::Pending);
    assert_eq!(world.store.connection_named(name).await.unwrap(), Some(set.clone()));
    for (key, value) in [("jit", "always"), ("colour", "red"), ("subject", "persistent-name-id")] {
        for settings in [&[(key, value)][..], &[("guests", "admit"), (key, value)]] {
            let error = world.store.set_connection(name, settings, NOW).await.unwrap_err();
            assert_eq!(error.code(), "setting");
        }
    }
    assert_eq!(world.store.connection_named(name).await.unwrap(), Some(set));
    let settings = [("guests", "admit"), ("jit", "off")];
    let both = world.store.set_connection(name, &settings, NOW).await.unwrap().settings;
    assert_eq!((both.guests, both.jit), (Guests::Admit, Jit::Off));
    let error =
        world.store.set_connection(&"none".parse().unwrap(), &[("jit", "off")], NOW).await.unwrap_err();
    assert_eq!(error.code(), "connection.unknown");
}

#[tokio::test]
async fn what_an_identity_is_made_of_changes_only_before_the_first() {
    let world = World::new().await;
    let name = "other".parse().unwrap();
    let store = &world.store;
    let made =
        store.import_connection(&tenant("contoso"), name, idp("https://idp.example/"), NOW).await.unwrap();
    store.bind_domain(&"contoso.example".parse().unwrap(), &made.name, NOW).await.unwrap();
    store.set_connection(&made.name, &[("preset", "entra-smartconnect")], NOW).await.unwrap();
    store.set_connection(&made.name, &[("subject", "claim:uid")], NOW).await.unwrap();
    let made = store.set_connection(&made.name, &[("login-name", "mail")], NOW).await.unwrap();

    let record = world.record(&made, "ada", ADA);
    let user = signed_in(committed(store.commit(record, NOW).await.unwrap()));
    for state in [UserState::Active, UserState::Deprovisioned] {
        if state == UserState::Deprovisioned {
            store.set_user_state(&user.id, state, NOW).await.unwrap();
        }
        for (key, value) in [("subject", "claim:employee"), ("login-name", "upn")] {
            let error = store.set_connection(&made.name, &[(key, value)], NOW).await.unwrap_err();
            assert!(matches!(error, AdminError::IdentityFixed { identities: 1, .. }), "{error}");
        }
    }
    store.set_connection(&made.name, &[("subject", "claim:uid")], NOW).await.unwrap();
    store.set_connection(&made.name, &[("jit", "off")], NOW).await.unwrap();
}

#[tokio::test]
async fn each_change_of_a_connection_leaves_an_event() {
    let world = World::new().await;
    let before = world.count(EventKind::ConfigurationChanged).await;
    world.set("jit", "off").await;
    let name = &world.contoso.name;
    world.store.set_connection_state(name, ConnectionState::Disabled, NOW).await.unwrap();
    world.store.set_connection(name, &[("jit", "always")], NOW).await.unwrap_err();
    assert_eq!(world.count(EventKind::ConfigurationChanged).await, before + 2);
    let events = world.events().await;
    assert!(events[0].detail.as_str().contains("disabled"));
    assert_eq!(events[0].connection, Some(world.contoso.id));
}

#[tokio::test]
async fn a_weakening_is_kept_with_its_reason_and_end() {
    let world = World::new().await;
    let (name, until) = (&world.contoso.name, NOW + Duration::days(30));
    let weakening = |reason| Weakening::new(Danger::Sha1, reason, until, NOW).unwrap();
    world.store.weaken_connection(name, weakening("old IdP"), NOW).await.unwrap();
    world.store.weaken_connection(name, weakening("old IdP, renewed"), NOW).await.unwrap();
    let kept = world.store.connection_named(name).await.unwrap().unwrap();
    assert_eq!(kept.weakenings, [weakening("old IdP, renewed")]);
    assert_eq!(world.events().await[0].kind, EventKind::ConfigurationChanged);
    assert!(world.events().await[0].detail.as_str().contains("old IdP, renewed"));
    // What else is set leaves it alone.
    world.store.set_connection(name, &[("jit", "off")], NOW).await.unwrap();
    let after = world.store.strengthen_connection(name, Danger::ShortRsa, NOW).await.unwrap();
    assert_eq!(after.weakenings.len(), 1);
    let after = world.store.strengthen_connection(name, Danger::Sha1, NOW).await.unwrap();
    assert!(after.weakenings.is_empty());
    let nobody = "nobody".parse().unwrap();
    let error = world.store.weaken_connection(&nobody, weakening("x"), NOW).await.unwrap_err();
    assert_eq!(error.code(), "connection.unknown");
}

#[tokio::test]
async fn renewal_trusts_what_the_metadata_say_now() {
    let world = World::new().await;
    let entity_id = "https://idp.example/metadata";
    let with = |certificates| IdpTrust { certificates, ..idp(entity_id) };
    let mut revoked = certificate(3);
    revoked.state = CertificateState::Revoked;
    import(&world, "a", with(vec![certificate(1), certificate(2), revoked.clone()])).await.unwrap();
    let name = "a".parse().unwrap();
    // 1 goes, 2 stays, 4 is new; 3 was revoked, and its return changes nothing.
    let renewed = with(vec![certificate(2), certificate(3), certificate(4)]);
    let renewed = world.store.renew_connection(&name, renewed, NOW).await.unwrap();
    let states = |connection: &landfall_accounts::Connection| {
        let mut states: Vec<_> =
            connection.idp.certificates.iter().map(|one| (one.der.clone(), one.state)).collect();
        states.sort_by(|a, b| a.0.cmp(&b.0));
        states
    };
    let (trusted, refused) = (CertificateState::Trusted, CertificateState::Revoked);
    let der = |n| certificate(n).der;
    assert_eq!(states(&renewed), [(der(2), trusted), (der(3), refused), (der(4), trusted)]);
    assert_eq!(world.store.connection_named(&name).await.unwrap().unwrap(), renewed);
    // Revoked also where it is not mentioned.
    let renewed = world.store.renew_connection(&name, with(vec![certificate(4)]), NOW).await.unwrap();
    assert_eq!(states(&renewed), [(der(3), refused), (der(4), trusted)]);

    let other = world.store.renew_connection(&name, idp("https://other.example/"), NOW).await.unwrap_err();
    assert_eq!(other.code(), "issuer.other");
    let none = world.store.renew_connection(&name, with(vec![]), NOW).await.unwrap_err();
    assert_eq!(none.code(), "connection.no_certificate");
    assert_eq!(states(&world.store.connection_named(&name).await.unwrap().unwrap()), states(&renewed));
}

#[tokio::test]
async fn g8_a_revoked_key_ends_sessions_and_logins_on_their_way_and_never_comes_back() {
    let world = World::new().await;
    let (store, name) = (&world.store, &world.contoso.name);
    let with = |certificates| IdpTrust { certificates, ..world.contoso.idp.clone() };
    let both = || with(vec![certificate(1), certificate(2)]);
    store.renew_connection(name, both(), NOW).await.unwrap();
    let session = world.sign_in("ada", ADA, 1).await;
    let (waiting, _) = world.login("ada", ADA).await;
    let pending = world.pending(&world.contoso);
    store.begin(pending.clone(), NOW).await.unwrap();
    // Verified before the key is revoked, committed after.
    let late = world.answer(&pending, "ada", ADA);
    let revoked = store.revoke_key(name, &certificate(1).fingerprint, NOW).await.unwrap();
    assert_eq!(store.connection_named(name).await.unwrap().unwrap(), revoked);
    let states: Vec<_> = revoked.idp.certificates.iter().map(|one| one.state).collect();
    assert_eq!(states, [CertificateState::Revoked, CertificateState::Trusted]);

    assert_eq!(store.session_of_token(&token(1), NOW).await.unwrap(), None);
    assert_eq!(store.hop(attempt(&waiting, 2), NOW).await.unwrap(), HopOutcome::Missed);
    assert_eq!(store.commit(late.clone(), NOW).await.unwrap(), CommitOutcome::KeyGone);
    assert_eq!(store.commit(late, NOW).await.unwrap(), CommitOutcome::Replayed);
    assert!(store.pending(&pending.request_id).await.unwrap().unwrap().consumed_at.is_some());
    assert!(store.sessions_of(&session.user.id, NOW).await.unwrap().is_empty());
    let ended = world.events().await.into_iter().filter(|event| event.kind == EventKind::SessionEnded);
    let ended: Vec<_> = ended.filter(|event| event.detail.as_str().contains("key-revoked")).collect();
    assert_eq!(ended.len(), 2, "the open one and the one that waits");

    // Signed by the other key, all is well; metadata do not bring the first one back.
    store.renew_connection(name, both(), NOW).await.unwrap();
    let old = world.record(&world.contoso, "ada", ADA);
    let new = LoginRecord { signer: certificate(2).fingerprint, ..world.record(&world.contoso, "ada", ADA) };
    assert_eq!(store.commit(old, NOW).await.unwrap(), CommitOutcome::KeyGone);
    signed_in(committed(store.commit(new, NOW).await.unwrap()));
}

#[tokio::test]
async fn g8_the_last_key_is_not_revoked_and_another_connections_key_is_not_known() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let (store, name) = (&world.store, &world.contoso.name);
    let last = store.revoke_key(name, &certificate(1).fingerprint, NOW).await.unwrap_err();
    assert_eq!(last.code(), "key.last");
    assert!(last.to_string().ends_with("`landfall connection state contoso-entra disabled`"), "{last}");
    let unknown = store.revoke_key(name, &certificate(2).fingerprint, NOW).await.unwrap_err();
    assert_eq!(unknown.code(), "key.unknown");
    assert!(unknown.to_string().contains(&certificate(1).fingerprint.to_string()), "{unknown}");
    let nobody = store.revoke_key(&"nobody".parse().unwrap(), &certificate(1).fingerprint, NOW).await;
    assert_eq!(nobody.unwrap_err().code(), "connection.unknown");
    // What is revoked here counts on at another connection, and its people stay signed in.
    let both =
        |idp: &IdpTrust| IdpTrust { certificates: vec![certificate(1), certificate(2)], ..idp.clone() };
    store.renew_connection(name, both(&world.contoso.idp), NOW).await.unwrap();
    let theirs =
        committed(store.commit(world.record(&fabrikam, "eve", "eve@fabrikam.example"), NOW).await.unwrap());
    let theirs = signed_in(theirs);
    store.revoke_key(name, &certificate(1).fingerprint, NOW).await.unwrap();
    let again = store.commit(world.record(&fabrikam, "eve", "eve@fabrikam.example"), NOW).await.unwrap();
    assert_eq!(signed_in(committed(again)).id, theirs.id);
    // A renewal by revoked keys alone leaves everything as it was.
    let only = IdpTrust { certificates: vec![certificate(1)], ..world.contoso.idp.clone() };
    assert_eq!(store.renew_connection(name, only, NOW).await.unwrap_err().code(), "key.last");
    assert_eq!(store.connection_named(name).await.unwrap().unwrap().idp.certificates.len(), 2);
}
