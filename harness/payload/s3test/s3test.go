// Package s3test runs a server of the S3 protocol for tests: gofakes3 on loopback, with signatures tested, and faults on demand.
package s3test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Bucket is the only bucket there is.
const Bucket = "messages"

// The credentials that the server knows.
const (
	Key    = "sgtestkey"
	Secret = "sg-test-secret-that-nobody-may-print"
)

// Server is a running server.
type Server struct {
	URL string

	t       testing.TB
	backend *s3mem.Backend
	http    *httptest.Server
	mu      struct {
		sync.Mutex
		fault func(http.ResponseWriter, *http.Request) http.ResponseWriter
	}
}

// Start starts a server with an empty bucket.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, backend: s3mem.New()}
	if err := s.backend.CreateBucket(Bucket); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(s.backend).Server()
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if w = s.harmed(w, r); w == nil {
			return
		}
		if code := refused(r); code != "" {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>refused</Message></Error>")
			return
		}
		fake.ServeHTTP(w, r)
	}))
	s.URL = s.http.URL
	t.Cleanup(s.Stop)
	return s
}

// Environment is an environment with these credentials and no others, NAME=value.
func Environment(key, secret string) []string {
	return []string{"AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_SESSION_TOKEN=", "AWS_ACCESS_KEY=",
		"AWS_SECRET_KEY=", "AWS_PROFILE=", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_CONFIG_FILE=/nonexistent"}
}

// Credentials puts credentials into the test's environment, and no others.
func Credentials(t testing.TB, key, secret string) {
	for _, entry := range Environment(key, secret) {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
}

// Stop ends the server at once: connections break off.
func (s *Server) Stop() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Harm sets what is done to requests before they are served: what it returns is written to, nil if the request is answered
// already. nil: nothing is done.
func (s *Server) Harm(fault func(http.ResponseWriter, *http.Request) http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.fault = fault
}

func (s *Server) harmed(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	s.mu.Lock()
	fault := s.mu.fault
	s.mu.Unlock()
	if fault == nil {
		return w
	}
	return fault(w, r)
}

// Cut answers a request with the first n bytes of its body, and breaks the connection.
func Cut(w http.ResponseWriter, n int) http.ResponseWriter { return &cut{w, n} }

type cut struct {
	http.ResponseWriter
	left int
}

func (c *cut) Write(b []byte) (int, error) {
	if len(b) > c.left {
		_, _ = c.ResponseWriter.Write(b[:c.left])
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

// Keys lists the objects that there are.
func (s *Server) Keys() []string {
	s.t.Helper()
	list, err := s.backend.ListBucket(Bucket, &gofakes3.Prefix{}, gofakes3.ListBucketPage{MaxKeys: 10_000})
	if err != nil {
		s.t.Fatal(err)
	}
	var keys []string
	for _, c := range list.Contents {
		keys = append(keys, c.Key)
	}
	return keys
}

// Set puts an object behind everybody's back; nil removes it.
func (s *Server) Set(key string, content []byte) {
	s.t.Helper()
	var err error
	if content == nil {
		_, err = s.backend.DeleteObject(Bucket, key)
	} else {
		_, err = s.backend.PutObject(Bucket, key, map[string]string{"Last-Modified": time.Unix(0, 0).UTC().Format(http.TimeFormat)}, bytes.NewReader(content), int64(len(content)), &gofakes3.PutConditions{})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// Put reports whether a request stores an object.
func Put(r *http.Request) bool { return r.Method == http.MethodPut }

// Get reports whether a request reads an object.
func Get(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Count(strings.Trim(r.URL.Path, "/"), "/") > 0
}
