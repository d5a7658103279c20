package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/generators/preset"
	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// schemaFlags are those of `generate` that name a schema of the user's, as stream.schema does in a scenario. There the paths are the
// job's; here they are told.
type schemaFlags struct {
	file, message string
	paths         []string
}

func (f *schemaFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "schema", "", "file of a schema of your own: a DBC file with --encoding can, an .avsc with avro, a .proto with protobuf")
	c.Flags().StringVar(&f.message, "schema-message", "", "the schema's message, where it has several")
	c.Flags().StringArrayVar(&f.paths, "path", nil, "NAME=PATH in the schema of a metric, of device or of time (repeatable); metrics that are not named are left out")
}

// coder is the encoder of a preset's readings in another encoding than its own, and what of them it writes.
func (a *app) coder(f *generateFlags, p *preset.Preset) (job.Reading, encoding.Encoder, error) {
	format, err := a.parts.format(f.encoding)
	if err != nil {
		return job.Reading{}, nil, usagef("native is the preset's own", "--encoding: %w", err)
	}
	r, err := p.Reading()
	if err != nil {
		return r, nil, usagef("--encoding native writes it as recorded", "--encoding %s: %w", f.encoding, err)
	}
	if err := a.bySchema(&r, &f.schema, f.encoding); err != nil {
		return r, nil, err
	}
	e, err := format.Encoder(r)
	if err != nil {
		hint := "streamgauge generate describe " + f.preset + " shows what messages hold"
		if f.schema.file != "" {
			hint += "; --path NAME=PATH says where it stands"
		}
		return r, nil, usagef(hint, "--encoding %s: %w", f.encoding, err)
	}
	return r, e, nil
}

// bySchema puts the user's schema into a reading, and the paths that lead into it.
func (a *app) bySchema(r *job.Reading, f *schemaFlags, name string) error {
	if f.file == "" {
		return f.lone()
	}
	inner, _, _ := strings.Cut(name, "+")
	schema, err := a.parts.readSchema(inner, scenario.Schema{File: f.file, Message: f.message}, a.readFile)
	if err != nil {
		return usagef("such as --encoding can --schema car.dbc", "--schema: %w", err)
	}
	r.Schema = schema
	return f.place(r)
}

// lone refuses what goes with a schema where there is none.
func (f *schemaFlags) lone() error {
	if f.message == "" && len(f.paths) == 0 {
		return nil
	}
	return usagef("such as --encoding can --schema car.dbc --path signal=EngineData.Speed", "--schema-message and --path go with --schema")
}

// place gives device, time and metrics the paths that were told. Without any, each metric stands at its own name.
func (f *schemaFlags) place(r *job.Reading) error {
	metrics := map[string]job.Metric{}
	seen := map[string]bool{}
	for _, text := range f.paths {
		name, path, ok := strings.Cut(text, "=")
		if !ok || path == "" || seen[name] {
			return usagef("such as --path signal=EngineData.Speed", "--path %s: want NAME=PATH, and each name once", text)
		}
		seen[name] = true
		m, known := r.Metrics[name]
		switch {
		case name == "device":
			r.Device = path
		case name == "time":
			r.Time.Path = path
		case known:
			m.Path = path
			metrics[name] = m
		default:
			return usagef("device, time, and what streamgauge generate describe PRESET shows", "--path %s: the preset has no metric %s; %s", text, name, yamlstrict.Suggest(name, r.Names()))
		}
	}
	if len(metrics) > 0 {
		r.Metrics = metrics
	}
	return nil
}
