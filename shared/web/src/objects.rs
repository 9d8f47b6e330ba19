//! Gives a JSON value its type as serde does, but takes a struct from an object alone.
//!
//! Serde would also fill a struct from an array, member by member in the order of the source
//! text: two spellings of one request, one of which changes its meaning when a member is moved.

use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

/// A value to be typed.
pub(crate) struct Objects(pub(crate) Value);

impl<'de> IntoDeserializer<'de, Error> for Objects {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Objects {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Self));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Self(value)));
                let mut members = MapDeserializer::new(members);
                let value = visitor.visit_map(&mut members)?;
                members.end().map(|()| value)
            }
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            return Err(Error::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        // serde_json reads its own raw values through a newtype of this name.
        if name.starts_with("$serde_json") {
            return self.0.deserialize_newtype_struct(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{json, value::RawValue};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read into")]
    struct Everything {
        id: gw_kernel::GateId,
        raw: Box<RawValue>,
        any: Value,
        money: i64,
        share: f64,
        maybe: Option<Vec<u8>>,
        pair: (u8, String),
        names: BTreeMap<String, bool>,
        kind: gw_kernel::ActorKind,
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read into")]
    struct Inner {
        count: u32,
    }

    fn everything() -> Value {
        json!({
            "id": "gate_00000000000000000000000000", "raw": {"b": 1, "a": [2]}, "any": [1, {"x": null}],
            "money": -5, "share": 1, "maybe": [1, 2], "pair": [1, "x"], "names": {"a": true},
            "kind": "machine", "inner": {"count": 1},
        })
    }

    #[test]
    fn every_kind_of_member_is_read() {
        let read = Everything::deserialize(Objects(everything())).unwrap();
        assert_eq!(read.any, json!([1, { "x": null }]));
        assert_eq!(read.maybe, Some(vec![1, 2]));
    }

    #[test]
    fn a_struct_is_not_read_from_an_array() {
        let mut value = everything();
        value["inner"] = json!([1]);
        let error = Everything::deserialize(Objects(value)).unwrap_err();
        assert!(error.to_string().starts_with("invalid type: sequence"));
    }

    #[test]
    fn a_pair_has_two_members() {
        let mut value = everything();
        value["pair"] = json!([1, "x", 2]);
        assert!(Everything::deserialize(Objects(value)).is_err());
    }
}
