use anyhow::{Context, Result};
use landfall_store::{KeyPurpose, Store};
use landfall_xmldsig::encode_base64;

use crate::cli::Purpose;

/// Letters in a line of PEM [rfc7468 2].
const LINE: usize = 64;

/// Prints a certificate as it is in the database, which is public: the master key is not asked for.
pub(crate) async fn run(store: &Store, purpose: Purpose) -> Result<()> {
    let purpose = match purpose {
        Purpose::Signing => KeyPurpose::Signing,
        Purpose::Decryption => KeyPurpose::Decryption,
    };
    let key = store.sp_key(purpose).await?.context("there is no such key yet: `landfall serve` makes it")?;
    println!("-----BEGIN CERTIFICATE-----");
    let letters: Vec<char> = encode_base64(&key.certificate).chars().collect();
    letters.chunks(LINE).for_each(|line| println!("{}", line.iter().collect::<String>()));
    println!("-----END CERTIFICATE-----");
    Ok(())
}
