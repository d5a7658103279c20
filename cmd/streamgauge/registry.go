package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/engines/flink"
	"github.com/streamgauge/streamgauge/engines/flinkminibatch"
	"github.com/streamgauge/streamgauge/engines/kstreams"
	"github.com/streamgauge/streamgauge/engines/microbatch"
	"github.com/streamgauge/streamgauge/engines/null"
	"github.com/streamgauge/streamgauge/engines/spark"
	"github.com/streamgauge/streamgauge/engines/sparkdstream"
	"github.com/streamgauge/streamgauge/engines/sparkrealtime"
	"github.com/streamgauge/streamgauge/engines/storm"
	"github.com/streamgauge/streamgauge/engines/trident"
	"github.com/streamgauge/streamgauge/engines/tuple"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/encoding/arrow"
	"github.com/streamgauge/streamgauge/harness/encoding/avro"
	"github.com/streamgauge/streamgauge/harness/encoding/blob"
	"github.com/streamgauge/streamgauge/harness/encoding/can"
	"github.com/streamgauge/streamgauge/harness/encoding/cbor"
	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
	csvenc "github.com/streamgauge/streamgauge/harness/encoding/csv"
	"github.com/streamgauge/streamgauge/harness/encoding/frame"
	jsonenc "github.com/streamgauge/streamgauge/harness/encoding/json"
	"github.com/streamgauge/streamgauge/harness/encoding/lineprotocol"
	"github.com/streamgauge/streamgauge/harness/encoding/lorawan"
	"github.com/streamgauge/streamgauge/harness/encoding/miniseed"
	"github.com/streamgauge/streamgauge/harness/encoding/msgpack"
	"github.com/streamgauge/streamgauge/harness/encoding/ndjson"
	"github.com/streamgauge/streamgauge/harness/encoding/nmea"
	"github.com/streamgauge/streamgauge/harness/encoding/otlp"
	"github.com/streamgauge/streamgauge/harness/encoding/parquet"
	"github.com/streamgauge/streamgauge/harness/encoding/prometheus"
	"github.com/streamgauge/streamgauge/harness/encoding/protobuf"
	"github.com/streamgauge/streamgauge/harness/encoding/senml"
	"github.com/streamgauge/streamgauge/harness/encoding/sparkplug"
	"github.com/streamgauge/streamgauge/harness/encoding/wav"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
	"github.com/streamgauge/streamgauge/reports"
	"github.com/streamgauge/streamgauge/reports/gobench"
	"github.com/streamgauge/streamgauge/reports/html"
	"github.com/streamgauge/streamgauge/reports/junit"
	"github.com/streamgauge/streamgauge/reports/markdown"
	"github.com/streamgauge/streamgauge/reports/plots"
)

// registry holds the parts by name.
type registry struct {
	formats map[string]encoding.Format
	engines map[string]engines.Engine // those in Go
	jvms    map[string]engines.JVM
	reports []reports.Writer // in the order in which they are written
}

// parts is the one list of all parts: adding one is its folder and a line here.
func parts() *registry {
	r := &registry{formats: formatsByName(
		arrow.Format{},
		avro.Format{},
		avro.Format{Registry: true},
		can.Format{},
		cbor.Format{},
		csvenc.Format{},
		frame.Format{},
		jsonenc.Format{},
		lineprotocol.Format{},
		lorawan.JSON{},
		lorawan.Radio{},
		miniseed.Format{},
		msgpack.Format{},
		ndjson.Format{},
		nmea.Format{},
		otlp.Format{},
		parquet.Format{},
		prometheus.Format{},
		protobuf.Format{},
		senml.CBOR{},
		senml.JSON{},
		sparkplug.Format{},
		wav.Format{},
	)}
	for _, f := range blob.Formats() {
		r.formats[f.Name()] = f
	}
	r.engines = byName(
		null.New(),
		tuple.New(r.format),
		microbatch.New(r.format),
	)
	r.jvms = jvmsByName(
		flink.New(),
		flinkminibatch.New(),
		kstreams.New(),
		spark.New(),
		sparkdstream.New(),
		sparkrealtime.New(),
		storm.New(),
		trident.New(),
	)
	r.reports = []reports.Writer{plots.New(), html.New(), markdown.New(), junit.New(), gobench.New()}
	return r
}

func formatsByName(all ...encoding.Format) map[string]encoding.Format {
	m := map[string]encoding.Format{}
	for _, f := range all {
		m[f.Name()] = f
	}
	return m
}

func byName(all ...engines.Engine) map[string]engines.Engine {
	m := map[string]engines.Engine{}
	for _, e := range all {
		m[e.Descriptor().Name] = e
	}
	return m
}

func jvmsByName(all ...engines.JVM) map[string]engines.JVM {
	m := map[string]engines.JVM{}
	for _, e := range all {
		m[e.Descriptor.Name] = e
	}
	return m
}

// format finds an encoding; one followed by + and a compression is compressed.
func (r *registry) format(name string) (encoding.Format, error) {
	name, packing, packed := strings.Cut(name, "+")
	if f, ok := r.formats[name]; ok && packed {
		return compressed.New(f, packing)
	} else if ok {
		return f, nil
	}
	return nil, fmt.Errorf("unknown encoding %q; %s", name, yamlstrict.Suggest(name, slices.Collect(maps.Keys(r.formats))))
}

// encoder makes an encoder by the name of its encoding, as presets ask for it.
func (r *registry) encoder(name string, of job.Reading) (encoding.Encoder, error) {
	f, err := r.format(name)
	if err != nil {
		return nil, err
	}
	return f.Encoder(of)
}

// descriptors describes every engine by name.
func (r *registry) descriptors() map[string]engines.Descriptor {
	m := map[string]engines.Descriptor{}
	for name, e := range r.engines {
		m[name] = e.Descriptor()
	}
	for name, e := range r.jvms {
		d := e.Descriptor
		if d.Encodings == nil {
			d.Encodings = engines.JoblibEncodings()
		}
		if d.Forms == nil && d.Operators["encode"] != engines.Absent {
			d.Forms = engines.JoblibForms()
		}
		d.Reasons = engines.Reasons(d)
		m[name] = d
	}
	return m
}

// abilities is what scenarios are held against.
func (r *registry) abilities() map[string]scenario.Ability {
	m := map[string]scenario.Ability{}
	for name, d := range r.descriptors() {
		a := scenario.Ability{Batches: d.Model == "micro-batch", JVM: d.Java > 0, Reasons: d.Reasons, Waits: d.Waits,
			Deployments: d.Deployments, Addresses: d.Addresses, CheckAddress: d.CheckAddress, Encodings: d.Encodings, Forms: d.Forms}
		for _, g := range d.Guarantees {
			a.Guarantees = append(a.Guarantees, string(g))
		}
		for op, fit := range d.Operators {
			if fit != engines.Absent {
				a.Operators = append(a.Operators, op)
			}
		}
		m[name] = a
	}
	return m
}

// encodings lists the names of all encodings.
func (r *registry) encodings() []string { return slices.Sorted(maps.Keys(r.formats)) }
