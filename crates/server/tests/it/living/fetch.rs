//! Where a fetch goes, and where not.

use std::net::IpAddr;
use std::ops::ControlFlow;

use landfall_accounts::Validators;

use super::{fetcher, rules};
use crate::metadata::address::is_public;
use crate::metadata::{Fetcher, Most, Rules, Way};
use crate::world::Publisher;

const SIXTEEN_MIB: usize = 16 * 1024 * 1024;

async fn code(rules: &Rules, url: &str) -> Option<&'static str> {
    fetched(&fetcher(rules.clone()), url).await.err()
}

/// How many bytes come, or the code.
pub(super) async fn fetched(fetcher: &Fetcher, url: &str) -> Result<usize, &'static str> {
    let mut length = 0;
    let take = |bytes: &[u8]| {
        length += bytes.len();
        ControlFlow::Continue(())
    };
    let got = fetcher.get(url, &Validators::default(), take).await;
    got.map_err(|error| error.code())?;
    Ok(length)
}

#[test]
fn f6_only_addresses_of_the_public_internet_are_public() {
    for address in ["8.8.8.8", "20.190.128.1", "100.128.0.1", "172.32.0.1", "2603:1030::1", "2606:4700::1111"]
    {
        assert!(is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
    ] {
        assert!(!is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
}

/// However it is written, and also where a name leads there: the address is judged that is connected to.
#[tokio::test]
async fn f6_private_addresses_are_refused_unless_they_are_listed() {
    let publisher = Publisher::start().await;
    publisher.say(200, &[], "here");
    let port = publisher.host().split_once(':').unwrap().1.to_owned();
    let none = Rules::default();
    for host in
        ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "[::1]", "[::ffff:7f00:1]", "0.0.0.0"]
    {
        assert_eq!(code(&none, &format!("https://{host}:{port}/")).await, Some("fetch.address"), "{host}");
    }
    for url in ["https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "https://[fd00:ec2::254]/"]
    {
        assert_eq!(code(&none, url).await, Some("fetch.address"), "{url}");
    }
    for url in [
        "http://idp.example/",
        "ftp://idp.example/",
        "file:///etc/passwd",
        "idp.example",
        "",
        &publisher.url(),
    ] {
        assert_eq!(code(&none, url).await, Some("fetch.url"), "{url}");
    }
    let listed = rules(&publisher);
    assert_eq!(code(&listed, &publisher.url()).await, None);
    let with_password = publisher.url().replace("http://", "http://user:password@");
    assert_eq!(code(&listed, &with_password).await, Some("fetch.url"));
    let other_port = format!("http://127.0.0.1:{}/", port.parse::<u16>().unwrap() ^ 1);
    assert_eq!(code(&listed, &other_port).await, Some("fetch.url"), "the port counts");
    // Plain http is for this machine, also where another one is listed.
    let elsewhere = Rules { allow_private: ["10.0.0.1:80".to_owned()].into(), ..Rules::default() };
    assert_eq!(code(&elsewhere, "http://10.0.0.1/").await, Some("fetch.address"));
    assert_eq!(publisher.asked(), 1);
}

#[tokio::test]
async fn f6_a_redirect_stays_at_its_host() {
    let (publisher, other) = (Publisher::start().await, Publisher::start().await);
    other.say(200, &[], "here");
    let mut rules = rules(&publisher);
    rules.allow_private.insert(other.host());
    for to in [
        &other.url(),
        "https://10.0.0.1/",
        "http://169.254.169.254/",
        "//evil.example/",
        "file:///etc/passwd",
    ] {
        for status in [301, 302, 303, 307, 308] {
            publisher.say(status, &[("location", to)], "");
            assert_eq!(code(&rules, &publisher.url()).await, Some("fetch.redirect"), "{status} {to}");
        }
    }
    assert_eq!(other.asked(), 0);
    publisher.say(302, &[("location", "/again")], "");
    let asked = publisher.asked();
    assert_eq!(code(&rules, &publisher.url()).await, Some("fetch.redirects"));
    assert_eq!(publisher.asked(), asked + 4);
}

#[tokio::test]
async fn f6_f8_no_more_than_sixteen_mebibytes_are_taken() {
    let publisher = Publisher::start().await;
    let rules = rules(&publisher);
    publisher.say(200, &[], vec![b'x'; SIXTEEN_MIB]);
    assert_eq!(fetched(&fetcher(rules.clone()), &publisher.url()).await, Ok(SIXTEEN_MIB));
    publisher.say(200, &[], vec![b'x'; SIXTEEN_MIB + 1]);
    assert_eq!(code(&rules, &publisher.url()).await, Some("fetch.too_large"));
    publisher.say_in_chunks(SIXTEEN_MIB + 1);
    assert_eq!(code(&rules, &publisher.url()).await, Some("fetch.too_large"), "however it is sent");
    let more = Rules { most: Most::new(17 << 20).unwrap(), ..rules };
    assert_eq!(fetched(&fetcher(more), &publisher.url()).await, Ok(SIXTEEN_MIB + 1), "as the operator wants");
}

/// While it lasts, no other node takes the same connection on.
#[test]
fn f8_the_longest_fetch_is_shorter_than_a_lease() {
    let usual = std::time::Duration::from_secs(20);
    assert_eq!(Most::default().longer_than(usual), usual);
    assert_eq!(Most::new(256 << 20).unwrap().longer_than(usual).as_secs(), 260);
}

/// Nobody reads on behind what refuses.
#[tokio::test]
async fn f8_who_breaks_off_gets_no_more() {
    let publisher = Publisher::start().await;
    publisher.say_in_chunks(SIXTEEN_MIB);
    let mut length = 0;
    let take = |bytes: &[u8]| {
        length += bytes.len();
        ControlFlow::Break(())
    };
    fetcher(rules(&publisher)).get(&publisher.url(), &Validators::default(), take).await.unwrap();
    assert!((1..SIXTEEN_MIB).contains(&length), "{length}");
}

#[tokio::test]
async fn what_does_not_answer_is_said_to() {
    let publisher = Publisher::start().await;
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut rules = rules(&publisher);
    rules.allow_private.insert(nobody.to_string());
    assert_eq!(code(&rules, &format!("http://{nobody}/")).await, Some("fetch.connect"));
    // Speaks no TLS.
    assert_eq!(code(&rules, &format!("https://{}/", publisher.host())).await, Some("fetch.connect"));
}

#[tokio::test]
async fn f6_who_does_not_answer_in_time_is_left() {
    let publisher = Publisher::start().await;
    publisher.say(200, &[], "here");
    // The system takes the connection, and nobody ever reads from it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut rules = rules(&publisher);
    rules.allow_private.insert(silent.local_addr().unwrap().to_string());
    assert_eq!(code(&rules, &publisher.url()).await, None);
    let soon = Fetcher::new(rules, Way::of_the_system(), std::time::Duration::from_millis(200));
    let url = format!("http://{}/", silent.local_addr().unwrap());
    assert_eq!(fetched(&soon, &url).await, Err("fetch.too_slow"));
}

/// What is looked at is as bounded in where it goes as what is fetched, and nothing is followed.
#[tokio::test]
async fn a_look_goes_nowhere_that_a_fetch_does_not() {
    let publisher = Publisher::start().await;
    publisher.say(302, &[("location", "https://10.0.0.1/"), ("date", "Wed, 02 Jan 2030 03:04:05 GMT")], "");
    let refused = async |url: &str| fetcher(Rules::default()).look(url).await.unwrap_err().code();
    assert_eq!(refused("https://127.0.0.1:1/").await, "fetch.address");
    assert_eq!(refused(&publisher.url()).await, "fetch.url");
    assert_eq!(refused("").await, "fetch.url");
    assert_eq!(publisher.asked(), 0);
    let seen = fetcher(rules(&publisher)).look(&publisher.url()).await.unwrap();
    assert_eq!((seen.status().as_u16(), seen.onward().as_deref()), (302, Some("https://10.0.0.1/")));
    assert!(seen.time().is_some() && !seen.is_ours() && !seen.is_strict());
    publisher.say(200, &[("x-trace-id", "0123456789abcdef"), ("strict-transport-security", "max-age=1")], "");
    let seen = fetcher(rules(&publisher)).look(&publisher.url()).await.unwrap();
    assert!(seen.is_ours() && seen.is_strict());
    assert_eq!(publisher.asked(), 2);
}
