//! The attributes of every response that signs somebody in, for whoever maps them.

use std::error::Error;
use std::path::Path;

use serde::Serialize;

use crate::exceptions::Exceptions;
use crate::expect::Mode;
use crate::judge::{self, Attributes};
use crate::manifest::Manifest;

/// One login.
#[derive(Serialize)]
pub(crate) struct Person<'c> {
    id: &'c str,
    mode: Mode,
    attributes: Attributes,
}

/// All of them, in the order of the manifest.
pub(crate) fn all<'c>(
    folder: &Path,
    exceptions: &Exceptions,
    manifest: &'c Manifest,
) -> Result<Vec<Person<'c>>, Box<dyn Error>> {
    let mut people = Vec::new();
    for case in &manifest.cases {
        for mode in Mode::of(case).filter(|mode| exceptions.skipped(case, *mode).is_none()) {
            let attributes = judge::attributes(folder, case, mode, &case.document(folder)?)?;
            people.extend(attributes.map(|attributes| Person { id: &case.id, mode, attributes }));
        }
    }
    Ok(people)
}
