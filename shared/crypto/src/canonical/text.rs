use std::cmp::Ordering;
use std::io::{Result, Write};
use std::ops::Range;

/// From here on, not every integer is a double.
const EXACT: u64 = 1 << 53;

/// Canonical text, and what is open in it.
pub(super) struct Text {
    out: Vec<u8>,
    /// The names of the open objects' members, unescaped, one after the other.
    names: Vec<u8>,
    /// The members of the open objects.
    members: Vec<Member>,
    /// Where each open object's members begin.
    open: Vec<Open>,
    in_name: bool,
}

/// A member that was written: its name in `names`, itself in `out` (without a comma).
struct Member {
    name: Range<usize>,
    text: Range<usize>,
}

struct Open {
    members: usize,
    names: usize,
}

/// Room for a decision's record: what is written most.
impl Default for Text {
    fn default() -> Self {
        Self {
            out: Vec::with_capacity(2048),
            names: Vec::with_capacity(256),
            members: Vec::with_capacity(48),
            open: Vec::with_capacity(8),
            in_name: false,
        }
    }
}

impl Text {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn put_text(&mut self, escaped: &[u8], plain: &[u8]) -> Result<()> {
        if self.in_name {
            self.names.extend_from_slice(plain);
        }
        self.put(escaped)
    }

    pub(super) fn integer(&mut self, magnitude: u64, negative: bool) -> Result<()> {
        if magnitude > EXACT && !self.in_name {
            #[expect(clippy::cast_precision_loss, reason = "RFC 8785: a number is a double")]
            let double = magnitude as f64;
            return self.double(if negative { -double } else { double });
        }
        write!(self.out, "{}{magnitude}", if negative { "-" } else { "" })
    }

    pub(super) fn double(&mut self, value: f64) -> Result<()> {
        self.put(ryu_js::Buffer::new().format_finite(value).as_bytes())
    }

    pub(super) fn begin_name(&mut self, first: bool) {
        if !first {
            self.out.push(b',');
        }
        let (name, text) = (self.names.len(), self.out.len());
        self.members.push(Member { name: name..name, text: text..text });
        self.in_name = true;
    }

    pub(super) fn end_name(&mut self) {
        self.in_name = false;
        let Some(member) = self.members.last_mut() else {
            return;
        };
        if self.names.len() == member.name.start {
            // No text was seen: the name is empty, or a number's or truth value's spelling.
            let quoted = member.text.start + 1..self.out.len() - 1;
            self.names.extend_from_slice(&self.out[quoted]);
        }
        member.name.end = self.names.len();
    }

    pub(super) fn end_value(&mut self) {
        if let Some(member) = self.members.last_mut() {
            member.text.end = self.out.len();
        }
    }

    pub(super) fn begin_object(&mut self) {
        self.open.push(Open { members: self.members.len(), names: self.names.len() });
        self.out.push(b'{');
    }

    pub(super) fn end_object(&mut self) {
        if let Some(open) = self.open.pop() {
            let members = &mut self.members[open.members..];
            let names = &self.names;
            let order =
                |a: &Member, b: &Member| utf16(&names[a.name.clone()], &names[b.name.clone()]);
            if !members.is_sorted_by(|a, b| order(a, b).is_le()) {
                members.sort_by(order);
                rearrange(&mut self.out, members);
            }
            self.members.truncate(open.members);
            self.names.truncate(open.names);
        }
        self.out.push(b'}');
    }
}

/// Puts the members that end the text into their new order.
fn rearrange(out: &mut Vec<u8>, members: &[Member]) {
    let Some(start) = members.iter().map(|member| member.text.start).min() else {
        return;
    };
    let unsorted = out.split_off(start);
    for (position, member) in members.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&unsorted[member.text.start - start..member.text.end - start]);
    }
}

/// Compares as RFC 8785 section 3.2.3 wants it: by UTF-16 code units. That is the order of the
/// UTF-8 bytes, but for characters beyond the basic plane, whose surrogates come before U+E000.
fn utf16(a: &[u8], b: &[u8]) -> Ordering {
    match a.iter().zip(b).find(|(a, b)| a != b) {
        Some((a, b)) => rank(*a).cmp(&rank(*b)),
        None => a.len().cmp(&b.len()),
    }
}

/// The rank of the first byte in which two texts differ. Continuation bytes keep their order;
/// four-byte characters (0xF0 to 0xF4) rank before 0xEE and 0xEF, which begin U+E000 to U+FFFF.
fn rank(byte: u8) -> u16 {
    match byte {
        0xEE | 0xEF => u16::from(byte) + 0x10,
        _ => u16::from(byte),
    }
}
