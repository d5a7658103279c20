package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/scenario"
)

// deployment is what the flags --deploy and --address of `engine check` ask for; nil: the engine's own process.
func deployment(d engines.Descriptor, kind string, addresses map[string]string) (*engines.Deploy, error) {
	command := "streamgauge engine check " + d.Name
	if !slices.Contains(d.Deployments, kind) {
		return nil, usagef(command+" --deploy "+d.Deployments[0], "--deploy %s: engine %s has %s", kind, d.Name, strings.Join(d.Deployments, ", "))
	}
	if kind != engines.DeployRemote {
		if len(addresses) > 0 {
			return nil, usagef(command+" --deploy remote …", "--address goes with --deploy remote")
		}
		if kind == engines.DeployLocal {
			return nil, nil
		}
		return &engines.Deploy{Kind: kind}, nil
	}
	names := slices.Sorted(maps.Keys(d.Addresses))
	for _, name := range names {
		if addresses[name] == "" {
			return nil, usagef(command+" --deploy remote --address "+name+"=…", "--deploy remote needs --address %s=…: %s", name, d.Addresses[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		if _, ok := d.Addresses[name]; !ok {
			return nil, usagef("", "--address %s: engine %s has no such address; it has %s", name, d.Name, strings.Join(names, ", "))
		}
		if d.CheckAddress != nil {
			if err := d.CheckAddress(name, addresses[name]); err != nil {
				return nil, usagef("", "--address %s: %w", name, err)
			}
		}
	}
	if err := reach(d, addresses); err != nil {
		return nil, err
	}
	return &engines.Deploy{Kind: kind, Addresses: addresses}, nil
}

// reach refuses addresses of a cluster to which this machine does not know the way.
func reach(d engines.Descriptor, addresses map[string]string) error {
	if d.Reach == nil {
		return nil
	}
	if err := d.Reach(addresses, os.Getenv); err != nil {
		return environment("docs/engines/"+d.Name+".md tells what to set", err)
	}
	return nil
}

// reachAll does it for the engines of a scenario.
func (a *app) reachAll(s *scenario.Scenario) error {
	all := a.parts.descriptors()
	for _, label := range slices.Sorted(maps.Keys(s.Engines)) {
		if e := s.Engines[label]; e.Deploy == engines.DeployRemote {
			if err := reach(all[e.Engine], e.Addresses); err != nil {
				return fmt.Errorf("engine %s: %w", label, err)
			}
		}
	}
	return nil
}
