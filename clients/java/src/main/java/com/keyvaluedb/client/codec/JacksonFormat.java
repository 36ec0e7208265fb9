package com.keyvaluedb.client.codec;

/** The formats that Jackson writes for us, and the content types that name them. */
enum JacksonFormat {
  JSON("application/json") {
    @Override
    boolean reads(String essence) {
      return essence.equals(contentType()) || essence.endsWith("+json");
    }
  },
  MESSAGE_PACK("application/vnd.msgpack") {
    @Override
    boolean reads(String essence) {
      return switch (essence) {
        case "application/vnd.msgpack", "application/msgpack", "application/x-msgpack" -> true;
        default -> false;
      };
    }
  },
  CBOR("application/cbor") {
    @Override
    boolean reads(String essence) {
      return essence.equals(contentType()) || essence.endsWith("+cbor");
    }
  };

  private final String contentType;

  JacksonFormat(String contentType) {
    this.contentType = contentType;
  }

  String contentType() {
    return contentType;
  }

  abstract boolean reads(String essence);
}
