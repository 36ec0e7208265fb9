/** Codecs: how values of a program become the bytes of an entry, and back. */
@NullMarked
package com.keyvaluedb.client.codec;

import org.jspecify.annotations.NullMarked;
