use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Error,
    body::{Body as AnyBody, Bytes},
};
use hyper::body::{Body, Frame, SizeHint};

use super::pace::Pace;

/// A request that is being worked on; its end is told whatever becomes of it.
pub(super) struct InFlight(Arc<Pace>);

impl InFlight {
    pub(super) fn new(pace: &Arc<Pace>) -> Self {
        pace.asked();
        Self(Arc::clone(pace))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.ended();
    }
}

/// An answer's body on its way: somebody has to read it.
pub(super) struct Answered {
    inner: AnyBody,
    request: Option<InFlight>,
    /// Whether there is a part that nobody has taken. Otherwise we are the slow ones.
    offered: bool,
}

impl Answered {
    pub(super) fn new(inner: AnyBody, request: Option<InFlight>) -> Self {
        if let Some(InFlight(pace)) = &request {
            pace.offered();
        }
        Self { inner, request, offered: true }
    }

    fn tell(&self, offered: bool) {
        let Some(InFlight(pace)) = &self.request else { return };
        match (self.offered, offered) {
            (true, true) => pace.moved(),
            (true, false) => pace.withdrawn(),
            (false, true) => pace.offered(),
            (false, false) => {}
        }
    }
}

impl Body for Answered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.inner).poll_frame(cx);
        self.tell(frame.is_ready());
        self.offered = frame.is_ready();
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.tell(false);
    }
}
