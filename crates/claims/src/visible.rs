/// Whether a character is one that people do not see, or that turns the order of those which they see.
///
/// Controls, separators of lines and paragraphs, embeddings, overrides and isolates of direction, spaces without width, tags.
/// The marks of direction U+200E, U+200F and U+061C and the joiners U+200C and U+200D are not: names are written with them.
pub(crate) fn invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
                | '\u{200B}'
                | '\u{2060}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
        )
}
