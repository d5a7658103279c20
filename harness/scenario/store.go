package scenario

import (
	"net/url"
	"regexp"
	"strings"
)

// Store says where carrier claim-check keeps messages. The zero value is a folder of the run. Credentials have no place here:
// they come from the environment, or from the files of the AWS tools.
type Store struct {
	Kind      string `yaml:"kind" json:"kind,omitempty"`             // folder or s3
	Endpoint  string `yaml:"endpoint" json:"endpoint,omitempty"`     // of s3: URL of the server; empty: Amazon's
	Bucket    string `yaml:"bucket" json:"bucket,omitempty"`         // of s3: which must be there
	Prefix    string `yaml:"prefix" json:"prefix,omitempty"`         // of s3: before the run's own part of all keys
	Region    string `yaml:"region" json:"region,omitempty"`         // of s3: of the bucket; empty: the server is asked
	PathStyle bool   `yaml:"path_style" json:"path_style,omitempty"` // of s3: the bucket is in the path of URLs, not in the host name
}

// The kinds of stores.
const (
	Folder = "folder"
	S3     = "s3"
)

// the forms of what a store in a bucket is described by.
var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	keyPrefix  = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$`)
	regionName = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)
)

// maxPrefix leaves room in a key, which has 1,024 bytes at most, for the run and the object.
const maxPrefix = 500

// store checks where messages are kept.
func (v *validation) store() {
	const path = "stream.payload.store"
	s := v.Stream.Payload.Store
	if s.Kind != S3 {
		if s.Kind != "" {
			v.oneOf(path+".kind", s.Kind, Folder, S3)
		}
		if s != (Store{Kind: s.Kind}) {
			v.badf(at(path), "endpoint, bucket, prefix, region and path_style go with kind: %s", S3)
		}
		return
	}
	if !bucketName.MatchString(s.Bucket) {
		v.badf(at(path+".bucket", path), "want the name of a bucket: 3 to 63 lower case letters, digits, hyphens and dots")
	}
	if s.Endpoint != "" && !isEndpoint(s.Endpoint) {
		v.badf(at(path+".endpoint"), "want http:// or https:// with host and port and nothing else; credentials come from the environment or the files of the AWS tools")
	}
	if s.Prefix != "" && (len(s.Prefix) > maxPrefix || !keyPrefix.MatchString(s.Prefix)) {
		v.badf(at(path+".prefix"), "want letters, digits, hyphens, underscores and dots, with single slashes between, at most %d", maxPrefix)
	}
	if s.Region != "" && !regionName.MatchString(s.Region) {
		v.badf(at(path+".region"), "want the name of a region, such as eu-central-1")
	}
}

// isEndpoint reports whether text is the URL of a server. What is none is not told: it may hold a password.
func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// in tells where messages are kept, for people; empty where it goes without saying.
func (s Store) in() string {
	if s.Kind != S3 {
		return ""
	}
	text := " in s3://" + strings.TrimSuffix(s.Bucket+"/"+s.Prefix, "/")
	if s.Endpoint != "" {
		text += " at " + s.Endpoint
	}
	return text
}
