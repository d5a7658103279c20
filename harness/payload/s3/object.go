package s3

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"

	"github.com/minio/minio-go/v7"
)

// object is an object that is being read.
type object struct {
	store   *Store
	ctx     context.Context // of its requests, as http.Request has one
	name    string
	body    io.ReadCloser
	size    int64
	at      int64  // bytes read
	etag    string // of what is read, so that no other object is gone on with
	resumed int
}

// maxResumed bounds how often one object is gone on with.
const maxResumed = 10

// open asks for the object, from where it has been read to. Errors: *fs.PathError with fs.ErrNotExist, the server's.
func (o *object) open() error {
	var opts minio.GetObjectOptions
	if o.etag != "" {
		if err := opts.SetMatchETag(o.etag); err != nil {
			return err
		}
	}
	if o.at > 0 { // from 0 to 0 would be the first byte alone
		if err := opts.SetRange(o.at, 0); err != nil {
			return err
		}
	}
	body, info, _, err := o.store.client.GetObject(o.ctx, o.store.cfg.Bucket, o.store.key(o.name), opts)
	if r := minio.ToErrorResponse(err); r.StatusCode == http.StatusNotFound && r.Code != minio.NoSuchBucket {
		return &fs.PathError{Op: "open", Path: o.name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return err
	}
	o.body, o.etag, o.size = body, info.ETag, o.at+info.Size
	return nil
}

// Read reads on, with another request if one breaks off.
func (o *object) Read(p []byte) (int, error) {
	for {
		n, err := o.body.Read(p)
		o.at += int64(n)
		switch {
		case err == nil, err == io.EOF:
			return n, err
		case n > 0:
			return n, nil // the error comes again
		case o.at >= o.size && o.size >= 0:
			return 0, io.EOF
		}
		if err := o.resume(err); err != nil {
			return 0, err
		}
	}
}

// resume goes on where cause broke off.
func (o *object) resume(cause error) error {
	if o.resumed++; o.resumed > maxResumed || o.etag == "" || o.ctx.Err() != nil {
		return cause
	}
	_ = o.body.Close() // it is broken
	o.body = http.NoBody
	if err := o.store.try(o.ctx, o.open); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// Close ends the download. Errors: none that tells anything of the object.
func (o *object) Close() error {
	_ = o.body.Close()
	return nil
}
