//! What is written: bytes, and what they say they are.

use bytes::Bytes;

use crate::{Codec, Error};

/// A value to write: bytes, and the content type that a codec gave them, if one made them.
///
/// Text and bytes of all kinds become values by themselves, without a content type.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Value {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: String,
}

impl Value {
    /// Writes a value with a codec, for one call; for many see [`Client::typed`](crate::Client::typed).
    ///
    /// ```
    /// # #[cfg(feature = "json")] {
    /// # use keyvaluedb_client::{Client, Error, Value, codec::Json};
    /// # async fn example(client: &Client) -> Result<(), Error> {
    /// client.set("flags", Value::encode(&Json, &vec![1, 2, 3])?).await?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `ENCODE_FAILED` if the codec cannot write it.
    pub fn encode<T>(codec: &(impl Codec<T> + ?Sized), value: &T) -> Result<Self, Error> {
        let bytes = codec
            .encode(value)
            .map_err(|cause| crate::codec::encode_failed(codec.content_type(), cause))?;
        let content_type = codec.content_type().to_owned();
        Ok(Self {
            bytes,
            content_type,
        })
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What they say they are; empty if nothing.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }
}

impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        let content_type = String::new();
        Self {
            bytes,
            content_type,
        }
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Bytes::copy_from_slice(bytes).into()
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}
