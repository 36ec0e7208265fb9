package com.keyvaluedb.client;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How many keys of a range one call deletes. */
public final class DeleteRangeOptions {
  static final DeleteRangeOptions DEFAULT = builder().build();

  final int limit;
  final @Nullable String requestId;

  private DeleteRangeOptions(Builder builder) {
    limit = builder.limit;
    requestId = builder.requestId;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** At most so many keys, the first ones in the store's order. */
  public static DeleteRangeOptions limit(int limit) {
    return builder().limit(limit).build();
  }

  /** Gathers {@link DeleteRangeOptions}. */
  public static final class Builder {
    private int limit;
    private @Nullable String requestId;

    private Builder() {}

    /**
     * At most so many keys. 0, the default: as many as the server does in one call, by default
     * 10,000.
     */
    public Builder limit(int limit) {
      this.limit = limit;
      return this;
    }

    /** Names the call, so that it can be made again; at most 128 bytes. */
    public Builder requestId(String requestId) {
      this.requestId = Objects.requireNonNull(requestId, "requestId");
      return this;
    }

    /** What was chosen so far. */
    public DeleteRangeOptions build() {
      return new DeleteRangeOptions(this);
    }
  }
}
