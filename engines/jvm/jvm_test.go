package jvm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/streamgauge/streamgauge/engines"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	parentPom = `<project><modules><module>joblib</module><module>other</module><module>toy</module></modules></project>`
	joblibPom = `<project><artifactId>joblib</artifactId></project>`
	toyPom    = `<project><artifactId>toy</artifactId><dependencies>
		<dependency><groupId>io.github.streamgauge</groupId><artifactId>joblib</artifactId></dependency>
		<dependency><groupId>org.toys</groupId><artifactId>toy-client</artifactId></dependency></dependencies></project>`
)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// sources are those of an engine toy, which needs toy-client 2.8 and slf4j 1.
func sources() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"pom.xml":                     file(parentPom),
		"joblib/pom.xml":              file(joblibPom),
		"joblib/src/main/java/L.java": file("class L"),
		"other/pom.xml":               file(`<project><artifactId>other</artifactId></project>`),
		"other/src/main/java/O.java":  file("class O"),
		"toy/pom.xml":                 file(toyPom),
		"toy/src/main/java/T.java":    file("class T"),
		"toy/lock.txt":                file(sum("client") + "  toy-client-2.8.jar\n" + sum("slf4j") + "  slf4j-1.jar\n"),
	}
}

func toy() engines.JVM {
	return engines.JVM{Descriptor: engines.Descriptor{Name: "toy-engine", Java: 17},
		Java: engines.Java{Module: "toy", Main: "io.toy.Main", Heap: 1 << 30}}
}

// What programs do that stand in for real ones.
const (
	java17 = `echo 'openjdk version "17.0.1"' >&2`
	// mavenBuilds does what Maven is asked for, told from its arguments.
	mavenBuilds = `
for a in "$@"; do case $a in -DoutputDirectory=*) out=${a#*=} ;; esac; done
mkdir -p "toy/$out" "joblib/$out"; printf other > "joblib/$out/of-joblib-alone-1.jar"; out=toy/$out
echo "[INFO] --- maven-compiler-plugin:3.13.0:compile (default-compile) @ toy ---"
echo "Downloaded from central: https://example.org/slf4j-1.jar (1.5 MB at 3.0 MB/s)"
mkdir -p toy/target joblib/target
printf ours > toy/target/toy-1.jar; printf lib > joblib/target/joblib-1.jar
printf lib > "$out/joblib-1.jar"; printf client > "$out/toy-client-2.8.jar"; printf slf4j > "$out/slf4j-1.jar"
echo built >> "$BUILDS"
`
)

// bench is a store over sources whose Java and Maven are scripts.
type bench struct {
	Store
	dir    string
	mu     sync.Mutex
	said   []string
	builds string // a line for each build
}

func setUp(t *testing.T, programs map[string]string) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{dir: dir, builds: filepath.Join(dir, "builds")}
	b.Store = Store{Cache: filepath.Join(dir, "cache"), Sources: sources(), Say: func(line string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.said = append(b.said, line)
	}}
	bin := filepath.Join(dir, "bin")
	for name, script := range programs {
		put(t, filepath.Join(bin, name), "#!/bin/sh\n"+script+"\n")
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	if len(programs) < 2 { // what is not among them must not be found elsewhere
		t.Setenv("PATH", bin)
	}
	t.Setenv("BUILDS", b.builds)
	return b
}

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o755)); err != nil {
		t.Fatal(err)
	}
}

// count is how often something was built.
func (b *bench) count() int {
	text, _ := os.ReadFile(b.builds)
	return strings.Count(string(text), "built")
}

// left lists what the cache holds beyond whole installations.
func (b *bench) left(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(b.Cache)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

func (b *bench) home(t *testing.T) string {
	t.Helper()
	st, err := b.State(toy())
	if err != nil {
		t.Fatal(err)
	}
	return st.Dir
}

func TestInstallBuildsOnce(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	if err := b.Verify(toy()); !errors.Is(err, ErrNotInstalled) {
		t.Fatalf("Verify before = %v, want ErrNotInstalled", err)
	}
	for range 2 {
		if err := b.Install(t.Context(), toy(), false); err != nil {
			t.Fatalf("Install = %v", err)
		}
	}
	if n := b.count(); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
	if err := b.Verify(toy()); err != nil {
		t.Errorf("Verify = %v", err)
	}
	st, err := b.State(toy())
	if err != nil || !st.Installed || st.Jars != 4 || st.Bytes != int64(len("ours"+"lib"+"client"+"slf4j")) {
		t.Errorf("State = %+v, %v", st, err)
	}
	if left := b.left(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
	if len(b.said) != 2 || !strings.Contains(b.said[1], "4 jars") {
		t.Errorf("said %q, want what is built and what came of it", b.said)
	}
}

func TestAnOfflineInstallationSpeaksOfNoFetching(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	if err := b.Install(t.Context(), toy(), true); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.said, "\n"); strings.Contains(got, "fetches") || !strings.Contains(got, "from what it has kept") {
		t.Errorf("said %q offline", got)
	}
}

func TestInstallBuildsAnewWhenSourcesChange(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	if err := b.Install(t.Context(), toy(), false); err != nil {
		t.Fatal(err)
	}
	first := b.home(t)
	changed := sources()
	for _, c := range []struct {
		file, text string
		anew       bool
	}{
		{"other/src/main/java/O.java", "class O2", false},
		{"other/pom.xml", `<project><artifactId>other</artifactId><x/></project>`, false},
		{"joblib/src/main/java/L.java", "class L2", true},
		{"toy/lock.txt", sum("client") + "  toy-client-2.8.jar\n", true},
		{"pom.xml", strings.Replace(parentPom, "<module>other</module>", "<module>more</module>", 1), false},
		{"pom.xml", strings.Replace(parentPom, "<project>", "<project><x/>", 1), true},
	} {
		b.Sources = changed
		before := changed[c.file]
		changed[c.file] = &fstest.MapFile{Data: []byte(c.text)}
		if got := b.home(t) != first; got != c.anew {
			t.Errorf("%s changed to %q: another folder: %v, want %v", c.file, c.text, got, c.anew)
		}
		changed[c.file] = before
	}
}

func TestUnusedListsWhatOtherSourcesGave(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	if unused, err := b.Unused([]engines.JVM{toy()}); err != nil || unused != nil {
		t.Errorf("Unused of no cache = %v, %v", unused, err)
	}
	if err := b.Install(t.Context(), toy(), false); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(b.Cache, "toy-0123abcd")
	put(t, filepath.Join(old, ownFile), "")
	put(t, filepath.Join(b.Cache, archives, "x.tar.gz"), "")
	put(t, filepath.Join(b.Cache, ".toy-0123abcd", "x"), "") // perhaps in progress
	unused, err := b.Unused([]engines.JVM{toy()})
	if diff := cmp.Diff([]string{old}, unused); err != nil || diff != "" {
		t.Errorf("Unused (-want +got), %v:\n%s", err, diff)
	}
}

// What stays when an installation is killed is found, but not while one is at work.
func TestAbandonedInstallationsAreFound(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	if left, err := b.Abandoned(); err != nil || left != nil {
		t.Errorf("Abandoned of no cache = %v, %v", left, err)
	}
	if err := b.Install(t.Context(), toy(), false); err != nil {
		t.Fatal(err)
	}
	half, download := filepath.Join(b.Cache, ".storm-123"), filepath.Join(b.Cache, archives, "download-1")
	put(t, filepath.Join(half, "src", "pom.xml"), "")
	put(t, filepath.Join(download, "x.part"), "")
	left, err := b.Abandoned()
	if diff := cmp.Diff([]string{half, download}, left); err != nil || diff != "" {
		t.Errorf("Abandoned (-want +got), %v:\n%s", err, diff)
	}
	release, err := b.hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if left, err := b.Abandoned(); err != nil || left != nil {
		t.Errorf("Abandoned while one installs = %v, %v; want nothing", left, err)
	}
}

func TestDamageIsFoundAndRepaired(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	for _, c := range []struct {
		name   string
		damage func(home string) error
		want   string
	}{
		{"jar of others", func(h string) error { return os.WriteFile(filepath.Join(h, "lib/slf4j-1.jar"), []byte("x"), 0o644) }, "slf4j-1.jar has SHA-256"},
		{"jar of ours", func(h string) error { return os.WriteFile(filepath.Join(h, "lib/toy-1.jar"), []byte("x"), 0o644) }, "toy-1.jar has SHA-256"},
		{"jar too many", func(h string) error { return os.WriteFile(filepath.Join(h, "lib/a.jar"), []byte("x"), 0o644) }, "a.jar is not in the lock"},
		{"jar too few", func(h string) error { return os.Remove(filepath.Join(h, "lib/toy-client-2.8.jar")) }, "toy-client-2.8.jar is missing"},
		{"record lost", func(h string) error { return os.Remove(filepath.Join(h, ownFile)) }, "own.txt"},
	} {
		if err := b.Install(t.Context(), toy(), false); err != nil {
			t.Fatal(err)
		}
		if err := c.damage(b.home(t)); err != nil {
			t.Fatal(err)
		}
		err := b.Verify(toy())
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.Contains(e.Hint, "streamgauge engine install toy-engine") {
			t.Errorf("%s: Verify = %v, want %q and how to repair it", c.name, err, c.want)
		}
		if err := b.Install(t.Context(), toy(), false); err != nil || b.Verify(toy()) != nil {
			t.Errorf("%s: Install after it = %v, Verify = %v; want it repaired", c.name, err, b.Verify(toy()))
		}
	}
}

func TestInstallSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name     string
		programs map[string]string
		offline  bool
		want     []string // in error or hint
	}{
		{"no Java", map[string]string{}, false, []string{"engine toy-engine needs Java 17 or newer", "apt install openjdk-17"}},
		{"old Java", map[string]string{"java": `echo 'openjdk version "11.0.2"' >&2`, "mvn": mavenBuilds}, false, []string{"is Java 11"}},
		{"no Maven", map[string]string{"java": java17}, false, []string{"Maven is missing", "apt install maven", "--engine tuple,microbatch"}},
		{"no network", map[string]string{"java": java17, "mvn": `echo '[INFO] noise'; echo '[ERROR] Could not transfer artifact a:b:jar:1 from/to central: Unknown host repo.example.org -> [Help 1]'; echo '[ERROR] Re-run Maven using -X'; exit 1`},
			false, []string{"Unknown host repo.example.org", "check the network, and the proxy"}},
		{"offline, not cached", map[string]string{"java": java17, "mvn": `for a; do test "$a" = -o && { echo '[ERROR] Cannot access central in offline mode'; exit 1; }; done`},
			true, []string{"not installed", "offline mode", "run it once without --offline"}},
		{"JRE alone", map[string]string{"java": java17, "mvn": `echo '[ERROR] No compiler is provided in this environment. Perhaps you are running on a JRE?'; exit 1`},
			false, []string{"openjdk-17-jdk", "JAVA_HOME"}},
		{"Maven on an old Java", map[string]string{"java": java17, "mvn": `echo '[ERROR] Fatal error compiling: error: release version 17 not supported'; exit 1`},
			false, []string{"JAVA_HOME"}},
		{"full disk", map[string]string{"java": java17, "mvn": `echo '[ERROR] /x: No space left on device'; exit 1`}, false, []string{"make room"}},
		{"does not compile", map[string]string{"java": java17, "mvn": `echo '[ERROR] COMPILATION ERROR :'; echo '[ERROR] T.java:[1,2] boom'; exit 1`},
			false, []string{"T.java:[1,2] boom", "do not compile"}},
		{"unknown failure", map[string]string{"java": java17, "mvn": `echo 'the cat ate it' >&2; exit 7`}, false, []string{"exit status 7", "the cat ate it"}},
		{"another jar than the lock's", map[string]string{"java": java17, "mvn": mavenBuilds + `printf evil > "$out/slf4j-1.jar"`},
			false, []string{"differs from the lock", "slf4j-1.jar has SHA-256 " + sum("evil"), "~/.m2/repository"}},
		{"a jar more than the lock's", map[string]string{"java": java17, "mvn": mavenBuilds + `printf x > "$out/extra-3.jar"`}, false, []string{"extra-3.jar is not in the lock"}},
		{"no jar built", map[string]string{"java": java17, "mvn": `mkdir -p toy/target joblib/target`}, false, []string{"Maven built no jar"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := setUp(t, c.programs)
			err := b.Install(t.Context(), toy(), c.offline)
			if err == nil {
				t.Fatal("Install succeeded")
			}
			text := err.Error()
			if e := (*Error)(nil); errors.As(err, &e) {
				text += " | " + e.Hint
			}
			for _, want := range append(c.want, "installing engine toy-engine") {
				if !strings.Contains(text, want) {
					t.Errorf("Install = %s, want %q in it", text, want)
				}
			}
			if strings.Contains(text, "Re-run") || strings.Contains(text, "noise") || strings.Contains(text, "Help 1") {
				t.Errorf("Install = %s, want it without what helps nobody", text)
			}
			if st, err := b.State(toy()); err != nil || st.Installed {
				t.Errorf("State after a failure = %+v, %v, want not installed", st, err)
			}
			if left := b.left(t); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestInstallWithoutALockIsRefused(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	delete(b.Sources.(fstest.MapFS), "toy/lock.txt")
	if err := b.Install(t.Context(), toy(), false); err == nil || !strings.Contains(err.Error(), "scripts/lock-engines toy-engine") {
		t.Errorf("Install = %v, want how the lock is made", err)
	}
	if b.count() != 0 {
		t.Error("something was built")
	}
}

// Ctrl-C ends Maven with its children and leaves nothing that counts as installed.
func TestInstallInterrupted(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17})
	pipe := filepath.Join(b.dir, "up")
	put(t, filepath.Join(b.dir, "bin", "mvn"), "#!/bin/sh\n/bin/sleep 1000 &\necho $! > "+pipe+".part\n/bin/mv "+pipe+".part "+pipe+"\nwait\n")
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("interrupted")
	b.Say = func(string) { // Maven is about to start
		go func() {
			for ctx.Err() == nil {
				if _, err := os.Stat(pipe); err == nil {
					cancel(why)
				}
			}
		}()
	}
	if err := b.Install(ctx, toy(), false); !errors.Is(err, why) {
		t.Errorf("Install = %v, want %v", err, why)
	}
	if left := b.left(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
	if err := b.Verify(toy()); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("Verify = %v, want ErrNotInstalled", err)
	}
}

// A killed installation leaves a folder of its own behind. The next one removes it.
func TestInstallRemovesWhatAKilledOneLeft(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	put(t, filepath.Join(b.Cache, ".toy-123", "done", "lib", "toy-1.jar"), "half")
	if st, err := b.State(toy()); err != nil || st.Installed {
		t.Errorf("State = %+v, %v, want not installed", st, err)
	}
	if err := b.Install(t.Context(), toy(), false); err != nil {
		t.Fatal(err)
	}
	if left := b.left(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestOnlyOneInstallsAtATime(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := b.Install(t.Context(), toy(), false); err != nil {
				t.Errorf("Install = %v", err)
			}
		})
	}
	wg.Wait()
	if n := b.count(); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
}

func TestLockListsTheJarsOfOthers(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	want := string(b.Sources.(fstest.MapFS)["toy/lock.txt"].Data)
	delete(b.Sources.(fstest.MapFS), "toy/lock.txt")
	var got strings.Builder
	if err := b.Lock(t.Context(), toy(), &got); err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(want, "\n"), strings.Split(got.String(), "\n")
	slices.Sort(wantLines)
	slices.Sort(gotLines)
	if diff := cmp.Diff(wantLines, gotLines); diff != "" {
		t.Errorf("Lock (-want +got):\n%s", diff)
	}
	if left := b.left(t); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestCommand(t *testing.T) {
	b := setUp(t, map[string]string{"java": java17, "mvn": mavenBuilds})
	if err := b.Install(t.Context(), toy(), false); err != nil {
		t.Fatal(err)
	}
	e := toy()
	e.Java.Flags = []string{"--add-opens=java.base/java.lang=ALL-UNNAMED"}
	e.Java.First = []string{"toy-client-*.jar"}
	e.Java.Copies = 3
	got, err := b.Command(t.Context(), e, Launch{MaxRecordBytes: 100 << 20, Flags: []string{"-Dx=1"}, TempDir: "/t", LogDir: "/l"})
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(b.home(t), "lib") + "/"
	want := []string{filepath.Join(b.dir, "bin", "java"), "-Xmx1324m", "-XX:+ExitOnOutOfMemoryError", "-XX:+DisplayVMOutputToStderr",
		"-XX:+PerfDisableSharedMem", "-Dfile.encoding=UTF-8", "-Duser.timezone=UTC", "-Djava.io.tmpdir=/t", "-XX:ErrorFile=/l/hs_err_%p.log", "-XX:+UseG1GC",
		"--add-opens=java.base/java.lang=ALL-UNNAMED", "-Dx=1",
		"-cp", lib + "joblib-1.jar:" + lib + "toy-1.jar:" + lib + "toy-client-2.8.jar:" + lib + "slf4j-1.jar", "io.toy.Main"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Command (-want +got):\n%s", diff)
	}
	got, err = b.Command(t.Context(), e, Launch{HeapBytes: 2_000_000_000, MaxRecordBytes: 100 << 20, Flags: []string{"-XX:+UseZGC"}})
	if err != nil || got[1] != "-Xmx1908m" || slices.Contains(got, "-XX:+UseG1GC") {
		t.Errorf("Command with a heap and a collector of the user's = %v, %v", got, err)
	}
	put(t, filepath.Join(b.dir, "bin", "java"), "#!/bin/sh\necho 'openjdk version \"26\"' >&2\n")
	e.Java.Newest = 25
	if _, err := b.Command(t.Context(), e, Launch{}); err == nil || !strings.Contains(err.Error(), "is Java 26; engine toy-engine needs Java 17 to 25") {
		t.Errorf("Command on a Java too new = %v", err)
	}
}

func TestReadModuleRefusesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		change map[string]string
		want   string
	}{
		{map[string]string{"toy/pom.xml": "<project>"}, "toy/pom.xml"},
		{map[string]string{"toy/pom.xml": "<project><artifactId>tot</artifactId></project>"}, `artifact "tot" in folder "toy"`},
		{map[string]string{"toy/pom.xml": strings.Replace(toyPom, "joblib", "none", 1)}, "none/pom.xml"},
	} {
		s := sources()
		for name, text := range maps.All(c.change) {
			s[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if _, err := readModule(s, "toy"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("readModule with %v = %v, want %q", c.change, err, c.want)
		}
	}
}

func TestFactsAreThoseOfTheCommand(t *testing.T) {
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("SKIPPED: there is no java")
	}
	e := engines.JVM{Java: engines.Java{Module: "kstreams"}}
	lock, err := fs.ReadFile(engines.Sources, "kstreams/lock.txt")
	if err != nil {
		t.Fatal(err)
	}
	facts, err := Store{Sources: engines.Sources}.Facts(t.Context(), e, []string{"java", "-Xmx1024m", "-XX:+UseG1GC", "-XX:+UseZGC", "-cp", "x", "Main"})
	if err != nil || facts["jvm.heap_bytes"] != int64(1<<30) || facts["jvm.collector"] != "ZGC" || facts["jvm.java"] == "" {
		t.Errorf("Facts = %v, %v", facts, err)
	}
	if facts["kafka.default.batch.size"] != 16384 {
		t.Errorf("Facts = %v, want what a producer has by itself", facts)
	}
	if client := fmt.Sprintf("  kafka-clients-%v.jar\n", facts["kafka.clients"]); !strings.Contains(string(lock), client) {
		t.Errorf("the lock has no %q", client)
	}
}

// A worker of Spark's that has JAVA_HOME in its environment starts executors with that Java, and not with the one that was checked.
func TestTheJavaOfWorkersIsTheOneThatWasChecked(t *testing.T) {
	for _, name := range []string{"JAVA_HOME", "_JAVA_OPTIONS", "SPARK_CONF_DIR"} {
		if !slices.Contains(Unset(), name) {
			t.Errorf("engines get %s", name)
		}
	}
}
