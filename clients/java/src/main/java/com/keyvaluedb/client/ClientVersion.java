package com.keyvaluedb.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this client, as the build has written it beside this class. */
final class ClientVersion {
  static final String VERSION = read();

  private ClientVersion() {}

  private static String read() {
    try (InputStream file = ClientVersion.class.getResourceAsStream("client.properties")) {
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("version");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
