package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/harness/encoding/compressed"
)

func (a *app) encodingCommand() *cobra.Command {
	return group("encoding", "Compare the encodings that messages can have", a.encodingMeasure())
}

const aboutMeasure = `Writes the same readings, those of a recording as job alert takes them, in each encoding, and prints how many bytes a message has: as
it is, compressed by itself, and compressed by zstd in batches of 100, as Kafka does it. Then the processor time to write and to read
one message: the best of five passes over all of them, in this process alone. Times are for comparing rows of one table.`

func (a *app) encodingMeasure() *cobra.Command {
	var asJSON bool
	var recording string
	c := &cobra.Command{
		Use:     "measure [ENCODING…]",
		Short:   "Write one stream in every encoding: bytes, compression, cost",
		Long:    aboutMeasure,
		Example: "  streamgauge encoding measure\n  streamgauge encoding measure json csv avro --json",
		RunE: func(c *cobra.Command, names []string) error {
			rows, err := a.parts.measure(c.Context(), recording, names)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(rows)
			}
			return a.printMeasured(rows)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print an array of objects")
	c.Flags().StringVar(&recording, "recording", "room-sensors", "`NAME` or path of the recording")
	return c
}

func (a *app) printMeasured(rows []measured) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "encoding\tbytes\t+%s\tzstd of %d\twrite ns\tread ns\tengines\t\n", strings.Join(compressed.Names(), "\t+"), batchMessages)
	for _, m := range rows {
		fmt.Fprintf(w, "%s\t%d\t", m.Name, m.Bytes)
		for _, packing := range compressed.Names() {
			fmt.Fprintf(w, "%d\t", m.Packed[packing])
		}
		who := "in Go"
		if m.JVM {
			who = "all"
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\t\n", m.Batched, m.EncodeNS, m.DecodeNS, who)
	}
	return w.Flush()
}
