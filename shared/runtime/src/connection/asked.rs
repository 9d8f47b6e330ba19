use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Bytes;
use gw_web::BodyTooSlow;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::pace::Patience;

/// A request's body, which has to make progress and to end. One that is there when it is asked for
/// costs no timer.
pub(super) struct Asked {
    inner: Incoming,
    stall: Duration,
    whole: Duration,
    waiting: Option<Waiting>,
}

/// Somebody waits for the client.
struct Waiting {
    until: Instant,
    moved_at: Instant,
    alarm: Pin<Box<Sleep>>,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

impl Asked {
    pub(super) const fn new(inner: Incoming, patience: &Patience) -> Self {
        Self { inner, stall: patience.stall, whole: patience.body, waiting: None }
    }

    /// Whether the client has been waited for long enough.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let (stall, whole) = (self.stall, self.whole);
        let waiting = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            let alarm = Box::pin(sleep_until(now + stall.min(whole)));
            Waiting { until: now + whole, moved_at: now, alarm }
        });
        while waiting.alarm.as_mut().poll(cx).is_ready() {
            // It was set before the last progress, which was not worth setting it again.
            let limit = waiting.until.min(waiting.moved_at + stall);
            if limit <= Instant::now() {
                return true;
            }
            waiting.alarm.as_mut().reset(limit);
        }
        false
    }
}

impl Body for Asked {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Pending if self.is_late(cx) => Poll::Ready(Some(Err(BodyTooSlow.into()))),
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => {
                if let Some(waiting) = &mut self.waiting {
                    waiting.moved_at = Instant::now();
                    if waiting.until <= waiting.moved_at && !self.inner.is_end_stream() {
                        return Poll::Ready(Some(Err(BodyTooSlow.into())));
                    }
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Error::from)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
