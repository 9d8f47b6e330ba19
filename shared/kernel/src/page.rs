use serde::Serialize;
use uuid::Uuid;

/// Which list a cursor is of. Made from the list's path, so that no two lists share one, and a
/// cursor that strayed into another list is told from one of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListTag(u32);

impl ListTag {
    /// The tag of the list at this path, which has no mount in front: 32-bit FNV-1a.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        Self(path.bytes().fold(0x811c_9dc5, step))
    }
}

/// Where a list goes on: after this id. Opaque to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

/// The text is not a cursor that this list gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this list gave out")]
pub struct CursorError;

impl Cursor {
    /// The cursor as this list's callers get it.
    #[must_use]
    pub fn write(self, list: ListTag) -> String {
        format!("{}{}", crate::base32_encode(&list.0.to_be_bytes()), self.id())
    }

    /// Reads a cursor of this list.
    ///
    /// # Errors
    /// Any other text, and another list's.
    pub fn read(text: &str, list: ListTag) -> Result<Self, CursorError> {
        let own = crate::base32_encode(&list.0.to_be_bytes());
        let id = text.strip_prefix(&own).ok_or(CursorError)?;
        crate::base32_decode(id).map(|b| Self(Uuid::from_bytes(b))).map_err(|_| CursorError)
    }

    fn id(self) -> String {
        crate::base32_encode(self.0.as_bytes())
    }
}

/// Which part of a list is wanted: keyset paging, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many rows, 1 to 1,000.
    pub limit: u16,
    /// Rows after this one; from the newest when absent.
    pub after: Option<Cursor>,
    /// The list that it is a part of.
    pub list: ListTag,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: 100, after: None, list: ListTag::default() }
    }
}

impl PageRequest {
    /// How many rows to ask the database for: one more than wanted tells whether there are more.
    #[must_use]
    pub const fn fetch(self) -> i64 {
        self.limit as i64 + 1
    }
}

/// One part of a list, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to pass as `cursor` for the next part; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the extra row off that [`PageRequest::fetch`] asked for, and points behind the last.
    #[must_use]
    pub fn from_fetched(mut rows: Vec<T>, page: PageRequest, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::from(page.limit);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|row| Cursor(id(row)).write(page.list));
        Self { items: rows, next_cursor }
    }

    /// The same page with other rows.
    #[must_use]
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(shape).collect(), next_cursor: self.next_cursor }
    }
}

/// How many rows a list has in all, as far as they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// So many; [`Self::CAP`] where there are more.
    pub rows: u32,
    /// Whether there are more.
    pub capped: bool,
}

impl Count {
    /// The most rows that are counted.
    pub const CAP: u32 = 10_000;
    /// The most rows that are looked at: one more tells whether there are more.
    pub const LOOKED_AT: i64 = Self::CAP as i64 + 1;

    /// What was found by whoever looked at [`Self::LOOKED_AT`] rows at most.
    #[must_use]
    pub fn of(found: i64) -> Self {
        let rows = u32::try_from(found.max(0)).unwrap_or(u32::MAX);
        Self { rows: rows.min(Self::CAP), capped: rows > Self::CAP }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_of_one_list() {
        let cursor = Cursor(Uuid::from_u128(7));
        let (gates, keys) = (ListTag::of("/gates"), ListTag::of("/admin/api-keys"));
        let text = cursor.write(gates);
        assert_eq!(Cursor::read(&text, gates), Ok(cursor));
        assert_eq!(Cursor::read(&text, keys), Err(CursorError));
        for other in ["", "x", &text[..text.len() - 1], &cursor.id(), &format!("{text}0")] {
            assert_eq!(Cursor::read(other, gates), Err(CursorError), "{other}");
        }
    }

    #[test]
    fn a_count_ends_at_its_cap() {
        assert_eq!(Count::of(9), Count { rows: 9, capped: false });
        assert_eq!(Count::of(10_000), Count { rows: 10_000, capped: false });
        assert_eq!(Count::of(10_001), Count { rows: 10_000, capped: true });
    }
}
