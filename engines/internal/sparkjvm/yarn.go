package sparkjvm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// YARN is the address of a master that is YARN's ResourceManager: which one, Hadoop's settings say.
const YARN = "yarn"

// MasterOrYARNMeans says what the address of a master is where the engine has Spark's jars for YARN.
const MasterOrYARNMeans = MasterMeans + ", or " + YARN + ": that of $HADOOP_CONF_DIR"

// CheckMasterOrYARN refuses what is neither YARN nor a master of a standalone cluster.
func CheckMasterOrYARN(_, address string) error {
	switch {
	case address == YARN || strings.HasPrefix(address, "spark://"):
		return nil
	case strings.HasPrefix(address, "k8s://"):
		return fmt.Errorf("%q: Kubernetes was never tried, and Spark's jars for it are not installed; want %s", address, MasterOrYARNMeans)
	}
	return fmt.Errorf("%q is not %s", address, MasterOrYARNMeans)
}

// ReachMaster refuses YARN where the environment does not lead to its settings.
func ReachMaster(addresses map[string]string, environment func(name string) string) error {
	if addresses[Master] != YARN {
		return nil
	}
	var folders []string
	for _, name := range []string{"HADOOP_CONF_DIR", "YARN_CONF_DIR"} {
		if dir := environment(name); dir != "" {
			folders = append(folders, name+"="+dir)
			if f, err := os.Open(filepath.Join(dir, "yarn-site.xml")); err == nil {
				return f.Close()
			}
		}
	}
	if folders == nil {
		return errors.New("master yarn: neither HADOOP_CONF_DIR nor YARN_CONF_DIR is set, and they say where YARN is")
	}
	return fmt.Errorf("master yarn: no yarn-site.xml can be read in %s, and it says where YARN is", strings.Join(folders, " nor "))
}
