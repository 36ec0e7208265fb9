package com.keyvaluedb.client;

import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a scan or a watch tells, at the pace of the thread that takes it. It holds a stream of the
 * server's, so it must be closed; a scan that was read to its end need not be. One thread at a time
 * takes, any thread may close; an interrupted wait closes it, too.
 *
 * <pre>{@code
 * try (ReplyStream<WatchMessage<byte[]>> watch = client.watch(KeyRange.prefix("config/"))) {
 *   for (WatchMessage<byte[]> message : watch) message.events().forEach(this::apply);
 * }
 * }</pre>
 *
 * <p>What ends it is thrown where the next one is taken: {@link KeyValueException} with {@code
 * CANCELLED} when it was closed, with {@code CLOSED} when the client was.
 *
 * @param <T> what comes
 */
public final class ReplyStream<T> implements Iterable<T>, AutoCloseable {
  private final Pull<T> pull;
  private final Iterator<T> iterator = new Taking();
  private @Nullable CompletableFuture<Optional<T>> awaited;
  private boolean ended;

  ReplyStream(Pull<T> pull) {
    this.pull = pull;
  }

  /**
   * The next one, waited for as long as it takes.
   *
   * @throws NoSuchElementException at the end of a scan
   */
  public T take() {
    return next().orElseThrow(NoSuchElementException::new);
  }

  /** The next one, waited for at most so long; empty: it has not come yet, or it was the end. */
  public Optional<T> poll(Duration atMost) {
    if (ended) return Optional.empty();
    return closingWhenInterrupted(() -> Blocking.await(asked(), atMost)).flatMap(this::taken);
  }

  /** Takes one after the other. There is one iterator: each call gives the same. */
  @Override
  public Iterator<T> iterator() {
    return iterator;
  }

  /** What is yet to come, as a stream whose close closes this. */
  public Stream<T> stream() {
    int characteristics = Spliterator.ORDERED | Spliterator.NONNULL;
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(iterator, characteristics), false)
        .onClose(this::close);
  }

  /** Ends it. A thread that waits for the next one is told {@code CANCELLED}. */
  @Override
  public void close() {
    pull.cancel();
  }

  private Optional<T> next() {
    if (ended) return Optional.empty();
    return taken(closingWhenInterrupted(() -> Blocking.await(asked())));
  }

  /** The one that is on its way, asked for if none is. */
  private CompletableFuture<Optional<T>> asked() {
    CompletableFuture<Optional<T>> next = awaited;
    if (next == null) {
      next = pull.next();
      awaited = next;
    }
    return next;
  }

  private Optional<T> taken(Optional<T> next) {
    awaited = null;
    ended = next.isEmpty();
    return next;
  }

  private <R> R closingWhenInterrupted(Supplier<R> wait) {
    try {
      return wait.get();
    } catch (KeyValueException error) {
      awaited = null;
      if (error.is(Reason.CANCELLED)) pull.cancel();
      throw error;
    }
  }

  private final class Taking implements Iterator<T> {
    private @Nullable T ahead;

    @Override
    public boolean hasNext() {
      if (ahead == null) ahead = ReplyStream.this.next().orElse(null);
      return ahead != null;
    }

    @Override
    public T next() {
      T taken = ahead;
      if (taken == null) return take();
      ahead = null;
      return taken;
    }
  }
}
