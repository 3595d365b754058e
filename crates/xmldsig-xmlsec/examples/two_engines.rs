//! Has a signature judged by both engines, and the second one told that something else was signed.
//!
//! `cargo run -p landfall-xmldsig-xmlsec --example two_engines`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use landfall_xmldsig::{
    AlgorithmPolicy, Certificate, Document, Limits, Opinion, Question, SecondOpinion, SignaturePlace, Signer,
    SigningKey, TrustedKeys, Verifier,
};
use landfall_xmldsig_xmlsec::Xmlsec;

fn main() -> Result<(), Box<dyn Error>> {
    // Keys of this example alone: everybody has them.
    let certificate = Certificate::from_pem(include_str!("../../xmldsig/tests/keys/signer.crt.pem"))?;
    let key =
        SigningKey::from_pem(include_str!("../../xmldsig/tests/keys/signer.key.pem"), certificate.clone())?;
    let keys = TrustedKeys::new([certificate])?;
    let message = |amount: u32| {
        let xml = format!("<order ID='o1'><amount>{amount}</amount></order>");
        key.sign_element(&xml, "o1", SignaturePlace::First)
    };
    let (ten, ninety) = (message(10)?, message(90)?);

    let document = Document::parse(ten.as_bytes(), &Limits::message())?;
    let signed = [Verifier::new(&keys, AlgorithmPolicy::strict()).verify(document.root())?];
    for (what, octets) in [("the same order", &ten), ("another order", &ninety)] {
        let opinion = Xmlsec.judge(&Question { document: octets.as_bytes(), keys: &keys, signed: &signed });
        println!("{what}: {opinion:?}");
        if (opinion == Opinion::Agree) != (octets == &ten) {
            return Err("expected that the engines agree about the same order alone".into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
