package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.keyvaluedb.client.KeyValueException.Details;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RetryPolicyTest {
  private final RetryPolicy shortest = new RetryPolicy(() -> 0);
  private final RetryPolicy longest = new RetryPolicy(() -> 1);

  @Test
  void waitsTwiceAsLongEachTimeUpToTwoSeconds() {
    assertThat(IntStream.rangeClosed(1, 8).mapToObj(it -> longest.backoff(it).toMillis()))
        .containsExactly(50L, 100L, 200L, 400L, 800L, 1600L, 2000L, 2000L);
    assertThat(longest.backoff(1_000_000)).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void waitsAtLeastHalfOfThat() {
    assertThat(IntStream.rangeClosed(1, 7).mapToObj(it -> shortest.backoff(it).toMillis()))
        .containsExactly(25L, 50L, 100L, 200L, 400L, 800L, 1000L);
  }

  @Test
  void waitsAfterConflictsUpTo640Milliseconds() {
    assertThat(IntStream.rangeClosed(1, 8).mapToObj(it -> longest.afterConflict(it).toMillis()))
        .containsExactly(10L, 20L, 40L, 80L, 160L, 320L, 640L, 640L);
    assertThat(shortest.afterConflict(5)).isZero();
  }

  @Test
  void waitsAsLongAsTheServerSays() {
    KeyValueException error = error(Status.Code.UNAVAILABLE, "STARTING", Duration.ofSeconds(3));
    assertThat(longest.afterCall(error, 1)).contains(Duration.ofSeconds(3));
  }

  @Test
  void triesAgainWhatIsUnavailable() {
    KeyValueException error = error(Status.Code.UNAVAILABLE, Reason.UNREACHABLE, null);
    assertThat(longest.afterCall(error, 2)).contains(Duration.ofMillis(100));
  }

  @Test
  void triesAgainWhatIsExhaustedOnlyIfTheServerSaysWhen() {
    Status.Code code = Status.Code.RESOURCE_EXHAUSTED;
    assertThat(longest.afterCall(error(code, "NO_SPACE", null), 1)).isEmpty();
    assertThat(longest.afterCall(error(code, "OVERLOADED", Duration.ofMillis(7)), 1))
        .contains(Duration.ofMillis(7));
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"OK", "UNAVAILABLE", "RESOURCE_EXHAUSTED"})
  void triesNothingElseAgain(Status.Code code) {
    KeyValueException error = error(code, Reason.OTHER, Duration.ofMillis(1));
    assertThat(longest.afterCall(error, 1)).isEmpty();
    assertThat(longest.afterWatch(error, 1)).isEmpty();
  }

  @Test
  void watchesOutliveSlowFollowersAndOverload() {
    Status.Code code = Status.Code.RESOURCE_EXHAUSTED;
    assertThat(longest.afterWatch(error(code, Reason.SLOW_FOLLOWER, null), 1)).isPresent();
    assertThat(longest.afterWatch(error(code, Reason.OVERLOADED, null), 1)).isPresent();
    assertThat(longest.afterWatch(error(code, Reason.NO_SPACE, null), 1)).isEmpty();
  }

  private static KeyValueException error(Status.Code code, String reason, Duration retryAfter) {
    return new KeyValueException("no", new Details(reason, code, Map.of(), retryAfter), null);
  }
}
