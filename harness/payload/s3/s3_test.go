package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/streamgauge/streamgauge/harness/payload"
	"github.com/streamgauge/streamgauge/harness/payload/s3"
	"github.com/streamgauge/streamgauge/harness/payload/s3test"
)

var _ payload.Store = (*s3.Store)(nil)

const prefix = "bench/sg.1"

// open opens a store on a server, which nothing but what a test does should make wait.
func open(t *testing.T, server *s3test.Server) *s3.Store {
	t.Helper()
	s3test.Credentials(t, s3test.Key, s3test.Secret)
	s, err := s3.New(t.Context(), s3.Config{Endpoint: server.URL, Bucket: s3test.Bucket, Prefix: prefix, PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Patience = 5 * time.Second
	return s
}

func read(s *s3.Store, name string) ([]byte, error) {
	f, err := s.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(f)
	return b, errors.Join(err, f.Close())
}

func TestObjectsComeBackAsTheyWerePut(t *testing.T) {
	server := s3test.Start(t)
	s := open(t, server)
	for _, content := range []string{"first", "", strings.Repeat("streamgauge", 1<<16)} { // each replaces the one before
		if err := s.Put("1/7/42", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := read(s, "1/7/42"); err != nil || string(got) != content {
			t.Errorf("Open gave %d bytes, %v, want %d", len(got), err, len(content))
		}
	}
	if keys := server.Keys(); !slices.Equal(keys, []string{prefix + "/1/7/42"}) {
		t.Errorf("the bucket holds %v", keys)
	}
}

func TestNamesOfNoObject(t *testing.T) {
	s := open(t, s3test.Start(t))
	if err := s.Put("there/is", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "/", "..", "../x", "a//b", "a/", "A", "a.b", "ä", strings.Repeat("a", 201)} {
		if err := s.Put(name, nil); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Put(%q) = %v, want fs.ErrInvalid", name, err)
		}
		if _, err := s.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want fs.ErrNotExist", name, err)
		}
	}
	for _, name := range []string{"none", "there", "there/is/not"} {
		if _, err := s.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want fs.ErrNotExist", name, err)
		}
	}
}

// A download that breaks off goes on, and an upload is made again; the server is asked no more often than patience allows.
func TestWhatBreaksOffIsGoneOnWith(t *testing.T) {
	server := s3test.Start(t)
	s := open(t, server)
	content := []byte(strings.Repeat("streamgauge", 1<<16))
	var puts, gets atomic.Int32
	server.Harm(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		switch {
		case s3test.Put(r) && puts.Add(1) == 1:
			http.Error(w, "later", http.StatusServiceUnavailable)
			return nil
		case s3test.Get(r) && gets.Add(1) < 4:
			return s3test.Cut(w, 100_000)
		}
		return w
	})
	if err := s.Put("1/7/0", content); err != nil {
		t.Fatal(err)
	}
	got, err := read(s, "1/7/0")
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, %v, want %d", len(got), err, len(content))
	}
	if puts.Load() < 2 || gets.Load() != 4 {
		t.Errorf("%d uploads, %d downloads, want 2 and 4", puts.Load(), gets.Load())
	}
}

// A download that breaks off before its first byte comes whole, and not as the one byte that a range from 0 to 0 is.
func TestWhatBreaksOffBeforeItsFirstByteComesWhole(t *testing.T) {
	server := s3test.Start(t)
	s := open(t, server)
	content := bytes.Repeat([]byte("a"), 300_000)
	if err := s.Put("1/7/0", content); err != nil {
		t.Fatal(err)
	}
	var gets atomic.Int32
	server.Harm(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		if s3test.Get(r) && gets.Add(1) == 1 {
			return s3test.Cut(w, 0)
		}
		return w
	})
	got, err := read(s, "1/7/0")
	if err != nil || !bytes.Equal(got, content) || gets.Load() != 2 {
		t.Errorf("read %d bytes in %d downloads, %v, want %d in 2", len(got), gets.Load(), err, len(content))
	}
}

func TestWhatIsAnotherObjectIsNotGoneOnWith(t *testing.T) {
	server := s3test.Start(t)
	s := open(t, server)
	content := bytes.Repeat([]byte("a"), 300_000)
	if err := s.Put("1/7/0", content); err != nil {
		t.Fatal(err)
	}
	first := true
	server.Harm(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		if !first {
			if r.Header.Get("If-Match") == "" || r.Header.Get("Range") != "bytes=100000-" {
				t.Errorf("went on with %v", r.Header)
			}
			http.Error(w, "another object", http.StatusPreconditionFailed)
			return nil
		}
		first = false
		return s3test.Cut(w, 100_000)
	})
	if _, err := read(s, "1/7/0"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read an object that changed: %v", err)
	}
}

func TestAnObjectThatGoesWhileItIsReadIsMissing(t *testing.T) {
	server := s3test.Start(t)
	s := open(t, server)
	if err := s.Put("1/7/0", make([]byte, 300_000)); err != nil {
		t.Fatal(err)
	}
	server.Harm(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter { return s3test.Cut(w, 100_000) })
	f, err := s.Open("1/7/0")
	if err != nil {
		t.Fatal(err)
	}
	server.Set(prefix+"/1/7/0", nil)
	server.Harm(nil)
	if _, err = io.ReadAll(f); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read = %v, want fs.ErrNotExist", err)
	}
	_ = f.Close()
}

func TestPatienceHasAnEnd(t *testing.T) {
	server := s3test.Start(t)
	s := open(t, server)
	s.Patience = 250 * time.Millisecond
	if err := s.Put("1/7/0", make([]byte, 300_000)); err != nil {
		t.Fatal(err)
	}
	f, err := s.Open("1/7/0")
	if err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if n, err := io.Copy(io.Discard, f); err == nil && n < 300_000 {
		t.Errorf("%d bytes of an object whose server is gone", n)
	}
	_ = f.Close()
	if err := s.Put("1/7/1", nil); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(s3.Hint(err), "check that the server runs") {
		t.Errorf("Put = %v", err)
	}
	if _, err := s.Open("1/7/0"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open = %v: what cannot be asked is not missing", err)
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping = nil")
	}
}

func TestRequestsEndWithTheStore(t *testing.T) {
	s3test.Credentials(t, s3test.Key, s3test.Secret)
	server := s3test.Start(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	s, err := s3.New(ctx, s3.Config{Endpoint: server.URL, Bucket: s3test.Bucket, Prefix: prefix, PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	server.Harm(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		cancel(errors.New("the end"))
		http.Error(w, "later", http.StatusServiceUnavailable)
		return nil
	})
	if err := s.Put("1/7/0", nil); err == nil || ctx.Err() == nil { // else it would be tried for s3.DefaultPatience
		t.Errorf("Put = %v, want an error", err)
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name        string
		key, secret string
		harm        func(*s3.Config, *s3test.Server)
		err, hint   string
	}{
		{name: "nothing", key: s3test.Key, secret: s3test.Secret},
		{"another bucket", s3test.Key, s3test.Secret, func(c *s3.Config, _ *s3test.Server) { c.Bucket = "others" }, "others", "create the bucket"},
		{"another key", "somebody", s3test.Secret, nil, "refused", "check the credentials"},
		{"another secret", s3test.Key, "guessed", nil, "refused", "check the credentials"},
		{"no credentials", "", "", nil, "no credentials", "set AWS_ACCESS_KEY_ID"},
		{"no server", s3test.Key, s3test.Secret, func(_ *s3.Config, s *s3test.Server) { s.Stop() }, "refused", "check that the server runs"},
		{"https to http", s3test.Key, s3test.Secret, func(c *s3.Config, _ *s3test.Server) { c.Endpoint = strings.Replace(c.Endpoint, "http", "https", 1) },
			"HTTP response to HTTPS client", "its scheme (http or https)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := s3test.Start(t)
			s3test.Credentials(t, c.key, c.secret)
			cfg := s3.Config{Endpoint: server.URL, Bucket: s3test.Bucket, Prefix: prefix, PathStyle: true}
			if c.harm != nil {
				c.harm(&cfg, server)
			}
			s, err := s3.New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Check(t.Context())
			if c.err == "" {
				if err != nil {
					t.Errorf("Check = %v", err)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(s3.Hint(err), c.hint) {
				t.Errorf("Check = %v, hint %s; want %q, %q", err, s3.Hint(err), c.err, c.hint)
			}
			if err != nil && strings.Contains(err.Error()+s3.Hint(err), s3test.Secret) {
				t.Error("the secret is told")
			}
			if keys := server.Keys(); len(keys) > 0 {
				t.Errorf("Check left %v behind", keys)
			}
		})
	}
}

func TestRemoveTakesWhatIsOfTheRun(t *testing.T) {
	server := s3test.Start(t)
	server.Set("bench/sg.10/1/7/0", []byte("another run's, with a name that begins alike"))
	server.Set("bench/data", []byte("somebody's"))
	s := open(t, server)
	for _, name := range []string{"1/7/0", "1/7/1", "2/1/0"} {
		if err := s.Put(name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Count(t.Context()); n != 3 || err != nil {
		t.Errorf("Count = %d, %v, want 3", n, err)
	}
	if n, err := s.Remove(t.Context()); n != 3 || err != nil {
		t.Errorf("Remove = %d, %v, want 3", n, err)
	}
	if keys := server.Keys(); !slices.Equal(keys, []string{"bench/data", "bench/sg.10/1/7/0"}) {
		t.Errorf("what is left is %v", keys)
	}
	all, err := s3.New(t.Context(), s3.Config{Endpoint: server.URL, Bucket: s3test.Bucket, Prefix: "bench", PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := all.Remove(t.Context()); n != 0 || err == nil || len(server.Keys()) != 2 {
		t.Errorf("Remove of a prefix that is no run's = %d, %v; left is %v", n, err, server.Keys())
	}
}

// A message costs memory once, where it is made: neither its upload nor its download holds it.
func TestAnObjectIsNotHeld(t *testing.T) {
	var size int64
	sink := func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		size = r.ContentLength
		_, _ = io.Copy(io.Discard, r.Body)
		return nil
	}
	s3test.Credentials(t, s3test.Key, s3test.Secret)
	server := s3test.Start(t)
	s, err := s3.New(t.Context(), s3.Config{Endpoint: server.URL, Bucket: s3test.Bucket, Prefix: prefix, Region: "us-east-1", PathStyle: true})
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 64<<20)
	server.Harm(sink)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := s.Put("1/7/0", content); err != nil {
		t.Fatal(err)
	}
	server.Harm(func(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
		w.Header().Set("ETag", `"x"`)
		w.Header().Set("Last-Modified", time.Unix(0, 0).UTC().Format(http.TimeFormat))
		_, _ = w.Write(content)
		return nil
	})
	f, err := s.Open("1/7/0")
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<16))
	if err = errors.Join(err, f.Close()); err != nil || n != int64(len(content)) || size < int64(len(content)) {
		t.Fatalf("%d bytes up, %d down, %v", size, n, err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("64 MiB up and down allocated %d bytes", grown)
	}
}
