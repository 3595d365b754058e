/// What was taken out of a text and what was put in, line by line, between what both begin and end with.
pub(super) fn lines(before: &str, after: &str) -> Vec<String> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    let (before, after) = (before.get(same..).unwrap_or_default(), after.get(same..).unwrap_or_default());
    let ends = before.iter().rev().zip(after.iter().rev());
    let end = ends.take_while(|(before, after)| before == after).count();
    let middle = |lines: &[&str], sign: char| -> Vec<String> {
        lines.iter().take(lines.len() - end).map(|line| format!("{sign} {line}")).collect()
    };
    [middle(before, '-'), middle(after, '+')].concat()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn only_the_middle_is_told() {
        assert_eq!(lines("a\nb\nc\n", "a\nx\ny\nc\n"), ["- b", "+ x", "+ y"]);
        assert_eq!(lines("a\na\n", "a\n"), ["- a"]);
        assert_eq!(lines("", "a\nb"), ["+ a", "+ b"]);
        assert!(lines("a\nb", "a\nb\n").is_empty());
    }
}
