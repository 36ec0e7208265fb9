//! The codecs by their names in the protocol, all for values of JSON.

use std::fmt::Write as _;

use bytes::Bytes;
use keyvaluedb_client::codec::{Binary, Cbor, Json, MessagePack, Protobuf, Text};
use keyvaluedb_client::{BoxError, Codec};
use serde_json::{Value, json};

use crate::answers::base64;
use crate::session::Failure;

/// A codec whose values are JSON on the line, whatever they are in the program.
pub type AnyCodec = Box<dyn Codec<Value>>;

/// Those that a content type can name; bytes are for what none of them reads.
const NAMED: [&str; 6] = ["json", "msgpack", "cbor", "protobuf", "hex", "text"];

pub fn by_name(name: &str) -> Result<AnyCodec, Failure> {
    Ok(match name {
        "json" => Box::new(Json),
        "msgpack" => Box::new(MessagePack),
        "cbor" => Box::new(Cbor),
        "hex" => Box::new(OnLine {
            codec: Hex,
            read: text,
            write: |text| text.into(),
        }),
        "text" => Box::new(OnLine {
            codec: Text,
            read: text,
            write: |text| text.into(),
        }),
        "bytes" => Box::new(OnLine {
            codec: Binary,
            read: |value| {
                let bytes: crate::arguments::Base64 = serde_json::from_value(value.clone())?;
                Ok(bytes.0)
            },
            write: |bytes: Bytes| base64(&bytes).into(),
        }),
        "protobuf" => Box::new(OnLine {
            codec: Protobuf,
            read: |value| {
                Ok(prost_types::Duration {
                    seconds: value["seconds"].as_i64().unwrap_or_default(),
                    nanos: value["nanos"].as_i64().unwrap_or_default().try_into()?,
                })
            },
            write: |duration: prost_types::Duration| json!({ "seconds": duration.seconds, "nanos": duration.nanos }),
        }),
        other => return Err(Failure::Fault(format!("no codec {other}"))),
    })
}

/// The one that a content type names.
pub fn by_content_type(content_type: &str) -> Result<AnyCodec, Failure> {
    let media_type = keyvaluedb_client::codec::media_type(content_type);
    for name in NAMED {
        let codec = by_name(name)?;
        if !media_type.is_empty() && codec.reads(&media_type) {
            return Ok(codec);
        }
    }
    by_name("bytes")
}

fn text(value: &Value) -> Result<String, BoxError> {
    Ok(value.as_str().ok_or("no text")?.to_owned())
}

/// A codec of a type that is written on the line in a way of its own.
struct OnLine<C, T> {
    codec: C,
    read: fn(&Value) -> Result<T, BoxError>,
    write: fn(T) -> Value,
}

impl<T, C: Codec<T>> Codec<Value> for OnLine<C, T> {
    fn content_type(&self) -> &str {
        self.codec.content_type()
    }

    fn reads(&self, media_type: &str) -> bool {
        self.codec.reads(media_type)
    }

    fn encode(&self, value: &Value) -> Result<Bytes, BoxError> {
        self.codec.encode(&(self.read)(value)?)
    }

    fn decode(&self, bytes: &Bytes) -> Result<Value, BoxError> {
        Ok((self.write)(self.codec.decode(bytes)?))
    }
}

/// Text whose UTF-8 bytes are written as hexadecimal digits: a codec of a user's own.
struct Hex;

impl Codec<String> for Hex {
    fn content_type(&self) -> &'static str {
        "application/x-hex"
    }

    fn encode(&self, value: &String) -> Result<Bytes, BoxError> {
        let digits = value.bytes().fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        });
        Ok(digits.into())
    }

    fn decode(&self, bytes: &Bytes) -> Result<String, BoxError> {
        let decoded: Result<Vec<u8>, BoxError> = bytes
            .chunks(2)
            .map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?))
            .collect();
        Ok(String::from_utf8(decoded?)?)
    }
}
