package remote

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func cluster(t *testing.T, opts ...kfake.Opt) string {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0]
}

// certificate makes a self-signed one for 127.0.0.1, and a PEM file with it.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, properties(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

func properties(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestOpen(t *testing.T) {
	addr := cluster(t)
	file := properties(t, "bootstrap.servers="+addr+"\nclient.id=x\n")
	for _, spec := range []broker.Spec{{Bootstrap: []string{addr}}, {ConfigFile: file}} {
		b, err := Open(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		info := b.Info()
		if info.Kind != broker.Remote || info.Nodes != 1 || info.Version == "" || !slices.Equal(info.Bootstrap, []string{addr}) || info.SecurityFile != spec.ConfigFile {
			t.Errorf("Open(%+v).Info() = %+v", spec, info)
		}
		if ignored := b.Ignored(); spec.ConfigFile != "" && !slices.Equal(ignored, []string{"client.id"}) {
			t.Errorf("Ignored() = %q, want client.id", ignored)
		}
		limits, err := b.Limits(t.Context())
		if err != nil || limits["transaction.max.timeout.ms"] != 900000 {
			t.Errorf("Limits = %v, %v", limits, err)
		}
		if err := b.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Workers of a cluster read the settings as well, each in a working folder of its own.
func TestSettingsAreFoundFromEveryFolder(t *testing.T) {
	file := properties(t, "bootstrap.servers="+cluster(t)+"\n")
	t.Chdir(filepath.Dir(file))
	b, err := Open(t.Context(), broker.Spec{ConfigFile: filepath.Base(file)})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Info().SecurityFile; !filepath.IsAbs(got) || filepath.Base(got) != filepath.Base(file) {
		t.Errorf("Info().SecurityFile = %q, want the whole path of %s", got, file)
	}
}

func TestOneReachableAddressIsEnough(t *testing.T) {
	if _, err := Open(t.Context(), broker.Spec{Bootstrap: []string{closedPort(t), cluster(t)}}); err != nil {
		t.Errorf("Open = %v", err)
	}
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	cert, pemFile := certificate(t)
	_, otherPEM := certificate(t)
	plain := cluster(t)
	secure := cluster(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}))
	withSASL := cluster(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "u", "p"))
	sasl := func(mechanism, pass string) string {
		return fmt.Sprintf("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=%s\nsasl.jaas.config=m required username=\"u\" password=\"%s\";\n", mechanism, pass)
	}
	trust := func(file string) string {
		return "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=" + file + "\n"
	}
	dead := closedPort(t)
	for _, c := range []struct{ name, addr, config, want string }{
		{"plain", plain, "", ""},
		{"TLS", secure, trust(pemFile), ""},
		{"SASL", withSASL, sasl("PLAIN", "p"), ""},
		{"nothing listens", dead, "", "nothing listens there"},
		{"no such name", "no-such-host.invalid:9092", "", "no-such-host.invalid"},
		{"plain to a TLS port", secure, "", "TLS or SASL"},
		{"another authority", secure, trust(otherPEM), "ssl.truststore.location"},
		{"no SASL given", withSASL, "", "TLS or SASL"},
		{"wrong password", withSASL, sasl("PLAIN", "x"), "username and password"},
		{"wrong mechanism", withSASL, sasl("SCRAM-SHA-256", "p"), "sasl.mechanism"},
	} {
		spec := broker.Spec{Bootstrap: []string{c.addr}}
		if c.config != "" {
			spec.ConfigFile = properties(t, c.config)
		}
		_, err := Open(t.Context(), spec)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.addr) {
			t.Errorf("%s: Open = %v, want an error with %q and %s", c.name, err, c.want, c.addr)
		}
	}
}

func TestOpenGivesUpOnASilentAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel, never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = Open(ctx, broker.Spec{Bootstrap: []string{l.Addr().String()}})
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()) || !strings.Contains(err.Error(), "firewall") ||
		!strings.Contains(err.Error(), "security.protocol") {
		t.Errorf("Open = %v, want the address and hints", err)
	}
}
