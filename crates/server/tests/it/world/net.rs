use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::Router;
use time::{Duration, OffsetDateTime};

/// The time, which stands still until a test moves it.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<OffsetDateTime>>);

impl Clock {
    pub(super) fn at(now: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    pub(crate) fn set(&self, now: OffsetDateTime) {
        *self.0.lock().unwrap() = now;
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

/// Who answers at which host.
#[derive(Clone, Default)]
pub(super) struct Net(Arc<Mutex<HashMap<String, Router>>>);

impl Net {
    pub(super) fn put(&self, host: &str, router: Router) {
        self.0.lock().unwrap().insert(host.to_owned(), router);
    }

    pub(super) fn at(&self, host: &str) -> Router {
        self.0.lock().unwrap().get(host).unwrap_or_else(|| panic!("nobody answers at {host}")).clone()
    }
}
