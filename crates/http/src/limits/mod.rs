//! How much one address and one connection may ask for, so that nobody takes what is everybody's.

mod address;
mod bucket;
mod network;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::Extension;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use governor::Quota;
use landfall_accounts::{ConnectionId, TraceId, UserId};
use time::OffsetDateTime;

pub(crate) use address::is_listed;
pub use network::{Network, NetworkError};

use crate::error::LoginError;
use crate::respond::refusal;
use crate::{App, Ports, count};
use address::Neighbourhood;
use bucket::Buckets;

/// How many requests are taken: so many at once, and so many a second in the long run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a rate has two sides")]
pub struct Rate {
    /// How many at once, after a time of rest.
    pub burst: NonZeroU32,
    /// How many a second, without end.
    pub per_second: NonZeroU32,
}

/// What one address, and one connection, may ask for.
///
/// The share of an address is for the pages that begin and end a login, the endpoints of the OpenID provider, the steps of an
/// entry at a site and what directories ask, together; what proxies ask about requests to sites is not counted.
///
/// The defaults let 5,000 people of one company arrive at the same minute from one address:
/// each of them asks three times, for the landing page, with their name, and with their response.
///
/// ```
/// use landfall_http::Limits;
///
/// assert!(Limits::default().address.burst.get() >= 3 * 5_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Requests of one IPv4 address, or of one /64 of IPv6, as they come.
    pub address: Rate,
    /// Of one connection: logins begun, answers to them, responses that nobody asked for, logouts, answers to ours, tokens
    /// for its directory, and what that asks and pushes, each by itself.
    pub connection: Rate,
}

impl Rate {
    fn quota(self) -> Quota {
        Quota::per_second(self.per_second).allow_burst(self.burst)
    }
}

/// Twenty codes at once, then two a minute: to activate a device takes two, and to find another one's billions.
fn codes_of_a_person() -> Quota {
    const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
    Quota::per_minute(NonZeroU32::MIN.saturating_add(1)).allow_burst(BURST)
}

/// A hundred devices of one address at once, then one a second: each that begins is kept for ten minutes.
fn devices_of_an_address() -> Quota {
    const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);
    Quota::per_second(NonZeroU32::MIN).allow_burst(BURST)
}

const fn rate(burst: u32, per_second: u32) -> Rate {
    let least = NonZeroU32::MIN;
    Rate {
        burst: least.saturating_add(burst.saturating_sub(1)),
        per_second: least.saturating_add(per_second.saturating_sub(1)),
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { address: rate(20_000, 100), connection: rate(20_000, 200) }
    }
}

/// Whose share is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    Address,
    Connection,
    Person,
    Device,
}

impl Share {
    /// As figures and codes name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Connection => "connection",
            Self::Person => "person",
            Self::Device => "device",
        }
    }
}

/// What is asked of a connection; who floods one of them leaves the others alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// A login begins.
    Begin,
    /// A response answers one that has begun.
    Answer,
    /// A response answers nothing.
    Unasked,
    /// The identity provider wants sessions ended.
    Logout,
    /// It answers a logout of ours.
    LogoutAnswer,
    /// A client of its directory asks for a token.
    Token,
    /// Its directory asks or pushes.
    Directory,
}

/// What was asked so far, in bounded memory.
pub(crate) struct Shares {
    addresses: Buckets<Neighbourhood>,
    connections: Buckets<(ConnectionId, Purpose)>,
    people: Buckets<UserId>,
    devices: Buckets<Neighbourhood>,
}

impl Shares {
    pub(crate) fn new(limits: &Limits, now: OffsetDateTime) -> Self {
        Self {
            addresses: Buckets::new(limits.address.quota(), now),
            connections: Buckets::new(limits.connection.quota(), now),
            people: Buckets::new(codes_of_a_person(), now),
            devices: Buckets::new(devices_of_an_address(), now),
        }
    }

    fn address(&self, client: IpAddr, now: OffsetDateTime) -> Result<(), LoginError> {
        self.addresses.take(&Neighbourhood::of(client), now).map_err(|wait| too_many(Share::Address, wait))
    }

    fn device(&self, client: IpAddr, now: OffsetDateTime) -> Result<(), LoginError> {
        self.devices.take(&Neighbourhood::of(client), now).map_err(|wait| too_many(Share::Device, wait))
    }

    /// # Errors
    /// [`LoginError::TooMany`] if the connection has asked for too much of this.
    pub(crate) fn connection(
        &self,
        connection: ConnectionId,
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<(), LoginError> {
        let taken = self.connections.take(&(connection, purpose), now);
        taken.map_err(|wait| too_many(Share::Connection, wait))
    }

    /// Takes a code of a device that a person enters, whether or not it is one [rfc8628 5.1].
    ///
    /// # Errors
    /// [`LoginError::TooMany`] if the person has entered too many.
    pub(crate) fn person(&self, person: UserId, now: OffsetDateTime) -> Result<(), LoginError> {
        self.people.take(&person, now).map_err(|wait| too_many(Share::Person, wait))
    }
}

fn too_many(share: Share, wait: Duration) -> LoginError {
    count::limited(share);
    LoginError::TooMany { share, wait }
}

/// Refuses a request whose address has asked too often, before anything of it is read.
///
/// # Security
/// Whose address it is says the socket; a header only where a listed proxy has spoken [attack D12].
pub(crate) async fn by_address<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
    next: Next,
) -> Response {
    match within_share(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

/// Takes a request from the share of its address.
///
/// # Errors
/// [`LoginError::TooMany`] if the address has asked for too much.
pub(crate) fn within_share<P: Ports>(app: &App<P>, request: &Request) -> Result<(), LoginError> {
    client(app, request).map_or(Ok(()), |client| app.shares().address(client, app.environment().now()))
}

/// Takes a device that begins from the share of its address, besides what [`within_share`] takes [attack D12].
///
/// # Errors
/// [`LoginError::TooMany`] if too many have begun there.
pub(crate) fn within_share_of_devices<P: Ports>(app: &App<P>, request: &Request) -> Result<(), LoginError> {
    client(app, request).map_or(Ok(()), |client| app.shares().device(client, app.environment().now()))
}

fn client<P: Ports>(app: &App<P>, request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    address::client(peer, request.headers(), &app.settings().trusted_proxies)
}
