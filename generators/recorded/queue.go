package recorded

// queue holds the time of each device's next event: a binary heap whose first entry is the earliest.
type queue struct {
	heap []entryAt
}

// entryAt is when a device sends next, in ns of recorded time.
type entryAt struct {
	at     int64
	device uint32
}

func entryOf(at int64, device uint32) entryAt { return entryAt{at, device} }

// before orders by time, and at the same time by device, so that the order is always the same.
func (a entryAt) before(b entryAt) bool {
	return a.at < b.at || a.at == b.at && a.device < b.device
}

// add appends an entry; order must follow.
func (q *queue) add(e entryAt) { q.heap = append(q.heap, e) }

// order makes a heap of what was added.
func (q *queue) order() {
	for i := len(q.heap)/2 - 1; i >= 0; i-- {
		q.sink(i)
	}
}

func (q *queue) first() entryAt { return q.heap[0] }

func (q *queue) replaceFirst(e entryAt) {
	q.heap[0] = e
	q.sink(0)
}

func (q *queue) sink(i int) {
	h := q.heap
	e := h[i]
	for {
		c := 2*i + 1
		if c >= len(h) {
			break
		}
		if c+1 < len(h) && h[c+1].before(h[c]) {
			c++
		}
		if !h[c].before(e) {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = e
}
