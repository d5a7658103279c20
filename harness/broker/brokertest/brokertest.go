// Package brokertest has what tests of a real broker share: an authority with certificates, the settings of a broker that
// demands TLS and SASL (PLAIN, SCRAM), and client files for its users.
package brokertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// PKI is an authority and a certificate of it for 127.0.0.1, as PEM files that end with the test.
type PKI struct{ CA, Server string }

// NewPKI makes an authority of its own.
func NewPKI(t *testing.T) PKI {
	t.Helper()
	dir := t.TempDir()
	caKey, caCert := issue(t, "authority", nil, nil)
	key, cert := issue(t, "broker", caKey, caCert)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := PKI{CA: filepath.Join(dir, "ca.pem"), Server: filepath.Join(dir, "server.pem")}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caCert.Raw})
	server := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	server = append(server, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	for name, b := range map[string][]byte{p.CA: ca, p.Server: append(server, ca...)} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// issue makes a key and a certificate, signed by a parent or by itself.
func issue(t *testing.T, name string, parentKey *ecdsa.PrivateKey, parent *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: parent == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if parent == nil {
		parent, parentKey = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// ServerProperties are the settings of a broker that lets alice in, with the password secret, by TLS and SASL PLAIN, and by
// SCRAM whom AddSCRAM makes known to it. It lets nobody else in.
func (p PKI) ServerProperties() map[string]string {
	return map[string]string{
		"listener.security.protocol.map":                      "CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT",
		"sasl.enabled.mechanisms":                             "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"sasl.mechanism.inter.broker.protocol":                "PLAIN",
		"listener.name.client.plain.sasl.jaas.config":         `org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="b" user_broker="b" user_alice="secret";`,
		"listener.name.client.scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"listener.name.client.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"ssl.keystore.type":                                   "PEM",
		"ssl.keystore.location":                               p.Server,
		"ssl.truststore.type":                                 "PEM",
		"ssl.truststore.location":                             p.CA,
	}
}

// AddSCRAM makes a user known to a running broker for SCRAM-SHA-256 and SCRAM-SHA-512.
func AddSCRAM(ctx context.Context, t *testing.T, client *kgo.Client, user, pass string) {
	t.Helper()
	for _, m := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} { // one request cannot change a user twice
		altered, err := kadm.NewClient(client).AlterUserSCRAMs(ctx, nil,
			[]kadm.UpsertSCRAM{{User: user, Mechanism: m, Iterations: 4096, Password: pass}})
		if err == nil {
			err = altered.Error()
		}
		if err != nil {
			t.Fatalf("adding the user %s: %v", user, err)
		}
	}
}

// SCRAMFile writes a client.properties file for a user of SCRAM-SHA-256 or SCRAM-SHA-512.
func (p PKI) SCRAMFile(t *testing.T, mechanism, user, pass string) string {
	t.Helper()
	text, err := os.ReadFile(p.ClientFile(t, user, pass))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "scram.properties")
	scram := strings.NewReplacer("sasl.mechanism=PLAIN", "sasl.mechanism="+mechanism, "plain.PlainLoginModule", "scram.ScramLoginModule").Replace(string(text))
	if err := os.WriteFile(name, []byte(scram), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// ClientFile writes a client.properties file for a user, with further lines.
func (p PKI) ClientFile(t *testing.T, user, pass string, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "client.properties")
	text := fmt.Sprintf("security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nssl.truststore.type=PEM\nssl.truststore.location=%s\n"+
		"sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";\n", p.CA, user, pass) + strings.Join(lines, "\n")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
