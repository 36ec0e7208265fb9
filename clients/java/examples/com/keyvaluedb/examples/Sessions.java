package com.keyvaluedb.examples;

import com.keyvaluedb.client.Expiration;
import com.keyvaluedb.client.ExpirationsMessage;
import com.keyvaluedb.client.KeyRange;
import com.keyvaluedb.client.KeyValueClient;
import com.keyvaluedb.client.KeyValueException;
import com.keyvaluedb.client.KeyValueView;
import com.keyvaluedb.client.Precondition;
import com.keyvaluedb.client.Reason;
import com.keyvaluedb.client.ReplyStream;
import com.keyvaluedb.client.SetOptions;
import com.keyvaluedb.client.WatchExpirationsOptions;
import com.keyvaluedb.client.codec.Codecs;
import com.keyvaluedb.client.codec.JsonCodecs;
import java.time.Duration;
import java.util.Optional;

/**
 * Sessions that end by themselves: they are kept as JSON with a time to live, who has been here is
 * counted in a transaction, and what expires is told to whoever cleans up after it.
 */
public final class Sessions {
  /** What is kept of a session. */
  public record Session(String user, String device) {}

  private Sessions() {}

  /**
   * Runs for about two seconds.
   *
   * @param arguments the address of a server; by default 127.0.0.1:50051
   */
  public static void main(String[] arguments) {
    String address = arguments.length > 0 ? arguments[0] : "127.0.0.1:50051";
    try (KeyValueClient client = KeyValueClient.builder().address(address).build()) {
      KeyValueView<Session> sessions = client.view(JsonCodecs.json(Session.class));
      WatchExpirationsOptions withValues = WatchExpirationsOptions.builder().includeValue().build();
      try (var ended = sessions.watchExpirations(KeyRange.prefix("session/"), withValues)) {
        // The first message comes at once: from here on no expiration is missed.
        ended.take();
        logIn(sessions, "session/7", new Session("ann", "phone"));
        System.out.println("logins of ann: " + countLogin(client, "ann"));
        System.out.println("ended: " + firstOf(ended));
      }
    }
  }

  private static void logIn(KeyValueView<Session> sessions, String key, Session session) {
    SetOptions options =
        SetOptions.builder().ttl(Duration.ofSeconds(2)).precondition(Precondition.absent()).build();
    try {
      sessions.set(key, session, options);
    } catch (KeyValueException e) {
      if (!e.is(Reason.KEY_EXISTS)) throw e;
      System.out.println("was logged in already: " + sessions.get(key).orElseThrow().value());
    }
  }

  /** Run again from the beginning if somebody else counts at the same time. */
  private static int countLogin(KeyValueClient client, String user) {
    return client
        .view(Codecs.text())
        .transaction(
            transaction -> {
              String key = "logins/" + user;
              int count = transaction.get(key).map(Integer::parseInt).orElse(0) + 1;
              transaction.set(key, Integer.toString(count));
              return count;
            });
  }

  private static Session firstOf(ReplyStream<ExpirationsMessage<Session>> ended) {
    return ended.stream()
        .flatMap(message -> message.expirations().stream())
        .map(Expiration::value)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow();
  }
}
