use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::StrictJsonError;

/// Reads one value at a depth. serde's errors are text, so what was refused is left in
/// `refusal`.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) depth: usize,
    pub(super) max_depth: usize,
    pub(super) refusal: &'a RefCell<Option<StrictJsonError>>,
}

impl Reader<'_> {
    fn refuse<E: Error>(self, why: StrictJsonError) -> E {
        let error = E::custom(&why);
        self.refusal.replace(Some(why));
        error
    }

    /// For the members of an array or object.
    fn inside<E: Error>(self) -> Result<Self, E> {
        if self.depth == self.max_depth {
            return Err(self.refuse(StrictJsonError::TooDeep(self.max_depth)));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn check<E: Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') { Err(self.refuse(StrictJsonError::Nul)) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.check(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        self.check(&text)?;
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(inside)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.check(&name)?;
            if object.contains_key(&name) {
                return Err(self.refuse(StrictJsonError::DuplicateMember(name)));
            }
            let value = members.next_value_seed(inside)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
