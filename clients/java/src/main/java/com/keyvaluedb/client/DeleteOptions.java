package com.keyvaluedb.client;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a key is deleted: by default whatever it holds. */
public final class DeleteOptions {
  static final DeleteOptions DEFAULT = builder().build();

  final @Nullable Precondition precondition;
  final boolean returnPrevious;
  final @Nullable String requestId;

  private DeleteOptions(Builder builder) {
    precondition = builder.precondition;
    returnPrevious = builder.returnPrevious;
    requestId = builder.requestId;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** Only if the key's last change was at this revision; otherwise {@code PRECONDITION_FAILED}. */
  public static DeleteOptions ifRevision(long revision) {
    return builder().precondition(Precondition.revision(revision)).build();
  }

  /** Gathers {@link DeleteOptions}. */
  public static final class Builder {
    private @Nullable Precondition precondition;
    private boolean returnPrevious;
    private @Nullable String requestId;

    private Builder() {}

    /** What must be so for the key to be deleted. */
    public Builder precondition(Precondition precondition) {
      this.precondition = Objects.requireNonNull(precondition, "precondition");
      return this;
    }

    /** Answer with the entry that is deleted, as {@link SetOptions.Builder#returnPrevious} does. */
    public Builder returnPrevious() {
      returnPrevious = true;
      return this;
    }

    /** Names the call, so that it can be made again; at most 128 bytes. */
    public Builder requestId(String requestId) {
      this.requestId = Objects.requireNonNull(requestId, "requestId");
      return this;
    }

    /** What was chosen so far. */
    public DeleteOptions build() {
      return new DeleteOptions(this);
    }
  }
}
