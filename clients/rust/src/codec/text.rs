//! Text.

use bytes::Bytes;

use super::Codec;
use crate::error::BoxError;

/// Text in UTF-8, which is checked. It also reads other kinds of text, and values that say nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text;

impl Codec<String> for Text {
    fn content_type(&self) -> &'static str {
        "text/plain; charset=utf-8"
    }

    fn reads(&self, media_type: &str) -> bool {
        media_type.is_empty() || media_type.starts_with("text/")
    }

    fn encode(&self, value: &String) -> Result<Bytes, BoxError> {
        Ok(Bytes::copy_from_slice(value.as_bytes()))
    }

    fn decode(&self, bytes: &Bytes) -> Result<String, BoxError> {
        Ok(std::str::from_utf8(bytes)?.to_owned())
    }
}
