package scenario

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
	"github.com/streamgauge/streamgauge/harness/yamlstrict"
)

// deploy checks where an engine's work is to be done.
func (v *validation) deploy(path string, e Engine, a Ability) {
	key := path + ".deploy"
	switch all := []string{engines.DeployLocal, engines.DeployCluster, engines.DeployRemote}; {
	case !slices.Contains(all, e.Deploy):
		v.oneOf(key, e.Deploy, all...)
		return
	case e.Deploy != engines.DeployLocal && !slices.Contains(a.Deployments, e.Deploy):
		v.badf(at(key, path), "%s is not supported by %s (%s)", e.Deploy, e.Engine, cmp.Or(strings.Join(a.Deployments, ", "), engines.DeployLocal))
		return
	}
	v.addressesOf(path, e, a)
}

// addressesOf checks that a cluster that runs already can be found, and that nothing else is given an address.
func (v *validation) addressesOf(path string, e Engine, a Ability) {
	key := path + ".addresses"
	if e.Deploy != engines.DeployRemote {
		if len(e.Addresses) > 0 {
			v.badf(at(key), "go with deploy: remote; %s finds its own", e.Deploy)
		}
		return
	}
	names := slices.Sorted(maps.Keys(a.Addresses))
	for _, name := range names {
		if e.Addresses[name] == "" {
			v.badf(at(path+".deploy", key), "remote needs addresses: {%s: …}, %s", name, a.Addresses[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Addresses)) {
		if _, ok := a.Addresses[name]; !ok {
			v.badf(at(key+"."+name, key), "%s has no such address; %s", e.Engine, yamlstrict.Suggest(name, names))
		} else if address := e.Addresses[name]; a.CheckAddress != nil && address != "" {
			if err := a.CheckAddress(name, address); err != nil {
				v.badf(at(key+"."+name, key), "%v", err)
			}
		}
	}
}

// deployFault checks that a fault can be done to an engine where it is.
func (v *validation) deployFault(path string, f Fault) {
	switch e, ok := v.Engines[f.Engine]; {
	case !ok:
	case e.Deploy == engines.DeployRemote:
		v.badf(at(path+".engine", path), "%s works on a cluster that is not the run's to harm", f.Engine)
	case f.Do == KillWorker && e.Deploy != engines.DeployCluster:
		v.badf(at(path+".do", path), "%s has no workers of its own: that takes deploy: cluster", f.Engine)
	}
}
