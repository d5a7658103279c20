package driver

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// hint says what to do about a record that was given up.
func (e *ProduceError) hint() string {
	switch {
	case errors.Is(e.Err, kerr.MessageTooLarge), errors.Is(e.Err, kerr.RecordListTooLarge):
		return "raise max.message.bytes of the topic and message.max.bytes of the brokers, or send smaller values"
	case errors.Is(e.Err, kerr.UnknownTopicOrPartition), errors.Is(e.Err, kerr.UnknownTopicID):
		return "the topic was deleted while the trial ran; let nobody else delete topics that begin with sg."
	case errors.Is(e.Err, kerr.TopicAuthorizationFailed), errors.Is(e.Err, kerr.ClusterAuthorizationFailed):
		return "allow this user to write to topics that begin with sg."
	case errors.Is(e.Err, kerr.InvalidTimestamp):
		return "the broker refuses event times; set message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic to their maximum"
	case errors.Is(e.Err, kerr.NotEnoughReplicas), errors.Is(e.Err, kerr.NotEnoughReplicasAfterAppend):
		return "too few replicas are in sync; check the brokers, or lower min.insync.replicas"
	case errors.Is(e.Err, kgo.ErrRecordTimeout), errors.Is(e.Err, kgo.ErrRecordRetries):
		return "the broker did not answer; check that it is up and reachable"
	case errors.Is(e.Err, kgo.ErrClientClosed), errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded):
		return "the run was ended meanwhile"
	}
	return "look into the broker's log"
}
