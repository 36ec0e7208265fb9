package com.keyvaluedb.client;

/**
 * A client of one KeyValueDB server: its values are bytes, and {@link #view} makes others of it. It
 * holds one connection, which all threads and views share; an application needs one client for as
 * long as it runs.
 *
 * <pre>{@code
 * try (KeyValueClient client = KeyValueClient.builder().address("127.0.0.1:50051").build()) {
 *   KeyValueView<String> texts = client.view(Codecs.text());
 *   texts.set("greeting", "hello", SetOptions.ttl(Duration.ofHours(1)));
 *   texts.get("greeting").ifPresent(entry -> System.out.println(entry.value()));
 * }
 * }</pre>
 */
public final class KeyValueClient extends KeyValueView<byte[]> implements AutoCloseable {
  private final Connection connection;

  KeyValueClient(AsyncKeyValueView<byte[]> async) {
    super(async);
    connection = async.connection;
  }

  /** A client to be built. */
  public static KeyValueClientBuilder builder() {
    return new KeyValueClientBuilder();
  }

  /** The version of this client, such as {@code 0.1.0}. */
  public static String version() {
    return ClientVersion.VERSION;
  }

  /**
   * Ends all calls and streams, of its views too: they, and later ones, fail with {@code CLOSED}.
   */
  @Override
  public void close() {
    connection.close();
  }
}
