package com.keyvaluedb.client;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs short tasks after a while, in one daemon thread. When it is closed it runs what still waits,
 * so that nobody waits forever.
 */
final class WaitTimer implements AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;
  private final Set<Wait> waits = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  WaitTimer() {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "keyvaluedb-client-timer");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
  }

  /** Runs the task once: after the wait, or when this is closed, whichever is first. */
  Wait after(Duration duration, Runnable task) {
    Wait wait = new Wait(task);
    waits.add(wait);
    try {
      wait.timeout = executor.schedule(wait::over, Times.nanos(duration), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException shutDown) {
      wait.over();
    }
    // It may have been closed between the first line and now, and not have seen this one.
    if (closed) wait.over();
    return wait;
  }

  @Override
  public void close() {
    closed = true;
    executor.shutdownNow();
    waits.forEach(Wait::over);
  }

  /** A task that waits. */
  final class Wait {
    private final Runnable task;
    private volatile @Nullable Future<?> timeout;

    private Wait(Runnable task) {
      this.task = task;
    }

    private void over() {
      if (waits.remove(this)) task.run();
    }

    /** Forgets the task, if it was not begun yet. */
    void cancel() {
      waits.remove(this);
      var scheduled = timeout;
      if (scheduled != null) scheduled.cancel(false);
    }
  }
}
