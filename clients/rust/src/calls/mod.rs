//! The calls, a file each: a builder of what is asked, and what the server answers.

pub(crate) mod admin;
pub(crate) mod delete;
pub(crate) mod delete_range;
pub(crate) mod get;
pub(crate) mod increment;
pub(crate) mod list_keys;
pub(crate) mod list_versions;
pub(crate) mod scan;
pub(crate) mod set;
pub(crate) mod status;
pub(crate) mod touch;
pub(crate) mod transact;

pub use admin::{AdminCall, CompactResponse, Snapshot};
pub use delete::{Delete, DeleteResponse};
pub use delete_range::{DeleteRange, DeleteRangeResponse};
pub use get::Get;
pub use increment::{Increment, IncrementResponse};
pub use list_keys::{CountKeys, ListKeys};
pub use list_versions::ListVersions;
pub use scan::Scan;
pub use set::{Set, SetResponse};
pub use status::{Alarm, AlarmKind, Compression, KeyOrder, Latency, MethodStatus, Scrub, Status};
pub use touch::{Touch, TouchResponse};
pub use transact::{Transact, TransactResponse};
