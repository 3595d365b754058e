use anyhow::{Context, Result};
use landfall_store::{KeyPurpose, Store};
use landfall_xmldsig::encode_base64;

/// Letters in a line of PEM [rfc7468 2].
const LINE: usize = 64;

/// Prints a certificate as it is in the database, which is public: the master key is not asked for.
pub(crate) async fn run(store: &Store, purpose: KeyPurpose, next: bool) -> Result<()> {
    let keys = store.sp_keys(purpose).await?;
    let key = match next {
        false => keys.current.context("there is no such key yet: `landfall serve` makes it")?,
        true => keys.next.context("none is staged: `landfall key stage` makes one")?,
    };
    println!("-----BEGIN CERTIFICATE-----");
    let letters: Vec<char> = encode_base64(&key.certificate).chars().collect();
    letters.chunks(LINE).for_each(|line| println!("{}", line.iter().collect::<String>()));
    println!("-----END CERTIFICATE-----");
    Ok(())
}
