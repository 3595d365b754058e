//! How the sample service provider decrypts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::pkey::PKey;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, Crypter, Mode, decrypt_aead};

use super::judge::{Check, Rules};
use super::tree::{DSIG, Element, SAML};

const VECTOR: usize = 12;
const TAG: usize = 16;

impl Rules {
    /// The message with everything decrypted, and whether the trusted key signed all of it before.
    pub(super) fn in_clear(&self, text: &str) -> Result<(String, bool), String> {
        if !text.contains("<EncryptedAssertion") {
            return Ok((text.to_owned(), false));
        }
        let response = Element::read(text, self.overlooks())?;
        let holds = response.elements().any(|child| child.is(SAML, "EncryptedAssertion"));
        let covered = holds && response.child(DSIG, "Signature").is_some();
        if covered && self.on(Check::Signature) {
            self.hold(text)?;
        }
        let mut clear = String::new();
        let mut rest = text;
        while let Some((before, encrypted)) = rest.split_once("<EncryptedAssertion") {
            let (encrypted, behind) = encrypted.split_once("</EncryptedAssertion>").ok_or("no end")?;
            clear.push_str(before);
            clear.push_str(&self.decrypt(encrypted)?);
            rest = behind;
        }
        clear.push_str(rest);
        Ok((clear, covered))
    }

    fn decrypt(&self, encrypted: &str) -> Result<String, String> {
        let pkcs1 = encrypted.contains("#rsa-1_5");
        self.check(Check::Transport, !pkcs1)?;
        let mut values = encrypted.split("<xenc:CipherValue>").skip(1);
        let mut value = || {
            let value = values.next().and_then(|rest| rest.split('<').next()).ok_or("no CipherValue")?;
            STANDARD.decode(value).map_err(|error| error.to_string())
        };
        let (wrapped, octets) = (value()?, value()?);
        let rsa = PKey::private_key_from_pkcs8(&self.private_key).unwrap().rsa().unwrap();
        let padding = if pkcs1 { Padding::PKCS1 } else { Padding::PKCS1_OAEP };
        let mut key = vec![0; rsa.size() as usize];
        let length = rsa.private_decrypt(&wrapped, &mut key, padding);
        let holds = length.is_ok() && octets.len() >= VECTOR + TAG;
        assert!(holds || self.on(Check::Decryption), "this one falls over what it cannot decrypt");
        key.truncate(length.map_err(|error| error.to_string())?);
        if !holds {
            return Err("less than a vector and a tag".into());
        }
        let (vector, rest) = octets.split_at(VECTOR);
        let (body, tag) = rest.split_at(rest.len() - TAG);
        let plain = if self.on(Check::Tag) {
            decrypt_aead(Cipher::aes_256_gcm(), &key, Some(vector), &[], body, tag)
        } else {
            without_tag(&key, vector, body)
        };
        String::from_utf8(plain.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
    }
}

fn without_tag(key: &[u8], vector: &[u8], body: &[u8]) -> Result<Vec<u8>, openssl::error::ErrorStack> {
    let mut crypter = Crypter::new(Cipher::aes_256_gcm(), Mode::Decrypt, key, Some(vector))?;
    let mut plain = vec![0; body.len() + TAG];
    let length = crypter.update(body, &mut plain)?;
    plain.truncate(length);
    Ok(plain)
}
