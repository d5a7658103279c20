package operator

// dedupe drops repeated sequences of a device. It remembers, for each device, the highest sequence passed and which of the
// span sequences up to it have passed. What lies further back passes unseen.
type dedupe struct {
	span    uint64
	devices map[uint64]*passed
}

// passed is what one device has sent: bit s mod span is set if sequence s, within span of highest, was passed.
type passed struct {
	highest uint64
	bits    []uint64
}

func newDedupe(span int) *dedupe {
	return &dedupe{span: uint64(span), devices: map[uint64]*passed{}}
}

func (d *dedupe) apply(e *current) verdict {
	seq := e.stamp.Seq
	p := d.devices[e.device()]
	switch {
	case p == nil:
		p = &passed{highest: seq, bits: make([]uint64, (d.span+63)/64)}
		d.devices[e.device()] = p
	case seq > p.highest:
		p.forget(p.highest, seq, d.span)
		p.highest = seq
	case p.highest-seq >= d.span:
		return pass
	case p.has(seq % d.span):
		return drop
	}
	p.set(seq % d.span)
	return pass
}

func (p *passed) has(i uint64) bool { return p.bits[i/64]&(1<<(i%64)) != 0 }
func (p *passed) set(i uint64)      { p.bits[i/64] |= 1 << (i % 64) }

// forget clears the sequences after from, up to and including to, whose bits belonged to sequences one span earlier.
func (p *passed) forget(from, to, span uint64) {
	if to-from >= span {
		clear(p.bits)
		return
	}
	for s := from + 1; s <= to && s > from; s++ {
		i := s % span
		p.bits[i/64] &^= 1 << (i % 64)
	}
}

func (d *dedupe) entries() int { return len(d.devices) }

func (d *dedupe) snapshot(dst []byte) []byte {
	w := writer{dst}
	w.u64(d.span)
	w.u64(uint64(len(d.devices)))
	for _, device := range sortedKeys(d.devices) {
		p := d.devices[device]
		w.u64(device)
		w.u64(p.highest)
		for _, b := range p.bits {
			w.u64(b)
		}
	}
	return w.b
}

func (d *dedupe) restore(b []byte) error {
	r := reader{b: b}
	if span := r.u64(); span != d.span {
		return errSnapshot
	}
	words := int((d.span + 63) / 64)
	devices := map[uint64]*passed{}
	for range r.count(16 + 8*words) {
		device, p := r.u64(), &passed{highest: r.u64(), bits: make([]uint64, words)}
		for i := range p.bits {
			p.bits[i] = r.u64()
		}
		devices[device] = p
	}
	if err := r.end(); err != nil {
		return err
	}
	d.devices = devices
	return nil
}
