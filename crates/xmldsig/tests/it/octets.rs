//! Signatures beside the octets that they cover.

use landfall_xmldsig::{AlgorithmPolicy, Signer, TrustedKeys, Verifier};

use crate::{certificate, key};

const OCTETS: &[u8] = b"SAMLRequest=x%2b&RelayState=y&SigAlg=z";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const HMAC: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

fn verified(trusted: &[&str], octets: &[u8], algorithm: &str, value: &[u8]) -> Result<String, &'static str> {
    let keys = TrustedKeys::new(trusted.iter().map(|name| certificate(name))).unwrap();
    let signed = Verifier::new(&keys, AlgorithmPolicy::strict()).verify_octets(octets, algorithm, value);
    let signed = signed.map_err(|error| error.code())?;
    assert_eq!(signed.octets(), octets);
    Ok(signed.signer().to_string())
}

/// [saml-bindings 3.4.4.1]
#[test]
fn each_kind_of_key_signs_octets() {
    for name in ["signer", "p256", "p384", "p521", "ed25519", "pss"] {
        let key = key(name);
        let value = key.sign(OCTETS).unwrap();
        let signer = verified(&["other", name], OCTETS, key.algorithm().uri(), &value);
        assert_eq!(signer, Ok(certificate(name).fingerprint().to_string()), "{name}");
        // Every octet counts, of either.
        for at in 0..OCTETS.len() {
            let mut octets = OCTETS.to_vec();
            octets[at] ^= 1;
            let refused = verified(&[name], &octets, key.algorithm().uri(), &value);
            assert_eq!(refused, Err("signature.unknown_key"), "{name} {at}");
        }
        let mut other = value.clone();
        other[value.len() / 2] ^= 1;
        for value in [other.as_slice(), &value[1..], &[]] {
            let refused = verified(&[name], OCTETS, key.algorithm().uri(), value);
            assert_eq!(refused, Err("signature.unknown_key"), "{name}");
        }
    }
}

#[test]
fn c1_c9_c12_the_algorithm_is_one_of_the_list_and_fits_the_key() {
    let signer = key("signer");
    let value = signer.sign(OCTETS).unwrap();
    for uri in [HMAC, SHA1, "", "urn:x"] {
        assert_eq!(verified(&["signer"], OCTETS, uri, &value), Err("signature.algorithm"), "{uri}");
    }
    let sha512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
    assert_eq!(verified(&["signer"], OCTETS, sha512, &value), Err("signature.unknown_key"));
    let elliptic = key("p256").algorithm().uri();
    assert_eq!(verified(&["signer"], OCTETS, elliptic, &value), Err("signature.key_kind"));
    let uri = signer.algorithm().uri();
    assert_eq!(verified(&["short"], OCTETS, uri, &value), Err("signature.weak_key"));
    assert_eq!(verified(&["other"], OCTETS, uri, &value), Err("signature.unknown_key"));
}
