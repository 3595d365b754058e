//! JSON of strangers: bounded in depth, and no name stands twice in an object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{ErrorKind, ScimError, kind_of};

/// How many arrays and objects may lie in one another.
pub const MAX_DEPTH: usize = 12;

/// The object that a body holds.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ScimError> {
    match read(body)? {
        Value::Object(object) => Ok(object),
        other => Err(ScimError::new(
            ErrorKind::InvalidSyntax,
            format!("the body is {}, expected an object", kind_of(&other)),
        )),
    }
}

/// Reads one value, to the end.
pub(crate) fn read(body: &[u8]) -> Result<Value, ScimError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Bounded { depth: 0 }.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        ScimError::new(ErrorKind::InvalidSyntax, format!("the body is not JSON that is read here: {error}"))
    })
}

#[derive(Clone, Copy)]
struct Bounded {
    depth: usize,
}

impl Bounded {
    /// One level deeper, up to the bound [attack H10].
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("it is nested deeper than {MAX_DEPTH}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = items.next_key::<String>()? {
            let value = items.next_value_seed(deeper)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_reads_is_read() {
        let text = br#"{"a":[1,-2,2.5,true,null,"\u00e9"],"b":{"c":{}}}"#;
        assert_eq!(read(text).unwrap(), serde_json::from_slice::<Value>(text).unwrap());
    }

    #[test]
    fn what_is_malformed_is_refused_with_its_position() {
        let error = object(b"{\"userName\":\n }").unwrap_err();
        assert_eq!((error.status(), error.kind()), (400, ErrorKind::InvalidSyntax));
        assert!(error.detail().contains("line 2 column 2"), "{error}");
        for body in [&b""[..], b"{", b"{}{}", b"[]", b"\"x\"", b"\xff"] {
            assert_eq!(object(body).unwrap_err().kind(), ErrorKind::InvalidSyntax);
        }
    }

    #[test]
    fn h10_nesting_is_bounded() {
        // [attack H10]
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
        for depth in [MAX_DEPTH + 1, 100_000] {
            let error = read(nested(depth).as_bytes()).unwrap_err();
            assert!(error.detail().contains("nested deeper"), "{error}");
        }
    }

    #[test]
    fn h6_a_name_that_stands_twice_is_refused() {
        // [attack H6]
        let error = read(br#"{"active":false,"active":true}"#).unwrap_err();
        assert!(error.detail().contains("stands twice"), "{error}");
    }
}
