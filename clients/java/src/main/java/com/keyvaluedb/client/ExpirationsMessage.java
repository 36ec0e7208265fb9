package com.keyvaluedb.client;

import java.util.List;
import java.util.Optional;

/**
 * One message of a watch of expirations: expirations, or a mark that says how far it is whole.
 *
 * @param <V> the type of values
 * @param expirations in the order in which they were committed
 * @param resumeToken from where a follower that has this message goes on
 * @param progress everything up to there was told
 */
public record ExpirationsMessage<V>(
    List<Expiration<V>> expirations, String resumeToken, Optional<Progress> progress) {
  /** Keeps a copy of the list. */
  public ExpirationsMessage {
    expirations = List.copyOf(expirations);
  }
}
