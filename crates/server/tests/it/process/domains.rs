//! Domains that are proven by DNS: a zone on this machine, and commands that ask it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{CNAME, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record};

use super::Folder;

const NAME: &str = "_landfall-challenge.contoso.example";

/// What the zone answers.
#[derive(Clone, Debug)]
enum Says {
    /// These records, whatever they are of; a record is a name and its strings, or a name and the name that it stands for.
    Records(Vec<(String, Data)>),
    /// The same, but over UDP that it does not fit.
    TooLong(Vec<(String, Data)>),
    /// The same, in answer to another question than was asked.
    WrongId(Vec<(String, Data)>),
    Code(ResponseCode),
    Nothing,
}

#[derive(Clone, Debug)]
enum Data {
    Text(Vec<String>),
    Alias(String),
}

/// A DNS server on this machine, which is asked over UDP and TCP.
struct Zone {
    address: SocketAddr,
    says: Arc<Mutex<Says>>,
    /// The transport of each question.
    asked: Arc<Mutex<Vec<&'static str>>>,
}

impl Zone {
    fn start() -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let zone = Self {
            address: udp.local_addr().unwrap(),
            says: Arc::new(Mutex::new(Says::Code(ResponseCode::NXDomain))),
            asked: Arc::default(),
        };
        let (says, asked) = (zone.says.clone(), zone.asked.clone());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                asked.lock().unwrap().push("udp");
                if let Some(answer) = answer(buffer.get(..length).unwrap(), &says.lock().unwrap(), true) {
                    udp.send_to(&answer, from).unwrap();
                }
            }
        });
        let (says, asked) = (zone.says.clone(), zone.asked.clone());
        thread::spawn(move || {
            for stream in tcp.incoming() {
                let mut stream = stream.unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let mut length = [0; 2];
                while stream.read_exact(&mut length).is_ok() {
                    let mut question = vec![0; u16::from_be_bytes(length).into()];
                    stream.read_exact(&mut question).unwrap();
                    asked.lock().unwrap().push("tcp");
                    if let Some(answer) = answer(&question, &says.lock().unwrap(), false) {
                        let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                        stream.write_all(&[&length[..], &answer].concat()).unwrap();
                    }
                }
            }
        });
        zone
    }

    fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
        self.asked.lock().unwrap().clear();
    }

    fn asked(&self) -> Vec<&'static str> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(question: &[u8], says: &Says, udp: bool) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).unwrap();
    let mut answer = Message::response(question.metadata.id, OpCode::Query);
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    answer.queries = question.queries.clone();
    match says {
        Says::Nothing => return None,
        Says::Code(code) => answer.metadata.response_code = *code,
        Says::TooLong(_) if udp => answer.metadata.truncation = true,
        Says::WrongId(records) => {
            answer.metadata.id = question.metadata.id.wrapping_add(1);
            answer.answers = of(records);
        }
        Says::Records(records) | Says::TooLong(records) => answer.answers = of(records),
    }
    Some(answer.to_vec().unwrap())
}

fn of(records: &[(String, Data)]) -> Vec<Record> {
    let name = |text: &str| Name::from_ascii(format!("{text}.")).unwrap();
    let records = records.iter().map(|(of, data)| {
        let data = match data {
            Data::Text(strings) => RData::TXT(TXT::new(strings.clone())),
            Data::Alias(target) => RData::CNAME(CNAME(name(target))),
        };
        Record::from_rdata(name(of), 60, data)
    });
    records.collect()
}

fn text(name: &str, strings: &[&str]) -> (String, Data) {
    (name.to_owned(), Data::Text(strings.iter().map(|&text| text.to_owned()).collect()))
}

fn alias(name: &str, target: &str) -> (String, Data) {
    (name.to_owned(), Data::Alias(target.to_owned()))
}

/// An operator of contoso and fabrikam, whose DNS servers are this zone.
fn folder(zone: &Zone) -> Folder {
    let folder = Folder::with_contoso();
    let settings = format!("public_url = \"https://sso.example\"\n[dns]\nservers = [\"{}\"]\n", zone.address);
    folder.write("landfall.toml", settings);
    folder.succeeds(&["tenant", "create", "fabrikam"]);
    folder
}

/// What the tenant is to publish.
fn challenge(folder: &Folder, tenant: &str) -> String {
    let said = folder.succeeds(&["domain", "challenge", tenant, "Contoso.example"]);
    assert!(said.contains(&format!("name   {NAME}\n")) && said.contains("type   TXT\n"), "{said}");
    said.lines().find_map(|line| line.trim().strip_prefix("value  ")).unwrap().to_owned()
}

const VERIFY: [&str; 3] = ["domain", "verify", "contoso.example"];

#[test]
fn a_record_in_dns_lists_the_domain_for_its_tenant() {
    let zone = Zone::start();
    let folder = folder(&zone);
    folder.run(&VERIFY).failed(&[
        "contoso.example",
        "no tenant has a challenge",
        "landfall domain challenge",
    ]);
    assert!(zone.asked().is_empty());
    let value = challenge(&folder, "contoso");
    assert_eq!(challenge(&folder, "contoso"), value, "it is asked for again");
    zone.says(Says::Records(vec![text(NAME, &[&value])]));
    let said = folder.succeeds(&VERIFY);
    assert_eq!(
        said,
        "DNS proves that contoso.example is contoso's: bind it to a connection with `landfall domain bind`\n"
    );
    assert_eq!(zone.asked(), ["udp"]);
    folder.succeeds(&["domain", "add", "contoso", "contoso.test"]);
    folder.succeeds(&["domain", "bind", "contoso.example", "contoso-entra"]);
    let listed = folder.succeeds(&["domain", "list"]);
    let rows: Vec<Vec<&str>> = listed.lines().map(|line| line.split("  ").map(str::trim).collect()).collect();
    let row = |name: &str| rows.iter().find(|row| row[0] == name).unwrap().join(" ");
    assert!(row("contoso.example").ends_with(" by DNS"), "{listed}");
    assert!(row("contoso.test").ends_with(" by an operator"), "{listed}");
    assert_eq!(
        folder.succeeds(&VERIFY),
        "DNS proves that contoso.example is contoso's\n",
        "and it still does"
    );
}

#[test]
fn what_stands_in_dns_is_found_in_each_shape() {
    let zone = Zone::start();
    let folder = folder(&zone);
    let value = challenge(&folder, "contoso");
    let (front, back) = value.split_at(40);
    let other = "_contoso.dns.example";
    let upper = NAME.to_uppercase();
    let many: Vec<_> = (0..60).map(|n| text(NAME, &[&format!("{n} {}", "x".repeat(200))])).collect();
    for (says, transports) in [
        (Says::Records(vec![text(NAME, &["v=spf1 -all"]), text(NAME, &[&value])]), &["udp"][..]),
        (Says::Records(vec![text(NAME, &[front, back])]), &["udp"]),
        (Says::Records(vec![text(&upper, &[&value])]), &["udp"]),
        (Says::Records(vec![alias(NAME, other), text(other, &[&value])]), &["udp"]),
        (Says::TooLong([many, vec![text(NAME, &[&value])]].concat()), &["udp", "tcp"]),
    ] {
        zone.says(says.clone());
        let ended = folder.run(&VERIFY);
        assert!(ended.status.success(), "{says:?}: {}", ended.err);
        assert_eq!(zone.asked(), transports, "{says:?}");
    }
}

#[test]
fn each_way_to_fail_has_its_sentence_and_lists_nothing() {
    let zone = Zone::start();
    let folder = folder(&zone);
    let value = challenge(&folder, "contoso");
    let (records, foreign) = (vec![text(NAME, &[&value])], challenge(&folder, "fabrikam"));
    let before = folder.succeeds(&["domain", "list"]);
    for (says, parts) in [
        (Says::Code(ResponseCode::NXDomain), &["DNS knows no name", NAME, "publish the TXT record"][..]),
        (Says::Records(vec![]), &["no TXT record at", NAME]),
        (Says::Code(ResponseCode::ServFail), &["answered `Server Failure`", "try again"]),
        (Says::Code(ResponseCode::Refused), &["answered `Query Refused`", "try again"]),
        (Says::Records(vec![text(NAME, &["other"]), text(NAME, &[""])]), &["none of the 2 TXT records"]),
        (Says::Records(vec![text(NAME, &[value.get(..92).unwrap()])]), &["none of the 1 TXT records"]),
        // A record of another name in the same answer says nothing of this one.
        (
            Says::Records(vec![text(NAME, &["other"]), text("contoso.test", &[&value])]),
            &["none of the 1 TXT records"],
        ),
        (Says::Records(vec![text(NAME, &[&value]), text(NAME, &[&foreign])]), &["two tenants at once"]),
        (Says::WrongId(records), &["no DNS server gave an answer", "dns.servers"]),
        (Says::Nothing, &["no DNS server gave an answer", "dns.servers"]),
    ] {
        zone.says(says);
        let ended = folder.run(&VERIFY);
        ended.failed(&["the domain contoso.example was not verified"]);
        ended.failed(parts);
        assert_eq!(folder.succeeds(&["domain", "list"]), before);
    }
}

#[test]
fn g4_the_first_tenant_that_proves_a_domain_has_it() {
    let zone = Zone::start();
    let folder = folder(&zone);
    let (ours, theirs) = (challenge(&folder, "contoso"), challenge(&folder, "fabrikam"));
    assert_ne!(ours, theirs);
    zone.says(Says::Records(vec![text(NAME, &[&ours])]));
    assert!(folder.succeeds(&VERIFY).contains("is contoso's"));
    zone.says(Says::Records(vec![text(NAME, &[&theirs])]));
    folder.run(&VERIFY).failed(&["contoso.example", "belongs to the tenant `contoso` already"]);
    folder
        .run(&["domain", "challenge", "fabrikam", "contoso.example"])
        .failed(&["belongs to the tenant `contoso` already"]);
}

#[test]
fn single_labels_and_wrong_servers_are_refused() {
    let folder = Folder::with_contoso();
    for name in ["localhost", "example", "m\u{fc}nchen.example", "contoso..example", "_x.contoso.example"] {
        let ended = folder.run(&["domain", "challenge", "contoso", name]);
        assert_eq!(ended.status.code(), Some(2), "{name}");
    }
    let settings = "public_url = \"https://sso.example\"\n[dns]\nservers = [\"dns.example\"]\n";
    folder.write("landfall.toml", settings);
    folder.run(&["tenant", "list"]).failed(&["dns.servers", "\"dns.example\""]);
}
