//! Text that others wrote, on a terminal.

/// Writes out whatever would move the cursor, end the line or turn the direction of writing.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_command(letter) { shown.extend(letter.escape_unicode()) } else { shown.push(letter) }
    }
    shown
}

/// Whether a terminal obeys this character instead of showing it.
pub(crate) fn is_command(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn only_what_a_terminal_obeys_is_written_out() {
        assert_eq!(visible("B. Simón \u{1F600} <b>&"), "B. Simón \u{1F600} <b>&");
        assert_eq!(
            visible("a\nb\u{1B}[2J\u{9B}c\u{202E}d\u{7F}"),
            "a\\u{a}b\\u{1b}[2J\\u{9b}c\\u{202e}d\\u{7f}"
        );
    }
}
