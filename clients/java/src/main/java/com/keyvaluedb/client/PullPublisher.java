package com.keyvaluedb.client;

import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.Supplier;

/**
 * What is pulled, as a publisher of {@link Flow}: each subscriber begins one of its own, and gets
 * no more than it has asked for.
 */
final class PullPublisher<T> implements Flow.Publisher<T> {
  private final Supplier<Pull<T>> begin;

  PullPublisher(Supplier<Pull<T>> begin) {
    this.begin = begin;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super T> subscriber) {
    subscriber.onSubscribe(new Subscription<>(begin.get(), subscriber));
  }

  private static final class Subscription<T> implements Flow.Subscription {
    private final Pull<T> pull;
    private final Flow.Subscriber<? super T> subscriber;
    private long wanted;
    private boolean pulling;
    private boolean done;

    Subscription(Pull<T> pull, Flow.Subscriber<? super T> subscriber) {
      this.pull = pull;
      this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
      if (count <= 0) {
        if (finish()) {
          pull.cancel();
          subscriber.onError(new IllegalArgumentException("request: must be more than 0"));
        }
        return;
      }
      synchronized (this) {
        wanted = wanted + count < 0 ? Long.MAX_VALUE : wanted + count;
      }
      pullOn();
    }

    @Override
    public void cancel() {
      finish();
      pull.cancel();
    }

    /**
     * Pulls while something is wanted. What is there at once is told in this loop, without a deeper
     * stack each.
     */
    private void pullOn() {
      while (claim()) {
        var next = pull.next();
        if (!next.isDone()) {
          next.whenComplete(
              (item, error) -> {
                told(item, error);
                pullOn();
              });
          return;
        }
        next.whenComplete(this::told);
      }
    }

    private synchronized boolean claim() {
      if (pulling || done || wanted == 0) return false;
      wanted -= 1;
      pulling = true;
      return true;
    }

    private void told(Optional<T> item, Throwable error) {
      try {
        if (error != null) {
          if (finish()) subscriber.onError(Errors.fromThrowable(error));
        } else if (item.isEmpty()) {
          if (finish()) subscriber.onComplete();
        } else if (!isDone()) {
          subscriber.onNext(item.get());
        }
      } finally {
        synchronized (this) {
          pulling = false;
        }
      }
    }

    private synchronized boolean isDone() {
      return done;
    }

    private synchronized boolean finish() {
      boolean first = !done;
      done = true;
      return first;
    }
  }
}
