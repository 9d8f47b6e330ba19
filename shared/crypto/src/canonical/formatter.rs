use std::io::{Result, Write, sink};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use super::text::Text;

/// Writes a value behind what the text has already.
pub(super) fn append<T: Serialize + ?Sized>(text: &mut Text, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(sink(), Canonical(text)))
}

/// Turns what serde_json walks over into canonical text; its own writer gets nothing.
struct Canonical<'a>(&'a mut Text);

impl Formatter for Canonical<'_> {
    fn write_null<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.put(b"null")
    }

    fn write_bool<W: ?Sized + Write>(&mut self, _: &mut W, value: bool) -> Result<()> {
        self.0.put(if value { b"true" } else { b"false" })
    }

    fn write_i8<W: ?Sized + Write>(&mut self, w: &mut W, value: i8) -> Result<()> {
        self.write_i64(w, value.into())
    }

    fn write_i16<W: ?Sized + Write>(&mut self, w: &mut W, value: i16) -> Result<()> {
        self.write_i64(w, value.into())
    }

    fn write_i32<W: ?Sized + Write>(&mut self, w: &mut W, value: i32) -> Result<()> {
        self.write_i64(w, value.into())
    }

    fn write_i64<W: ?Sized + Write>(&mut self, _: &mut W, value: i64) -> Result<()> {
        self.0.integer(value.unsigned_abs(), value < 0)
    }

    fn write_u8<W: ?Sized + Write>(&mut self, w: &mut W, value: u8) -> Result<()> {
        self.write_u64(w, value.into())
    }

    fn write_u16<W: ?Sized + Write>(&mut self, w: &mut W, value: u16) -> Result<()> {
        self.write_u64(w, value.into())
    }

    fn write_u32<W: ?Sized + Write>(&mut self, w: &mut W, value: u32) -> Result<()> {
        self.write_u64(w, value.into())
    }

    fn write_u64<W: ?Sized + Write>(&mut self, _: &mut W, value: u64) -> Result<()> {
        self.0.integer(value, false)
    }

    #[expect(clippy::cast_precision_loss, reason = "RFC 8785: a number is a double")]
    fn write_i128<W: ?Sized + Write>(&mut self, _: &mut W, value: i128) -> Result<()> {
        self.0.double(value as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "RFC 8785: a number is a double")]
    fn write_u128<W: ?Sized + Write>(&mut self, _: &mut W, value: u128) -> Result<()> {
        self.0.double(value as f64)
    }

    fn write_f32<W: ?Sized + Write>(&mut self, _: &mut W, value: f32) -> Result<()> {
        self.0.double(value.into())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, _: &mut W, value: f64) -> Result<()> {
        self.0.double(value)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.put(b"\"")
    }

    fn end_string<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.put(b"\"")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, _: &mut W, text: &str) -> Result<()> {
        self.0.put_text(text.as_bytes(), text.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, _: &mut W, char: CharEscape) -> Result<()> {
        match char {
            CharEscape::Quote => self.0.put_text(b"\\\"", b"\""),
            CharEscape::ReverseSolidus => self.0.put_text(b"\\\\", b"\\"),
            CharEscape::Solidus => self.0.put_text(b"/", b"/"),
            CharEscape::Backspace => self.0.put_text(b"\\b", &[0x08]),
            CharEscape::FormFeed => self.0.put_text(b"\\f", &[0x0c]),
            CharEscape::LineFeed => self.0.put_text(b"\\n", b"\n"),
            CharEscape::CarriageReturn => self.0.put_text(b"\\r", b"\r"),
            CharEscape::Tab => self.0.put_text(b"\\t", b"\t"),
            CharEscape::AsciiControl(byte) => {
                self.0.put_text(format!("\\u{byte:04x}").as_bytes(), &[byte])
            }
        }
    }

    fn begin_array<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.put(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.put(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> Result<()> {
        self.0.put(if first { b"" } else { b"," })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.begin_object();
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.end_object();
        Ok(())
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, _: &mut W, first: bool) -> Result<()> {
        self.0.begin_name(first);
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.end_name();
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.put(b":")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.0.end_value();
        Ok(())
    }

    /// Text that is JSON already is read again, to be spelled canonically.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, _: &mut W, json: &str) -> Result<()> {
        let value: serde_json::Value = serde_json::from_str(json)?;
        Ok(append(self.0, &value)?)
    }
}
