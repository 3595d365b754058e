//! The cases of a corpus before both engines, and what came of them.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use landfall_differential::{Key, Verdict, compare, exception, fixed_keys, same_octets, why_not_given};
use landfall_xmldsig::{Certificate, Document, Limits, TrustedKeys, decode_base64};
use serde::Deserialize;

/// A case, as the corpus runner writes it.
#[derive(Deserialize)]
pub(crate) struct Question {
    id: String,
    /// In base64.
    document: String,
    /// DER in base64; none where no public key is trusted.
    certificates: Vec<String>,
}

/// Cases that part by right, besides the kinds of [`landfall_differential::EXCEPTIONS`]: name and reason.
const REVIEWED: &[(&str, &str)] = &[];

/// What came of all cases.
pub(crate) struct Report {
    key: Key,
    compared: usize,
    /// Why documents were not compared, with those whom it befell.
    left_out: BTreeMap<String, Vec<String>>,
    counts: BTreeMap<String, usize>,
    excepted: Vec<String>,
    failures: Vec<String>,
}

impl Report {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            key: fixed_keys()?.into_iter().next().ok_or("no key")?,
            compared: 0,
            left_out: BTreeMap::new(),
            counts: BTreeMap::new(),
            excepted: Vec::new(),
            failures: Vec::new(),
        })
    }

    pub(crate) fn failed(&self) -> usize {
        self.failures.len()
    }

    /// Compares the engines on one case.
    ///
    /// # Errors
    /// When the case is not written as it should be.
    pub(crate) fn ask(&mut self, question: &Question) -> Result<(), Box<dyn Error>> {
        let bytes = decode_base64(&question.document)?;
        let document = match Document::parse(&bytes, &Limits::metadata()) {
            Ok(document) => document,
            Err(error) => {
                self.leave_out(&format!("we cannot read it: {}", error.code()), &question.id);
                return Ok(());
            }
        };
        if let Some(reason) = why_not_given(&document) {
            self.leave_out(reason, &question.id);
            return Ok(());
        }
        self.compared += 1;
        let known = exception(&document).map(|exception| (exception.name, exception.reason));
        let known = known.or_else(|| REVIEWED.iter().copied().find(|(id, _)| *id == question.id));

        match same_octets(&document, &self.key) {
            Ok(same) => self.count(&format!("canonical octets: {same}")),
            Err(how) => self.part(&question.id, &how, known),
        }
        let certificates =
            question.certificates.iter().map(|der| Ok(Certificate::from_der(&decode_base64(der)?)?));
        let certificates = certificates.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        let Ok(keys) = TrustedKeys::new(certificates) else {
            self.count("documents without a trusted public key, whose signatures are not judged");
            return Ok(());
        };
        for judged in compare(&document, &keys) {
            match judged.verdict() {
                Verdict::Diverge { how } => {
                    self.part(
                        &question.id,
                        &format!("{how}, at {}: {:?}", judged.element, judged.ours),
                        known,
                    );
                }
                verdict => self.count(&format!("signatures: {verdict}")),
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, reason: &str, id: &str) {
        self.left_out.entry(reason.to_owned()).or_default().push(id.to_owned());
    }

    fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    fn part(&mut self, id: &str, how: &str, known: Option<(&str, &str)>) {
        match known {
            Some((name, reason)) => self.excepted.push(format!("{id}: {how}\n  by right, {name}: {reason}")),
            None => self.failures.push(format!("{id}: {how}")),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (reason, cases) in &self.left_out {
            writeln!(f, "not given, {reason}: {}", cases.len())?;
            cases.iter().try_for_each(|case| writeln!(f, "  {case}"))?;
        }
        for (what, count) in &self.counts {
            writeln!(f, "{what}: {count}")?;
        }
        self.excepted.iter().try_for_each(|line| writeln!(f, "exception: {line}"))?;
        self.failures.iter().try_for_each(|line| writeln!(f, "failed: {line}"))?;
        let (compared, exceptions, failed) = (self.compared, self.excepted.len(), self.failures.len());
        writeln!(f, "{compared} compared, {exceptions} exceptions, {failed} failed")
    }
}
