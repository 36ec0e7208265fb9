package com.keyvaluedb.client;

/** How a listing of keys, or of the versions of a key, goes through its pages. */
public final class ListOptions {
  static final ListOptions DEFAULT = builder().build();

  final int pageSize;
  final boolean descending;

  private ListOptions(Builder builder) {
    pageSize = builder.pageSize;
    descending = builder.descending;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** So many in a page. */
  public static ListOptions pageSize(int pageSize) {
    return builder().pageSize(pageSize).build();
  }

  /** Gathers {@link ListOptions}. */
  public static final class Builder {
    private int pageSize;
    private boolean descending;

    private Builder() {}

    /**
     * Most in a page. 0, the default: as the server likes, by default 1,000; it has a maximum, by
     * default 10,000.
     */
    public Builder pageSize(int pageSize) {
      this.pageSize = pageSize;
      return this;
    }

    /** From the last key to the first. Versions are newest first, whatever is said here. */
    public Builder descending() {
      descending = true;
      return this;
    }

    /** What was chosen so far. */
    public ListOptions build() {
      return new ListOptions(this);
    }
  }
}
