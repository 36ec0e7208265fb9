//! What codecs write and read, and what they refuse.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Binary, Cbor, Codec, Json, MessagePack, Protobuf, Text, decode, media_type};
use crate::{Error, Reason, Value as Written};

fn round_trip<T: PartialEq + std::fmt::Debug>(codec: &impl Codec<T>, value: &T) -> Written {
    let written = Written::encode(codec, value).unwrap();
    let read = decode(codec, written.content_type(), written.bytes()).unwrap();
    assert_eq!(&read, value);
    written
}

fn refused<T: std::fmt::Debug>(read: Result<T, Error>) -> String {
    let error = read.unwrap_err();
    assert_eq!(*error.reason(), Reason::DecodeFailed);
    error.message().to_owned()
}

#[test]
fn what_is_written_is_read_and_says_what_it_is() {
    let value = json!({ "a": [1, -2, 2.5, null, true], "b": "grün" });
    for (written, content_type) in [
        (round_trip(&Json, &value), "application/json"),
        (round_trip(&MessagePack, &value), "application/vnd.msgpack"),
        (round_trip(&Cbor, &value), "application/cbor"),
        (
            round_trip(&Text, &String::from("grün")),
            "text/plain; charset=utf-8",
        ),
        (round_trip(&Binary, &Bytes::from_static(b"\xff")), ""),
    ] {
        assert_eq!(written.content_type(), content_type);
    }
    let duration = prost_types::Duration {
        seconds: 1,
        nanos: 2,
    };
    let written = round_trip(&Protobuf, &duration);
    assert_eq!(written.bytes().as_ref(), [8, 1, 16, 2]);
    assert_eq!(written.content_type(), "application/protobuf");
}

#[test]
fn a_codec_can_be_chosen_while_the_program_runs() {
    let codecs: [Box<dyn Codec<Value>>; 2] = [Box::new(Json), Box::new(Cbor)];
    for codec in codecs {
        round_trip(&codec, &json!([1]));
    }
}

#[test]
fn content_types_are_compared_without_parameters_and_case() {
    assert_eq!(media_type("Text/Plain; charset=UTF-8"), "text/plain");
    let bytes = Bytes::from_static(b"{}");
    for read in [
        "application/json",
        "Application/JSON;v=1",
        "application/problem+json",
    ] {
        decode::<Value>(&Json, read, &bytes).unwrap();
    }
    for refused_type in ["", "text/json", "application/cbor"] {
        let message = refused(decode::<Value>(&Json, refused_type, &bytes));
        assert!(message.contains("application/json"), "{message}");
        assert!(message.contains(refused_type), "{message}");
    }
}

#[test]
fn text_is_also_what_says_nothing_and_is_checked() {
    let bytes = Bytes::from_static(b"hi");
    for read in ["", "text/html", "TEXT/plain"] {
        assert_eq!(decode(&Text, read, &bytes).unwrap(), "hi");
    }
    refused(decode(&Text, "application/json", &bytes));
    refused(decode(&Text, "", &Bytes::from_static(b"\xff")));
}

#[test]
fn nothing_may_follow_a_value() {
    refused(decode::<Value>(
        &Json,
        "application/json",
        &Bytes::from_static(b"1 2"),
    ));
    refused(decode::<Value>(
        &Cbor,
        "application/cbor",
        &Bytes::from_static(b"\x01\x02"),
    ));
    let two = Bytes::from_static(b"\x01\x02");
    refused(decode::<Value>(&MessagePack, "application/msgpack", &two));
}

#[test]
fn nesting_is_bounded() {
    let deep = Bytes::from(vec![b'['; 100_000]);
    refused(decode::<Value>(&Json, "application/json", &deep));
    let deep = Bytes::from(vec![0x91; 100_000]);
    refused(decode::<Value>(&MessagePack, "application/msgpack", &deep));
    let deep = Bytes::from(vec![0x81; 100_000]);
    refused(decode::<Value>(&Cbor, "application/cbor", &deep));
}

#[test]
fn what_cannot_be_written_is_told() {
    struct Never;
    impl Codec<u8> for Never {
        fn content_type(&self) -> &'static str {
            "application/x-never"
        }
        fn encode(&self, _: &u8) -> Result<Bytes, crate::BoxError> {
            Err("never".into())
        }
        fn decode(&self, _: &Bytes) -> Result<u8, crate::BoxError> {
            Err("never".into())
        }
    }
    let error = Written::encode(&Never, &1).unwrap_err();
    assert_eq!(*error.reason(), Reason::EncodeFailed);
    assert!(error.message().contains("application/x-never"));
}
