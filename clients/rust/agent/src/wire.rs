//! Bytes, numbers and times as they are on the line.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// Bytes, in base64 on the line.
#[derive(Clone, Debug, Default)]
pub struct Base64(pub Bytes);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = STANDARD.decode(text).map_err(de::Error::custom)?;
        Ok(Self(bytes.into()))
    }
}

/// A 64-bit number as decimal text; a small one may be a number.
#[derive(Clone, Copy, Debug)]
pub struct Decimal(pub i64);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::String(text) => text.parse().map(Self).map_err(de::Error::custom),
            Value::Number(number) => number
                .as_i64()
                .map(Self)
                .ok_or_else(|| de::Error::custom("no 64-bit number")),
            other => Err(de::Error::custom(format!("no number: {other}"))),
        }
    }
}

/// Durations are not negative in Rust; one that is becomes zero, which the server refuses as well.
pub fn duration(ms: i64) -> Duration {
    Duration::from_millis(ms.try_into().unwrap_or(0))
}

/// A moment, in milliseconds since 1970.
pub fn moment(ms: i64) -> SystemTime {
    let distance = Duration::from_millis(ms.unsigned_abs());
    if ms < 0 {
        UNIX_EPOCH - distance
    } else {
        UNIX_EPOCH + distance
    }
}
