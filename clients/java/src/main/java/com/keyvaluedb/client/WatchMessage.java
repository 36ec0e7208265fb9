package com.keyvaluedb.client;

import java.util.List;
import java.util.Optional;

/**
 * One message of a watch: events, or a mark that says how far it is whole.
 *
 * @param <V> the type of values
 * @param events what happened, in order
 * @param resumeToken from where a follower that has this message goes on
 * @param progress everything up to there was told
 * @param synced the current state has been told; what follows came after it
 * @param restarted the watch began again with the current state, and what it told before may be
 *     gone
 */
public record WatchMessage<V>(
    List<Event<V>> events,
    String resumeToken,
    Optional<Progress> progress,
    boolean synced,
    boolean restarted) {
  /** Keeps a copy of the list. */
  public WatchMessage {
    events = List.copyOf(events);
  }
}
