/**
 * The client of KeyValueDB.
 *
 * <p>{@link com.keyvaluedb.client.KeyValueClient} is the way in: it reads and writes bytes, {@link
 * com.keyvaluedb.client.KeyValueClient#view a view} of it reads and writes what a {@link
 * com.keyvaluedb.client.codec.Codec} makes of them, and {@link
 * com.keyvaluedb.client.KeyValueClient#async} has the same calls as futures and publishers.
 */
@NullMarked
package com.keyvaluedb.client;

import org.jspecify.annotations.NullMarked;
