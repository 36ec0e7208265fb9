package com.keyvaluedb.client;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The pages of a listing, each a call of its own. */
final class PagePull<T> implements Pull<List<T>> {
  private final Function<String, CompletableFuture<Page<T>>> call;
  private String token = "";
  private boolean ended;
  private boolean cancelled;
  private @Nullable CompletableFuture<Page<T>> current;

  /**
   * @param call asks for the page that a token names; the empty one names the first
   */
  PagePull(Function<String, CompletableFuture<Page<T>>> call) {
    this.call = call;
  }

  /** What there is in a page, and the token of the next; empty: it was the last. */
  record Page<T>(List<T> items, String nextToken) {}

  @Override
  public synchronized CompletableFuture<Optional<List<T>>> next() {
    if (cancelled) return CompletableFuture.failedFuture(Errors.cancelled(null));
    if (ended) return CompletableFuture.completedFuture(Optional.empty());
    CompletableFuture<Page<T>> page = call.apply(token);
    current = page;
    return page.thenApply(this::taken);
  }

  private synchronized Optional<List<T>> taken(Page<T> page) {
    token = page.nextToken();
    ended = token.isEmpty();
    return Optional.of(page.items());
  }

  @Override
  public synchronized void cancel() {
    cancelled = true;
    if (current != null) current.cancel(true);
  }
}
