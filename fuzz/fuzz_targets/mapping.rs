//! Any text as a mapping, and any attributes through it: no panic, a preview that agrees with the login, no role by a preset.
//!
//! The input is text: a mapping, a line of dashes, then attributes, one a line, with tabs between the name and its values.
#![no_main]

use landfall_claims::{AttributeSet, Mapping, Preset};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (text, attributes) = input.split_once("\n---\n").unwrap_or((input, ""));
    let attributes: AttributeSet = attributes
        .lines()
        .map(|line| {
            let mut words = line.split('\t');
            (words.next().unwrap_or_default(), words.collect::<Vec<_>>())
        })
        .collect();
    for preset in Preset::ALL {
        check(preset.mapping(), &attributes);
        assert!(preset.map(&attributes).map_or(true, |profile| profile.roles().is_empty()));
    }
    let Ok(mapping) = text.parse::<Mapping>() else { return };
    assert_eq!(mapping.text(), text);
    let _ = mapping.test();
    check(&mapping, &attributes);
});

fn check(mapping: &Mapping, attributes: &AttributeSet) {
    let (mapped, preview) = (mapping.map(attributes), mapping.preview(attributes));
    assert_eq!(mapped.as_ref().err(), preview.profile().err());
    let Ok(profile) = mapped else { return };
    for (name, values) in profile.fields() {
        for value in values.iter().flatten() {
            assert!(!value.is_empty() && value.len() <= 1_024, "{name}");
            assert!(!value.chars().any(char::is_control), "{name}");
        }
    }
}
