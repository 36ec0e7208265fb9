//! Streams without an end: what happens to keys, and what expires.

mod events;
mod expirations;
mod follow;
mod position;

pub use events::{Event, EventKind, Watch, WatchMessage};
pub use expirations::{ExpirationCause, ExpirationMessage, Expired, WatchExpirations};
pub use position::{Progress, StartPosition};
