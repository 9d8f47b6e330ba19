use serde::Serialize;
use uuid::Uuid;

/// Where a list goes on: after this id. Opaque to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

/// The text is not a cursor that we gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this list gave out")]
pub struct CursorError;

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::base32_encode(self.0.as_bytes()))
    }
}

impl std::str::FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        crate::base32_decode(text).map(|b| Self(Uuid::from_bytes(b))).map_err(|_| CursorError)
    }
}

/// Which part of a list is wanted: keyset paging, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many rows, 1 to 1,000.
    pub limit: u16,
    /// Rows after this one; from the newest when absent.
    pub after: Option<Cursor>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: 100, after: None }
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
        let next_cursor = last.map(|row| Cursor(id(row)).to_string());
        Self { items: rows, next_cursor }
    }

    /// The same page with other rows.
    #[must_use]
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(shape).collect(), next_cursor: self.next_cursor }
    }
}
