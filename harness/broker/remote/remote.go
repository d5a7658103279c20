// Package remote uses a Kafka cluster that runs already: it checks that the cluster can be reached and says clearly why
// not, and it never changes anything of the cluster itself.
package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// reachWithin bounds the check of all addresses together.
const reachWithin = 10 * time.Second

// Broker is a cluster that runs already. Safe for concurrent use.
type Broker struct {
	info    broker.Info
	opts    []kgo.Opt
	ignored []string
}

var _ broker.Limited = (*Broker)(nil)

// Open checks that a cluster can be reached: by at least one of the addresses given, and then by the address that each
// broker names for itself, because that is where engines will go. Errors name the address and what is probably wrong.
func Open(ctx context.Context, spec broker.Spec) (*Broker, error) {
	var sec broker.Security
	if spec.ConfigFile != "" {
		var err error
		if sec, err = broker.ReadSecurity(spec.ConfigFile); err != nil {
			return nil, err
		}
	}
	opts, err := sec.Options(spec.Bootstrap, spec.MaxRecordBytes)
	if err != nil {
		return nil, err
	}
	bootstrap := spec.Bootstrap
	if len(bootstrap) == 0 {
		bootstrap = sec.Bootstrap
	}
	config := spec.ConfigFile
	if config != "" { // engines' workers on a cluster read it as well, and have other working folders
		if config, err = filepath.Abs(config); err != nil {
			return nil, fmt.Errorf("finding %s: %w", spec.ConfigFile, err)
		}
	}
	b := &Broker{opts: opts, ignored: sec.Ignored}
	b.info = broker.Info{Kind: broker.Remote, Bootstrap: bootstrap, SecurityFile: config}
	ctx, cancel := context.WithTimeoutCause(ctx, reachWithin, fmt.Errorf("no answer within %v", reachWithin))
	defer cancel()
	c, err := b.reach(ctx, check{tls: sec.TLS != nil, sasl: sec.SASL != nil})
	if err != nil {
		return nil, fmt.Errorf("reaching the Kafka cluster: %w", err)
	}
	b.info.Nodes, b.info.Version = c.Nodes, c.Version
	return b, nil
}

// check is what the client was told to use: hints depend on it.
type check struct{ tls, sasl bool }

func (b *Broker) reach(ctx context.Context, k check) (broker.Cluster, error) {
	cl, err := b.Dial()
	if err != nil {
		return broker.Cluster{}, err
	}
	defer cl.Close()
	// One short question to each address, without the client's retries, which would swallow the reason until the deadline.
	var errs []error
	for i, seed := range cl.SeedBrokers() {
		if err := ping(ctx, seed); err != nil {
			errs = append(errs, k.explain(ctx, b.info.Bootstrap[i], err))
		}
	}
	if len(errs) == len(b.info.Bootstrap) {
		return broker.Cluster{}, errors.Join(errs...)
	}
	brokers, err := kadm.NewClient(cl).ListBrokers(ctx)
	if err != nil {
		return broker.Cluster{}, fmt.Errorf("asking for its brokers: %w", err)
	}
	errs = nil
	for _, n := range brokers {
		if err := ping(ctx, cl.Broker(int(n.NodeID))); err != nil {
			at := net.JoinHostPort(n.Host, fmt.Sprint(n.Port))
			errs = append(errs, fmt.Errorf("broker %d tells clients to go to its advertised listener: %w", n.NodeID, k.explain(ctx, at, err)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return broker.Cluster{}, err
	}
	return broker.Ask(ctx, cl)
}

// ping asks for something that only an accepted client gets an answer to: ApiVersions is answered before SASL.
func ping(ctx context.Context, b *kgo.Broker) error {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	_, err := b.Request(ctx, req)
	return err
}

// explain adds the address and what probably mends the error.
func (k check) explain(ctx context.Context, address string, err error) error {
	hint := k.hint(err)
	if ctx.Err() != nil {
		err, hint = context.Cause(ctx), "check the address and the firewall; a port that wants TLS is silent to a client "+
			"without it, and the other way round: check security.protocol in --broker-config"
	}
	if hint == "" {
		return fmt.Errorf("%s: %w", address, err)
	}
	return fmt.Errorf("%s: %w; %s", address, err, hint)
}

func (k check) hint(err error) string {
	var (
		dns       *net.DNSError
		record    tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
	)
	switch {
	case errors.As(err, &dns):
		return "the name cannot be resolved from here"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: is the broker up, and is this its client port?"
	case errors.As(err, &record):
		return "the broker does not speak TLS on this port: use security.protocol PLAINTEXT or SASL_PLAINTEXT, or the TLS port"
	case errors.As(err, &authority):
		return "set ssl.truststore.location to a PEM file with the authority that signed the broker's certificate"
	case errors.As(err, &hostname):
		return "use the name in the certificate, or set ssl.endpoint.identification.algorithm to nothing"
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return "check username and password in sasl.jaas.config"
	case errors.Is(err, kerr.UnsupportedSaslMechanism), errors.Is(err, kerr.IllegalSaslState):
		return "check sasl.mechanism and security.protocol"
	case strings.Contains(err.Error(), "certificate required"), strings.Contains(err.Error(), "bad certificate"):
		return "the broker wants a client certificate: set ssl.keystore.location"
	case closed(err) && !k.tls && !k.sasl:
		return "the broker closed the connection: it probably wants TLS or SASL; give --broker-config with security.protocol"
	case closed(err) && k.sasl:
		return "the broker closed the connection: check security.protocol, sasl.mechanism, username and password"
	case closed(err):
		return "the broker closed the connection: check security.protocol against the port's listener"
	}
	return ""
}

// closed reports a connection that was ended instead of answered.
func closed(err error) bool {
	var first *kgo.ErrFirstReadEOF
	return errors.As(err, &first) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE)
}

// Info describes the cluster as it was when it was opened.
func (b *Broker) Info() broker.Info { return b.info }

// Ignored lists the keys of the client properties that have no meaning here, sorted: for a note to the user.
func (b *Broker) Ignored() []string { return slices.Clone(b.ignored) }

// Dial makes a client with the cluster's security settings and size limits for the largest record.
func (b *Broker) Dial(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(slices.Clone(b.opts), opts...)...)
}

// Limits reads the cluster's limits.
func (b *Broker) Limits(ctx context.Context) (map[string]int64, error) {
	cl, err := b.Dial()
	if err != nil {
		return nil, fmt.Errorf("reading the broker's limits: %w", err)
	}
	defer cl.Close()
	return broker.Limits(ctx, cl)
}

// Lost never yields: nothing was started here.
func (b *Broker) Lost() <-chan error { return nil }

// Usage is zero: the cluster's processes cannot be seen from here.
func (b *Broker) Usage() (cpuSeconds float64, rssPeak int64) { return 0, 0 }

// Close does nothing.
func (b *Broker) Close(context.Context) error { return nil }
