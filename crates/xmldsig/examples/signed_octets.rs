//! Signs an element, verifies it, reads what was signed, and sees that an altered copy is refused.
//!
//! `cargo run -p landfall-xmldsig --example signed_octets`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use landfall_xmldsig::{
    AlgorithmPolicy, Certificate, Document, Limits, SignaturePlace, Signer, SigningKey, TrustedKeys, Verifier,
};

fn main() -> Result<(), Box<dyn Error>> {
    // Keys of this example alone: everybody has them.
    let certificate = Certificate::from_pem(include_str!("../tests/keys/signer.crt.pem"))?;
    let key = SigningKey::from_pem(include_str!("../tests/keys/signer.key.pem"), certificate.clone())?;
    let signed =
        key.sign_element("<order ID='o1'><amount>10</amount></order>", "o1", SignaturePlace::First)?;

    let keys = TrustedKeys::new([certificate])?;
    println!("signed:  {}", amount(&signed, &keys)?);

    let altered = signed.replace("<amount>10</amount>", "<amount>99</amount>");
    let refused = amount(&altered, &keys).err().ok_or("an altered order was believed")?;
    println!("altered: {refused}");
    Ok(())
}

/// Reads a value out of the octets that were signed, and out of nothing else.
fn amount(xml: &str, keys: &TrustedKeys) -> Result<String, Box<dyn Error>> {
    let document = Document::parse(xml.as_bytes(), &Limits::message())?;
    let signed = Verifier::new(keys, AlgorithmPolicy::strict()).verify(document.root())?;
    let order = Document::parse(signed.octets(), &Limits::message())?;
    let amount = order.root().elements().find(|element| element.local_name() == "amount");
    Ok(amount.ok_or("the order has no amount")?.text()?.to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
