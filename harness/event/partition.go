package event

import "fmt"

// Partition is the partition of a key among n, by murmur2 as Kafka's Java client computes it (and franz-go by default;
// librdkafka must be told).
func Partition(key []byte, n int32) int32 {
	return int32(murmur2(key)&0x7fffffff) % n
}

// KeyFor returns the first of prefix-0, prefix-1, … whose partition among n is p: how heartbeat and probe devices get a
// device id for each partition.
func KeyFor(prefix string, p, n int32) string {
	for i := 0; ; i++ {
		if key := fmt.Sprintf("%s-%d", prefix, i); Partition([]byte(key), n) == p {
			return key
		}
	}
}

// murmur2 is the 32-bit MurmurHash2 with Kafka's seed (org.apache.kafka.common.utils.Utils.murmur2).
func murmur2(b []byte) uint32 {
	const m, r = 0x5bd1e995, 24
	h := uint32(0x9747b28c) ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		k *= m
		k ^= k >> r
		h = h*m ^ k*m
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(b[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}
