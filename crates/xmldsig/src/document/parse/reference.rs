//! References, each to one character.

use super::{Cause, Parser, Stop, stop_at};
use crate::document::chars::is_char;

impl Parser<'_, '_> {
    /// `&name;` or `&#…;`, already at the ampersand [xml 4.1, 4.6].
    pub(super) fn reference(&mut self) -> Result<char, Stop> {
        let from = self.at;
        let window = self.rest().get(..64.min(self.rest().len())).unwrap_or_default();
        let Some(length) = memchr::memchr(b';', window) else {
            return Err(stop_at(from, Cause::End { expected: "';' of a reference" }));
        };
        let name = self.source.get(from + 1..from + length).unwrap_or_default();
        self.at += length + 1;
        let code = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => None,
        };
        if let Some(code) = code {
            return Ok(code);
        }
        let Some(digits) = name.strip_prefix('#') else {
            return Err(stop_at(from, Cause::Entity { name: name.to_owned() }));
        };
        let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
        let number = digits
            .chars()
            .all(|digit| digit.is_digit(radix))
            .then(|| u32::from_str_radix(digits, radix).ok());
        let Some(Some(number)) = number else {
            return Err(stop_at(from, Cause::Entity { name: name.to_owned() }));
        };
        char::from_u32(number)
            .filter(|code| is_char(*code))
            .ok_or_else(|| stop_at(from, Cause::Character { code: number }))
    }
}
