package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/job"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

func (a *app) engineList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the engines and what each can do",
		Example: "  streamgauge engine list\n  streamgauge engines list --json",
		Args:    arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			list, err := a.parts.list()
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(list)
			}
			return a.printEngines(list)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the full descriptors as JSON")
	return c
}

// listed is an engine in the list.
type listed struct {
	engines.Descriptor
	Installed bool     `json:"installed"` // also if there is nothing to install
	JVM       *onJVM   `json:"jvm,omitempty"`
	Headers   string   `json:"headers"`
	notNative []string // operators
}

// onJVM is what the list says of a JVM engine.
type onJVM struct {
	Module         string   `json:"module"`
	Main           string   `json:"main"`
	HeapBytes      int64    `json:"heap_bytes"`      // the default
	RecordCopies   int      `json:"record_copies"`   // of the largest record, added to the default heap
	Flags          []string `json:"flags,omitempty"` // of the virtual machine
	NewestJava     int      `json:"newest_java,omitempty"`
	Folder         string   `json:"folder"` // where it is, or will be, installed
	Jars           int      `json:"jars,omitempty"`
	InstalledBytes int64    `json:"installed_bytes,omitempty"`
}

// carriedHeaders is what every engine here carries, as the conformance scripts prove. Others' headers are dropped.
const carriedHeaders = "sg, sgt, sgo, sgr"

// list describes every engine, by name.
func (r *registry) list() ([]listed, error) {
	s, err := store(nil)
	if err != nil {
		return nil, err
	}
	all := r.descriptors()
	var list []listed
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := all[name]
		l := listed{Descriptor: d, Installed: true, Headers: carriedHeaders, notNative: notNative(d)}
		if e, ok := r.jvms[name]; ok {
			st, err := s.State(e)
			if err != nil {
				return nil, err
			}
			l.Installed = st.Installed
			l.JVM = &onJVM{Module: e.Java.Module, Main: e.Java.Main, HeapBytes: e.Java.Heap, RecordCopies: e.Java.Copies, Flags: e.Java.Flags,
				NewestJava: e.Java.Newest, Folder: st.Dir, Jars: st.Jars, InstalledBytes: st.Bytes}
		}
		list = append(list, l)
	}
	return list, nil
}

func (a *app) printEngines(list []listed) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERSION\tMODEL\tINSTALLED\tGUARANTEES\tDEPLOY\tLARGEST RECORD\tJAVA\tNOT NATIVE")
	for _, l := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Name, l.Version, l.Model, l.installed(), joined(l.Guarantees),
			strings.Join(l.Deployments, ", "), orDash(l.MaxRecord > 0, scenario.Bytes(l.MaxRecord).String()), l.java(),
			orDash(len(l.notNative) > 0, strings.Join(l.notNative, ", ")))
	}
	fmt.Fprintln(w, "external\t\t\tany program that honours the engine contract: a scenario names its command")
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\nAll but external carry the headers %s of a record and drop others; --json says why an operator is not native.\n", carriedHeaders)
	return nil
}

func joined(guarantees []engines.Guarantee) string {
	var names []string
	for _, g := range guarantees {
		names = append(names, string(g))
	}
	return strings.Join(names, ", ")
}

// installed is the state in a word: a run installs what it needs by itself.
func (l listed) installed() string {
	switch {
	case l.JVM == nil:
		return "built in"
	case l.Installed:
		return "yes, " + scenario.Bytes(l.JVM.InstalledBytes).String()
	}
	return "no"
}

func (l listed) java() string {
	switch {
	case l.JVM == nil:
		return "-"
	case l.JVM.NewestJava > l.Java:
		return fmt.Sprintf("%d to %d", l.Java, l.JVM.NewestJava)
	case l.JVM.NewestJava == l.Java:
		return fmt.Sprintf("%d", l.Java)
	}
	return fmt.Sprintf("%d or newer", l.Java)
}

func orDash(known bool, text string) string {
	if known {
		return text
	}
	return "-"
}

// notNative lists the operators that the engine adapts or lacks.
func notNative(d engines.Descriptor) []string {
	var list []string
	for _, op := range job.Operators() {
		if fit, ok := d.Operators[op]; ok && fit != engines.Native {
			list = append(list, op+" ("+string(fit)+")")
		}
	}
	return list
}
