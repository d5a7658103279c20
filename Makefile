# streamgauge: `make run` needs Go alone. `make test` runs all that this machine allows and says loudly what it left out.
BIN     := bin/streamgauge
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION) -X main.commit=$(COMMIT)
# Tests that need a real Kafka are built with -tags kafka. REQUIRE=kafka makes their absence an error, as in CI.
HAVE_KAFKA := $(shell command -v java >/dev/null 2>&1 && command -v mvn >/dev/null 2>&1 && echo yes)
HAVE_PYTHON := $(shell python3 -c 'import venv, ensurepip' >/dev/null 2>&1 && echo yes)

# The adapters of JVM engines, one Maven module each.
MVN := mvn -q -B -f engines/pom.xml

.PHONY: build run test test-short test-java test-kafka test-engines test-engines-full test-python test-million bench lint format-java fuzz check clean

build:
	@go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/streamgauge

run: build
	@$(BIN) run first-light

# Everything, with the race detector, but for two packages that start no threads: they compute, which takes eight times as long with it. What
# memory is taken is measured without it, too, for it takes some.
ALONE = ./generators/preset ./generators/fit
test:
	go vet ./...
	go test -race -timeout 20m $$(go list ./... | grep -vx -e "$$(go list $(ALONE))")
	go test -timeout 10m $(ALONE)
	go test -race -timeout 10m -run Threads ./generators/preset
	go test -timeout 10m -run Memory ./cmd/streamgauge
ifeq ($(HAVE_KAFKA),yes)
	@$(MAKE) --no-print-directory test-java test-kafka test-engines
else
	@echo
	@echo "SKIPPED: the tests of the JVM engines' adapters, and every test on a real Kafka, because java (17 or newer) or mvn is not installed."
	@test "$(REQUIRE)" != kafka || { echo "error: REQUIRE=kafka is set"; exit 1; }
endif
ifeq ($(HAVE_PYTHON),yes)
	@$(MAKE) --no-print-directory test-python
else
	@echo
	@echo "SKIPPED: the example engine in Python, because python3 with venv is not installed."
endif

# The adapters of the JVM engines by themselves; what they are built from is fetched with Maven once.
test-java:
ifeq ($(HAVE_KAFKA),yes)
	$(MVN) test
else
	@echo "SKIPPED: the tests of the JVM engines' adapters, because java (17 or newer) or mvn is not installed."
	@test "$(REQUIRE)" != kafka || { echo "error: REQUIRE=kafka is set"; exit 1; }
endif

# The tests on a real Apache Kafka, which is fetched with Maven once. The command line goes without the race detector here: its
# scripts on the embedded broker have it, and on a real Kafka they take their time anyway.
test-kafka:
	go test -race -tags kafka -timeout 20m ./harness/broker/local
	go test -tags kafka -timeout 20m -run Kafka ./cmd/streamgauge

# The JVM engines against the conformance scripts on a real Kafka: quick, with one start of a cluster for each family; and all
# of it, for hours, as a table in docs/engines/RESULTS.md.
test-engines:
ifeq ($(HAVE_KAFKA),yes)
	scripts/check-engines --quick
else
	@echo "SKIPPED: the JVM engines against the conformance scripts, because java (17 or newer) or mvn is not installed."
	@test "$(REQUIRE)" != kafka || { echo "error: REQUIRE=kafka is set"; exit 1; }
endif

test-engines-full:
	scripts/check-engines --write

# The example of docs/external-engines.md, with its client from PyPI.
test-python:
	go test -race -tags python -timeout 10m -run Python ./cmd/streamgauge

# Engines, oracle and the reference in Python over a million random events, damaged ones included.
test-million:
	go test -timeout 20m -count=1 -run TestImplementationsAgree ./harness/conformance -events 1000000

test-short:
	go test -short -timeout 5m ./...

# Speed, side by side in one run; BENCHMARKS.md says how to read it.
bench: build
	scripts/bench

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	GOOS=darwin GOARCH=arm64 go vet ./...
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else echo "golangci-lint is not installed: skipped"; fi
ifeq ($(HAVE_KAFKA),yes)
	$(MVN) fmt:check checkstyle:check
else
	@echo "java (17 or newer) or mvn is not installed: the sources in Java are skipped"
endif

# Gives the sources in Java the one form that lint asks for.
format-java:
	$(MVN) fmt:format

# A short run of every fuzz target. Making what was found smaller may take a minute for each input, which then is all that is done where inputs
# are large.
FUZZTIME ?= 20s
fuzz:
	@for pkg in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$pkg/*_test.go | sed 's/func //'); do \
	    echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$pkg || exit 1; done; done

check: lint test

clean:
	rm -rf bin
