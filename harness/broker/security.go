package broker

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Security is what a Java client.properties file says of how to reach a cluster.
type Security struct {
	Bootstrap []string       // of bootstrap.servers
	TLS       *tls.Config    // nil without TLS
	SASL      sasl.Mechanism // nil without SASL
	Ignored   []string       // keys that have no meaning here, sorted: tuning and serialisers of the Java client
}

// ReadSecurity reads a client.properties file. All problems are reported at once; what a Java client would accept and this
// one cannot is an error that says what to do instead.
func ReadSecurity(file string) (Security, error) {
	p, err := ReadProperties(file)
	if err != nil {
		return Security{}, err
	}
	s, err := p.security()
	if err != nil {
		return Security{}, fmt.Errorf("reading the client properties %s: %w", file, err)
	}
	return s, nil
}

// understood are the keys that security reads.
var understood = []string{
	"bootstrap.servers", "security.protocol", "sasl.mechanism", "sasl.jaas.config",
	"ssl.truststore.type", "ssl.truststore.location", "ssl.truststore.certificates", "ssl.truststore.password",
	"ssl.keystore.type", "ssl.keystore.location", "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.password",
	"ssl.key.password", "ssl.endpoint.identification.algorithm", "ssl.enabled.protocols", "ssl.protocol",
}

func (p Properties) security() (s Security, err error) {
	for _, a := range strings.Split(p["bootstrap.servers"], ",") {
		if a = strings.TrimSpace(a); a != "" {
			s.Bootstrap = append(s.Bootstrap, a)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(p)) {
		if !slices.Contains(understood, k) {
			s.Ignored = append(s.Ignored, k)
		}
	}
	protocol := strings.ToUpper(strings.TrimSpace(p["security.protocol"]))
	var errs []error
	switch protocol {
	case "", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL":
	default:
		return s, fmt.Errorf("security.protocol is %q, want PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", protocol)
	}
	if strings.HasSuffix(protocol, "SSL") {
		s.TLS, err = p.tls()
		errs = append(errs, err)
	}
	if strings.HasPrefix(protocol, "SASL") {
		s.SASL, err = p.sasl()
		errs = append(errs, err)
	}
	return s, errors.Join(errs...)
}

func (p Properties) sasl() (sasl.Mechanism, error) {
	mechanism := strings.TrimSpace(p["sasl.mechanism"])
	switch mechanism {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
	case "":
		return nil, errors.New("sasl.mechanism is missing, want PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 (Java's default, GSSAPI, is not supported)")
	default:
		return nil, fmt.Errorf("sasl.mechanism %q is not supported, want PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", mechanism)
	}
	user, pass, err := credentials(p["sasl.jaas.config"])
	if err != nil {
		return nil, fmt.Errorf("sasl.jaas.config: %w", err) // never the value: it holds the password
	}
	switch mechanism {
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: pass}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: pass}.AsSha512Mechanism(), nil
	}
	return plain.Auth{User: user, Pass: pass}.AsMechanism(), nil
}

func (p Properties) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	roots, err1 := p.roots()
	certs, err2 := p.keys()
	c.RootCAs, c.Certificates = roots, certs
	var err3 error
	switch algorithm, set := p["ssl.endpoint.identification.algorithm"]; strings.ToLower(algorithm) {
	case "https":
	case "":
		if set {
			verifyChainOnly(c)
		}
	default:
		err3 = fmt.Errorf("ssl.endpoint.identification.algorithm is %q, want https or nothing", algorithm)
	}
	return c, errors.Join(err1, err2, err3)
}

// verifyChainOnly checks who signed the server's certificate but not for which name: what Java does when
// ssl.endpoint.identification.algorithm is empty.
func verifyChainOnly(c *tls.Config) {
	roots := c.RootCAs
	c.InsecureSkipVerify = true // replaced by the check below
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, cert := range cs.PeerCertificates[1:] {
			opts.Intermediates.AddCert(cert)
		}
		_, err := cs.PeerCertificates[0].Verify(opts)
		return err
	}
}

// roots are the authorities trusted; nil, which means the system's, if the file names none.
func (p Properties) roots() (*x509.CertPool, error) {
	b, err := p.pem("ssl.truststore", "ssl.truststore.certificates")
	if err != nil || b == nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, errors.New("ssl.truststore: it holds no PEM certificate")
	}
	return pool, nil
}

// keys is the client's own certificate, if any.
func (p Properties) keys() ([]tls.Certificate, error) {
	b, err := p.pem("ssl.keystore", "ssl.keystore.certificate.chain")
	if err != nil || b == nil {
		return nil, err
	}
	b = append(append(b, '\n'), p["ssl.keystore.key"]...)
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.Contains(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, errors.New("ssl.keystore: an encrypted private key is not supported; decrypt it: openssl pkey -in KEY -out PLAIN-KEY")
		}
	}
	cert, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, fmt.Errorf("ssl.keystore: %w", err)
	}
	return []tls.Certificate{cert}, nil
}

// pem gives the content of a store: of the file at prefix.location or of the value inline; nil without either.
func (p Properties) pem(prefix, inline string) ([]byte, error) {
	if v := p[inline]; v != "" {
		return []byte(v), nil
	}
	file := p[prefix+".location"]
	if file == "" {
		return nil, nil
	}
	if t := strings.ToUpper(p[prefix+".type"]); t != "PEM" {
		if t == "" {
			t = "JKS, Java's default"
		}
		return nil, fmt.Errorf("%s.type is %s, and only PEM is supported; convert %s to PKCS12 if it is JKS (keytool -importkeystore "+
			"-srckeystore %s -destkeystore store.p12 -deststoretype PKCS12), then to PEM (openssl pkcs12 -in store.p12 -nodes -out store.pem), "+
			"and set %s.type=PEM and %s.location=store.pem", prefix, t, file, file, prefix, prefix)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s.location: %w", prefix, err)
	}
	return b, nil
}

// credentials reads `LoginModule required username="u" password="p";`. Values are quoted, with \" and \\ inside, or bare.
func credentials(jaas string) (user, pass string, err error) {
	m := map[string]string{}
	for _, t := range jaasTokens(jaas) {
		if k, v, ok := strings.Cut(t, "="); ok {
			m[k] = v
		}
	}
	user, pass = m["username"], m["password"]
	if user == "" || pass == "" {
		return "", "", errors.New(`want LoginModule required username="..." password="...";`)
	}
	return user, pass, nil
}

// jaasTokens splits at white space outside quotes, and drops the quotes and the closing semicolon.
func jaasTokens(s string) []string {
	var tokens []string
	var cur strings.Builder
	quoted, started := false, false
	end := func() {
		if started {
			tokens = append(tokens, cur.String())
		}
		cur.Reset()
		started = false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\' && i+1 < len(s):
			i++
			cur.WriteByte(s[i])
		case c == '"':
			quoted, started = !quoted, true
		case !quoted && strings.IndexByte(" \t\r\n;", c) >= 0:
			end()
		default:
			started = true
			cur.WriteByte(c)
		}
	}
	end()
	return tokens
}
