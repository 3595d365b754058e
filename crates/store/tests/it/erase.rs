//! Whoever is erased is nowhere in the database, is recognised all the same, and nobody else notices.

mod columns;

use std::{collections::BTreeSet, fs};

use landfall_accounts::{
    EndReason, EventKind, IdpUrl, Lasting, LoginPurpose, NewUser, PendingLogin, PendingLogout, Push, Refusal,
    SealedTrace, Target, TracePlace, TraceWindow, UserAgent, UserId, UserState,
    ports::{
        DeleteOutcome, DirectoryStore, GrantStore, LoginStore, LogoutStore, SessionStore, TestStore,
        TraceStore,
    },
};
use landfall_store::{Scrubbed, Store, TombstoneKey};
use sea_orm::{ConnectionTrait, Statement};
use time::Duration;

use self::columns::COLUMNS;
use crate::{
    behind::{given, new_grant, redemption},
    database::Database,
    support::{
        ADA, NOW, SECOND, World, attempt, committed, hash, known, new_user, opened, person as pushed_person,
        refused, refused_push, signed_in, tenant, token,
    },
};

#[tokio::test]
async fn each_column_of_the_database_is_free_of_people_or_erased() {
    let world = World::new().await;
    let sql = match world.database.is_postgres() {
        true => {
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        }
        false => {
            "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
    };
    let connection = world.database.connect().await;
    let asked = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(asked).await.unwrap();
    let there: BTreeSet<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let named: BTreeSet<String> = COLUMNS
        .iter()
        .flat_map(|(table, _, columns)| columns.split(' ').map(move |column| format!("{table}.{column}")))
        .collect();
    let missing: Vec<_> = there.symmetric_difference(&named).collect();
    assert!(missing.is_empty(), "say what an erasure does about these columns, and do it: {missing:?}");
}

/// What nobody else has.
const FIRST: &str = "Zacharoula-Xq1";
const LAST: &str = "Quinnterfall-Xq2";
const SHOWN: &str = "Zach Q. Xq3";
const NAME: &str = "zach-xq4@contoso.example";
const OLD_NAME: &str = "zach-maiden-xq5@contoso.example";
const SUBJECT: &str = "subject-xq6@mail.example";
const MAIL: &str = "mail-xq7@mail.example";
const INDEX: &str = "_session-index-xq8";
const AGENT: &str = "Browser-Xq9/1.0";
const SEALED: &str = "sealed-xq10";
const EXTERNAL: &str = "external-xq11@mail.example";
const REST: &str = "phone-xq12";
const MERGES: &str = "merges-xq13";
const NONCE: &str = "nonce-xq14";
const WAITS: &str = "https://login.example/saml2?login_hint=zach-xq4%40contoso.example";

/// A person with a value of their own in each field there is, who signed in and out.
async fn person(world: &World) -> UserId {
    let (store, name) = (&world.store, &world.contoso.name);
    let new = NewUser {
        first_name: Some(FIRST.to_owned()),
        last_name: Some(LAST.to_owned()),
        email: Some(MAIL.to_owned()),
        display_name: Some(SHOWN.to_owned()),
        ..new_user(OLD_NAME)
    };
    let user = store.create_user(&tenant("contoso"), new, NOW).await.unwrap();
    let window = TraceWindow::new(Duration::hours(1), None, NOW).unwrap();
    store.trace_connection(name, Some(window), NOW).await.unwrap();
    let mut last = None;
    for (n, login_name) in [(1, OLD_NAME), (2, NAME), (3, NAME)] {
        let mut record = world.record(&world.contoso, SUBJECT, login_name);
        record.session.user_agent = Some(UserAgent::new(AGENT));
        record.session.idp_session.index = Some(INDEX.to_owned());
        record.session.idp_session.name_id = SUBJECT.to_owned();
        record.session.target = Target::new(format!("/account?of={NAME}"));
        assert_eq!(signed_in(committed(store.commit(record.clone(), NOW).await.unwrap())).id, user.id);
        last = Some(opened(store.hop(attempt(&record, n), NOW).await.unwrap()));
        let place =
            TracePlace { tenant: world.contoso.tenant, connection: world.contoso.id, trace: record.trace };
        store.keep_trace(SealedTrace { place, at: NOW, sealed: SEALED.into() }).await.unwrap();
    }
    let one = store.session_of_token(&token(1), NOW).await.unwrap().unwrap().session.id;
    let _ = store.end_session(&one, None, EndReason::SignedOut, NOW).await.unwrap();
    let payroll = world.application("payroll").await;
    let mut agreed = new_grant(&payroll, &last.unwrap(), Lasting::OfItself, 1);
    agreed.user_agent = Some(UserAgent::new(AGENT));
    agreed.nonce = Some(NONCE.parse().unwrap());
    world.agree(agreed, NOW).await;
    given(store.redeem_code(redemption(&payroll, 1), NOW).await.unwrap());
    world.device(&payroll, "openid", 1).await;
    let two = store.session_of_token(&token(2), NOW).await.unwrap().unwrap().session.id;
    let asked = PendingLogout {
        request_id: landfall_accounts::RequestId::new("_logout-1"),
        connection: world.contoso.id,
        tenant: world.contoso.tenant,
        expires_at: NOW + Duration::minutes(10),
        saml: landfall_accounts::SamlState::new(SUBJECT.as_bytes().to_vec()),
    };
    let _ = store.sign_out(&two, &user.id, asked, NOW).await.unwrap();
    let waiting = PendingLogin { restart: Some(IdpUrl::new(WAITS)), ..world.pending(&world.contoso) };
    store.begin(waiting, NOW).await.unwrap();
    store.create_test_link(name, &hash("link", 1), NOW).await.unwrap();
    let test = PendingLogin { purpose: LoginPurpose::Test, ..world.pending(&world.contoso) };
    let _ = store.begin_test(&hash("link", 1), test, NOW).await.unwrap();
    let (tenant, connection, id) =
        (world.contoso.tenant.as_uuid(), world.contoso.id.as_uuid(), user.id.as_uuid());
    let [tenant, connection, id] = [tenant, connection, id].map(|id| match world.database.is_postgres() {
        true => format!("'{id}'"),
        false => format!("x'{}'", id.simple()),
    });
    for statement in [
        format!(
            "INSERT INTO directory_users VALUES ({tenant}, {id}, {connection}, '{EXTERNAL}', 'active', NULL, '{REST}', 1, 0, 0, NULL)"
        ),
        format!(
            "INSERT INTO directory_groups VALUES ({tenant}, {connection}, {connection}, 'g', 'g', NULL, '', 1, 0, 0)"
        ),
        format!("INSERT INTO directory_members VALUES ({tenant}, {connection}, {id})"),
        format!(
            "INSERT INTO merge_proposals VALUES ({tenant}, {id}, {connection}, '{MERGES}', {id}, 'why', 'waits', 1, 0, 0, NULL)"
        ),
    ] {
        world.database.sql(&statement).await;
    }
    user.id
}

fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    octets
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
            [18, 12, 6, 0].map(|by| char::from(LETTERS[(bits >> by) as usize & 63]))
        })
        .collect()
}

/// Which of the values are in the database, in whichever form.
async fn found(world: &World) -> Vec<&'static str> {
    let octets = everything(&world.database).await;
    let values = [
        FIRST,
        LAST,
        SHOWN,
        NAME,
        OLD_NAME,
        SUBJECT,
        MAIL,
        INDEX,
        AGENT,
        SEALED,
        EXTERNAL,
        REST,
        MERGES,
        NONCE,
        "zach-xq4%40contoso",
    ];
    let is_there =
        |needle: &[u8]| octets.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle));
    values
        .into_iter()
        .filter(|value| {
            let hex: String = value.bytes().map(|octet| format!("{octet:02x}")).collect();
            // Base64 of what begins with it, or with something of one or two octets before it.
            let mut forms = vec![value.as_bytes().to_vec(), hex.into_bytes()];
            forms.extend((0..3).map(|skip| base64(&value.as_bytes()[skip..]).into_bytes()));
            forms.iter().any(|form| is_there(form))
        })
        .collect()
}

/// The octets of the file and of what is beside it; of a server, what it has in its rows.
async fn everything(database: &Database) -> Vec<u8> {
    if !database.is_postgres() {
        let beside = ["", "-wal", "-shm"].map(|end| fs::read(format!("{}{end}", database.path().display())));
        return beside.into_iter().flat_map(Result::unwrap_or_default).collect();
    }
    let connection = database.connect().await;
    let mut octets = Vec::new();
    let tables: BTreeSet<&str> = COLUMNS.iter().map(|(table, ..)| *table).collect();
    for table in tables {
        let asked = Statement::from_string(
            connection.get_database_backend(),
            format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"),
        );
        let row = connection.query_one_raw(asked).await.unwrap().unwrap();
        octets.extend(row.try_get_by_index::<String>(0).unwrap().into_bytes());
    }
    octets
}

/// [attack H12]
#[tokio::test]
async fn h12_whoever_is_erased_is_nowhere_in_the_database_and_the_chain_is_whole() {
    let world = World::new().await;
    let user = person(&world).await;
    // A file has what was overwritten too: first and last name are those of the last login since.
    let there = found(&world).await;
    assert_eq!(there.len(), if world.database.is_postgres() { 12 } else { 15 }, "{there:?}");
    let kept = world.store.verify_events(&[]).await.unwrap().heads;
    let erased = world.store.erase_user(&tenant("contoso"), &user, NOW + SECOND).await.unwrap();
    assert_eq!((erased.sessions, erased.identities, erased.traces, erased.under_way), (3, 1, 3, 4));
    assert_eq!(erased.grants, 1);
    let scrubbed = world.store.scrub().await.unwrap();
    let expected = if world.database.is_postgres() { Scrubbed::Server } else { Scrubbed::Gone };
    assert_eq!(scrubbed, expected);
    assert_eq!(found(&world).await, [""; 0]);

    world.store.verify_events(&kept).await.unwrap();
    let event = &world.events().await[0];
    assert_eq!((event.kind, event.user), (EventKind::AccountErased, Some(user)));
    assert!(event.detail.as_str().contains(r#""by":"operator""#), "{:?}", event.detail);
    let left = world.store.user(&user).await.unwrap();
    assert_eq!(
        (left.state, left.user_name.as_str(), left.updated_at),
        (UserState::Deprovisioned, "erased", NOW + SECOND)
    );
    assert_eq!((left.created_at, left.last_login_at), (NOW, Some(NOW)));
    assert_eq!(world.store.session_of_token(&token(3), NOW).await.unwrap(), None);
    // And is refused, under either name.
    for name in [NAME, OLD_NAME, "third@contoso.example"] {
        assert_eq!(refused(&world.login(SUBJECT, name).await.1), Refusal::IdentityDeleted, "{name}");
    }
    // Another person may have the name.
    signed_in(world.login("somebody-else", NAME).await.1);
}

#[tokio::test]
async fn an_erasure_may_be_repeated_and_a_deleted_account_be_erased() {
    let world = World::new().await;
    let user = person(&world).await;
    world.store.set_user_state(&user, UserState::Deprovisioned, NOW).await.unwrap();
    world.store.erase_user(&tenant("contoso"), &user, NOW).await.unwrap();
    let again = world.store.erase_user(&tenant("contoso"), &user, NOW).await.unwrap();
    assert_eq!((again.sessions, again.identities, again.traces), (0, 0, 0));
    assert_eq!(refused(&world.login(SUBJECT, NAME).await.1), Refusal::IdentityDeleted);
    assert_eq!(world.count(EventKind::AccountErased).await, 2);
}

/// Nothing but the name could tell who comes: it is remembered as a tombstone is, and as long as it was.
#[tokio::test]
async fn an_account_that_nobody_ever_signed_in_to_is_not_made_anew_by_a_login() {
    let world = World::new().await;
    let user = world.create(ADA).await;
    world.store.set_user_state(&user.id, UserState::Deprovisioned, NOW).await.unwrap();
    let before = refused(&world.login("ada", ADA).await.1);
    for _ in 0..2 {
        world.store.erase_user(&tenant("contoso"), &user.id, NOW).await.unwrap();
        assert_eq!(refused(&world.login("ada", ADA).await.1), before);
    }
    world.store.scrub().await.unwrap();
    let octets = everything(&world.database).await;
    assert!(!octets.windows(ADA.len()).any(|window| window.eq_ignore_ascii_case(ADA.as_bytes())));
    signed_in(world.login("bob", "bob@contoso.example").await.1);
}

#[tokio::test]
async fn an_erasure_touches_no_other_person_and_no_other_tenant() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let user = person(&world).await;
    world.sign_in("bob", "bob@contoso.example", 11).await;
    let record = world.record(&fabrikam, SUBJECT, "zach@fabrikam.example");
    let theirs = signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    opened(world.store.hop(attempt(&record, 12), NOW).await.unwrap());
    let waits = world.pending(&fabrikam);
    world.store.begin(waits.clone(), NOW).await.unwrap();
    let error = world.store.erase_user(&tenant("fabrikam"), &user, NOW).await.unwrap_err();
    assert_eq!(error.code(), "user.unknown", "an account of another tenant");
    world.store.erase_user(&tenant("contoso"), &user, NOW).await.unwrap();
    for n in [11, 12] {
        assert!(world.store.session_of_token(&token(n), NOW).await.unwrap().is_some(), "{n}");
    }
    assert_eq!(world.store.user(&theirs.id).await.unwrap().user_name, theirs.user_name);
    assert_eq!(world.store.identities_of(&theirs.id).await.unwrap().len(), 1);
    assert!(world.store.pending(&waits.request_id).await.unwrap().is_some());
    let record = world.record(&fabrikam, SUBJECT, "zach@fabrikam.example");
    assert_eq!(signed_in(committed(world.store.commit(record, NOW).await.unwrap())).id, theirs.id);
}

#[tokio::test]
async fn accounts_are_found_by_a_name_that_they_had() {
    let world = World::new().await;
    let first = world.create(ADA).await;
    world.store.set_user_state(&first.id, UserState::Deprovisioned, NOW).await.unwrap();
    let second = world.create("ADA@contoso.example").await;
    let named = world.store.users_ever_named(&tenant("contoso"), &ADA.parse().unwrap()).await.unwrap();
    let ids: BTreeSet<_> = named.iter().map(|user| user.id.to_string()).collect();
    assert_eq!(ids, [first.id.to_string(), second.id.to_string()].into());
}

/// The operator's word counts, also over what the directory did before.
#[tokio::test]
async fn a_directory_makes_nobody_anew_whom_an_operator_erased() {
    for (has_subject, deletes) in [(true, false), (false, false), (true, true), (false, true)] {
        let world = World::new().await;
        let push = || {
            let person = pushed_person("ada-xq", ADA);
            if has_subject { person } else { Push { subject: None, ..person } }
        };
        let made = known(world.push(push()).await).user.id;
        if deletes {
            let deleted = world.store.delete_user(&world.asks(&world.contoso), &made, NOW).await.unwrap();
            assert_eq!(deleted, DeleteOutcome::Deleted);
        }
        world.store.erase_user(&tenant("contoso"), &made, NOW).await.unwrap();
        world.store.scrub().await.unwrap();
        assert!(!everything(&world.database).await.windows(6).any(|window| window == b"ada-xq"));
        let code = Refusal::IdentityDeleted.code();
        assert_eq!(refused_push(&world.push(push()).await), code, "{has_subject} {deletes}");
    }
}

/// Under another key, or none, a deleted identity would not be recognised.
#[tokio::test]
async fn without_the_key_of_tombstones_nobody_signs_in_and_nobody_is_deleted() {
    let world = World::new().await;
    let ada = signed_in(world.login("ada", ADA).await.1);
    let store = Store::open(&world.database.place()).await.unwrap();
    let record = world.record(&world.contoso, "ada", ADA);
    assert_eq!(store.commit(record.clone(), NOW).await.unwrap_err().code(), "store.unavailable");
    let error = store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap_err();
    assert!(format!("{:?}", error).contains("NoTombstoneKey"), "{error:?}");
    assert!(store.erase_user(&tenant("contoso"), &ada.id, NOW).await.is_err());
    assert_eq!(world.store.user(&ada.id).await.unwrap().state, UserState::Active, "nothing of it was done");
    store.set_user_state(&ada.id, UserState::Suspended, NOW).await.unwrap();
}

/// Tombstones of an earlier version have the subject itself.
#[tokio::test]
async fn tombstones_from_before_are_keyed_when_the_key_comes() {
    let world = World::new().await;
    let ada = signed_in(world.login("ada-xq", ADA).await.1);
    world.store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap();
    assert_eq!(world.database.sql("UPDATE tombstones SET subject = 'ada-xq', keyed = 0").await, 1);
    world.store.scrub().await.unwrap();
    let has = async || everything(&world.database).await.windows(6).any(|window| window == b"ada-xq");
    assert!(has().await);
    let other = world.database.open().await;
    other.scrub().await.unwrap();
    assert!(!has().await);
    let record = world.record(&world.contoso, "ada-xq", "other@contoso.example");
    assert_eq!(refused(&committed(other.commit(record, NOW).await.unwrap())), Refusal::IdentityDeleted);
    // A subject that looks like a tombstone is none.
    let connection = world.database.connect().await;
    let asked = Statement::from_string(connection.get_database_backend(), "SELECT subject FROM tombstones");
    let keyed: String = connection.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(keyed.len(), 64);
    signed_in(world.login(&keyed, "odd@contoso.example").await.1);
    let wrong = Store::open(&world.database.place()).await.unwrap();
    let wrong = wrong.with_tombstone_key(TombstoneKey::new(&[8; 32])).await.unwrap();
    let record = world.record(&world.contoso, "ada-xq", "fourth@contoso.example");
    signed_in(committed(wrong.commit(record, NOW).await.unwrap()));
}
