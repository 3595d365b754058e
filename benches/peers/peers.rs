//! The verifiers of others beside ours, on the same messages: each has its key loaded where its interface lets it.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark ends by panicking")]

use std::hint::black_box;

use bergshamra::{DsigContext, KeysManager};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use landfall_benches::{Arithmetic, Signed, certificate, decryption_keys, encrypted, response};
use landfall_xmldsig::{
    AlgorithmPolicy, Decrypter, DecryptionKeys, Document, Element, EncryptionPolicy, Limits, SignedXml,
    TrustedKeys, Verifier,
};
use libxml::parser::{Parser, ParserOptions};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider, ReduceMode};
use xmlsec::{XmlSecDocumentExt, XmlSecKey, XmlSecKeyFormat, XmlSecSignatureContext};

/// What a message is called, and how many groups it has.
const SIZES: [(&str, usize); 3] = [("6KB", 10), ("150-groups", 150), ("1000-groups", 1000)];
const PEM: &[u8] = include_bytes!("../../crates/xmldsig/tests/keys/signer.crt.pem");
const ASSERTIONS: &str = "//*[local-name()='Assertion']";

fn verify(criterion: &mut Criterion) {
    let certificate = certificate().unwrap();
    let der: CertificateDer = certificate.der().to_vec().into();
    let keys = TrustedKeys::new([certificate]).unwrap();
    let bergshamra = {
        let mut manager = KeysManager::new();
        manager.add_key(bergshamra::keys::loader::load_x509_cert_pem(PEM).unwrap());
        DsigContext::new(manager)
    };
    let mut libxmlsec1 = Libxmlsec1::new();
    let mut group = criterion.benchmark_group("peers");
    for (name, groups) in SIZES {
        let message = response(groups, Signed::Assertion).unwrap();
        let octets = ours(message.as_bytes(), &keys).octets().to_vec();
        let limit = Arithmetic::of(&message, &ours(message.as_bytes(), &keys)).unwrap();
        group.bench_function(BenchmarkId::new("limit", name), |bencher| {
            bencher.iter(|| limit.run().unwrap());
        });
        group.bench_function(BenchmarkId::new("landfall", name), |bencher| {
            bencher.iter(|| ours(message.as_bytes(), &keys));
        });
        group.bench_function(BenchmarkId::new("libxmlsec1", name), |bencher| {
            bencher.iter(|| libxmlsec1.verify(black_box(&message)));
        });
        let reduced = || {
            let keys = std::slice::from_ref(&der);
            Crypto::reduce_xml_to_signed(black_box(&message), keys, ReduceMode::PreDigest).unwrap()
        };
        // The others may not do less than we do.
        assert_eq!(reduced().as_bytes(), octets);
        group.bench_function(BenchmarkId::new("samael", name), |bencher| bencher.iter(reduced));
        group.bench_function(BenchmarkId::new("bergshamra", name), |bencher| {
            bencher.iter(|| {
                let verified = bergshamra::verify(&bergshamra, black_box(&message)).unwrap();
                assert!(verified.all_reference_digests_verified());
            });
        });
    }
    let (message, own) = (encrypted(10).unwrap(), decryption_keys().unwrap());
    group.bench_function(BenchmarkId::new("landfall", "encrypted"), |bencher| {
        bencher.iter(|| decrypted(message.as_bytes(), &own, &keys));
    });
    group.finish();
}

fn ours(bytes: &[u8], keys: &TrustedKeys) -> SignedXml {
    let document = Document::parse(black_box(bytes), &Limits::message()).unwrap();
    Verifier::new(keys, AlgorithmPolicy::strict()).verify(child(&document, "Assertion")).unwrap()
}

fn decrypted(bytes: &[u8], own: &DecryptionKeys, keys: &TrustedKeys) -> SignedXml {
    let document = Document::parse(black_box(bytes), &Limits::message()).unwrap();
    let mut decrypter = Decrypter::new(own, EncryptionPolicy::standard());
    let assertion = decrypter.decrypt(child(&document, "EncryptedAssertion"), &Limits::message()).unwrap();
    let document = Document::parse(assertion.octets(), &Limits::message()).unwrap();
    Verifier::new(keys, AlgorithmPolicy::strict()).verify(document.root()).unwrap()
}

fn child<'d>(document: &'d Document<'d>, name: &str) -> Element<'d> {
    document.root().elements().find(|element| element.local_name() == name).unwrap()
}

/// libxmlsec1 without anything around it: parse, say what an ID is, verify the first signature.
///
/// The key is moved into each context and taken back, since a copy costs as much as loading it.
struct Libxmlsec1 {
    parser: Parser,
    key: Option<XmlSecKey>,
}

impl Libxmlsec1 {
    fn new() -> Self {
        let key = XmlSecKey::from_memory(PEM, XmlSecKeyFormat::CertPem, None).unwrap();
        Self { parser: Parser::default(), key: Some(key) }
    }

    fn verify(&mut self, message: &str) {
        let options = ParserOptions { recover: false, no_net: true, ..ParserOptions::default() };
        let document = self.parser.parse_string_with_options(message, options).unwrap();
        document.specify_idattr(ASSERTIONS, "ID", None).unwrap();
        let mut context = XmlSecSignatureContext::new();
        context.insert_key(self.key.take().unwrap());
        assert!(context.verify_document(&document).unwrap());
        self.key = context.release_key();
    }
}

criterion_group!(benches, verify);
criterion_main!(benches);
