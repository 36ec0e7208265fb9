//! Values as they are.

use bytes::Bytes;

use super::Codec;
use crate::error::BoxError;

/// Bytes as they are, of any content type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Binary;

impl Codec<Bytes> for Binary {
    fn content_type(&self) -> &'static str {
        ""
    }

    fn reads(&self, _: &str) -> bool {
        true
    }

    fn encode(&self, value: &Bytes) -> Result<Bytes, BoxError> {
        Ok(value.clone())
    }

    fn decode(&self, bytes: &Bytes) -> Result<Bytes, BoxError> {
        Ok(bytes.clone())
    }
}

impl Codec<Vec<u8>> for Binary {
    fn content_type(&self) -> &'static str {
        ""
    }

    fn reads(&self, _: &str) -> bool {
        true
    }

    fn encode(&self, value: &Vec<u8>) -> Result<Bytes, BoxError> {
        Ok(Bytes::copy_from_slice(value))
    }

    fn decode(&self, bytes: &Bytes) -> Result<Vec<u8>, BoxError> {
        Ok(bytes.to_vec())
    }
}
