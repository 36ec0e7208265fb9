package com.keyvaluedb.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.keyvaluedb.client.KeyValueException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** Writes whole lines, from any thread. */
final class Output {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final OutputStream stream;

  Output(OutputStream stream) {
    this.stream = stream;
  }

  void ok(JsonNode id, JsonNode answer) {
    ObjectNode line = lineOf(id);
    line.set("ok", answer);
    write(line);
  }

  void attempt(JsonNode id, int attempt) {
    write(lineOf(id).put("attempt", attempt));
  }

  void failed(JsonNode id, Throwable thrown) {
    ObjectNode line = lineOf(id);
    if (thrown instanceof KeyValueException error) {
      ObjectNode told = line.putObject("error");
      told.put("reason", error.reason());
      told.put("code", error.code().name());
      told.put("message", error.getMessage());
      ObjectNode metadata = told.putObject("metadata");
      error.metadata().forEach(metadata::put);
      error.retryAfter().ifPresent(after -> told.put("retry_after_ms", after.toMillis()));
    } else if (thrown instanceof FunctionFailed) {
      line.putObject("error").put("reason", "FUNCTION_FAILED");
    } else {
      line.put("fault", thrown.toString());
      thrown.printStackTrace();
    }
    write(line);
  }

  /** What the function of a transaction throws when it is told to. */
  static final class FunctionFailed extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private static ObjectNode lineOf(JsonNode id) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.set("id", id);
    return line;
  }

  private synchronized void write(ObjectNode line) {
    try {
      stream.write(JSON.writeValueAsBytes(line));
      stream.write('\n');
      stream.flush();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }
}
