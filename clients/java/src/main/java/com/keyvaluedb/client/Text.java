package com.keyvaluedb.client;

/**
 * Strings on their way out. Java's can hold half a character, which UTF-8 cannot; protobuf would
 * put a question mark in its place, and so write to another key.
 */
final class Text {
  private Text() {}

  /** The string itself, or INVALID_FIELD where it cannot be written as UTF-8. */
  static String checked(String field, String text) {
    int at = 0;
    while (at < text.length()) {
      int character = text.codePointAt(at);
      // A pair is read as what it stands for; half of one stands for itself.
      if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
        throw Errors.invalidField(field, "has half a surrogate pair at index " + at);
      }
      at += Character.charCount(character);
    }
    return text;
  }
}
