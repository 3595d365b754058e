//! From text to expression.

use super::function::Function;
use super::{Comparison, Node, ParseError};

/// Longer than any expression that the portal takes.
const LONGEST: usize = 8_192;
/// How many functions may stand inside each other.
const DEEPEST: usize = 16;

pub(super) fn parse(text: &str) -> Result<Node, ParseError> {
    let chars: Vec<char> = text.chars().take(LONGEST + 1).collect();
    if chars.len() > LONGEST {
        return Err(ParseError::TooLong { chars: text.chars().count(), limit: LONGEST });
    }
    let mut reader = Reader { chars, at: 0 };
    let node = reader.node(0)?;
    reader.spaces();
    match reader.peek() {
        None if node != Node::Missing => Ok(node),
        _ => Err(reader.unexpected("one expression and then its end")),
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    /// One operand, and the comparison that it may begin.
    fn node(&mut self, depth: usize) -> Result<Node, ParseError> {
        let left = self.operand(depth)?;
        self.spaces();
        let Some(comparison) = self.comparison() else { return Ok(left) };
        let right = self.operand(depth)?;
        if left == Node::Missing || right == Node::Missing {
            return Err(self.unexpected("something to compare"));
        }
        Ok(Node::Compare(Box::new(left), comparison, Box::new(right)))
    }

    fn operand(&mut self, depth: usize) -> Result<Node, ParseError> {
        self.spaces();
        match self.peek() {
            None | Some(',' | ')') => Ok(Node::Missing),
            Some('"') => self.quoted().map(Node::Text),
            Some('[') => self.attribute(),
            Some(c) if is_word(c) => {
                let word = self.word();
                self.spaces();
                if self.peek() == Some('(') { self.call(&word, depth) } else { Ok(Node::Text(word)) }
            }
            Some(_) => Err(self.unexpected("a function, an [attribute] or a \"text\"")),
        }
    }

    fn call(&mut self, name: &str, depth: usize) -> Result<Node, ParseError> {
        if depth >= DEEPEST {
            return Err(ParseError::TooDeep { limit: DEEPEST, at: self.at });
        }
        let function = Function::named(name)
            .ok_or_else(|| ParseError::Function { name: name.to_owned(), known: Function::names() })?;
        self.at += 1;
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.node(depth + 1)?);
            self.spaces();
            match self.next() {
                Some(',') => {}
                Some(')') => break,
                _ => {
                    self.at = self.at.saturating_sub(1);
                    return Err(self.unexpected("a comma or a closing bracket"));
                }
            }
        }
        if let Some(expected) = function.refuses(arguments.len()) {
            let got = arguments.len();
            return Err(ParseError::Arguments { function: function.name(), expected, got });
        }
        Ok(Node::Call(function, arguments))
    }

    /// A text in quotes; a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<String, ParseError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(text),
                // A backslash before anything else is one, so that regular expressions need no doubling.
                Some('\\') if matches!(self.peek(), Some('"' | '\\')) => text.extend(self.next()),
                Some(c) => text.push(c),
                None => return Err(self.unexpected("a closing quote")),
            }
        }
    }

    fn attribute(&mut self) -> Result<Node, ParseError> {
        self.at += 1;
        let name = self.word();
        match self.next() {
            Some(']') if !name.is_empty() => Ok(Node::Attribute(name)),
            _ => {
                self.at = self.at.saturating_sub(1);
                Err(self.unexpected("the name of an attribute and a closing bracket"))
            }
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let two = (self.peek(), self.chars.get(self.at + 1).copied());
        let (comparison, width) = match two {
            (Some('<'), Some('>')) => (Comparison::NotEqual, 2),
            (Some('<'), Some('=')) => (Comparison::LessOrEqual, 2),
            (Some('>'), Some('=')) => (Comparison::GreaterOrEqual, 2),
            (Some('='), _) => (Comparison::Equal, 1),
            (Some('<'), _) => (Comparison::Less, 1),
            (Some('>'), _) => (Comparison::Greater, 1),
            _ => return None,
        };
        self.at += width;
        Some(comparison)
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| is_word(*c)) {
            word.push(c);
            self.at += 1;
        }
        word
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += 1;
        next
    }

    fn unexpected(&self, expected: &'static str) -> ParseError {
        let got = self.peek().map_or_else(|| "the end".to_owned(), |c| format!("{c:?}"));
        ParseError::Unexpected { expected, at: self.at.min(self.chars.len()), got }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_expression_is_refused_by_name() {
        let deep = format!("{}\"x\"{}", "Not(".repeat(17), ")".repeat(17));
        let long = format!("\"{}\"", "x".repeat(LONGEST));
        for (text, code) in [
            ("", "expression-unexpected"),
            ("Not()", "expression-unexpected-not"),
            ("Not([a]", "expression-unexpected"),
            ("Not([a]) x", "expression-unexpected"),
            ("Not([a], [b])", "expression-arguments"),
            ("Switch([a], , \"k\")", "expression-arguments"),
            ("Switch([a], , \"k\", \"v\", \"k2\")", "expression-arguments"),
            ("Nothing([a])", "expression-function"),
            ("\"open", "expression-unexpected"),
            ("[]", "expression-unexpected"),
            ("[a", "expression-unexpected"),
            ("IIF([a]=, \"x\", \"y\")", "expression-unexpected"),
            ("*", "expression-unexpected"),
            (deep.as_str(), "expression-too-deep"),
            (long.as_str(), "expression-too-long"),
        ] {
            let outcome = parse(text).map_err(|error| error.code());
            // An empty argument list is one argument that is left out.
            let expected = if code.ends_with("-not") { Ok(()) } else { Err(code) };
            assert_eq!(outcome.map(drop), expected, "{text}");
        }
    }

    #[test]
    fn as_deep_as_may_be_is_read() {
        let deep = format!("{}\"x\"{}", "Not(".repeat(DEEPEST), ")".repeat(DEEPEST));
        assert!(parse(&deep).is_ok());
    }

    #[test]
    fn a_backslash_before_a_quote_is_an_escape() {
        assert_eq!(parse(r#""a \"b\" \\ \d""#), Ok(Node::Text(r#"a "b" \ \d"#.to_owned())));
    }

    #[test]
    fn an_error_says_where_it_is() {
        let error = parse("Not([a] [b])").unwrap_err().to_string();
        assert_eq!(error, "expected a comma or a closing bracket at character 8 of the expression, got '['");
    }
}
