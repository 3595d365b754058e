//! What `landfall inspect` takes, recordings of a browser among it: no bytes make it panic, and what is found can be read.
#![no_main]

#[path = "../../crates/server/src/commands/inspect/input.rs"]
#[allow(dead_code, reason = "a file is read by the command alone")]
mod input;
#[path = "../../crates/server/src/commands/inspect/trace.rs"]
mod trace;

use input::{Found, Input};
use landfall_saml::RawLogout;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match input::found(bytes) {
        Ok(Found::Message(input)) => look_at(&input),
        Ok(Found::Recording(messages)) => {
            assert!((1..=200).contains(&messages.len()), "{}", messages.len());
            for message in &messages {
                assert!(message.carried_by.contains(' '));
                look_at(&message.input);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

fn look_at(input: &Input) {
    assert!(!input.found_as.is_empty());
    if let Err(error) = input.message.response() {
        assert!(!error.code().is_empty());
    }
    if let Some(Ok(raw)) = input.query.as_deref().map(RawLogout::from_query)
        && let Err(error) = raw.read()
    {
        assert!(!error.code().is_empty());
    }
}
