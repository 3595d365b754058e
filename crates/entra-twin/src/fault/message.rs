//! Faults in what a message says: the identity provider itself lies, or sends it elsewhere.

use time::Duration;
use uuid::Uuid;

use super::{Edit, Fault, Scene};
use crate::SigningOption::Response;
use crate::{Attribute, Message, xml};

const OTHER: &str = "https://other-sp.example.com";

pub(super) const FAULTS: &[Fault] = &[
    // Time [E7], [E24].
    Fault::refuse("expired", "E7", Edit::Message(|m, s| expire(m, s.twin.now(), true, true))),
    Fault::refuse("expired-conditions", "E7", Edit::Message(|m, s| expire(m, s.twin.now(), true, false))),
    Fault::refuse("expired-confirmation", "E7", Edit::Message(|m, s| expire(m, s.twin.now(), false, true))),
    Fault::refuse("confirmation-without-end", "E7", Edit::Message(|m, _| m.assertion.confirmed_until = None)),
    Fault::refuse(
        "not-yet-valid",
        "E7",
        Edit::Message(|m, s| m.assertion.not_before = Some(s.twin.now() + Duration::minutes(10))),
    ),
    Fault::refuse(
        "issued-in-the-future",
        "E24",
        Edit::Message(|m, s| m.assertion.issue_instant = s.twin.now() + Duration::minutes(10)),
    ),
    Fault::refuse(
        "signed-in-in-the-future",
        "E23",
        Edit::Message(|m, s| m.assertion.authn_instant = s.twin.now() + Duration::minutes(10)),
    ),
    Fault::accept("clock-ahead-30-seconds", "E7", Edit::Message(|m, s| ahead(m, s.twin.now()))),
    Fault::accept(
        "signed-in-weeks-ago",
        "E23",
        Edit::Message(|m, _| m.assertion.authn_instant -= Duration::weeks(11)),
    ),
    // For whom it is [E2], [E3], [E4].
    Fault::refuse(
        "audience-other",
        "E2",
        Edit::Message(|m, _| m.assertion.audiences = vec![OTHER.to_owned()]),
    ),
    Fault::refuse("audience-absent", "E2", Edit::Message(|m, _| m.assertion.audiences.clear())),
    Fault::refuse(
        "audience-spn",
        "E2",
        Edit::Message(|m, s| m.assertion.audiences = vec![format!("spn:{}", s.audience)]),
    ),
    Fault::refuse(
        "audience-longer",
        "E2",
        Edit::Message(|m, s| m.assertion.audiences = vec![format!("{}/", s.audience)]),
    ),
    Fault::refuse(
        "audience-upper-case",
        "E2",
        Edit::Message(|m, s| m.assertion.audiences = vec![s.audience.to_uppercase()]),
    ),
    Fault::refuse(
        "response-for-another-provider",
        "E2",
        Edit::Message(|m, _| {
            m.assertion.audiences = vec![OTHER.to_owned()];
            m.assertion.recipient = Some(format!("{OTHER}/acs"));
            m.response.destination = Some(format!("{OTHER}/acs"));
        }),
    ),
    Fault::accept(
        "audience-one-of-two",
        "E2",
        Edit::Message(|m, _| m.assertion.audiences.insert(0, OTHER.to_owned())),
    ),
    Fault::refuse(
        "recipient-other",
        "E3",
        Edit::Message(|m, _| m.assertion.recipient = Some(format!("{OTHER}/acs"))),
    ),
    Fault::refuse("recipient-absent", "E3", Edit::Message(|m, _| m.assertion.recipient = None)),
    Fault::refuse(
        "recipient-longer",
        "E3",
        Edit::Message(|m, s| m.assertion.recipient = Some(format!("{}.evil.example", s.acs))),
    ),
    Fault::refuse(
        "destination-other",
        "E4",
        Edit::Message(|m, _| m.response.destination = Some(format!("{OTHER}/acs"))),
    ),
    Fault::refuse(
        "destination-other-signed",
        "E4",
        Edit::Message(|m, _| m.response.destination = Some(format!("{OTHER}/acs"))),
    )
    .signed(Response),
    Fault::refuse("destination-absent-signed", "E4", Edit::Message(|m, _| m.response.destination = None))
        .signed(Response),
    Fault::refuse(
        "destination-empty",
        "E4",
        Edit::Message(|m, _| m.response.destination = Some(String::new())),
    ),
    Fault::accept("destination-absent-unsigned", "E4", Edit::Message(|m, _| m.response.destination = None)),
    // Who says it [E11].
    Fault::refuse("issuer-other", "E11", Edit::Message(|m, _| issue(m, &other_issuer(), true, true))),
    Fault::refuse(
        "issuer-of-the-response-other",
        "E11",
        Edit::Message(|m, _| issue(m, &other_issuer(), true, false)),
    ),
    Fault::refuse(
        "issuer-of-the-assertion-other",
        "E11",
        Edit::Message(|m, _| issue(m, &other_issuer(), false, true)),
    ),
    Fault::refuse(
        "issuer-without-slash",
        "E11",
        Edit::Message(|m, s| issue(m, s.twin.tenant().issuer().trim_end_matches('/'), true, true)),
    ),
    Fault::refuse("issuer-of-the-assertion-empty", "E11", Edit::Message(|m, _| m.assertion.issuer.clear())),
    // Which request it answers [E5].
    Fault::refuse(
        "in-response-to-unknown",
        "E5",
        Edit::Message(|m, s| answer(m, Some(unknown(s.twin.guid())))),
    ),
    Fault::refuse("in-response-to-lost", "E6", Edit::Message(|m, _| answer(m, None))),
    Fault::refuse(
        "in-response-to-of-the-response-other",
        "E5",
        Edit::Message(|m, s| m.response.in_response_to = Some(unknown(s.twin.guid()))),
    ),
    Fault::refuse(
        "in-response-to-of-the-confirmation-other",
        "E5",
        Edit::Message(|m, s| m.assertion.in_response_to = Some(unknown(s.twin.guid()))),
    ),
    Fault::refuse(
        "in-response-to-of-the-confirmation-lost",
        "E5",
        Edit::Message(|m, _| m.assertion.in_response_to = None),
    ),
    // What became of it [E10].
    Fault::refuse("status-failure-unsigned", "E10", Edit::Message(|m, _| fail(m))),
    Fault::refuse("status-failure-signed", "E10", Edit::Message(|m, _| fail(m))).signed(Response),
    // Whom it is about [G2], [E15].
    Fault::refuse("tenant-other", "G2", Edit::Message(|m, _| claim(m, TENANT, OTHER_TENANT))),
    Fault::refuse(
        "tenant-absent",
        "G2",
        Edit::Message(|m, _| m.assertion.attributes.retain(|one| one.name != TENANT)),
    ),
    Fault::refuse(
        "tenant-twice",
        "E15",
        Edit::Message(|m, _| m.assertion.attributes.push(attribute(TENANT, OTHER_TENANT))),
    ),
    Fault::refuse(
        "name-claim-twice",
        "E15",
        Edit::Message(|m, s| m.assertion.attributes.push(attribute(NAME, &s.victim.user_principal_name))),
    ),
    Fault::refuse(
        "object-id-twice",
        "E15",
        Edit::Message(|m, s| {
            m.assertion.attributes.insert(0, attribute(OBJECT_ID, &s.victim.object_id.to_string()));
        }),
    ),
    Fault::refuse(
        "domain-of-another-customer",
        "G4",
        Edit::Message(|m, s| rename(m, s, &abroad(&s.person.user_principal_name))),
    ),
    Fault::refuse(
        "guest",
        "G5",
        Edit::Message(|m, s| rename(m, s, &guest(&s.person.user_principal_name, s.twin))),
    ),
    // Large and honest, and too large [D7], [G7].
    Fault::accept("groups-150", "G7", Edit::Message(|m, _| groups(m, 150))),
    Fault::refuse("groups-5000", "D7", Edit::Message(|m, _| groups(m, 5_000)))
        .expecting(super::Expected::RefuseOrClose),
];

const TENANT: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";
const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
const GROUPS: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups";
/// A tenant that nobody has.
const OTHER_TENANT: &str = "99999999-2222-4333-8444-555555555555";

fn other_issuer() -> String {
    format!("https://sts.windows.net/{OTHER_TENANT}/")
}

/// Ten minutes ago; what has ended had begun before.
fn expire(message: &mut Message, now: time::OffsetDateTime, conditions: bool, confirmation: bool) {
    let past = Some(now - Duration::minutes(10));
    if conditions {
        message.assertion.not_before = Some(now - Duration::minutes(70));
        message.assertion.not_on_or_after = past;
    }
    if confirmation {
        message.assertion.confirmed_until = past;
    }
}

/// All that it says is of half a minute from now.
fn ahead(message: &mut Message, now: time::OffsetDateTime) {
    let then = now + Duration::seconds(30);
    message.response.issue_instant = then;
    message.assertion.issue_instant = then;
    message.assertion.authn_instant = then;
    message.assertion.not_before = Some(then);
}

fn issue(message: &mut Message, issuer: &str, response: bool, assertion: bool) {
    if response {
        issuer.clone_into(&mut message.response.issuer);
    }
    if assertion {
        issuer.clone_into(&mut message.assertion.issuer);
    }
}

fn answer(message: &mut Message, request: Option<String>) {
    message.response.in_response_to.clone_from(&request);
    message.assertion.in_response_to = request;
}

fn unknown(guid: Uuid) -> String {
    format!("_{guid}")
}

fn fail(message: &mut Message) {
    "urn:oasis:names:tc:SAML:2.0:status:Responder".clone_into(&mut message.response.status);
}

fn attribute(name: &str, value: &str) -> Attribute {
    Attribute { name: name.to_owned(), values: vec![value.to_owned()] }
}

fn claim(message: &mut Message, name: &str, value: &str) {
    for attribute in message.assertion.attributes.iter_mut().filter(|one| one.name == name) {
        attribute.values = vec![value.to_owned()];
    }
}

/// The same person by another sign-in name, wherever it stands.
fn rename(message: &mut Message, scene: &Scene<'_>, name: &str) {
    let old = &scene.person.user_principal_name;
    if message.assertion.name_id == xml::text(old) {
        message.assertion.name_id = xml::text(name);
    }
    for value in message.assertion.attributes.iter_mut().flat_map(|one| &mut one.values) {
        if value == old {
            name.clone_into(value);
        }
    }
}

fn abroad(name: &str) -> String {
    let local = name.split('@').next().unwrap_or(name);
    format!("{local}@another-customer.example")
}

fn guest(name: &str, twin: &crate::Twin) -> String {
    format!("{}#EXT#@{}", name.replace('@', "_"), twin.tenant().domain)
}

fn groups(message: &mut Message, count: u128) {
    let values = (1..=count).map(|number| Uuid::from_u128(number << 64 | 0x8000 << 48).to_string());
    message.assertion.attributes.retain(|one| one.name != GROUPS);
    message.assertion.attributes.push(Attribute { name: GROUPS.to_owned(), values: values.collect() });
}
