package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// ErrNoCredentials says that there are none, neither in the environment nor in the files of the AWS tools.
var ErrNoCredentials = errors.New("no credentials")

// probe is the object that Check writes and removes.
const probe = "probe"

// Check finds out whether the store can be used: it writes an object, reads it back, and removes it. Nothing is tried again.
// Errors: ErrNoCredentials, the server's; Hint says what to do about each.
func (s *Store) Check(ctx context.Context) error {
	if err := s.credentials(); err != nil {
		return fmt.Errorf("looking for credentials: %w", err)
	}
	once := *s
	once.Patience = 0
	want := []byte("streamgauge looks whether it can write here\n")
	if err := once.put(ctx, probe, want); err != nil {
		return fmt.Errorf("writing to %s: %w", s.cfg, err)
	}
	err := once.readBack(ctx, want)
	_, removing := once.Remove(ctx)
	return errors.Join(err, removing)
}

func (s *Store) readBack(ctx context.Context, want []byte) error {
	o, err := s.open(ctx, probe)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(o)
	if err = errors.Join(err, o.Close()); err != nil {
		return fmt.Errorf("reading from %s: %w", s.cfg, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("reading from %s: %d bytes that are not the %d written", s.cfg, len(got), len(want))
	}
	return nil
}

// credentials looks whether there are any.
func (s *Store) credentials() error {
	v, err := s.creds.GetWithContext(s.client.CredContext())
	if err == nil && v.AccessKeyID != "" {
		return nil
	}
	_, reason := credentials.New(&credentials.FileAWSCredentials{}).GetWithContext(s.client.CredContext())
	return errors.Join(ErrNoCredentials, err, reason)
}

// Hint says what to do about an error of a store.
func Hint(err error) string {
	var r minio.ErrorResponse
	var network net.Error
	switch {
	case errors.Is(err, ErrNoCredentials):
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write a profile into ~/.aws/credentials; AWS_PROFILE names one that is not the default"
	case errors.As(err, &r):
		return hintFor(r.Code)
	case errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "check that the server runs, and stream.payload.store.endpoint: its scheme (http or https), host and port"
	}
	return "check the server"
}

// hintFor is the hint for an error code of the protocol.
func hintFor(code string) string {
	for _, h := range []struct {
		hint  string
		codes []string
	}{
		{"create the bucket, or check stream.payload.store: bucket, region, path_style", []string{"NoSuchBucket", "InvalidBucketName"}},
		{"check the credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws/credentials",
			[]string{"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "ExpiredTokenException"}},
		{"these credentials need s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket", []string{"AccessDenied"}},
		{"check stream.payload.store.region", []string{"AuthorizationHeaderMalformed", "PermanentRedirect", "InvalidRegion", "IllegalLocationConstraintException"}},
		{"set the clock of this machine", []string{"RequestTimeTooSkewed"}},
	} {
		if slices.Contains(h.codes, code) {
			return h.hint
		}
	}
	return "check the server, whose log may say more"
}
