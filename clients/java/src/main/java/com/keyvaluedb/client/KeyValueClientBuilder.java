package com.keyvaluedb.client;

import com.keyvaluedb.client.codec.Codecs;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Where the server is, and how it is talked to. Everything has a default. */
public final class KeyValueClientBuilder {
  /** More than the largest message that a server may be set to send; its own default is 4 MiB. */
  private static final int MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

  private static final int PORT_MAX = 65_535;

  private String address = "127.0.0.1:50051";
  private CallSettings settings = CallSettings.DEFAULT;
  private Duration keepalive = Duration.ofSeconds(30);
  private Duration keepaliveTimeout = Duration.ofSeconds(10);
  private @Nullable Tls tls;
  private @Nullable Executor executor;
  private final List<ClientInterceptor> interceptors = new ArrayList<>();

  KeyValueClientBuilder() {}

  /** Where the server is: {@code host:port}. By default {@code 127.0.0.1:50051}. */
  public KeyValueClientBuilder address(String address) {
    this.address = checkedAddress(address);
    return this;
  }

  /** How long a call may take, tries included. By default 10 s. */
  public KeyValueClientBuilder deadline(Duration deadline) {
    settings = settings.withDeadline(deadline);
    return this;
  }

  /** One try for each call, and no request ids but the caller's own. */
  public KeyValueClientBuilder withoutRetries() {
    settings = settings.withoutRetries();
    return this;
  }

  /**
   * After how long without traffic the server is asked whether it is there, while calls or streams
   * are under way. By default 30 s; gRPC makes 10 s of anything shorter.
   */
  public KeyValueClientBuilder keepalive(Duration keepalive) {
    this.keepalive = checkedWait("keepalive", keepalive);
    return this;
  }

  /** How long its answer may take before the connection counts as broken. By default 10 s. */
  public KeyValueClientBuilder keepaliveTimeout(Duration timeout) {
    keepaliveTimeout = checkedWait("keepaliveTimeout", timeout);
    return this;
  }

  /** TLS. By default the connection is not encrypted. */
  public KeyValueClientBuilder tls(Tls tls) {
    this.tls = Objects.requireNonNull(tls, "tls");
    return this;
  }

  /**
   * Where futures are completed and subscribers told. By default in threads that gRPC makes as it
   * needs them.
   */
  public KeyValueClientBuilder executor(Executor executor) {
    this.executor = Objects.requireNonNull(executor, "executor");
    return this;
  }

  /**
   * Sees every call, in the order in which interceptors were added: for traces, metrics and
   * credentials.
   */
  public KeyValueClientBuilder interceptor(ClientInterceptor interceptor) {
    interceptors.add(0, Objects.requireNonNull(interceptor, "interceptor"));
    return this;
  }

  /** A client. It connects with its first call, so this does not fail where no server is. */
  public KeyValueClient build() {
    ChannelCredentials credentials =
        tls == null ? InsecureChannelCredentials.create() : tls.credentials();
    ManagedChannelBuilder<?> channel = Grpc.newChannelBuilder(target(address), credentials);
    if (tls != null && tls.serverName() != null) channel.overrideAuthority(tls.serverName());
    channel
        .keepAliveTime(keepalive.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(keepaliveTimeout.toMillis(), TimeUnit.MILLISECONDS);
    return build(channel);
  }

  /** A client over a channel of another kind, as tests have. */
  KeyValueClient build(ManagedChannelBuilder<?> channel) {
    channel
        .maxInboundMessageSize(MESSAGE_BYTES_MAX)
        .userAgent("keyvaluedb-java/" + ClientVersion.VERSION)
        .intercept(interceptors)
        // Retries are our own, since gRPC's know neither of our request ids nor of our deadlines.
        .disableRetry()
        .disableServiceConfigLookUp();
    if (executor != null) channel.executor(executor);
    Connection connection = new Connection(channel.build());
    return new KeyValueClient(new AsyncKeyValueView<>(connection, settings, Codecs.bytes()));
  }

  /** The address as gRPC's URI, in whose path the brackets of an IPv6 address cannot stand. */
  private static String target(String address) {
    return "dns:///" + address.replace("[", "%5B").replace("]", "%5D");
  }

  private static String checkedAddress(String address) {
    try {
      URI uri = new URI(null, address, null, null, null);
      boolean whole = uri.getHost() != null && uri.getUserInfo() == null;
      if (whole && uri.getPort() > 0 && uri.getPort() <= PORT_MAX) return address;
    } catch (URISyntaxException malformed) {
      throw new IllegalArgumentException(notAnAddress(address), malformed);
    }
    throw new IllegalArgumentException(notAnAddress(address));
  }

  private static String notAnAddress(String address) {
    return "address: must be host:port, and is \"" + address + "\"";
  }

  private static Duration checkedWait(String name, Duration wait) {
    if (wait.toMillis() > 0) return wait;
    throw new IllegalArgumentException(name + ": must be 1 ms or more, and is " + wait);
  }
}
