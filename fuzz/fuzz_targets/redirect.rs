//! The address that carries a request: whatever address, relay state and hint it is made of, they are read back from it.
//!
//! The input is text: the first line is the address, the second the relay state, the rest the hint.
#![no_main]

use std::borrow::Cow;
use std::io::Read;
use std::sync::LazyLock;

use flate2::read::DeflateDecoder;
use landfall_benches::{IDP, NOW, certificate, service_provider, signing_key};
use landfall_saml::{
    Binding, Endpoint, IdentityProvider, Location, Outgoing, RelayState, RequestId, RequestOptions,
    ServiceProvider,
};
use landfall_xmldsig::{Document, Limits, SigningKey, TrustedKeys, decode_base64};
use libfuzzer_sys::fuzz_target;
use url::Url;

static SP: LazyLock<ServiceProvider> = LazyLock::new(|| service_provider().unwrap());
static KEY: LazyLock<SigningKey> = LazyLock::new(|| signing_key().unwrap());
static KEYS: LazyLock<TrustedKeys> = LazyLock::new(|| TrustedKeys::new([certificate().unwrap()]).unwrap());

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let (Some(address), Some(relay_state)) = (lines.next(), lines.next()) else { return };
    let (Ok(location), Ok(relay_state)) = (Location::try_from(address), RelayState::try_from(relay_state))
    else {
        return;
    };
    let hint = lines.next();

    let sso = Endpoint { binding: Binding::Redirect, location: location.clone() };
    let idp = IdentityProvider::new(IDP.try_into().unwrap(), vec![sso], KEYS.clone());
    let id = RequestId::from_random([7; 20]);
    let options = RequestOptions::default();
    let options = hint.map_or(options.clone(), |hint| options.with_login_hint(hint));
    let begun = SP.begin(&*KEY, &idp, id.clone(), relay_state.clone(), &options, NOW).unwrap();
    let Outgoing::Redirect { url } = begun.outgoing else { panic!("a redirect was asked for") };

    let (read, given) = (Url::parse(&url).unwrap(), Url::parse(address).unwrap());
    assert_eq!((read.scheme(), read.host(), read.port()), (given.scheme(), given.host(), given.port()));
    assert_eq!((read.path(), read.fragment()), (given.path(), None));

    // The address's own parameters stay in front; ours follow, each once.
    let before = given.query_pairs().count();
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = read.query_pairs().skip(before).collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
    let mut expected = vec!["SAMLRequest", "RelayState", "SigAlg", "Signature"];
    expected.extend(hint.map(|_| "login_hint"));
    assert_eq!(names, expected, "{url}");
    let value = |name| pairs.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_ref());
    assert_eq!(value("RelayState"), Some(relay_state.expose()));
    assert_eq!(value("login_hint"), hint);

    let mut request = Vec::new();
    let packed = decode_base64(value("SAMLRequest").unwrap()).unwrap();
    DeflateDecoder::new(packed.as_slice()).read_to_end(&mut request).unwrap();
    let document = Document::parse(&request, &Limits::message()).unwrap();
    assert_eq!(document.root().attribute("ID"), Some(id.as_str()));
    assert_eq!(document.root().attribute("Destination"), Some(location.as_str()));
});
