package sparkjvm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMastersThatWereTriedAreTaken(t *testing.T) {
	for _, c := range []struct{ address, refused string }{
		{"yarn", ""},
		{"spark://host:7077", ""},
		{"k8s://https://host:6443", "Kubernetes was never tried"},
		{"yarn://host", `"yarn://host" is not the master of a standalone cluster`},
		{"local[2]", `"local[2]" is not the master of a standalone cluster`},
	} {
		err := CheckMasterOrYARN(Master, c.address)
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("CheckMasterOrYARN(%q) = %v, want %q", c.address, err, c.refused)
		}
	}
}

func TestYARNNeedsAFolderWithItsSettings(t *testing.T) {
	empty, full := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "yarn-site.xml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ master, hadoop, yarn, refused string }{
		{"spark://host:7077", "", "", ""},
		{"yarn", "", "", "neither HADOOP_CONF_DIR nor YARN_CONF_DIR is set"},
		{"yarn", empty, "", "in HADOOP_CONF_DIR=" + empty},
		{"yarn", empty, empty, " nor YARN_CONF_DIR=" + empty},
		{"yarn", full, "", ""},
		{"yarn", empty, full, ""},
	} {
		env := map[string]string{"HADOOP_CONF_DIR": c.hadoop, "YARN_CONF_DIR": c.yarn}
		err := ReachMaster(map[string]string{Master: c.master}, func(name string) string { return env[name] })
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("ReachMaster(%q) with %v = %v, want %q", c.master, env, err, c.refused)
		}
	}
}
