use crate::error::{ErrorKind, ScimError};

/// A piece of a filter or a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name, an operator, or a bare literal.
    Word(String),
    /// A string in quotes, unescaped.
    Text(String),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
}

/// A token, where it begins, and whether a space stands before it.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) at: usize,
    pub(crate) spaced: bool,
}

/// Cuts a text into tokens; `kind` is the kind of error for what cannot be one.
pub(crate) fn tokens(text: &str, kind: ErrorKind) -> Result<Vec<Placed>, ScimError> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    let mut spaced = true;
    while let Some(&(at, char)) = rest.peek() {
        if char == ' ' {
            rest.next();
            spaced = true;
            continue;
        }
        let simple = match char {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            '[' => Some(Token::OpenBracket),
            ']' => Some(Token::CloseBracket),
            _ => None,
        };
        let token = if let Some(token) = simple {
            rest.next();
            token
        } else if char == '"' {
            let (quoted, length) = quoted(text.get(at..).unwrap_or_default(), at, kind)?;
            while rest.next_if(|&(next, _)| next < at + length).is_some() {}
            Token::Text(quoted)
        } else {
            let mut word = String::new();
            while let Some((_, char)) = rest.next_if(|&(_, char)| is_word(char)) {
                word.push(char);
            }
            if word.is_empty() {
                return Err(ScimError::new(kind, format!("the character at byte {at} cannot stand there")));
            }
            Token::Word(word)
        };
        found.push(Placed { token, at, spaced });
        spaced = false;
    }
    Ok(found)
}

/// What a name, a URN, an operator or a number consists of.
fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-_.:$+".contains(char)
}

/// The string at the beginning, with the escapes of JSON, and its length in bytes.
fn quoted(text: &str, at: usize, kind: ErrorKind) -> Result<(String, usize), ScimError> {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|&(_, char)| {
        let closes = char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
        closes
    });
    let Some((end, _)) = end else {
        return Err(ScimError::new(kind, format!("the string at byte {at} does not end")));
    };
    let length = end + 1;
    match serde_json::from_str(text.get(..length).unwrap_or_default()) {
        Ok(quoted) => Ok((quoted, length)),
        Err(_) => Err(ScimError::new(kind, format!("the string at byte {at} is not one of JSON"))),
    }
}
