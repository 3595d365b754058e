//! The applications behind an installation, and short words for what they do.

use landfall_accounts::{
    AppAuthentication, AppKind, Application, CodeChallenge, CodeRedemption, DeviceAnswer, DeviceDecision,
    DeviceOutcome, DeviceQuestion, DeviceReply, GrantId, GrantOutcome, GrantRefusal, Granted, Lasting,
    LogoutNotice, NewApplication, NewDeviceRequest, NewGrant, NewTokens, OfflineAccess, Opened,
    RefreshRedemption, Scopes, TokenAlgorithm, TokenHash, TokenOutcome, UserAgent, UserCode,
    ports::{DeviceStore, GrantStore, LogoutOutbox},
};
use landfall_store::Store;
use time::OffsetDateTime;

use crate::support::{NOW, World, hash, trace};

pub(crate) const CALLBACK: &str = "https://payroll.example/cb";
pub(crate) const LOGOUT: &str = "https://payroll.example/logout";

/// A web application that may have offline access and is told of logouts.
pub(crate) fn new_application(name: &str) -> NewApplication {
    NewApplication {
        name: name.parse().unwrap(),
        title: format!("The {name}").parse().unwrap(),
        kind: AppKind::Web,
        authentication: AppAuthentication::Secret,
        tenant: None,
        redirect_uris: vec![CALLBACK.parse().unwrap()],
        post_logout_uris: Vec::new(),
        backchannel_logout: Some(LOGOUT.parse().unwrap()),
        offline: OfflineAccess::Allowed,
        signed_with: TokenAlgorithm::Es256,
        activation: landfall_accounts::Activating::default(),
    }
}

impl World {
    pub(crate) async fn application(&self, name: &str) -> Application {
        self.application_that(name, |_| {}).await
    }

    pub(crate) async fn application_that(
        &self,
        name: &str,
        edit: impl FnOnce(&mut NewApplication),
    ) -> Application {
        let mut new = new_application(name);
        edit(&mut new);
        self.store.create_application(new, None, NOW).await.unwrap().0
    }

    /// The person of a session agrees; the code is `code(n)`.
    pub(crate) async fn agree(&self, new: NewGrant, now: OffsetDateTime) -> GrantId {
        match self.store.grant(new, now).await.unwrap() {
            GrantOutcome::Granted(id) => id,
            GrantOutcome::Gone => panic!("expected a grant"),
        }
    }

    /// The same as far as the tokens, which are `access(n)` and `refresh(n)`.
    pub(crate) async fn sign_on(&self, app: &Application, by: &Opened, lasting: Lasting, n: u32) -> Granted {
        self.agree(new_grant(app, by, lasting, n), NOW).await;
        given(self.store.redeem_code(redemption(app, n), NOW).await.unwrap())
    }

    /// Whether the access token `access(n)` counts.
    pub(crate) async fn counts(&self, n: u32, now: OffsetDateTime) -> bool {
        self.store.live_token(&access(n), now).await.unwrap().is_some()
    }

    /// A device with the codes `device(n)` and `user_code(n)`.
    pub(crate) async fn device(&self, app: &Application, scopes: &str, n: u32) {
        let new = NewDeviceRequest {
            app: app.id,
            scopes: Scopes::asked(scopes),
            device_code: device(n),
            user_code: user_code(n),
        };
        self.store.begin_device(new, NOW).await.unwrap();
    }

    pub(crate) async fn decide(&self, by: &Opened, answer: DeviceAnswer, n: u32) -> DeviceOutcome {
        self.store.decide_device(decision(by, answer, n), NOW).await.unwrap()
    }

    pub(crate) async fn ask_device(&self, app: &Application, n: u32, now: OffsetDateTime) -> DeviceReply {
        self.store.ask_for_device(question(app, n), now).await.unwrap()
    }

    pub(crate) async fn due(&self, now: OffsetDateTime) -> Vec<LogoutNotice> {
        due(&self.store, now).await
    }
}

pub(crate) async fn due(store: &Store, now: OffsetDateTime) -> Vec<LogoutNotice> {
    let mut due = Vec::new();
    for address in store.due_addresses(now).await.unwrap() {
        due.extend(store.due_notices(&address, 100, now).await.unwrap());
    }
    due
}

pub(crate) fn new_grant(app: &Application, by: &Opened, lasting: Lasting, n: u32) -> NewGrant {
    let scopes = match lasting {
        Lasting::WithSession => "openid email",
        Lasting::OfItself => "openid email offline_access",
    };
    NewGrant {
        app: app.id,
        tenant: by.user.tenant,
        session: by.session,
        scopes: Scopes::asked(scopes),
        lasting,
        redirect: app.redirect(Some(CALLBACK)).unwrap(),
        challenge: challenge(),
        nonce: Some("nonce".parse().unwrap()),
        code: code(n),
        user_agent: Some(UserAgent::new("Mozilla/5.0")),
        trace: trace(1000 + n),
    }
}

pub(crate) fn redemption(app: &Application, n: u32) -> CodeRedemption {
    CodeRedemption {
        app: app.id,
        code: code(n),
        redirect: Some(CALLBACK.to_owned()),
        challenge: Some(challenge()),
        tokens: tokens(n),
        trace: trace(2000 + n),
    }
}

/// Shows `refresh(n)` for `access(next)` and `refresh(next)`.
pub(crate) fn renewal(app: &Application, n: u32, next: u32) -> RefreshRedemption {
    RefreshRedemption {
        app: app.id,
        refresh: refresh(n),
        scopes: None,
        tokens: tokens(next),
        trace: trace(3000 + n),
    }
}

pub(crate) fn decision(by: &Opened, answer: DeviceAnswer, n: u32) -> DeviceDecision {
    DeviceDecision {
        user_code: user_code(n),
        answer,
        tenant: by.user.tenant,
        session: by.session,
        user_agent: Some(UserAgent::new("Mozilla/5.0")),
        trace: trace(4000 + n),
    }
}

pub(crate) fn question(app: &Application, n: u32) -> DeviceQuestion {
    DeviceQuestion { app: app.id, device_code: device(n), tokens: tokens(n), trace: trace(5000 + n) }
}

pub(crate) fn challenge() -> CodeChallenge {
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap()
}

fn tokens(n: u32) -> NewTokens {
    NewTokens { access: access(n), refresh: refresh(n) }
}

pub(crate) fn code(n: u32) -> TokenHash {
    hash("code", n)
}

pub(crate) fn access(n: u32) -> TokenHash {
    hash("access", n)
}

pub(crate) fn refresh(n: u32) -> TokenHash {
    hash("refresh", n)
}

pub(crate) fn device(n: u32) -> TokenHash {
    hash("device", n)
}

pub(crate) fn user_code(n: u32) -> UserCode {
    let mut random = [0; 32];
    random[..4].copy_from_slice(&n.to_be_bytes());
    UserCode::new(random).unwrap()
}

#[track_caller]
pub(crate) fn given(outcome: TokenOutcome) -> Granted {
    match outcome {
        TokenOutcome::Granted(granted) => *granted,
        TokenOutcome::Refused(refusal) => panic!("expected tokens, got {refusal:?}"),
    }
}

#[track_caller]
pub(crate) fn not_given(outcome: &TokenOutcome) -> GrantRefusal {
    match outcome {
        TokenOutcome::Refused(refusal) => *refusal,
        TokenOutcome::Granted(granted) => panic!("expected a refusal, got {:?}", granted.grant.id),
    }
}
