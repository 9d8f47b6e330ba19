use std::sync::{Mutex, MutexGuard, PoisonError};

/// The mutex's contents; what a panicking holder left is still consistent.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
