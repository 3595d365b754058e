//! The faults of a running double: one that stands, and one for the next login.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Fault, ForgeError, Scene};
use crate::{AccountState, Certificate, IssueRequest, Message, Twin, User};

/// What a running double does wrong; copies share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<Set>>);

/// Which faults are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    /// Of each login.
    pub(crate) standing: Option<&'static Fault>,
    /// Of the next login alone, before the one that stands.
    pub(crate) next: Option<&'static Fault>,
}

impl Faults {
    /// Which are set now.
    pub(crate) fn now(&self) -> Set {
        *self.lock()
    }

    /// Changes them.
    pub(crate) fn set(&self, change: impl FnOnce(&mut Set)) -> Set {
        let mut set = self.lock();
        change(&mut set);
        *set
    }

    /// The fault of a login, if it is to have one.
    fn take(&self) -> Option<&'static Fault> {
        let mut set = self.lock();
        set.next.take().or(set.standing)
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Twin {
    /// The octets of a response: this honest one, unless a fault is set.
    ///
    /// # Errors
    /// [`ForgeError`] if libxmlsec1 does not sign, or the fault does not fit.
    pub(crate) fn answer(&self, request: &IssueRequest<'_>, honest: &Message) -> Result<Vec<u8>, ForgeError> {
        match self.faults().take() {
            None => Ok(self.sign(honest)?.into_bytes()),
            Some(fault) => Ok(Scene::of(self, request).forge(fault)?.octets),
        }
    }

    /// Members who may sign in.
    pub(crate) fn assigned(&self) -> impl Iterator<Item = &User> {
        self.tenant().users.iter().filter(|user| {
            user.account == AccountState::Enabled && user.identity_provider.is_none() && self.admits(user)
        })
    }
}

/// Port 9 of this machine: whoever fetches it waits for nobody.
const NOBODY: &str = "http://127.0.0.1:9";

impl<'a> Scene<'a> {
    /// The scene of a request; forged parts are about somebody else who may sign in.
    fn of(twin: &'a Twin, request: &IssueRequest<'a>) -> Self {
        let mut others = twin.assigned().filter(|user| user.object_id != request.user.object_id);
        Self {
            twin,
            person: request.user,
            victim: others.next().unwrap_or(request.user),
            in_response_to: request.in_response_to,
            acs: request.acs,
            audience: request.audience,
            authn_instant: request.authn_instant,
            encryption: twin.app().encryption_certificate.as_ref().map(Certificate::der),
            bait: NOBODY,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::{Group, GroupKind, Seed, Tenant};

    /// Assigned by name, or through a group.
    #[test]
    fn who_may_sign_in_may_be_attacked() {
        let (mut tenant, app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
        let okafor = tenant.find("D.Okafor@contoso.example").unwrap().clone();
        let is_there = |tenant: &Tenant| {
            let twin = Twin::new(tenant.clone(), app.clone(), || datetime!(2030-01-02 03:04:05 UTC));
            twin.assigned().any(|user| user.object_id == okafor.object_id)
        };
        assert!(!is_there(&tenant));
        tenant.groups.push(Group {
            object_id: Uuid::from_u128(1),
            display_name: "Sales".into(),
            kind: GroupKind::default(),
            assigned: true,
            members: vec![okafor.object_id],
            on_premises: None,
            app_roles: vec![],
        });
        assert!(is_there(&tenant));
    }

    #[test]
    fn the_next_login_has_its_own_fault_and_later_ones_the_one_that_stands() {
        let faults = Faults::default();
        let (other, unsigned) = (Fault::find("audience-other"), Fault::find("unsigned"));
        assert_eq!(faults.take().map(Fault::name), None);
        faults.clone().set(|set| *set = Set { standing: other, next: unsigned });
        let names: Vec<_> = (0..3).map(|_| faults.take().map(Fault::name)).collect();
        assert_eq!(names, [Some("unsigned"), Some("audience-other"), Some("audience-other")]);
        faults.set(|set| set.standing = None);
        assert_eq!(faults.take().map(Fault::name), None);
    }
}
