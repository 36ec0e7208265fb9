package com.keyvaluedb.client.codec;

import java.util.Locale;

/** Content types, compared as RFC 9110 has it: without parameters, and whatever their case. */
final class MediaType {
  private MediaType() {}

  static String essence(String contentType) {
    int parameters = contentType.indexOf(';');
    String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
    return type.strip().toLowerCase(Locale.ROOT);
  }
}
