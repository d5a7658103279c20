package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/engines"
)

// Error is what became of one daemon.
type Error struct {
	Role string
	Log  string // file: where a daemon says why
	Err  error
}

// Error says what happened to which daemon, and where more is written.
func (e *Error) Error() string {
	if _, err := os.Stat(e.Log); err != nil {
		return e.Err.Error()
	}
	return e.Err.Error() + "; its log is " + e.Log
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func (c *Cluster) fault(role, doing string, err error) *Error {
	return &Error{Role: role, Log: c.logFile(role), Err: fmt.Errorf("%s %s of %s: %w", doing, role, c.cfg.Name, err)}
}

// Times of looking whether a daemon is ready.
const (
	lookEvery  = 250 * time.Millisecond
	lookWithin = 5 * time.Second // a daemon that starts may take a connection and not answer yet
)

// await waits until a daemon is ready. Errors: *Error if another one ended, without which it may wait for ever; else what is
// missing of this one.
func (c *Cluster) await(ctx context.Context, d *daemon) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: lookWithin}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last error
	for {
		err := look(ctx, client, d.Ready)
		if last != nil && ctx.Err() != nil && err != nil {
			err = last // the end of ctx cut this look short: the one before has seen why
		}
		last = err
		if end := c.ended(d); end != nil { // first: somebody else may answer at its address
			return end
		}
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-d.proc.Done():
		case loss := <-c.lost:
			c.tell(loss)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// ended tells of another daemon's end, or of the end of this one; nil: all of them run. A loss stays to be yielded by Lost.
func (c *Cluster) ended(d *daemon) error {
	select {
	case loss := <-c.lost:
		c.tell(loss)
		if other := (*Error)(nil); errors.As(loss, &other) && other.Role != d.Role {
			return loss
		}
	default:
	}
	select {
	case <-d.proc.Done():
		return fmt.Errorf("it ended before it was ready: %s", d.proc.Exit().Unasked())
	default:
		return nil
	}
}

// look tells whether a daemon is ready, and if not, why.
func look(ctx context.Context, client *http.Client, c engines.Check) error {
	if !strings.Contains(c.Address, "://") {
		return connect(ctx, c.Address)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case err != nil:
		return fmt.Errorf("asking %s: %w", c.Address, err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("asking %s: %s", c.Address, resp.Status)
	case !strings.Contains(string(body), c.Answer):
		return fmt.Errorf("asking %s: no %s in the answer", c.Address, c.Answer)
	}
	return nil
}

func connect(ctx context.Context, address string) error {
	dialer := net.Dialer{Timeout: lookWithin}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// free tells whether a daemon's address is still to be had. A URL that is another daemon's, for one that says there that it
// has come, is asked in vain: then it answers, without the daemon's answer.
func free(c engines.Check) error {
	if c.Answer != "" {
		return nil
	}
	address := c.Address
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		address = u.Host
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("its address %s cannot be had: %w; another program took it in between, so try again", address, err)
	}
	return errors.Join(l.Close())
}
