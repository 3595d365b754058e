//! Asks DNS for the TXT records of a name.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError as Answer, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record};

/// How long one server is waited for, once.
const ONE_TRY: Duration = Duration::from_secs(2);
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What asks DNS; it remembers nothing, so that each answer is of now.
pub(crate) struct Dns(TokioResolver);

impl Dns {
    /// Asks these servers, or those of the system where none are listed.
    pub(crate) fn new(servers: &[SocketAddr]) -> Result<Self, DnsError> {
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio().map_err(|source| DnsError::System { source })?
        } else {
            let servers = servers.iter().map(|server| name_server(*server)).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        careful(builder.options_mut());
        builder.build().map(Self).map_err(|source| DnsError::System { source })
    }

    /// The TXT records of a name, each with its strings joined as they stand [rfc7208 3.3].
    ///
    /// # Security
    /// What DNS answers may be anything: an answer is at most 64 KiB, and aliases are followed a few times.
    pub(crate) async fn txt(&self, name: &str) -> Result<Vec<String>, DnsError> {
        let shown = || name.to_owned();
        // With the dot at the end nobody looks for it below domains of this machine's own.
        let asked = Name::from_ascii(format!("{name}."));
        let asked = asked.map_err(|source| DnsError::Other { name: shown(), source: source.into() })?;
        let answer = tokio::time::timeout(PATIENCE, self.0.txt_lookup(asked.clone())).await;
        let answer = answer.unwrap_or(Err(NetError::Timeout)).map_err(|error| refused(name, error))?;
        Ok(texts(asked, answer.answers()))
    }
}

/// The texts at the name and where its aliases lead; what else stands in an answer is of no name that was asked for.
fn texts(asked: Name, answers: &[Record]) -> Vec<String> {
    let mut names = vec![asked];
    for record in answers {
        if let RData::CNAME(alias) = &record.data
            && names.contains(&record.name)
        {
            names.push(alias.0.clone());
        }
    }
    let texts =
        answers.iter().filter(|record| names.contains(&record.name)).filter_map(|record| {
            match &record.data {
                RData::TXT(txt) => String::from_utf8(txt.txt_data.concat()).ok(),
                _ => None,
            }
        });
    texts.collect()
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = server.port();
    }
    NameServerConfig::new(server.ip(), true, connections)
}

fn careful(options: &mut ResolverOpts) {
    options.timeout = ONE_TRY;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true;
}

fn refused(name: &str, error: NetError) -> DnsError {
    let name = name.to_owned();
    match error {
        NetError::Dns(Answer::NoRecordsFound(none)) if none.response_code == ResponseCode::NXDomain => {
            DnsError::NoName { name }
        }
        NetError::Dns(Answer::NoRecordsFound(none)) if none.response_code == ResponseCode::NoError => {
            DnsError::NoRecord { name }
        }
        NetError::Dns(Answer::NoRecordsFound(none)) => DnsError::Server { name, code: none.response_code },
        NetError::Dns(Answer::ResponseCode(code)) => DnsError::Server { name, code },
        NetError::Timeout => DnsError::Timeout { name },
        source => DnsError::Other { name, source },
    }
}

/// Why there are no records.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DnsError {
    /// The name does not exist.
    #[error(
        "DNS knows no name {name}: publish the TXT record there; if you have done so, wait until the old answer of DNS has expired, which takes some minutes to an hour"
    )]
    NoName { name: String },
    /// The name exists, without such a record.
    #[error("DNS has no TXT record at {name}: publish it as one of type TXT, at exactly this name")]
    NoRecord { name: String },
    /// The servers cannot tell.
    #[error(
        "the DNS servers answered `{code}` about {name}: look whether the name servers of the domain work, then try again"
    )]
    Server { name: String, code: ResponseCode },
    /// Nobody answered.
    #[error(
        "no DNS server gave an answer about {name} that counts in time: try again, or name servers that can be reached as dns.servers"
    )]
    Timeout { name: String },
    /// The system does not say whom to ask.
    #[error("it is not known which DNS servers to ask: name them as dns.servers")]
    System {
        #[source]
        source: NetError,
    },
    /// The servers cannot be asked, or what they answered cannot be read.
    #[error("DNS could not be asked about {name}: look at dns.servers and the network, then try again")]
    Other {
        name: String,
        #[source]
        source: NetError,
    },
}
