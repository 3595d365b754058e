use uuid::Uuid;

use super::*;
use crate::{ConnectionId, RefusalClass, Rest, testing, testing::NOW};

const NAME: &str = "Ada@contoso.example";

struct Case {
    push: Push,
    facts: PushFacts,
    settings: ConnectionSettings,
}

/// Somebody whom nobody knows, pushed with an identity key.
fn newcomer() -> Case {
    Case {
        push: Push {
            subject: Some("s".parse().unwrap()),
            user_name: NAME.parse().unwrap(),
            external_id: Some("x".parse().unwrap()),
            activity: Activity::Active,
            first_name: Some("Augusta".to_owned()),
            last_name: None,
            email: Some("augusta@contoso.example".to_owned()),
            display_name: None,
            rest: Rest::default(),
        },
        facts: PushFacts {
            connection: ConnectionState::Active,
            target: None,
            other_key: OtherKey::None,
            domain: DomainStanding::BoundHere,
            link: None,
            deleted_by: None,
            namesake: None,
            same_external_id: None,
            room: Room::Free,
        },
        settings: testing::entra_connection().settings,
    }
}

fn somebody(edit: impl FnOnce(&mut User)) -> User {
    let mut user = testing::user(NAME);
    edit(&mut user);
    user
}

fn other() -> User {
    User { id: UserId::from_uuid(Uuid::from_u128(200)), ..testing::user(NAME) }
}

/// The change of an account that is of this directory, and linked.
fn known(edit: impl FnOnce(&mut User)) -> Case {
    let mut case = newcomer();
    let user = somebody(|user| {
        (user.origin, user.state_by) = (Origin::Directory, Origin::Directory);
        edit(user);
    });
    case.facts.link = Some((user.clone(), Home::Here));
    case.facts.namesake = Some((user.clone(), Home::Here));
    case.facts.same_external_id = Some(user.id);
    case.facts.target = Some(DirectoryUser {
        connection: ConnectionId::from_uuid(Uuid::from_u128(10)),
        external_id: case.push.external_id.clone(),
        activity: Activity::Active,
        suspended_from: None,
        rest: Rest::default(),
        version: 1,
        pushed_at: NOW,
        changed_at: NOW,
        user,
    });
    case
}

/// A person who has signed in, and whom the directory pushes for the first time.
fn signed_in_before(edit: impl FnOnce(&mut User)) -> Case {
    let mut case = newcomer();
    let user = somebody(edit);
    case.facts.link = Some((user.clone(), Home::None));
    case.facts.namesake = Some((user, Home::None));
    case
}

fn run(case: &Case) -> PushDecision {
    decide_push(&case.push, &case.facts, &case.settings, NOW)
}

#[track_caller]
fn refused(code: &str, class: RefusalClass, case: &Case) {
    match run(case) {
        PushDecision::Refuse(refusal) => assert_eq!((refusal.code(), refusal.class()), (code, class)),
        other => panic!("expected {code}, got {other:?}"),
    }
}

#[track_caller]
fn created_user(case: &Case) -> NewUser {
    match run(case) {
        PushDecision::Create(new) => *new,
        other => panic!("expected an account, got {other:?}"),
    }
}

#[track_caller]
fn attached(case: &Case) -> Followed {
    match run(case) {
        PushDecision::Attach(followed) => *followed,
        other => panic!("expected an attachment, got {other:?}"),
    }
}

#[track_caller]
fn changed(case: &Case) -> Followed {
    match run(case) {
        PushDecision::Change(followed) => *followed,
        other => panic!("expected a change, got {other:?}"),
    }
}

#[test]
fn row_1_a_disabled_connection_takes_nothing() {
    for mut case in [newcomer(), known(|_| ()), signed_in_before(|_| ())] {
        assert!(!matches!(run(&case), PushDecision::Refuse(_)));
        for state in [ConnectionState::Draft, ConnectionState::Testing] {
            case.facts.connection = state;
            assert!(!matches!(run(&case), PushDecision::Refuse(_)), "people are pushed before they sign in");
        }
        case.facts.connection = ConnectionState::Disabled;
        refused("connection.disabled", RefusalClass::Forbidden, &case);
    }
}

#[test]
fn g5_row_2_a_guest_is_refused_unless_guests_are_admitted() {
    let mut case = newcomer();
    case.push.user_name = "ada_fabrikam.example#EXT#@contoso.example".parse().unwrap();
    refused("account.guest", RefusalClass::Invalid, &case);
    case.settings.guests = Guests::Admit;
    created_user(&case);
}

#[test]
fn g4_row_3_a_new_name_must_be_of_a_bound_domain() {
    for (domain, code) in [
        (DomainStanding::BoundElsewhere, "domain.bound_elsewhere"),
        (DomainStanding::Unbound, "domain.unbound"),
        (DomainStanding::OtherTenant, "domain.other_tenant"),
        (DomainStanding::NotListed, "domain.not_listed"),
        (DomainStanding::None, "domain.none"),
    ] {
        for mut case in [newcomer(), signed_in_before(|_| ())] {
            case.facts.domain = domain;
            refused(code, RefusalClass::Invalid, &case);
        }
        let mut case = known(|_| ());
        case.facts.domain = domain;
        case.push.activity = Activity::Inactive;
        assert_eq!(changed(&case).user.state, UserState::Suspended, "what stays is not asked about");
        case.push.user_name = "new@fabrikam.example".parse().unwrap();
        case.facts.namesake = None;
        refused(code, RefusalClass::Invalid, &case);
    }
}

#[test]
fn h7_row_4_an_external_id_names_one_account() {
    let mut case = newcomer();
    case.facts.same_external_id = Some(other().id);
    refused("push.external_id_taken", RefusalClass::Taken, &case);
    let mut case = known(|_| ());
    changed(&case);
    case.facts.same_external_id = Some(other().id);
    refused("push.external_id_taken", RefusalClass::Taken, &case);
}

#[test]
fn row_5_a_key_is_one_account_s() {
    let mut case = known(|_| ());
    case.facts.link = Some((other(), Home::None));
    refused("push.key_taken", RefusalClass::Taken, &case);
    for home in [Home::Here, Home::Elsewhere] {
        let mut case = signed_in_before(|_| ());
        case.facts.link = Some((somebody(|_| ()), home));
        refused("push.key_taken", RefusalClass::Taken, &case);
    }
}

#[test]
fn row_6_a_key_never_changes() {
    let mut case = known(|_| ());
    case.facts.link = None;
    assert_eq!(changed(&case).key, KeyStep::Link);
    case.facts.other_key = OtherKey::Some;
    refused("push.key_changed", RefusalClass::Immutable, &case);
}

#[test]
fn row_7_no_directory_takes_an_administrator() {
    let case = signed_in_before(|user| user.standing = Standing::Administrator);
    refused("collision.administrator", RefusalClass::Taken, &case);
}

#[test]
fn row_8_what_an_operator_deleted_stays_deleted() {
    for target in [newcomer(), known(|_| ())] {
        let mut case = target;
        case.facts.link = None;
        for who in [Origin::Operator, Origin::JustInTime] {
            case.facts.deleted_by = Some(who);
            refused("identity.deleted", RefusalClass::Taken, &case);
        }
        case.facts.deleted_by = Some(Origin::Directory);
        assert!(!matches!(run(&case), PushDecision::Refuse(_)));
    }
}

#[test]
fn h9_row_9_a_user_name_is_one_account_s() {
    for mut case in [newcomer(), known(|_| ()), signed_in_before(|_| ())] {
        case.facts.namesake = Some((other(), Home::Here));
        refused("push.user_name_taken", RefusalClass::Taken, &case);
    }
}

#[test]
fn h7_row_10_nobody_is_adopted_by_name() {
    for mut case in [newcomer(), known(|_| ()), signed_in_before(|_| ())] {
        for home in [Home::None, Home::Elsewhere] {
            case.facts.namesake = Some((other(), home));
            refused("collision.not_by_directory", RefusalClass::Taken, &case);
        }
        let admin = User { standing: Standing::Administrator, ..other() };
        case.facts.namesake = Some((admin, Home::None));
        refused("collision.administrator", RefusalClass::Taken, &case);
    }
}

#[test]
fn row_11_the_account_is_as_pushed_and_what_is_empty_is_cleared() {
    let mut case = known(|_| ());
    case.push.user_name = "countess@contoso.example".parse().unwrap();
    case.facts.namesake = None;
    let Followed { user, key, .. } = changed(&case);
    assert_eq!(user.user_name, case.push.user_name);
    assert_eq!((user.first_name.as_deref(), user.last_name), (Some("Augusta"), None));
    assert_eq!(user.email.as_deref(), Some("augusta@contoso.example"));
    assert_eq!((user.state, key), (UserState::Active, KeyStep::Keep));
    case.push.subject = None;
    case.facts.link = None;
    assert_eq!(changed(&case).key, KeyStep::Keep, "none came");
}

#[test]
fn h8_row_11_inactive_suspends_and_active_gives_the_state_back() {
    for state in [UserState::Active, UserState::Pending] {
        let mut case = known(|user| user.state = state);
        case.push.activity = Activity::Inactive;
        let gone = changed(&case);
        assert_eq!((gone.user.state, gone.suspended_from), (UserState::Suspended, Some(state)));
        assert_eq!(gone.user.state_by, Origin::Directory);
        let mut case = known(|user| *user = gone.user.clone());
        case.facts.target.as_mut().unwrap().suspended_from = gone.suspended_from;
        case.push.activity = Activity::Inactive;
        assert_eq!(changed(&case).suspended_from, Some(state), "said twice");
        case.push.activity = Activity::Active;
        let back = changed(&case);
        assert_eq!((back.user.state, back.suspended_from), (state, None));
    }
}

#[test]
fn row_11_what_an_operator_suspended_stays_suspended() {
    for activity in [Activity::Active, Activity::Inactive] {
        let mut case = known(|user| {
            (user.state, user.state_by) = (UserState::Suspended, Origin::Operator);
        });
        case.push.activity = activity;
        let after = changed(&case).user;
        assert_eq!((after.state, after.state_by), (UserState::Suspended, Origin::Operator));
    }
}

#[test]
fn row_12_the_same_key_is_the_same_person() {
    let case = signed_in_before(|user| user.origin = Origin::JustInTime);
    let Followed { user, key, .. } = attached(&case);
    assert_eq!((user.id, user.origin), (somebody(|_| ()).id, Origin::JustInTime));
    assert_eq!((user.first_name.as_deref(), key), (Some("Augusta"), KeyStep::Keep));
    let mut case = signed_in_before(|_| ());
    case.push.activity = Activity::Inactive;
    assert_eq!(attached(&case).user.state, UserState::Suspended);
    for (state, by) in [(UserState::Pending, Origin::JustInTime), (UserState::Suspended, Origin::Operator)] {
        let case = signed_in_before(|user| (user.state, user.state_by) = (state, by));
        assert_eq!(attached(&case).user.state, state, "an operator's word stands");
    }
}

#[test]
fn row_13_a_full_tenant_gets_no_new_account_and_keeps_those_it_has() {
    let mut case = newcomer();
    case.facts.room = Room::Full(crate::UserLimit::new(3));
    refused("tenant.full", RefusalClass::Forbidden, &case);
    let mut known = signed_in_before(|_| ());
    known.facts.room = case.facts.room;
    attached(&known);
}

#[test]
fn row_14_somebody_new_is_made_as_pushed() {
    let mut case = newcomer();
    let new = created_user(&case);
    assert_eq!(
        (new.state, new.origin, new.standing),
        (UserState::Active, Origin::Directory, Standing::Person)
    );
    assert_eq!(new.email.as_deref(), Some("augusta@contoso.example"));
    case.push.activity = Activity::Inactive;
    assert_eq!(created_user(&case).state, UserState::Suspended);
}
