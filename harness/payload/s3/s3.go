// Package s3 is a store of messages in a bucket of Amazon S3, or of any server that speaks its protocol: one object a message,
// all below one prefix. Objects go up and come down as streams and in one request each, so that a reader sees all of an object
// or nothing and a broken upload leaves no parts behind. The server holds what it gets against a CRC-32C; what it gives is for
// the reader to hold against the hash in the record. Credentials come from the environment or the files of the AWS tools, and
// are kept nowhere else.
package s3

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/streamgauge/streamgauge/harness/payload"
)

// Config says where a store is.
type Config struct {
	Endpoint  string // URL of the server: http or https, host and port; "": Amazon's
	Bucket    string // which must be there
	Prefix    string // of all keys of the store, without a slash at its end
	Region    string // of the bucket; "": the server is asked
	PathStyle bool   // the bucket is in the path of URLs; else in the host name, where the server is known to have it so
}

// String tells where the store is, for people.
func (c Config) String() string {
	where := "s3://" + path.Join(c.Bucket, c.Prefix)
	if c.Endpoint != "" {
		where += " at " + c.Endpoint
	}
	return where
}

// Store is a store in a bucket. It implements payload.Store.
type Store struct {
	// Patience is how long a request that fails is tried again, if trying again may help: what a server that is gone costs.
	Patience time.Duration

	cfg    Config
	client minio.Core
	creds  *credentials.Credentials
	life   context.Context // of Put and Open, whose callers have none: neither a source of records nor an operator takes one
}

// DefaultPatience outlasts what the harness waits for a store before it ends the run, so that the run says what has happened,
// and not the engine that met it.
const DefaultPatience = 30 * time.Second

// New makes a store whose requests end with ctx. It sends none. Errors: an endpoint that is no URL, a bucket's name that is none.
func New(ctx context.Context, cfg Config) (*Store, error) {
	host, secure := "s3.amazonaws.com", true
	if cfg.Endpoint != "" {
		u, err := url.Parse(cfg.Endpoint)
		if err != nil || u.Host == "" {
			return nil, errors.New("opening the store: its endpoint is no URL") // which may hold what nobody should read
		}
		host, secure = u.Host, u.Scheme == "https"
	}
	lookup := minio.BucketLookupAuto
	if cfg.PathStyle {
		lookup = minio.BucketLookupPath
	}
	creds := credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}})
	client, err := minio.NewCore(host, &minio.Options{Creds: creds, Secure: secure, Region: cfg.Region, BucketLookup: lookup,
		MaxRetries: 2}) // the second for a server that names another region; patience is the store's own
	if err != nil {
		return nil, fmt.Errorf("opening the store %s: %w", cfg, err)
	}
	return &Store{Patience: DefaultPatience, cfg: cfg, client: *client, creds: creds, life: ctx}, nil
}

func (s *Store) key(name string) string { return path.Join(s.cfg.Prefix, name) }

// Put stores an object whole. Errors: fs.ErrInvalid for a name that is none; those of the server (Hint), once patience is over.
func (s *Store) Put(name string, content []byte) error {
	err := error(&fs.PathError{Op: "put", Path: name, Err: fs.ErrInvalid})
	if payload.ValidName(name) {
		err = s.try(s.life, func() error { return s.put(s.life, name, content) })
	}
	if err != nil {
		return fmt.Errorf("storing an object in %s: %w", s.cfg, err)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (s *Store) put(ctx context.Context, name string, content []byte) error {
	sum := binary.BigEndian.AppendUint32(nil, crc32.Checksum(content, castagnoli))
	// What cannot be read from its start again the client sends once. Else it would do so while a connection that a server has answered
	// early still reads from it; each of our own attempts has a reader to itself.
	once := struct{ io.Reader }{bytes.NewReader(content)}
	_, err := s.client.Client.PutObject(ctx, s.cfg.Bucket, s.key(name), once, int64(len(content)),
		minio.PutObjectOptions{DisableMultipart: true, DisableContentSha256: len(content) == 0, UserMetadata: map[string]string{"X-Amz-Checksum-Crc32c": base64.StdEncoding.EncodeToString(sum)}})
	return err
}

// Open opens an object. A download that breaks off goes on where it broke off. Errors, also of Read: fs.ErrNotExist; those of
// the server (Hint), once patience is over.
func (s *Store) Open(name string) (io.ReadCloser, error) {
	if !payload.ValidName(name) {
		return nil, fmt.Errorf("opening an object: %w", &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist})
	}
	return s.open(s.life, name)
}

func (s *Store) open(ctx context.Context, name string) (io.ReadCloser, error) {
	o := &object{store: s, ctx: ctx, name: name}
	if err := s.try(ctx, o.open); err != nil {
		return nil, fmt.Errorf("opening an object in %s: %w", s.cfg, err)
	}
	return o, nil
}

// Ping asks whether the bucket is there. Errors: as Check.
func (s *Store) Ping(ctx context.Context) error {
	there, err := s.client.BucketExists(ctx, s.cfg.Bucket)
	if err == nil && !there {
		err = minio.ErrorResponse{Code: minio.NoSuchBucket, Message: "the bucket does not exist", BucketName: s.cfg.Bucket}
	}
	if err != nil {
		return fmt.Errorf("asking for %s: %w", s.cfg, err)
	}
	return nil
}

// The waits between two tries, the first and the longest.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 2 * time.Second
)

// try calls f until it succeeds, fails for good, or patience or ctx is over.
func (s *Store) try(ctx context.Context, f func() error) error {
	end := time.Now().Add(s.Patience)
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		err := f()
		if err == nil || !passing(err) || !time.Now().Add(wait).Before(end) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// passing reports whether what failed may succeed when it is tried again.
func passing(err error) bool {
	var r minio.ErrorResponse
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, fs.ErrNotExist):
		return false
	case !errors.As(err, &r):
		return true // the way to the server
	}
	return r.StatusCode >= 500 && r.StatusCode != 501 || r.StatusCode == 429 || r.StatusCode == 408 || r.Code == "RequestTimeout"
}

// Owned begins the last part of a prefix that Remove may remove, as it begins the names of topics.
const Owned = "sg."

// passes bounds how often Remove looks whether anything is left.
const passes = 10

// Remove removes all objects of the store, and tells how many there were. It only works on a prefix whose last part begins with
// sg. Errors: the server's.
func (s *Store) Remove(ctx context.Context) (int, error) {
	if !strings.HasPrefix(path.Base(s.cfg.Prefix), Owned) {
		return 0, fmt.Errorf("removing what is in %s: not a prefix of a run, whose last part begins with %s", s.cfg, Owned)
	}
	removed := 0
	for range passes {
		n, err := s.removeListed(ctx)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("removing what is in %s: %w", s.cfg, err)
		}
		if n == 0 {
			break
		}
	}
	return removed, nil
}

// removeListed removes what a listing shows.
func (s *Store) removeListed(ctx context.Context) (n int, err error) {
	var errs []error
	listed := func(yield func(minio.ObjectInfo) bool) {
		for o := range s.list(ctx) {
			if o.Err != nil {
				errs = append(errs, o.Err)
				return
			}
			if n++; !yield(o) {
				return
			}
		}
	}
	results, err := s.client.RemoveObjectsWithIter(ctx, s.cfg.Bucket, listed, minio.RemoveObjectsOptions{})
	if err != nil {
		return 0, err
	}
	for r := range results {
		if r.Err != nil {
			errs = append(errs, r.Err)
		}
	}
	return n, errors.Join(append(errs, context.Cause(ctx))...)
}

// list yields the store's objects. It ends with the first that has an error.
func (s *Store) list(ctx context.Context) func(func(minio.ObjectInfo) bool) {
	return s.client.ListObjectsIter(ctx, s.cfg.Bucket, minio.ListObjectsOptions{Prefix: s.cfg.Prefix + "/", Recursive: true})
}

// Count tells how many objects are in the store. Errors: the server's.
func (s *Store) Count(ctx context.Context) (int, error) {
	n := 0
	for o := range s.list(ctx) {
		if o.Err != nil {
			return n, fmt.Errorf("listing %s: %w", s.cfg, o.Err)
		}
		n++
	}
	return n, nil
}
