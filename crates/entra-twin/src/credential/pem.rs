//! PEM text, as the TOML files hold it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The DER inside of PEM text with this label.
pub(crate) fn decode(pem: &str, label: &str) -> Result<Vec<u8>, String> {
    let body = pem
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")))
        .ok_or_else(|| format!("expected PEM text that begins with -----BEGIN {label}-----"))?;
    let base64: String = body.split_whitespace().collect();
    STANDARD.decode(base64).map_err(|error| format!("the base64 of the {label} is broken: {error}"))
}

/// PEM text with this label, 64 letters a line.
pub(crate) fn encode(der: &[u8], label: &str) -> String {
    let base64 = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (place, letter) in base64.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str(&format!("\n-----END {label}-----\n"));
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_goes_both_ways() {
        let der: Vec<u8> = (0..100).collect();
        let pem = encode(&der, "CERTIFICATE");
        assert_eq!(pem.lines().map(str::len).max(), Some(64));
        assert_eq!(decode(&pem, "CERTIFICATE"), Ok(der));
    }

    #[test]
    fn broken_pem_says_what_is_wrong() {
        let pem = encode(b"key", "PRIVATE KEY");
        assert!(decode(&pem, "CERTIFICATE").unwrap_err().contains("BEGIN CERTIFICATE"));
        assert!(decode(&pem.replace('a', "*"), "PRIVATE KEY").unwrap_err().contains("base64"));
    }
}
