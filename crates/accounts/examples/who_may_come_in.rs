//! Decides what becomes of three people who arrive with the same signed message: known domain, foreign domain, deleted before.
//!
//! `cargo run -p landfall-accounts --example who_may_come_in`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use landfall_accounts::{
    Arrival, ConnectionKind, ConnectionSettings, ConnectionState, DomainStanding, Facts, Identity,
    IdpEntityId, Membership, Namesake, Provision, Refusal, Room, Tombstone, decide,
};
use landfall_claims::{AttributeSet, Preset};
use time::macros::datetime;

fn main() -> Result<(), Box<dyn Error>> {
    let idp: IdpEntityId = "https://idp.example/metadata".parse()?;
    let settings = ConnectionSettings::for_kind(&ConnectionKind::of(&idp));
    let attributes: AttributeSet = [("username", ["ada@contoso.example"])].into_iter().collect();
    let arrival = Arrival {
        identity: Identity {
            subject: "00000000-0000-4000-8000-00000000000a".parse()?,
            login_name: "ada@contoso.example".parse()?,
            membership: Membership::Member,
        },
        profile: Preset::Generic.map(&attributes)?,
    };

    let now = datetime!(2030-01-02 03:04:05 UTC);
    let deleted = Facts { tombstone: Tombstone::Standing, ..unknown() };
    let foreign = Facts { domain: DomainStanding::OtherTenant, ..unknown() };
    for (who, facts, expected) in [
        ("nobody knows her", unknown(), "an account that is active"),
        ("the domain is another customer's", foreign, Refusal::DomainOfOtherTenant.code()),
        ("she was deleted", deleted, Refusal::IdentityDeleted.code()),
    ] {
        let said = match decide(&arrival, &facts, &settings, now) {
            Provision::Create(account) => format!("an account that is {}", account.state),
            Provision::Refuse(refusal) => refusal.code().to_owned(),
            other => return Err(format!("expected an account or a refusal, came {other:?}").into()),
        };
        println!("{who}: {said}");
        if said != expected {
            return Err(format!("expected {expected}").into());
        }
    }
    Ok(())
}

/// What a store knows of somebody who was never here, read in the transaction that carries the decision out.
fn unknown() -> Facts {
    Facts {
        connection: ConnectionState::Active,
        domain: DomainStanding::BoundHere,
        link: None,
        tombstone: Tombstone::None,
        namesake: Namesake::Nobody,
        room: Room::Free,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
