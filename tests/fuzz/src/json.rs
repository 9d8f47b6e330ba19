//! JSON read a second time, by a reader that remembers what was wrong rather than refusing it.

use std::{collections::BTreeSet, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a strict reader has to refuse in a text that any reader takes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Shape {
    /// A member name occurs twice in one object, at whatever depth.
    pub duplicates: bool,
    /// U+0000 in a text or a name.
    pub nul: bool,
    /// How deep arrays and objects nest.
    pub depth: usize,
}

/// The shape of a text; none when it is not JSON.
pub fn shape(bytes: &[u8]) -> Option<Shape> {
    serde_json::from_slice(bytes).ok()
}

impl Shape {
    fn around(&mut self, inner: &Self) {
        self.duplicates |= inner.duplicates;
        self.nul |= inner.nul;
        self.depth = self.depth.max(inner.depth + 1);
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape { nul: text.contains('\0'), ..Shape::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut shape = Shape { depth: 1, ..Shape::default() };
        while let Some(item) = items.next_element::<Shape>()? {
            shape.around(&item);
        }
        Ok(shape)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        let mut shape = Shape { depth: 1, ..Shape::default() };
        let mut names = BTreeSet::new();
        while let Some((name, member)) = members.next_entry::<String, Shape>()? {
            shape.nul |= name.contains('\0');
            shape.duplicates |= !names.insert(name);
            shape.around(&member);
        }
        Ok(shape)
    }
}
