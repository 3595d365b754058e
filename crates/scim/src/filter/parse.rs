use std::iter::Peekable;
use std::vec::IntoIter;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::token::{Placed, tokens};
use super::{Filter, Literal, Operator, Token, value_of};
use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError, named};
use crate::resource_type::{AttributePath, ResourceType};
use crate::schema::{Attribute, Returned, Type};
use crate::value;

/// Where names are looked up.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(&'a ResourceType),
    Value(&'a Attribute),
}

/// A recursive descent over the tokens, bounded in depth and in clauses [attack H4].
pub(crate) struct Parser<'a> {
    tokens: Peekable<IntoIter<Placed>>,
    of: &'a ResourceType,
    dialect: Dialect,
    kind: ErrorKind,
    length: usize,
    depth: usize,
    clauses: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &str, of: &'a ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        Self::with_errors(text, of, dialect, ErrorKind::InvalidFilter)
    }

    /// A parser of paths, in which everything that is wrong is the path's fault.
    pub(crate) fn of_path(text: &str, of: &'a ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        Self::with_errors(text, of, dialect, ErrorKind::InvalidPath)
    }

    fn with_errors(
        text: &str,
        of: &'a ResourceType,
        dialect: Dialect,
        kind: ErrorKind,
    ) -> Result<Self, ScimError> {
        if text.len() > Filter::MAX_BYTES {
            let text = format!("it has {} bytes, at most {} are taken", text.len(), Filter::MAX_BYTES);
            return Err(ScimError::new(kind, text));
        }
        let tokens = tokens(text, kind)?.into_iter().peekable();
        Ok(Self { tokens, of, dialect, kind, length: text.len(), depth: 0, clauses: 0 })
    }

    /// A whole filter, up to what cannot belong to it.
    pub(crate) fn filter(&mut self) -> Result<Filter, ScimError> {
        self.or(Scope::Resource(self.of))
    }

    /// The filter of a value path, after its opening bracket.
    pub(crate) fn value_filter(&mut self, attribute: &Attribute) -> Result<Filter, ScimError> {
        if !attribute.multi_valued || attribute.kind != Type::Complex {
            return Err(self.error(format!("{} has no values to choose among", attribute.name)));
        }
        self.deeper()?;
        let filter = self.or(Scope::Value(attribute))?;
        self.depth -= 1;
        self.expect(&Token::CloseBracket, "]")?;
        Ok(filter)
    }

    pub(crate) fn end(&mut self) -> Result<(), ScimError> {
        match self.tokens.next() {
            None => Ok(()),
            Some(placed) => Err(self.error(format!("at byte {}: expected the end", placed.at))),
        }
    }

    fn or(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        let mut any = vec![self.and(scope)?];
        while self.keyword("or") {
            any.push(self.and(scope)?);
        }
        Ok(flat(any, Join::Or))
    }

    fn and(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        let mut all = vec![self.term(scope)?];
        while self.keyword("and") {
            all.push(self.term(scope)?);
        }
        Ok(flat(all, Join::And))
    }

    fn term(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        let (token, at) = self.next("a comparison")?;
        match token {
            Token::Open => self.grouped(scope),
            Token::Word(word) if word.eq_ignore_ascii_case("not") && self.take(&Token::Open) => {
                Ok(Filter::Not(Box::new(self.grouped(scope)?)))
            }
            Token::Word(name) => self.clause(scope, &name, at),
            _ => Err(self.error(format!("at byte {at}: expected a comparison"))),
        }
    }

    fn grouped(&mut self, scope: Scope<'_>) -> Result<Filter, ScimError> {
        self.deeper()?;
        let filter = self.or(scope)?;
        self.depth -= 1;
        self.expect(&Token::Close, ")")?;
        Ok(filter)
    }

    fn clause(&mut self, scope: Scope<'_>, name: &str, at: usize) -> Result<Filter, ScimError> {
        self.clauses += 1;
        if self.clauses > Filter::MAX_CLAUSES {
            return Err(self.error(format!("it has more than {} comparisons", Filter::MAX_CLAUSES)));
        }
        let path = self.named(scope, name, at)?;
        if self.take_bracket() {
            if path.sub_attribute.is_some() || matches!(scope, Scope::Value(_)) {
                return Err(self.error(format!("at byte {at}: {path} has no values to choose among")));
            }
            let filter = self.value_filter(&path.attribute)?;
            return self.continued(path, filter);
        }
        let (operator, at) = self.word("an operator")?;
        if operator.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        self.compared(path, &operator, at)
    }

    /// The matching attribute of Entra, `emails[type eq "work"].value eq "…"`, which the grammar has in paths alone.
    fn continued(&mut self, path: AttributePath, filter: Filter) -> Result<Filter, ScimError> {
        let Some((sub, at)) = self.sub_attribute() else {
            return Ok(Filter::Has { path, filter: Box::new(filter) });
        };
        if !self.dialect.takes_text() {
            return Err(self.error(format!("at byte {at}: expected the end of the clause")));
        }
        let sub = self.named(Scope::Value(&path.attribute), &sub, at)?;
        let (operator, at) = self.word("an operator")?;
        let last = if operator.eq_ignore_ascii_case("pr") {
            Filter::Present(sub)
        } else {
            self.compared(sub, &operator, at)?
        };
        let filter = flat(vec![filter, last], Join::And);
        Ok(Filter::Has { path, filter: Box::new(filter) })
    }

    /// `.value` right after a closing bracket.
    pub(crate) fn sub_attribute(&mut self) -> Option<(String, usize)> {
        let placed = self.tokens.next_if(|placed| {
            !placed.spaced && matches!(&placed.token, Token::Word(word) if word.starts_with('.'))
        })?;
        match placed.token {
            Token::Word(word) => Some((word.trim_start_matches('.').to_owned(), placed.at)),
            _ => None,
        }
    }

    fn compared(&mut self, path: AttributePath, operator: &str, at: usize) -> Result<Filter, ScimError> {
        let found = Operator::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(operator));
        let Some(operator) = found else {
            return Err(self.error(format!("at byte {at}: expected an operator, such as eq")));
        };
        let path = self.comparable(path)?;
        let leaf = path.leaf().clone();
        let (token, at) = self.next("a value")?;
        let is_null = matches!(&token, Token::Word(word) if word == "null");
        if is_null && operator == Operator::Equal {
            return Ok(Filter::Not(Box::new(Filter::Present(path))));
        }
        if is_null && operator == Operator::NotEqual {
            return Ok(Filter::Present(path));
        }
        if !operator.takes(leaf.kind) {
            return Err(self.error(format!(
                "{path} is {} and is not compared by {}",
                leaf.kind.name(),
                operator.name()
            )));
        }
        match literal(&leaf, token, self.dialect) {
            Some(literal) => Ok(Filter::Compare { path, operator, literal }),
            None => Err(self.error(format!("at byte {at}: expected {} for {path}", leaf.kind.name()))),
        }
    }

    /// A complex attribute is compared by its `value` [rfc7644 3.4.2.2].
    fn comparable(&self, mut path: AttributePath) -> Result<AttributePath, ScimError> {
        if path.leaf().kind != Type::Complex {
            return Ok(path);
        }
        match value_of(&path.attribute) {
            Some(value) => path.sub_attribute = Some(value.clone()),
            None => return Err(self.error(format!("{path} is complex: name a sub-attribute of it"))),
        }
        Ok(path)
    }

    fn named(&self, scope: Scope<'_>, name: &str, at: usize) -> Result<AttributePath, ScimError> {
        let found = match scope {
            Scope::Resource(of) => of.resolve(name, self.dialect),
            Scope::Value(attribute) => attribute.sub_attribute(name).map(AttributePath::plain),
        };
        found
            .filter(|path| path.leaf().returned != Returned::Never)
            .ok_or_else(|| self.error(format!("at byte {at}: {} is not declared here", named(name))))
    }

    /// A path's name at its beginning.
    pub(crate) fn path_name(&mut self) -> Result<(String, usize), ScimError> {
        self.word("the name of an attribute")
    }

    /// What follows a name that is not declared: the end, or a filter that nothing can be said of.
    pub(crate) fn unknown(&mut self) -> Result<(), ScimError> {
        if self.take_bracket() { Ok(()) } else { self.end() }
    }

    /// A bracket that opens the filter of a value path.
    pub(crate) fn take_bracket(&mut self) -> bool {
        self.tokens.next_if(|placed| placed.token == Token::OpenBracket).is_some()
    }

    fn take(&mut self, token: &Token) -> bool {
        self.tokens.next_if(|placed| placed.token == *token).is_some()
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.tokens.next_if(
            |placed| matches!(&placed.token, Token::Word(word) if word.eq_ignore_ascii_case(keyword)),
        );
        found.is_some()
    }

    fn word(&mut self, expected: &str) -> Result<(String, usize), ScimError> {
        match self.next(expected)? {
            (Token::Word(word), at) => Ok((word, at)),
            (_, at) => Err(self.error(format!("at byte {at}: expected {expected}"))),
        }
    }

    fn next(&mut self, expected: &str) -> Result<(Token, usize), ScimError> {
        match self.tokens.next() {
            Some(placed) => Ok((placed.token, placed.at)),
            None => Err(self.error(format!("at byte {}: expected {expected}", self.length))),
        }
    }

    fn expect(&mut self, token: &Token, name: &str) -> Result<(), ScimError> {
        match self.next(name)? {
            (found, _) if found == *token => Ok(()),
            (_, at) => Err(self.error(format!("at byte {at}: expected {name}"))),
        }
    }

    fn deeper(&mut self) -> Result<(), ScimError> {
        self.depth += 1;
        if self.depth > Filter::MAX_DEPTH {
            return Err(self.error(format!("it is nested deeper than {}", Filter::MAX_DEPTH)));
        }
        Ok(())
    }

    fn error(&self, detail: String) -> ScimError {
        ScimError::new(self.kind, detail)
    }
}

#[derive(Clone, Copy)]
enum Join {
    And,
    Or,
}

/// One filter, or several of which those of the same kind are taken apart.
fn flat(filters: Vec<Filter>, join: Join) -> Filter {
    let mut parts = Vec::with_capacity(filters.len());
    for filter in filters {
        match (join, filter) {
            (Join::And, Filter::And(inner)) | (Join::Or, Filter::Or(inner)) => parts.extend(inner),
            (_, filter) => parts.push(filter),
        }
    }
    match (parts.pop(), join) {
        (Some(only), _) if parts.is_empty() => only,
        (last, Join::And) => Filter::And(parts.into_iter().chain(last).collect()),
        (last, Join::Or) => Filter::Or(parts.into_iter().chain(last).collect()),
    }
}

/// The token as a literal of the attribute's type.
fn literal(attribute: &Attribute, token: Token, dialect: Dialect) -> Option<Literal> {
    match (attribute.kind, token) {
        (Type::String | Type::Reference | Type::Binary, Token::Text(text)) => Some(Literal::Text(text)),
        (Type::Boolean, Token::Word(word)) => value::boolean(&word).map(Literal::Boolean),
        (Type::Boolean, Token::Text(text)) if dialect.takes_text() => {
            value::boolean(&text).map(Literal::Boolean)
        }
        (Type::Integer, Token::Word(word)) => word.parse().ok().map(Literal::Integer),
        (Type::Decimal, Token::Word(word)) => {
            serde_json::from_str(&word).ok().filter(|value: &f64| value.is_finite()).map(Literal::Decimal)
        }
        (Type::DateTime, Token::Text(text)) => {
            OffsetDateTime::parse(&text, &Rfc3339).ok().map(Literal::DateTime)
        }
        _ => None,
    }
}
