use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::Request;

use crate::{Problem, codes};

/// What each request may take of a process, and all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a path and query.
    pub uri_bytes: usize,
    /// The most headers.
    pub headers: usize,
    /// The most requests that are worked on at a time.
    pub in_flight: usize,
    /// How long a request may be worked on, where it has no deadline of its own.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { uri_bytes: 8192, headers: 100, in_flight: 4096, patience: Duration::from_secs(30) }
    }
}

impl Limits {
    /// What is too large about a request's head, if something is.
    pub(crate) fn refuse<B>(&self, request: &Request<B>) -> Option<Problem> {
        let uri = request.uri();
        if uri.path().len() + uri.query().map_or(0, str::len) > self.uri_bytes {
            let detail = format!("path and query have more than {} bytes", self.uri_bytes);
            return Some(Problem::new(&codes::URI_TOO_LONG, detail));
        }
        (request.headers().len() > self.headers).then(|| {
            let detail = format!("the request has more than {} headers", self.headers);
            Problem::new(&codes::HEADERS_TOO_LARGE, detail)
        })
    }
}

/// How many requests are being worked on.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A place among at most so many; none when they are all taken.
    pub(crate) fn enter(&self, most: usize) -> Option<Place<'_>> {
        let place = Place(&self.0);
        (self.0.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

/// One request's place; given back when it is dropped.
pub(crate) struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a request's body ends with when its client is too slow: whoever reads it with
/// [`read_body`](crate::read_body) answers 408.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body came too slowly")]
pub struct BodyTooSlow;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back_also_by_who_finds_none() {
        let in_flight = InFlight::default();
        let first = in_flight.enter(1);
        assert!(first.is_some());
        assert!(in_flight.enter(1).is_none());
        assert_eq!(in_flight.count(), 1);
        drop(first);
        assert!(in_flight.enter(1).is_some());
        assert_eq!(in_flight.count(), 0);
    }
}
