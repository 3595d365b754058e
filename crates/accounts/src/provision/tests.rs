use landfall_claims::{Preset, entra};
use uuid::Uuid;

use super::*;
use crate::testing::{self, NOW};

const NAME: &str = "Ada@contoso.example";

struct Case {
    arrival: Arrival,
    facts: Facts,
    settings: ConnectionSettings,
}

/// Somebody new of a bound domain, on a connection with default settings.
fn newcomer() -> Case {
    named(NAME)
}

fn named(login_name: &str) -> Case {
    let attributes = [
        (entra::NAME, [login_name]),
        (entra::GIVEN_NAME, ["Augusta"]),
        (entra::EMAIL_ADDRESS, ["augusta@contoso.example"]),
    ];
    Case {
        arrival: Arrival {
            identity: Identity {
                subject: "s".parse().unwrap(),
                login_name: login_name.parse().unwrap(),
                membership: Membership::Member,
            },
            profile: Preset::EntraDefault.map(&attributes.into_iter().collect()).unwrap(),
        },
        facts: Facts {
            connection: ConnectionState::Active,
            domain: DomainStanding::BoundHere,
            link: None,
            tombstone: Tombstone::None,
            namesake: Namesake::Nobody,
            room: Room::Free,
        },
        settings: testing::entra_connection().settings,
    }
}

/// Somebody whose identity is linked to an account in this state.
fn linked(state: UserState) -> Case {
    let mut case = newcomer();
    let user = User { state, ..testing::user(NAME) };
    case.facts.namesake =
        Namesake::Living { user: Box::new(user.clone()), links: Links::Some, home: Home::None };
    case.facts.link = Some(user);
    case
}

/// Somebody new, for whom an operator has made an account.
fn expected(edit: impl FnOnce(&mut User)) -> Case {
    let mut case = newcomer();
    let mut user = testing::user("ada@Contoso.example");
    edit(&mut user);
    case.facts.namesake = Namesake::Living { user: Box::new(user), links: Links::None, home: Home::None };
    case
}

fn run(case: &Case) -> Provision {
    decide(&case.arrival, &case.facts, &case.settings, NOW)
}

#[track_caller]
fn refused(code: &str, case: &Case) {
    match run(case) {
        Provision::Refuse(refusal) => assert_eq!(refusal.code(), code),
        other => panic!("expected {code}, got {other:?}"),
    }
}

#[track_caller]
fn signed_in(case: &Case) -> (User, Option<UserId>) {
    match run(case) {
        Provision::SignIn { user, name_taken_by } => (*user, name_taken_by),
        other => panic!("expected a sign-in, got {other:?}"),
    }
}

#[track_caller]
fn first_link(case: &Case) -> User {
    match run(case) {
        Provision::Link(user) => *user,
        other => panic!("expected a first link, got {other:?}"),
    }
}

#[track_caller]
fn creation(case: &Case) -> NewUser {
    match run(case) {
        Provision::Create(user) => *user,
        other => panic!("expected an account, got {other:?}"),
    }
}

#[test]
fn row_1_a_connection_that_is_not_active_admits_nobody() {
    for mut case in [newcomer(), linked(UserState::Active), expected(|_| ())] {
        assert!(!matches!(run(&case), Provision::Refuse(_)));
        for state in [ConnectionState::Draft, ConnectionState::Testing, ConnectionState::Disabled] {
            case.facts.connection = state;
            refused("connection.disabled", &case);
        }
    }
}

#[test]
fn g5_row_2_a_guest_is_refused_unless_guests_are_admitted() {
    let mut case = newcomer();
    creation(&case);
    case.arrival.identity.membership = Membership::Guest;
    refused("account.guest", &case);
    case.settings.guests = Guests::Admit;
    creation(&case);
    case.facts.domain = DomainStanding::NotListed;
    refused("domain.not_listed", &case);
}

#[test]
fn g4_row_3_the_domain_is_checked_before_any_account() {
    for (domain, code) in [
        (DomainStanding::BoundElsewhere, "domain.bound_elsewhere"),
        (DomainStanding::Unbound, "domain.unbound"),
        (DomainStanding::OtherTenant, "domain.other_tenant"),
        (DomainStanding::NotListed, "domain.not_listed"),
        (DomainStanding::None, "domain.none"),
    ] {
        for mut case in [newcomer(), linked(UserState::Active), expected(|_| ())] {
            case.facts.domain = domain;
            refused(code, &case);
        }
    }
}

#[test]
fn row_4_the_profile_follows_what_arrived() {
    let (user, taken) = signed_in(&linked(UserState::Active));
    assert_eq!(user.first_name.as_deref(), Some("Augusta"));
    assert_eq!(user.email.as_deref(), Some("augusta@contoso.example"));
    assert_eq!(user.last_name.as_deref(), Some("Lovelace"), "a claim that did not arrive changes nothing");
    assert_eq!(taken, None);
}

#[test]
fn row_4_a_login_that_says_nothing_new_changes_nothing() {
    let mut case = linked(UserState::Active);
    let (current, _) = signed_in(&case);
    case.facts.link = Some(current.clone());
    let later = decide(&case.arrival, &case.facts, &case.settings, NOW + Duration::hours(1));
    assert_eq!(later, Provision::SignIn { user: Box::new(current), name_taken_by: None });
}

#[test]
fn row_4_the_user_name_follows_the_login_name() {
    for old in ["ada@contoso.example", "ada.byron@contoso.example"] {
        let mut case = linked(UserState::Active);
        case.facts.link = Some(testing::user(old));
        case.facts.namesake = Namesake::Nobody;
        let (user, taken) = signed_in(&case);
        assert_eq!(user.user_name.as_str(), NAME);
        assert_eq!(taken, None);
    }
}

#[test]
fn row_4_the_user_name_stays_if_another_account_has_the_new_one() {
    let mut case = linked(UserState::Active);
    let other = User { id: UserId::from_uuid(Uuid::from_u128(101)), ..testing::user(NAME) };
    case.facts.link = Some(testing::user("ada.byron@contoso.example"));
    case.facts.namesake =
        Namesake::Living { user: Box::new(other.clone()), links: Links::None, home: Home::None };
    let (user, taken) = signed_in(&case);
    assert_eq!(user.user_name.as_str(), "ada.byron@contoso.example");
    assert_eq!(taken, Some(other.id));
}

#[test]
fn rows_5_to_7_a_linked_account_that_is_not_active_is_refused() {
    refused("account.awaiting_activation", &linked(UserState::Pending));
    refused("account.suspended", &linked(UserState::Suspended));
    refused("account.deprovisioned", &linked(UserState::Deprovisioned));
}

/// Every account that is not active stays as it is, but for one: pending, and made by no login.
#[test]
fn rows_4_and_9_a_first_login_activates_what_an_operator_made_pending_and_nothing_else() {
    let pending = |user: &mut User| user.state = UserState::Pending;
    let (mut known, mut met) = (linked(UserState::Pending), expected(pending));
    assert_eq!(first_link(&met).state, UserState::Pending, "unless the settings say so");
    for case in [&mut known, &mut met] {
        case.settings.activation = Activation::FirstLogin;
    }
    assert_eq!(signed_in(&known).0.state, UserState::Active);
    assert_eq!(signed_in(&known).0.updated_at, NOW);
    assert_eq!(first_link(&met).state, UserState::Active);

    let mut just_in_time = linked(UserState::Pending);
    just_in_time.settings.activation = Activation::FirstLogin;
    just_in_time.facts.link.as_mut().unwrap().origin = Origin::JustInTime;
    refused("account.awaiting_activation", &just_in_time);
    let mut administrator = linked(UserState::Pending);
    administrator.settings.activation = Activation::FirstLogin;
    administrator.facts.link.as_mut().unwrap().standing = Standing::Administrator;
    refused("account.awaiting_activation", &administrator);
    for (state, code) in
        [(UserState::Suspended, "account.suspended"), (UserState::Deprovisioned, "account.deprovisioned")]
    {
        let mut case = linked(state);
        case.settings.activation = Activation::FirstLogin;
        refused(code, &case);
    }
    let mut suspended = expected(|user| user.state = UserState::Suspended);
    suspended.settings.activation = Activation::FirstLogin;
    refused("collision.suspended", &suspended);
    let mut newcomer = newcomer();
    newcomer.settings.activation = Activation::FirstLogin;
    newcomer.settings.jit = Jit::Pending;
    assert_eq!(creation(&newcomer).state, UserState::Pending);
}

#[test]
fn row_8_a_deleted_identity_is_never_revived() {
    for mut case in [newcomer(), expected(|_| ())] {
        case.facts.tombstone = Tombstone::Standing;
        refused("identity.deleted", &case);
    }
}

#[test]
fn row_9_an_account_that_an_operator_made_is_linked_once() {
    let user = first_link(&expected(|_| ()));
    assert_eq!(user.id, testing::user(NAME).id);
    assert_eq!(user.user_name.as_str(), NAME, "in the spelling of the login name");
    assert_eq!(user.first_name.as_deref(), Some("Augusta"));
    assert_eq!(first_link(&expected(|user| user.state = UserState::Pending)).state, UserState::Pending);
}

#[test]
fn row_9_a_first_link_needs_no_just_in_time_policy() {
    let mut case = expected(|_| ());
    case.settings.jit = Jit::Off;
    first_link(&case);
}

#[test]
fn row_9_the_window_is_open_for_fourteen_days() {
    first_link(&expected(|user| user.created_at = NOW - Duration::days(14)));
    refused(
        "collision.window_closed",
        &expected(|user| user.created_at = NOW - Duration::days(14) - Duration::milliseconds(1)),
    );
}

#[test]
fn row_10_every_other_namesake_is_a_collision() {
    let mut case = expected(|_| ());
    if let Namesake::Living { links, .. } = &mut case.facts.namesake {
        *links = Links::Some;
    }
    refused("collision.linked", &case);
    refused("collision.administrator", &expected(|user| user.standing = Standing::Administrator));
    refused("collision.not_by_operator", &expected(|user| user.origin = Origin::JustInTime));
    refused("collision.suspended", &expected(|user| user.state = UserState::Suspended));
}

#[test]
fn row_11_a_name_that_was_deleted_before_its_first_login_is_not_made_anew() {
    let mut case = newcomer();
    case.facts.namesake = Namesake::Deleted;
    refused("account.name_deleted", &case);
}

#[test]
fn rows_12_14_and_15_the_policy_decides_about_somebody_new() {
    let mut case = newcomer();
    let user = creation(&case);
    assert_eq!(
        (user.state, user.standing, user.origin),
        (UserState::Active, Standing::Person, Origin::JustInTime)
    );
    assert_eq!(user.user_name.as_str(), NAME);
    assert_eq!(user.first_name.as_deref(), Some("Augusta"));
    case.settings.jit = Jit::Pending;
    assert_eq!(creation(&case).state, UserState::Pending);
    case.settings.jit = Jit::Off;
    refused("account.none", &case);
}

#[test]
fn row_13_a_full_tenant_gets_no_new_account_and_keeps_those_it_has() {
    let full = |mut case: Case| {
        case.facts.room = Room::Full(UserLimit::new(3));
        case
    };
    for jit in [Jit::Active, Jit::Pending] {
        let mut case = full(newcomer());
        case.settings.jit = jit;
        refused("tenant.full", &case);
    }
    let mut off = full(newcomer());
    off.settings.jit = Jit::Off;
    refused("account.none", &off);
    signed_in(&full(linked(UserState::Active)));
    first_link(&full(expected(|_| ())));
}

#[test]
fn personal_data_does_not_print() {
    for case in [newcomer(), linked(UserState::Active), expected(|_| ())] {
        let text = format!("{:?} {:?} {:?}", case.arrival, case.facts, run(&case)).to_lowercase();
        assert!(!text.contains("ada@") && !text.contains("augusta"), "{text}");
    }
}

#[test]
fn row_9_the_directory_of_this_connection_makes_accounts_for_first_links_too() {
    for (origin, home, allowed) in [
        (Origin::Directory, Home::Here, true),
        (Origin::Directory, Home::Elsewhere, false),
        (Origin::Directory, Home::None, false),
        (Origin::Operator, Home::None, true),
        (Origin::Operator, Home::Elsewhere, false),
        (Origin::JustInTime, Home::Here, false),
    ] {
        let mut case = expected(|user| user.origin = origin);
        if let Namesake::Living { home: known, .. } = &mut case.facts.namesake {
            *known = home;
        }
        if allowed {
            first_link(&case);
        } else {
            refused("collision.not_by_operator", &case);
        }
    }
}
