package engines

import "testing"

func TestClientOptionsBytes(t *testing.T) {
	const options = `{"producer": {"max.request.size": 110004096, "buffer.memory": " 7 ", "batch.size": 1.5, "acks": "all"},
		"streams": {"producer.max.request.size": "12", "max.request.size": 1}}`
	for _, c := range []struct {
		at     ClientOptions
		name   string
		want   int64
		wantOK bool
	}{
		{ClientOptions{Option: "producer"}, "max.request.size", 110004096, true},
		{ClientOptions{Option: "producer"}, "buffer.memory", 7, true}, // Kafka trims
		{ClientOptions{Option: "streams", Prefix: "producer."}, "max.request.size", 12, true},
		{ClientOptions{Option: "producer"}, "batch.size", 0, false},
		{ClientOptions{Option: "producer"}, "acks", 0, false},
		{ClientOptions{Option: "producer"}, "linger.ms", 0, false},
		{ClientOptions{Option: "consumer"}, "max.request.size", 0, false},
		{ClientOptions{}, "max.request.size", 0, false},
	} {
		if got, ok := c.at.Bytes([]byte(options), c.name); got != c.want || ok != c.wantOK {
			t.Errorf("%+v.Bytes(%q) = %d, %t, want %d, %t", c.at, c.name, got, ok, c.want, c.wantOK)
		}
	}
	if _, ok := (ClientOptions{Option: "producer"}).Bytes(nil, "acks"); ok {
		t.Error("a plan without options has a setting")
	}
}
