//! Codecs turn values into bytes and back, and say what the bytes are.

use std::sync::Arc;

use bytes::Bytes;

use crate::error::{BoxError, Error};
use crate::{Code, Reason};

mod binary;
#[cfg(feature = "cbor")]
mod cbor;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "msgpack")]
mod msgpack;
#[cfg(feature = "protobuf")]
mod protobuf;
#[cfg(all(
    test,
    feature = "cbor",
    feature = "json",
    feature = "msgpack",
    feature = "protobuf"
))]
mod tests;
mod text;
mod typed;

pub use binary::Binary;
#[cfg(feature = "cbor")]
pub use cbor::Cbor;
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "msgpack")]
pub use msgpack::MessagePack;
#[cfg(feature = "protobuf")]
pub use protobuf::Protobuf;
pub use text::Text;
pub use typed::{GetTyped, Typed};

/// How deep values may be nested that are read: as deep as JSON's may, so that no value overflows a thread's stack.
#[cfg(any(feature = "cbor", feature = "msgpack"))]
const DEPTH_MAX: usize = 128;

/// Turns values of a type into bytes and back.
///
/// Codecs go around codecs: deflating, encrypting and the like call another codec from their own, and say so in their
/// content type.
///
/// ```
/// use bytes::Bytes;
/// use keyvaluedb_client::{BoxError, Codec};
///
/// /// Numbers as eight bytes, the highest first.
/// struct BigEndian;
///
/// impl Codec<u64> for BigEndian {
///     fn content_type(&self) -> &str {
///         "application/x-u64"
///     }
///
///     fn encode(&self, value: &u64) -> Result<Bytes, BoxError> {
///         Ok(Bytes::copy_from_slice(&value.to_be_bytes()))
///     }
///
///     fn decode(&self, bytes: &Bytes) -> Result<u64, BoxError> {
///         Ok(u64::from_be_bytes(bytes.as_ref().try_into()?))
///     }
/// }
/// ```
pub trait Codec<T>: Send + Sync {
    /// What the bytes are that it writes, such as `application/json`. Empty: it says nothing.
    fn content_type(&self) -> &str;

    /// Whether it reads values of a media type, which is given in lower case and without parameters; empty: the value
    /// says nothing. By default it reads what it writes.
    fn reads(&self, media_type: &str) -> bool {
        media_type == self::media_type(self.content_type())
    }

    /// The bytes of a value.
    ///
    /// # Errors
    ///
    /// Of any kind, which becomes `ENCODE_FAILED`.
    fn encode(&self, value: &T) -> Result<Bytes, BoxError>;

    /// The value of some bytes.
    ///
    /// # Errors
    ///
    /// Of any kind, which becomes `DECODE_FAILED`.
    fn decode(&self, bytes: &Bytes) -> Result<T, BoxError>;
}

/// A pointer to a codec is one, so that it can be chosen while the program runs.
macro_rules! through_pointer {
    ($pointer:ident) => {
        impl<T, C: Codec<T> + ?Sized> Codec<T> for $pointer<C> {
            fn content_type(&self) -> &str {
                self.as_ref().content_type()
            }

            fn reads(&self, media_type: &str) -> bool {
                self.as_ref().reads(media_type)
            }

            fn encode(&self, value: &T) -> Result<Bytes, BoxError> {
                self.as_ref().encode(value)
            }

            fn decode(&self, bytes: &Bytes) -> Result<T, BoxError> {
                self.as_ref().decode(bytes)
            }
        }
    };
}

through_pointer!(Arc);
through_pointer!(Box);

/// A content type without its parameters, in lower case.
#[must_use]
pub fn media_type(content_type: &str) -> String {
    let whole = content_type.split(';').next().unwrap_or_default();
    whole.trim().to_ascii_lowercase()
}

/// Reads bytes of a content type with a codec.
///
/// # Errors
///
/// `DECODE_FAILED` if they are of another content type than it reads, or do not decode.
pub fn decode<T>(
    codec: &(impl Codec<T> + ?Sized),
    content_type: &str,
    bytes: &Bytes,
) -> Result<T, Error> {
    let failed = |message: String| {
        Error::new(Reason::DecodeFailed, Code::FailedPrecondition, message)
            .with("content_type", content_type)
    };
    if !codec.reads(&media_type(content_type)) {
        return Err(failed(format!(
            "the value is {}, and the codec reads {}",
            named(content_type),
            named(codec.content_type()),
        )));
    }
    codec.decode(bytes).map_err(|cause| {
        let kind = named(codec.content_type());
        failed(format!("the value is no {kind} that can be read: {cause}")).with_source(cause)
    })
}

pub(crate) fn encode_failed(content_type: &str, cause: BoxError) -> Error {
    let message = format!(
        "the value cannot be written as {}: {cause}",
        named(content_type)
    );
    Error::new(Reason::EncodeFailed, Code::InvalidArgument, message).with_source(cause)
}

fn named(content_type: &str) -> &str {
    match content_type {
        "" => "of no content type",
        named => named,
    }
}
