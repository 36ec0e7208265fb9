package com.keyvaluedb.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A transaction to be made in one call: conditions, what to do if all of them hold, and what to do
 * otherwise.
 *
 * <pre>{@code
 * Transact<String> move =
 *     Transact.<String>builder()
 *         .when(Condition.exists("stock/7"), Condition.absent("order/9"))
 *         .then(Operation.increment("stock/7", -1), Operation.set("order/9", "7"))
 *         .otherwise(Operation.get("stock/7"))
 *         .build();
 * }</pre>
 *
 * @param <V> the type of values
 */
public final class Transact<V> {
  final List<Condition> conditions;
  final List<Operation<V>> then;
  final List<Operation<V>> otherwise;
  final @Nullable String requestId;

  private Transact(Builder<V> builder) {
    conditions = List.copyOf(builder.conditions);
    then = List.copyOf(builder.then);
    otherwise = List.copyOf(builder.otherwise);
    requestId = builder.requestId;
  }

  /** A transaction to put together. */
  public static <V> Builder<V> builder() {
    return new Builder<>();
  }

  /**
   * Gathers a {@link Transact}.
   *
   * @param <V> the type of values
   */
  public static final class Builder<V> {
    private final List<Condition> conditions = new ArrayList<>();
    private final List<Operation<V>> then = new ArrayList<>();
    private final List<Operation<V>> otherwise = new ArrayList<>();
    private @Nullable String requestId;

    private Builder() {}

    /** Conditions that must all hold. Without any, {@code then} is done. */
    public Builder<V> when(Condition... conditions) {
      return when(Arrays.asList(conditions));
    }

    /** Conditions that must all hold. */
    public Builder<V> when(List<Condition> conditions) {
      this.conditions.addAll(conditions);
      return this;
    }

    /** What to do, in order, if all conditions hold. */
    @SafeVarargs
    public final Builder<V> then(Operation<V>... operations) {
      for (Operation<V> operation : operations) then.add(operation);
      return this;
    }

    /** What to do, in order, if all conditions hold. */
    public Builder<V> then(List<Operation<V>> operations) {
      then.addAll(operations);
      return this;
    }

    /** What to do, in order, if one condition does not hold. */
    @SafeVarargs
    public final Builder<V> otherwise(Operation<V>... operations) {
      for (Operation<V> operation : operations) otherwise.add(operation);
      return this;
    }

    /** What to do, in order, if one condition does not hold. */
    public Builder<V> otherwise(List<Operation<V>> operations) {
      otherwise.addAll(operations);
      return this;
    }

    /** Names the call, so that it can be made again; at most 128 bytes. */
    public Builder<V> requestId(String requestId) {
      this.requestId = Objects.requireNonNull(requestId, "requestId");
      return this;
    }

    /** The transaction as put together so far. */
    public Transact<V> build() {
      return new Transact<>(this);
    }
  }
}
