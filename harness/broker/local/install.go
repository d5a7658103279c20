package local

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/streamgauge/streamgauge/harness/jars"
)

// Version is the version of Kafka that is installed.
const Version = "4.4.0"

//go:embed pom.xml
var pom []byte

// lock holds one line for each jar: its SHA-256 and its name, as sha256sum prints them.
//
//go:embed lock.txt
var lock string

//go:embed log4j2.properties
var log4j []byte

// needJava is what Kafka's brokers run on.
var needJava = jars.Need{Who: "Kafka", Oldest: 17}

// ErrNotInstalled says that the jars are not there and were not to be downloaded.
var ErrNotInstalled = errors.New("Kafka " + Version + " is not installed")

// home is where everything of one version stands: its name changes with the pom, so that an old one is never taken.
func home(cacheDir string) string {
	sum := sha256.Sum256(append([]byte(lock), pom...))
	return filepath.Join(cacheDir, "kafka-"+Version+"-"+hex.EncodeToString(sum[:4]))
}

func libDir(cacheDir string) string { return filepath.Join(home(cacheDir), "lib") }

// Install brings the jars of Kafka from Maven Central into cacheDir (43 MB, once), checks each against the lock in this
// binary, and prepares what makes starts quick: a formatted data folder and a class-data archive for the Java at hand.
// What is there already is checked and kept. progress is told each step; nil: nobody. With offline nothing is downloaded.
// Two installations at once wait for each other.
//
// Errors: ErrNotInstalled; what is missing of Java and Maven, and how to get it; a jar that differs from the lock.
func Install(ctx context.Context, cacheDir string, offline bool, progress func(string)) error {
	if progress == nil {
		progress = func(string) {}
	}
	jv, err := jars.FindJava(ctx, needJava)
	if err != nil {
		return fmt.Errorf("installing Kafka: %w", err)
	}
	// Each of them was moved into its place whole: then nobody is waited for, and a cache that cannot be written will do.
	if exists(libDir(cacheDir)) && exists(templateDir(cacheDir)) && exists(archive(cacheDir, jv)) {
		if err := Verify(cacheDir); err != nil {
			return fmt.Errorf("installing Kafka: %w", err)
		}
		return nil
	}
	if err := os.MkdirAll(home(cacheDir), 0o755); err != nil {
		return fmt.Errorf("installing Kafka: %w", err)
	}
	unlock, err := jars.HoldTold(ctx, filepath.Join(home(cacheDir), lockFile), func() { progress("waiting for another installation of Kafka to end") })
	if err != nil {
		return fmt.Errorf("installing Kafka: %w", err)
	}
	defer unlock()
	if err := installJars(ctx, cacheDir, offline, progress); err != nil {
		return fmt.Errorf("installing Kafka: %w", err)
	}
	if err := prepare(ctx, cacheDir, jv, progress); err != nil {
		return fmt.Errorf("installing Kafka: %w", err)
	}
	return nil
}

// lockFile is locked while Kafka is being installed.
const lockFile = "install.lock"

// Abandoned lists what installations that were killed left below cacheDir; nothing while one is in progress.
func Abandoned(cacheDir string) ([]string, error) {
	return jars.Abandoned(home(cacheDir), lockFile, "download-*", "template-*", "archive-*")
}

func installJars(ctx context.Context, cacheDir string, offline bool, progress func(string)) error {
	lib := libDir(cacheDir)
	if _, err := os.Stat(lib); err == nil {
		return Verify(cacheDir)
	}
	if offline {
		return fmt.Errorf("%w in %s; run it once with a network", ErrNotInstalled, cacheDir)
	}
	mvn, err := jars.FindMaven(ctx, "it downloads Kafka's jars", ", or use --broker embedded, which needs neither Java nor Maven")
	if err != nil {
		return err
	}
	progress("downloading Kafka " + Version + " from Maven Central (43 MB, once)")
	tmp, err := os.MkdirTemp(home(cacheDir), "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.WriteFile(filepath.Join(tmp, "pom.xml"), pom, 0o644); err != nil {
		return err
	}
	got := filepath.Join(tmp, "lib")
	args := []string{"-B", "-q", jars.CopyDependencies, "-DincludeScope=runtime", "-DoutputDirectory=" + got}
	if err := jars.Run(ctx, jars.Program{Path: mvn, Args: args, Dir: tmp}); err != nil {
		return fmt.Errorf("downloading with Maven: %w", err)
	}
	if err := verify(got); err != nil {
		return err
	}
	return os.Rename(got, lib)
}

// Verify checks the installed jars against the lock: each is there, none differs and there is no other, because all of
// them are on the class path. Errors: ErrNotInstalled, or the names of the jars that are wrong.
func Verify(cacheDir string) error {
	lib := libDir(cacheDir)
	if _, err := os.Stat(lib); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w in %s", ErrNotInstalled, cacheDir)
	}
	return verify(lib)
}

func verify(lib string) error {
	if err := locked().Verify(lib); err != nil {
		return fmt.Errorf("checking the jars of Kafka in %s: %w; remove that folder to download them again", lib, err)
	}
	return nil
}

// locked gives the SHA-256 of each jar by its name.
func locked() jars.Sums { return jars.ParseSums(lock) }

// classPath is the jars in the order of their names: a class-data archive is bound to it.
func classPath(cacheDir string) string {
	var path []string
	for name := range locked() {
		path = append(path, filepath.Join(libDir(cacheDir), name))
	}
	slices.Sort(path)
	return strings.Join(path, string(os.PathListSeparator))
}
