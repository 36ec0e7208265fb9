package com.keyvaluedb.client;

import java.util.Iterator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A listing that comes page after page, each asked for when the one before has been used up. It
 * holds nothing between the pages, so there is nothing to close. Each iterator begins anew. A page
 * is consistent in itself; a scan is in all.
 *
 * @param <T> what is listed
 */
public final class Listing<T> implements Iterable<T> {
  private final Supplier<Pull<T>> begin;

  Listing(Supplier<Pull<T>> begin) {
    this.begin = begin;
  }

  /**
   * From the first on.
   *
   * @throws KeyValueException from its methods, if a page cannot be had
   */
  @Override
  public Iterator<T> iterator() {
    return new ReplyStream<>(begin.get()).iterator();
  }

  /** The same as a stream. Pages that are not needed are not asked for. */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }
}
