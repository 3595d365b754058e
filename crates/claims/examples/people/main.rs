//! Maps the attributes of many logins with the preset `generic`, and compares with what came of them before.
//!
//! `cargo xtask corpus DIR [--rewrite]` gives it the logins of a corpus, as JSON: id, mode, and pairs of a name and its values.
//! The snapshot beside this file has a line for each: of each field the attribute that it comes from, and a short digest of
//! what it says. The values themselves are others' and do not stand in it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use landfall_claims::{AttributeSet, FieldPreview, Preset};
use serde::Deserialize;

#[derive(Deserialize)]
struct Person {
    id: String,
    mode: String,
    attributes: Vec<(String, Vec<String>)>,
}

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// How many lines differ.
fn run() -> Result<usize, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (file, rewrite) = match words.as_slice() {
        [file] => (file, false),
        [file, word] if word == "--rewrite" => (file, true),
        _ => return Err("expected FILE [--rewrite]".into()),
    };
    let people: Vec<Person> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let now: Vec<String> = people.into_iter().map(line).collect();
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/people/snapshot.txt");
    if rewrite {
        std::fs::write(&snapshot, now.join("\n") + "\n")?;
        println!("mapped with generic: {}, written down anew", now.len());
        return Ok(0);
    }
    let before = std::fs::read_to_string(&snapshot)?;
    let before: Vec<&str> = before.lines().collect();
    let gone =
        before.iter().filter(|line| !now.iter().any(|now| now == *line)).map(|line| format!("- {line}"));
    let new = now.iter().filter(|line| !before.contains(&line.as_str())).map(|line| format!("+ {line}"));
    let differs: Vec<String> = gone.chain(new).collect();
    for line in &differs {
        println!("{line}");
    }
    println!("mapped with generic: {}, lines that differ from the snapshot: {}", now.len(), differs.len());
    if !differs.is_empty() {
        println!("read them; if they are meant, `cargo xtask corpus DIR --rewrite`");
    }
    Ok(differs.len())
}

fn line(person: Person) -> String {
    let Person { id, mode, attributes } = person;
    let attributes: AttributeSet = attributes.into_iter().collect();
    let preview = Preset::Generic.mapping().preview(&attributes);
    let mut line = format!("{id} {mode}:");
    if let Err(error) = preview.profile() {
        let _ = write!(line, " refused by {} at {}", error.code(), error.rule);
    }
    for field in preview.fields() {
        line.extend(shown(field));
    }
    line
}

/// A field that has a value, or groups that are incomplete.
fn shown(field: &FieldPreview) -> Option<String> {
    let name = field.field;
    let said = match (&field.error, &field.values) {
        (Some(error), _) => error.code().to_owned(),
        (None, None) => "incomplete".to_owned(),
        (None, Some(values)) if values.is_empty() => return None,
        (None, Some(values)) => format!("{:016x}", digest(values)),
    };
    let from = field.attribute.as_deref().unwrap_or("-");
    Some(format!(" {name}={said} from {from};"))
}

/// FNV-1a of the values with a zero behind each: to recognise them, and to keep no secret.
fn digest(values: &[String]) -> u64 {
    let octets = values.iter().flat_map(|value| value.bytes().chain([0]));
    octets.fold(0xcbf2_9ce4_8422_2325, |digest, octet| {
        (digest ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
