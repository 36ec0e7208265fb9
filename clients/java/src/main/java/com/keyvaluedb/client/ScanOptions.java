package com.keyvaluedb.client;

import java.util.Objects;

/** What a scan reads of a range: by default every entry, without its value. */
public final class ScanOptions {
  static final ScanOptions DEFAULT = builder().build();

  final boolean includeValues;
  final String filter;
  final boolean descending;
  final long limit;

  private ScanOptions(Builder builder) {
    includeValues = builder.includeValues;
    filter = builder.filter;
    descending = builder.descending;
    limit = builder.limit;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** With the values, and what is stored with them. */
  public static ScanOptions withValues() {
    return builder().includeValues().build();
  }

  /** Gathers {@link ScanOptions}. */
  public static final class Builder {
    private boolean includeValues;
    private String filter = "";
    private boolean descending;
    private long limit;

    private Builder() {}

    /**
     * Read the values, with {@code updateTime} and {@code contentType}; without it the server reads
     * no disk.
     */
    public Builder includeValues() {
      includeValues = true;
      return this;
    }

    /**
     * What an entry must match: an expression in CEL, such as {@code json.size > 1000}; at most
     * 2,048 bytes.
     */
    public Builder filter(String expression) {
      filter = Objects.requireNonNull(expression, "expression");
      return this;
    }

    /** From the last key to the first. */
    public Builder descending() {
      descending = true;
      return this;
    }

    /** End after so many entries. 0, the default: at the end of the range. */
    public Builder limit(long limit) {
      this.limit = limit;
      return this;
    }

    /** What was chosen so far. */
    public ScanOptions build() {
      return new ScanOptions(this);
    }
  }
}
