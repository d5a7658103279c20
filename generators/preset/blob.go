package preset

import (
	"slices"

	"github.com/streamgauge/streamgauge/generators"
	"github.com/streamgauge/streamgauge/generators/blob"
	"github.com/streamgauge/streamgauge/harness/job"
)

// classes are the contents of blobs, by the form of their slots: ${FIELD:dense} is as many bytes as the field says.
var classes = map[form]blob.Class{formDense: blob.Dense, formWave: blob.Wave, formSparse: blob.Sparse}

// Blobs tells how large the blobs in the messages of a fleet are, in bytes: all of a message's together, on average over all
// messages at the fleet's own pace, and at most. 0 and 0: there are none.
func (p *Preset) Blobs() (mean float64, largest int64) {
	records, bytes, largest := p.flow()
	return bytes / records, largest
}

// blobs is how many bytes of blobs a message of the kind has, on average and at most.
func (k *Kind) blobs(p *Preset) (mean float64, largest int64) {
	pieces, _ := parse(k.message(p)) // validated
	for _, piece := range pieces {
		name, sh, _ := shaped(piece.name)
		i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == name })
		if sh.form < formDense || i < 0 {
			continue
		}
		q, _ := numbers(k.Fields[i].Quantiles) // validated
		for j := 1; j < len(q); j++ {
			mean += (q[j-1] + q[j]) / 2 / float64(len(q)-1)
		}
		largest += int64(q[len(q)-1])
	}
	return mean, largest
}

// blobField checks that a field can be a number of bytes. Of steps, whose numbers are those of readings, none above 10^7 is one.
func (k *Kind) blobField(e *problems, name string) {
	i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return // that is told
	}
	q, err := numbers(k.Fields[i].Quantiles)
	e.check(err == nil && len(q) > 1 && q[0] >= 0 && q[len(q)-1] <= job.MaxPayload && k.Fields[i].Levels == 0,
		"message: ${%s}: how many bytes a blob has wants quantiles, two at least, from 0 to %d, without levels", name, job.MaxPayload)
}

// blobBytes is how many bytes of blobs the message has whose scores are at hand.
func (s *Stream) blobBytes(k *kind) int {
	n := 0
	for _, f := range k.blobs {
		n += s.blobSize(k, f)
	}
	return n
}

func (s *Stream) blobSize(k *kind, f int) int { return max(0, int(k.fields[f].plain(s.scores[f]))) }

// slack is how much longer than all before it a message may become without another piece of memory.
const slack = 256

// buffer is what a key, and a message without blobs, is appended to: a piece that it shares with others, or the one of the last message if
// that is done with.
func (s *Stream) buffer(room *generators.Room) []byte {
	if room.Passes() {
		s.arena = s.arena[:0]
	}
	most := s.room + slack
	if cap(s.arena)-len(s.arena) < most {
		s.arena = make([]byte, 0, max(chunk, most))
	}
	return s.arena
}

// blob writes the blob of a slot. Its contents are a function of device, record, field and class.
func (s *Stream) blob(b []byte, k *kind, w *wrongs, sl *slot) []byte {
	n, from := s.blobSize(k, sl.shape.count), len(b)
	b = slices.Grow(b, n)[:from+n]
	blob.Fill(b[from:], classes[sl.shape.form], mix64(w.seed^forBlob+odd*w.record)+uint64(sl.shape.count)<<8+uint64(sl.shape.form))
	return b
}
