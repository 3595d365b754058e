//! White space and line ends.

use crate::Document;
use crate::document::{Kind, is_space};

/// The document without texts of white space alone that stand beside elements, and where `values` says so
/// without white space at the ends of all other texts.
pub(super) fn without_indentation(document: &Document<'_>, values: bool) -> Vec<u8> {
    let source = document.source();
    let mut kept = Vec::with_capacity(source.len());
    let mut copied = 0;
    for node in (0..).map_while(|index| document.node(index)) {
        let Kind::Text(_) = node.kind else { continue };
        let (from, to) = (node.from as usize, node.to as usize);
        let text = source.get(from..to).unwrap_or_default();
        let holds_elements =
            document.element(node.parent).is_some_and(|parent| parent.elements().next().is_some());
        let stays = match text.trim_matches(|code: char| code.is_ascii() && is_space(code as u8)) {
            "" if holds_elements || values => "",
            trimmed if values => trimmed,
            _ => continue,
        };
        kept.extend_from_slice(source.get(copied..from).unwrap_or_default().as_bytes());
        kept.extend_from_slice(stays.as_bytes());
        copied = to;
    }
    kept.extend_from_slice(source.get(copied..).unwrap_or_default().as_bytes());
    kept
}

/// Canonical octets with their line ends as other software leaves them: a carriage return, which canonical octets
/// show as a reference, before each, before none, and in the place of each.
pub(super) fn with_other_line_ends(octets: &str) -> [String; 4] {
    const CR: &str = "&#xD;";
    let plain = octets.replace("&#xD;\n", "\n").replace(CR, "\n");
    [plain.replace('\n', "&#xD;\n"), plain.replace('\n', CR), octets.replace(CR, ""), plain]
}
