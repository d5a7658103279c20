package local

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/streamgauge/streamgauge/harness/broker"
	"github.com/streamgauge/streamgauge/harness/jars"
)

// prepare makes what speeds up starts: the formatted data folder, which is needed, and the archive, which is not.
func prepare(ctx context.Context, cacheDir string, java jars.Java, progress func(string)) error {
	if _, err := os.Stat(templateDir(cacheDir)); err != nil {
		progress("formatting a data folder to copy (once)")
		if err := makeTemplate(ctx, cacheDir, java); err != nil {
			return fmt.Errorf("formatting a data folder: %w", err)
		}
	}
	if _, err := os.Stat(archive(cacheDir, java)); err == nil {
		return nil
	}
	progress("archiving classes for quicker starts (once for this Java)")
	if err := makeArchive(ctx, cacheDir, java); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		progress(fmt.Sprintf("going on without a class archive: %v", err))
	}
	return nil
}

func templateDir(cacheDir string) string { return filepath.Join(home(cacheDir), "template") }

// makeTemplate lets Kafka's own tool format a folder, which costs a JVM's start. Copies of it, with other ids, are as good:
// it holds meta.properties and a checkpoint of the bootstrap records. Without that checkpoint a broker starts too, but
// with the features of transactions and groups left off.
func makeTemplate(ctx context.Context, cacheDir string, java jars.Java) error {
	tmp, err := os.MkdirTemp(home(cacheDir), "template-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	props, data := filepath.Join(tmp, "server.properties"), filepath.Join(tmp, "data")
	l := layout{nodes: []node{{id: 1, port: 9092, controller: 9093, dir: data}}}
	if err := os.WriteFile(props, []byte(l.properties(l.nodes[0])), 0o644); err != nil {
		return err
	}
	err = jars.Run(ctx, jars.Program{Path: java.Path, Dir: tmp, Args: []string{"-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
		"-cp", classPath(cacheDir), "kafka.tools.StorageTool", "format", "-t", newID(), "-c", props}})
	if err != nil {
		return err
	}
	return os.Rename(data, templateDir(cacheDir))
}

// format makes a node's data folder from the template.
func format(cacheDir, clusterID string, n node) error {
	if err := os.MkdirAll(filepath.Dir(n.dir), 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(n.dir, os.DirFS(templateDir(cacheDir))); err != nil {
		return fmt.Errorf("copying the formatted data folder: %w", err)
	}
	meta := filepath.Join(n.dir, "meta.properties")
	b, err := os.ReadFile(meta)
	if err != nil {
		return fmt.Errorf("copying the formatted data folder: %w", err)
	}
	values := map[string]string{"node.id": fmt.Sprint(n.id), "directory.id": newID(), "cluster.id": clusterID}
	var out strings.Builder
	for line := range strings.Lines(string(b)) {
		key, _, _ := strings.Cut(line, "=")
		if v, ok := values[key]; ok {
			line = key + "=" + v + "\n"
		}
		out.WriteString(line)
	}
	return os.WriteFile(meta, []byte(out.String()), 0o644)
}

// newID is a random id as Kafka writes them: 16 bytes in unpadded URL-safe base64. Kafka refuses one that begins with a
// dash, which a command line would take for a flag.
func newID() string {
	for {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails
		if id := base64.RawURLEncoding.EncodeToString(b[:]); id[0] != '-' {
			return id
		}
	}
}

func archive(cacheDir string, java jars.Java) string {
	return filepath.Join(home(cacheDir), "classes-"+java.ID+".jsa")
}

// makeArchive runs a broker once and lets the JVM write down at its end the classes it loaded: this halves the CPU time of
// later starts.
func makeArchive(ctx context.Context, cacheDir string, java jars.Java) error {
	tmp, err := os.MkdirTemp(home(cacheDir), "archive-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "classes.jsa")
	spec := broker.Spec{Kind: broker.Local, Nodes: 1, Dir: filepath.Join(tmp, "broker"), LogDir: tmp}
	b, err := start(ctx, spec, Config{CacheDir: cacheDir}, java, []string{"-XX:ArchiveClassesAtExit=" + out})
	if err != nil {
		return err
	}
	stop, cancel := context.WithTimeout(ctx, time.Minute) // writing it takes some seconds
	defer cancel()
	if err := b.Close(stop); err != nil {
		return err
	}
	return os.Rename(out, archive(cacheDir, java))
}
