package com.keyvaluedb.client;

/**
 * Strings on their way out. Java's can hold half a character, which UTF-8 cannot; protobuf would
 * put a question mark in its place, and so write to another key.
 */
final class Text {
  private Text() {}

  /** The string itself, or INVALID_FIELD where it cannot be written as UTF-8. */
  static String checked(String field, String text) {
    for (int at = 0; at < text.length(); at++) {
      char unit = text.charAt(at);
      if (!Character.isSurrogate(unit)) continue;
      boolean whole =
          Character.isHighSurrogate(unit)
              && at + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(at + 1));
      if (!whole) throw Errors.invalidField(field, "has half a surrogate pair at index " + at);
      at++;
    }
    return text;
  }
}
