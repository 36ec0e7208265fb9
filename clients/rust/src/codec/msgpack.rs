//! MessagePack.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, DEPTH_MAX};
use crate::error::BoxError;

/// MessagePack, of whatever serde can serialize: structs as maps with the names of their fields, as other languages
/// write them.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagePack;

impl<T: Serialize + DeserializeOwned> Codec<T> for MessagePack {
    fn content_type(&self) -> &'static str {
        "application/vnd.msgpack"
    }

    fn reads(&self, media_type: &str) -> bool {
        matches!(
            media_type,
            "application/vnd.msgpack" | "application/msgpack" | "application/x-msgpack"
        )
    }

    fn encode(&self, value: &T) -> Result<Bytes, BoxError> {
        Ok(rmp_serde::to_vec_named(value)?.into())
    }

    fn decode(&self, bytes: &Bytes) -> Result<T, BoxError> {
        let mut rest = bytes.as_ref();
        let mut reader = rmp_serde::Deserializer::new(&mut rest);
        reader.set_max_depth(DEPTH_MAX);
        let value = T::deserialize(&mut reader)?;
        if rest.is_empty() {
            return Ok(value);
        }
        Err("there are bytes after the value".into())
    }
}
