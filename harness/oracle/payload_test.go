package oracle

import (
	"testing"

	"github.com/streamgauge/streamgauge/harness/event"
	"github.com/streamgauge/streamgauge/harness/job"
)

// A message of no bytes is put together to a value of no bytes, which is not null.
func TestAMessageOfNoBytesIsNotNull(t *testing.T) {
	j := &job.Job{Schema: 1, Name: "large", Answers: job.Answers{Probe: job.AnswerEvent, PerEvent: job.AnswerEvent}, Stages: []job.Stage{
		{Name: "assemble", Do: []job.Operator{{Reassemble: &job.Reassemble{}}}}, {Name: "summarise", Do: []job.Operator{{Scan: &job.Scan{}}}}}}
	stamp := event.Stamp{ID: event.ID{Stream: 1, Device: 5}, Flags: event.FlagChunk, Hash: event.Hash(nil)}
	chunk := event.Chunk{Count: 1, Hash: event.Hash(nil)}
	w := &world{job: j, partitions: 1, input: []event.Record{{Key: []byte("camera"), Value: []byte{}, Headers: []event.Header{
		{Key: event.HeaderStamp, Value: event.AppendStamp(nil, stamp)}, {Key: event.HeaderTime, Value: event.AppendTime(nil, 1000)},
		{Key: event.HeaderChunk, Value: event.AppendChunk(nil, chunk)}}}}}
	w.execute(0)
	if got := w.stages[0]; len(got) != 1 || got[0].Value == nil || len(got[0].Value) > 0 {
		t.Fatalf("assembled: %+v, want one record with a value of no bytes", got)
	}
	if v := w.judge(t, ExactlyOnce).Verdict; v.Text != "correct" || v.Matched != 1 {
		t.Errorf("%q, %d matched, want correct, 1", v.Text, v.Matched)
	}
	w.stages[0][0].Value = nil
	if v, want := w.judge(t, ExactlyOnce).Verdict, `wrong: stage "assemble": 1 with other content`; v.Text != want {
		t.Errorf("null: %q, want %q", v.Text, want)
	}
}
