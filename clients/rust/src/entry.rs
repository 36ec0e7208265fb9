//! What is read: a key with its value and what the store knows of it.

use std::time::SystemTime;

use bytes::Bytes;

use crate::{Codec, Error, codec, proto, time};

/// A key with its value and what the store knows of it. The value is bytes, or what a codec made of them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry<V = Bytes> {
    /// The key.
    pub key: String,
    /// The value.
    pub value: V,
    /// The revision of the last change of this key.
    pub revision: i64,
    /// The revision at which the key came to be.
    pub create_revision: i64,
    /// 1 for a new key, and one more with each `set`.
    pub version: i64,
    /// When the key expires. None: never.
    pub expire_time: Option<SystemTime>,
    /// When the last change was committed.
    pub update_time: Option<SystemTime>,
    /// What the value is, such as `application/json`, as the last `set` said it.
    pub content_type: String,
}

impl Entry {
    /// Reads the value with a codec.
    ///
    /// # Errors
    ///
    /// `DECODE_FAILED` if the value is of another content type than the codec reads, or does not decode.
    pub fn decode<T>(self, codec: &(impl Codec<T> + ?Sized)) -> Result<Entry<T>, Error> {
        let value = codec::decode(codec, &self.content_type, &self.value)
            .map_err(|error| error.with("key", self.key.as_str()))?;
        Ok(Entry {
            key: self.key,
            value,
            revision: self.revision,
            create_revision: self.create_revision,
            version: self.version,
            expire_time: self.expire_time,
            update_time: self.update_time,
            content_type: self.content_type,
        })
    }
}

impl From<proto::Entry> for Entry {
    fn from(entry: proto::Entry) -> Self {
        Self {
            key: entry.key,
            value: entry.value,
            revision: entry.revision,
            create_revision: entry.create_revision,
            version: entry.version,
            expire_time: time::to_system_time(entry.expire_time),
            update_time: time::to_system_time(entry.update_time),
            content_type: entry.content_type,
        }
    }
}
