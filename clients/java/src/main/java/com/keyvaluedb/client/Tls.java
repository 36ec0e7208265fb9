package com.keyvaluedb.client;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * TLS, towards a proxy that ends it in front of the server: whose certificates are trusted, and for
 * which name.
 */
public final class Tls {
  private final @Nullable Path certificates;
  private final @Nullable String serverName;

  private Tls(@Nullable Path certificates, @Nullable String serverName) {
    this.certificates = certificates;
    this.serverName = serverName;
  }

  /** Trusts what the system trusts. */
  public static Tls system() {
    return new Tls(null, null);
  }

  /** Trusts the certificates in a PEM file, which is read when the client is built. */
  public static Tls certificates(Path pem) {
    return new Tls(Objects.requireNonNull(pem, "pem"), null);
  }

  /** The same, with a name to check instead of the address's. */
  public Tls serverName(String name) {
    return new Tls(certificates, Objects.requireNonNull(name, "name"));
  }

  @Nullable String serverName() {
    return serverName;
  }

  ChannelCredentials credentials() {
    TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
    if (certificates != null) {
      try (var pem = Files.newInputStream(certificates)) {
        credentials.trustManager(pem);
      } catch (IOException unreadable) {
        throw new UncheckedIOException("tls: cannot read " + certificates, unreadable);
      }
    }
    return credentials.build();
  }
}
