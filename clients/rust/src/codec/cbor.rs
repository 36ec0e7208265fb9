//! CBOR.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, DEPTH_MAX};
use crate::error::BoxError;

/// CBOR, of whatever serde can serialize. It also reads `*+cbor`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cbor;

impl<T: Serialize + DeserializeOwned> Codec<T> for Cbor {
    fn content_type(&self) -> &'static str {
        "application/cbor"
    }

    fn reads(&self, media_type: &str) -> bool {
        media_type == "application/cbor" || media_type.ends_with("+cbor")
    }

    fn encode(&self, value: &T) -> Result<Bytes, BoxError> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes)?;
        Ok(bytes.into())
    }

    fn decode(&self, bytes: &Bytes) -> Result<T, BoxError> {
        let mut rest = bytes.as_ref();
        let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEPTH_MAX)?;
        if rest.is_empty() {
            return Ok(value);
        }
        Err("there are bytes after the value".into())
    }
}
