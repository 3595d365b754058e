//! Names whose addresses change, and who is connected to.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::LONGEST;
use super::fetch::fetched;
use crate::metadata::{Fetcher, Rules, Way};
use crate::world::Publisher;

pub(super) const HOST: &str = "idp.example";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Answers one question after the other, and none more.
pub(super) struct Names(Mutex<VecDeque<Vec<IpAddr>>>);

impl Names {
    pub(super) fn new(answers: &[&[IpAddr]]) -> Arc<Self> {
        Arc::new(Self(Mutex::new(answers.iter().map(|answer| answer.to_vec()).collect())))
    }

    /// Says this machine, as often as it is asked for in a test.
    pub(super) fn here() -> Arc<Self> {
        Self::new(&[[HERE].as_slice(); 20])
    }

    fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        assert_eq!(name.as_str(), HOST);
        let answer = self.0.lock().unwrap().pop_front();
        Box::pin(async move {
            let addresses = answer.ok_or("asked once more than expected")?;
            let found: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(found)
        })
    }
}

/// What the name leads to is asked of these names.
async fn fetch(names: &Arc<Names>, rules: &Rules, url: &str) -> Result<usize, &'static str> {
    let way = Way { names: Arc::<Names>::clone(names), authorities: Vec::new() };
    fetched(&Fetcher::new(rules.clone(), way, LONGEST), url).await
}

/// A publisher that is this machine's `idp.example`, as an operator lists it.
async fn listed() -> (Publisher, Rules, String) {
    let publisher = Publisher::start().await;
    publisher.say(200, &[], "here");
    let place = publisher.host().replace("127.0.0.1", HOST);
    let url = format!("http://{place}/metadata");
    let rules = Rules { allow_private: [place].into(), ..Rules::default() };
    (publisher, rules, url)
}

/// The name is asked once, and whoever changes its answer meanwhile gains nothing.
#[tokio::test]
async fn f6_the_address_that_is_connected_to_is_the_one_that_was_judged() {
    let (publisher, rules, url) = listed().await;
    let names = Names::new(&[&[HERE], &[INSIDE]]);
    assert_eq!(fetch(&names, &rules, &url).await, Ok(4));
    assert_eq!(names.left(), 1, "one connection, one question");
    assert_eq!(fetch(&names, &rules, &url).await, Err("fetch.address"), "judged anew");
    assert_eq!(publisher.asked(), 1);
}

#[tokio::test]
async fn f6_of_several_addresses_those_that_are_not_allowed_are_not_tried() {
    let (publisher, rules, url) = listed().await;
    let names = Names::new(&[&[INSIDE, HERE], &[INSIDE, INSIDE], &[]]);
    assert_eq!(fetch(&names, &rules, &url).await, Ok(4));
    assert_eq!(fetch(&names, &rules, &url).await, Err("fetch.address"));
    assert_eq!(fetch(&names, &rules, &url).await, Err("fetch.address"), "no address at all");
    assert_eq!(publisher.asked(), 1);
}

/// Each step of a redirect asks for itself.
#[tokio::test]
async fn f6_a_name_that_turns_private_on_the_way_is_left() {
    let (publisher, rules, url) = listed().await;
    publisher.say(302, &[("location", "/onward")], "");
    let names = Names::new(&[&[HERE], &[INSIDE], &[HERE]]);
    assert_eq!(fetch(&names, &rules, &url).await, Err("fetch.address"));
    assert_eq!((publisher.asked(), names.left()), (1, 1));
}

/// A name of the internet that leads to this machine, or into its network, is no way in.
#[tokio::test]
async fn f6_a_name_that_nobody_listed_leads_to_public_addresses_alone() {
    let publisher = Publisher::start().await;
    let url = format!("https://{}/", publisher.host().replace("127.0.0.1", HOST));
    for address in [HERE, INSIDE, "169.254.169.254".parse().unwrap(), "::ffff:127.0.0.1".parse().unwrap()] {
        let names = Names::new(&[&[address]]);
        assert_eq!(fetch(&names, &Rules::default(), &url).await, Err("fetch.address"), "{address}");
        assert_eq!(names.left(), 0);
    }
    assert_eq!(publisher.asked(), 0);
}
