//! The content under its key: initialization vector, ciphertext and, in GCM, tag, one behind the other [xmlenc-core1 5.2].

use aws_lc_rs::aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    self, AES_CBC_IV_LEN, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use super::ContentAlgorithm;
use super::algorithm::Mode;
use super::key::ContentKey;

const BLOCK: usize = 16;

/// What a ciphertext came to.
pub(super) struct Opened {
    /// Whether it was whole: tag, padding and length.
    pub(super) whole: bool,
    /// What stood in it; if it was not whole, whatever the work yields that is done all the same.
    pub(super) octets: Vec<u8>,
}

/// Decrypts; never stops early for a padding that is wrong [attack C19, C21].
pub(super) fn open(algorithm: ContentAlgorithm, key: &ContentKey, sealed: &[u8]) -> Opened {
    let opened = match algorithm.mode() {
        Mode::Gcm(aead) => open_gcm(aead, key, sealed).map(|octets| Opened { whole: true, octets }),
        Mode::Cbc(cipher) => open_cbc(cipher, key, sealed).map(without_padding),
    };
    opened.unwrap_or(Opened { whole: false, octets: Vec::new() })
}

/// 96 bits of vector, 128 bits of tag, and no other lengths [xmlenc-core1 5.2.4].
fn open_gcm(aead: &'static aead::Algorithm, key: &ContentKey, sealed: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(Unspecified)?;
    let key = LessSafeKey::new(UnboundKey::new(aead, key.as_bytes())?);
    let mut octets = rest.to_vec();
    let length = key.open_in_place(Nonce::from(nonce), Aad::empty(), &mut octets)?.len();
    octets.truncate(length);
    Ok(octets)
}

/// The blocks with their padding.
///
/// The library's padded mode would look at the padding itself and stop there; this one leaves that to [`without_padding`].
fn open_cbc(
    cipher: &'static cipher::Algorithm,
    key: &ContentKey,
    sealed: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let (vector, rest) = sealed.split_first_chunk::<AES_CBC_IV_LEN>().ok_or(Unspecified)?;
    let key = DecryptingKey::cbc(UnboundCipherKey::new(cipher, key.as_bytes())?)?;
    let mut octets = rest.to_vec();
    key.decrypt(&mut octets, DecryptionContext::Iv128(FixedLength::from(vector)))?;
    Ok(octets)
}

/// The last octet says how many there are of padding, from 1 to 16; the others are any [xmlenc-core1 5.2].
fn without_padding(mut octets: Vec<u8>) -> Opened {
    let count = octets.last().map_or(0, |last| usize::from(*last));
    let whole = (1..=BLOCK).contains(&count) && count <= octets.len();
    // A padding that is wrong is cut off like one of a whole block, so that the reader behind has as much to read.
    let cut = if whole { count } else { BLOCK };
    octets.truncate(octets.len().saturating_sub(cut));
    Opened { whole, octets }
}

/// Encrypts, with a fresh vector from the library's random source.
pub(super) fn seal(
    algorithm: ContentAlgorithm,
    key: &ContentKey,
    octets: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    match algorithm.mode() {
        Mode::Gcm(aead) => {
            let key = LessSafeKey::new(UnboundKey::new(aead, key.as_bytes())?);
            let mut nonce = [0; NONCE_LEN];
            SystemRandom::new().fill(&mut nonce)?;
            let mut sealed = octets.to_vec();
            key.seal_in_place_append_tag(Nonce::from(&nonce), Aad::empty(), &mut sealed)?;
            Ok([nonce.as_slice(), &sealed].concat())
        }
        Mode::Cbc(cipher) => {
            let key = EncryptingKey::cbc(UnboundCipherKey::new(cipher, key.as_bytes())?)?;
            let mut vector = [0; AES_CBC_IV_LEN];
            SystemRandom::new().fill(&mut vector)?;
            let mut sealed = padded(octets)?;
            key.less_safe_encrypt(&mut sealed, EncryptionContext::Iv128(FixedLength::from(vector)))?;
            Ok([vector.as_slice(), &sealed].concat())
        }
    }
}

/// Filled up to whole blocks with random octets, and the last one says how many they are [xmlenc-core1 5.2].
fn padded(octets: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let count = BLOCK - octets.len() % BLOCK;
    let mut filler = [0; BLOCK];
    SystemRandom::new().fill(&mut filler)?;
    let (random, _) = filler.split_at_checked(count - 1).ok_or(Unspecified)?;
    let last = u8::try_from(count).map_err(|_| Unspecified)?;
    Ok([octets, random, &[last]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c19_padding_is_one_to_sixteen_octets() {
        let block = |last: u8| {
            let mut octets = vec![b'a'; 32];
            octets[31] = last;
            octets
        };
        for (last, whole, left) in
            [(1, true, 31), (16, true, 16), (0, false, 16), (17, false, 16), (255, false, 16)]
        {
            let opened = without_padding(block(last));
            assert_eq!((opened.whole, opened.octets.len()), (whole, left), "{last}");
        }
        assert!(!without_padding(Vec::new()).whole);
    }

    #[test]
    fn each_length_is_filled_up_and_cut_back() {
        for length in 0..=33 {
            let octets = vec![7; length];
            let filled = padded(&octets).unwrap();
            assert_eq!(filled.len() % BLOCK, 0);
            assert!(filled.len() > length);
            let opened = without_padding(filled);
            assert!(opened.whole);
            assert_eq!(opened.octets, octets);
        }
    }
}
