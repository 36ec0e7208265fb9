//! Protobuf.

use bytes::Bytes;
use prost::Message;

use super::Codec;
use crate::error::BoxError;

/// Messages of protobuf that prost has generated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Protobuf;

impl<T: Message + Default> Codec<T> for Protobuf {
    fn content_type(&self) -> &'static str {
        "application/protobuf"
    }

    fn reads(&self, media_type: &str) -> bool {
        matches!(
            media_type,
            "application/protobuf" | "application/x-protobuf" | "application/vnd.google.protobuf"
        )
    }

    fn encode(&self, value: &T) -> Result<Bytes, BoxError> {
        Ok(value.encode_to_vec().into())
    }

    fn decode(&self, bytes: &Bytes) -> Result<T, BoxError> {
        Ok(T::decode(bytes.clone())?)
    }
}
