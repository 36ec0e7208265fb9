//! The commands that read and write with codecs.

use keyvaluedb_client::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::{self as args, Base64, CallOptions, duration, retries};
use crate::options::{say, with_options};
use crate::session::Answer;
use crate::{answers, codecs};

#[derive(Deserialize)]
pub struct Encode {
    codec: String,
    value: Value,
}

pub fn encode(wanted: &Encode) -> Answer {
    let codec = codecs::by_name(&wanted.codec)?;
    let encoded = keyvaluedb_client::Value::encode(&codec, &wanted.value)?;
    Ok(json!({
        "bytes": answers::base64(encoded.bytes()),
        "content_type": encoded.content_type(),
    }))
}

#[derive(Deserialize)]
pub struct Decode {
    codec: String,
    bytes: Base64,
    #[serde(default)]
    content_type: String,
}

pub fn decode(wanted: &Decode) -> Answer {
    let codec = codecs::by_name(&wanted.codec)?;
    let value = keyvaluedb_client::codec::decode(&codec, &wanted.content_type, &wanted.bytes.0)?;
    Ok(json!({ "value": value }))
}

#[derive(Deserialize)]
pub struct SetValue {
    key: String,
    codec: String,
    value: Value,
    #[serde(flatten)]
    expiration: args::ExpirationChoice,
}

pub async fn set_value(client: &Client, wanted: SetValue, options: &CallOptions) -> Answer {
    let view = client.typed(codecs::by_name(&wanted.codec)?);
    let mut call = with_options!(view.set(wanted.key, &wanted.value), options);
    say!(call.expires, wanted.expiration.chosen());
    Ok(answers::set(&call.await?))
}

#[derive(Deserialize)]
pub struct GetValue {
    key: String,
    codec: Option<String>,
}

pub async fn get_value(client: &Client, wanted: GetValue, options: &CallOptions) -> Answer {
    let entry = match wanted.codec {
        Some(name) => {
            let view = client.typed(codecs::by_name(&name)?);
            with_options!(view.get(wanted.key), options).await?
        }
        None => match with_options!(client.get(wanted.key), options).await? {
            Some(entry) => {
                let codec = codecs::by_content_type(&entry.content_type)?;
                Some(entry.decode(&codec)?)
            }
            None => None,
        },
    };
    Ok(match entry {
        Some(entry) => json!({ "value": entry.value, "content_type": entry.content_type }),
        None => json!({ "value": null }),
    })
}
