package broker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseProperties(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a=1", "a=1"},
		{"a = 1 ", "a=1 "},
		{"a: 1\nb\t2\nc", "a=1|b=2|c="},
		{"# x=1\n ! y=2\n\n  z=3", "z=3"},
		{"a=1\\\n   2\\\n3", "a=123"},
		{"a=1\\\\\nb=2", `a=1\|b=2`},
		{`a\ b\==c\:d`, "a b==c:d"},
		{`a=\u0041\u00e9\ud83d\ude00\t.`, "a=Aé😀\t."},
		{"a=1\na=2", "a=2"},
		{"a=b=c", "a=b=c"},
		{"a=1\r\nb=2\r\n", "a=1|b=2"},
		{`password=p\\q\"r`, `password=p\q"r`},
		{"last=\\", "last="},
	} {
		p, err := parseProperties([]byte(c.in))
		if err != nil {
			t.Errorf("parseProperties(%q): %v", c.in, err)
			continue
		}
		var got []string
		for _, k := range slices.Sorted(maps.Keys(p)) {
			got = append(got, k+"="+p[k])
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("parseProperties(%q) = %q, want %q", c.in, s, c.want)
		}
	}
	_, err := parseProperties([]byte("ok=1\na=\\u12\nb=\\u12x4"))
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("bad escapes: %v, want both lines", err)
	}
}

// authority makes a self-signed certificate and its key, as PEM.
func authority(t *testing.T) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: kder}))
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReadSecurity(t *testing.T) {
	cert, key := authority(t)
	ca, pair := file(t, cert), file(t, cert+key)
	oneLine := strings.ReplaceAll(strings.TrimSpace(cert), "\n", `\n`)
	const jaas = `sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p\\"q;=";` + "\n"
	type got struct {
		bootstrap, ignored    string
		tls, roots, verifying bool
		certs                 int
		sasl                  string
	}
	for _, c := range []struct {
		name, in string
		want     got
	}{
		{"nothing", "", got{}},
		{"addresses and a foreign key", "bootstrap.servers=a:1, b:2\nclient.id=x\nlinger.ms=5", got{bootstrap: "a:1 b:2", ignored: "client.id linger.ms"}},
		{"TLS with the system's authorities", "security.protocol=SSL", got{tls: true, verifying: true}},
		{"TLS with a file", "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=" + ca, got{tls: true, roots: true, verifying: true}},
		{"TLS inline, names not checked", "security.protocol=ssl\nssl.truststore.certificates=" + oneLine + "\nssl.endpoint.identification.algorithm=", got{tls: true, roots: true}},
		{"TLS with a client certificate", "security.protocol=SSL\nssl.keystore.type=PEM\nssl.keystore.location=" + pair, got{tls: true, verifying: true, certs: 1}},
		{"SASL", "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n" + jaas, got{sasl: "PLAIN"}},
		{"SASL and TLS", "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n" + jaas, got{tls: true, verifying: true, sasl: "SCRAM-SHA-512"}},
		{"settings without a protocol mean nothing", "sasl.mechanism=GSSAPI\nssl.truststore.location=x.jks", got{}},
	} {
		s, err := ReadSecurity(file(t, c.in))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		g := got{bootstrap: strings.Join(s.Bootstrap, " "), ignored: strings.Join(s.Ignored, " "), tls: s.TLS != nil}
		if s.TLS != nil {
			g.roots, g.verifying, g.certs = s.TLS.RootCAs != nil, !s.TLS.InsecureSkipVerify, len(s.TLS.Certificates)
			if s.TLS.InsecureSkipVerify && s.TLS.VerifyConnection == nil {
				t.Errorf("%s: nobody checks the server's certificate", c.name)
			}
		}
		if s.SASL != nil {
			g.sasl = s.SASL.Name()
		}
		if d := cmp.Diff(c.want, g, cmp.AllowUnexported(got{})); d != "" {
			t.Errorf("%s: differs (-want +got):\n%s", c.name, d)
		}
	}
}

func TestReadSecurityErrorsSayWhatToDo(t *testing.T) {
	cert, key := authority(t)
	encrypted := strings.ReplaceAll(key, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
	for _, c := range []struct{ in, want string }{
		{"security.protocol=TLS", "want PLAINTEXT, SSL"},
		{"security.protocol=SASL_SSL", "sasl.mechanism is missing"},
		{"security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER", `"OAUTHBEARER" is not supported`},
		{"security.protocol=SASL_SSL\nsasl.mechanism=PLAIN", "username="},
		{"security.protocol=SSL\nssl.truststore.location=a.jks", "keytool -importkeystore -srckeystore a.jks"},
		{"security.protocol=SSL\nssl.truststore.location=a.p12\nssl.truststore.type=PKCS12", "is PKCS12"},
		{"security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=/no/such/file", "ssl.truststore.location"},
		{"security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=" + file(t, "empty"), "no PEM certificate"},
		{"security.protocol=SSL\nssl.keystore.type=PEM\nssl.keystore.location=" + file(t, cert+encrypted), "openssl pkey"},
		{"security.protocol=SSL\nssl.endpoint.identification.algorithm=ldaps", "want https"},
	} {
		if _, err := ReadSecurity(file(t, c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ReadSecurity(%q) = %v, want an error with %q", c.in, err, c.want)
		}
	}
	// All problems at once, and no secret in any of them.
	_, err := ReadSecurity(file(t, "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=x required password=\"geheim\";\nssl.truststore.location=a.jks"))
	if err == nil || !strings.Contains(err.Error(), "sasl.jaas.config") || !strings.Contains(err.Error(), "ssl.truststore") || strings.Contains(err.Error(), "geheim") {
		t.Errorf("ReadSecurity = %v, want both problems and no password", err)
	}
}

func TestCredentials(t *testing.T) {
	for _, c := range []struct{ in, user, pass string }{
		{`m required username="u" password="p";`, "u", "p"},
		{`m required username=u password=p;`, "u", "p"},
		{`m required password="a b;c=d\"e\\f" username="u" other="x";`, "u", `a b;c=d"e\f`},
		{`m required username="u";`, "", ""},
		{``, "", ""},
	} {
		user, pass, err := credentials(c.in)
		if user != c.user || pass != c.pass || (err != nil) != (c.user == "") {
			t.Errorf("credentials(%q) = %q, %q, %v, want %q, %q", c.in, user, pass, err, c.user, c.pass)
		}
	}
}

func TestClientOptions(t *testing.T) {
	if _, err := ClientOptions(nil, "", 0); err == nil || !strings.Contains(err.Error(), "bootstrap.servers") {
		t.Errorf("ClientOptions without an address = %v", err)
	}
	f := file(t, "bootstrap.servers=h:9092")
	if _, err := ClientOptions(nil, f, 0); err != nil {
		t.Error(err)
	}
	if _, err := ClientOptions([]string{"a:1"}, "/no/such/file", 0); err == nil {
		t.Error("ClientOptions with a missing file succeeded")
	}
	// A request must hold a batch, and a batch a record, whatever its size: otherwise a client hangs or cannot be made.
	for _, n := range []int64{0, 100, 1 << 20, 100 << 20, 110_000_000, 900 << 20, 2 << 30, 1 << 40} {
		batch, request := BatchBytes(n), RequestBytes(n)
		if batch > request || request > 1<<30 || responseBytes(n) > 1<<30 || n < 900<<20 && batch <= n {
			t.Errorf("a record of %d bytes: batch %d, request %d, response %d", n, batch, request, responseBytes(n))
		}
	}
}
