package keyvaluedb

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

const (
	defaultTimeout          = 10 * time.Second
	defaultKeepalive        = 30 * time.Second
	defaultKeepaliveTimeout = 10 * time.Second

	// The most that a server can be configured to send in one message; gRPC's own 4 MiB is only its default.
	messageBytesMax = 128 << 20
)

// connectBackoff is how long gRPC waits before it connects again. It ends sooner than that of [retryPolicy], so that
// a call that is made again does not meet a connection that still waits.
var connectBackoff = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.5, MaxDelay: 500 * time.Millisecond},
	MinConnectTimeout: 5 * time.Second,
}

// Option changes how a client is made by [Open].
type Option interface {
	applyClient(*clientOptions)
}

type clientOptions struct {
	timeout          time.Duration
	keepalive        time.Duration
	keepaliveTimeout time.Duration
	retries          retries
	tls              *tls.Config
	caFile           string
	serverName       string
	dialOptions      []grpc.DialOption
}

type clientOption func(*clientOptions)

func (o clientOption) applyClient(options *clientOptions) { o(options) }

// WithTimeout is the deadline of calls whose context has none. The default is 10 s; 0 is none.
func WithTimeout(timeout time.Duration) Option {
	return clientOption(func(o *clientOptions) { o.timeout = timeout })
}

// WithKeepalive pings the server when nothing came from it for so long while a call or a stream is under way, and
// gives the connection up if there is no answer within the timeout. The defaults are 30 s and 10 s. gRPC for Go pings no
// more often than every 10 s.
func WithKeepalive(after, timeout time.Duration) Option {
	return clientOption(func(o *clientOptions) { o.keepalive, o.keepaliveTimeout = after, timeout })
}

// WithTLS encrypts the connection, as towards a proxy that ends TLS before the server. nil: with the certificates of
// the system. By default nothing is encrypted.
func WithTLS(config *tls.Config) Option {
	return clientOption(func(o *clientOptions) {
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		o.tls = config.Clone()
	})
}

// WithCAFile encrypts the connection, and trusts those certificates that stand in a PEM file, instead of the system's.
func WithCAFile(path string) Option {
	return clientOption(func(o *clientOptions) { o.caFile = path })
}

// WithServerName encrypts the connection, and checks the server's certificate for this name instead of the address's.
func WithServerName(name string) Option {
	return clientOption(func(o *clientOptions) { o.serverName = name })
}

// WithDialOptions passes options on to gRPC, such as interceptors and handlers of statistics. They come after this
// client's own, and so can undo them.
func WithDialOptions(options ...grpc.DialOption) Option {
	return clientOption(func(o *clientOptions) { o.dialOptions = append(o.dialOptions, options...) })
}

func defaultOptions() clientOptions {
	return clientOptions{
		timeout:          defaultTimeout,
		keepalive:        defaultKeepalive,
		keepaliveTimeout: defaultKeepaliveTimeout,
	}
}

// dial is what gRPC is told.
func (o *clientOptions) dial() ([]grpc.DialOption, error) {
	transport, err := o.transport()
	if err != nil {
		return nil, err
	}
	own := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: o.keepalive, Timeout: o.keepaliveTimeout}),
		grpc.WithConnectParams(connectBackoff),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(messageBytesMax)),
		// What is tried again, and when, is for retryPolicy alone to say.
		grpc.WithDisableServiceConfig(),
		grpc.WithUserAgent("keyvaluedb-go/" + Version),
	}
	return append(own, o.dialOptions...), nil
}

func (o *clientOptions) transport() (credentials.TransportCredentials, error) {
	if o.tls == nil && o.caFile == "" && o.serverName == "" {
		return insecure.NewCredentials(), nil
	}
	config := o.tls
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.serverName != "" {
		config.ServerName = o.serverName
	}
	if o.caFile != "" {
		trusted, err := readCertificates(o.caFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = trusted
	}
	return credentials.NewTLS(config), nil
}

func readCertificates(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		failed := invalidField("ca_file", err.Error())
		failed.cause = err
		return nil, failed
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(text) {
		return nil, invalidField("ca_file", path+" has no certificate in PEM")
	}
	return trusted, nil
}
