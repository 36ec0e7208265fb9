package com.keyvaluedb.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.keyvaluedb.client.KeyValueClient;
import com.keyvaluedb.client.KeyValueException;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The agent of the conformance cases: a line of JSON in, a line of JSON out, each command in a
 * thread of its own.
 */
public final class Main {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Main() {}

  /** Ends when its input does. */
  public static void main(String[] arguments) throws IOException {
    warmUp();
    Output output = new Output(new FileOutputStream(FileDescriptor.out));
    Commands commands = new Commands(output);
    ExecutorService threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task);
              thread.setDaemon(true);
              return thread;
            });
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(new FileInputStream(FileDescriptor.in), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode command = JSON.readTree(line);
        threads.execute(() -> commands.execute(command));
      }
    }
  }

  /**
   * The first call of a JVM loads a thousand classes, which is no part of what the cases measure.
   */
  private static void warmUp() {
    try (KeyValueClient client =
        KeyValueClient.builder().address("127.0.0.1:1").withoutRetries().build()) {
      client.get("nobody listens there");
    } catch (KeyValueException unreachable) {
      // As it should be.
    }
  }
}
