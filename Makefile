# streamgauge: `make run` needs Go alone. `make test` runs what the machine allows and says what it skipped.
BIN := bin/streamgauge
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)

.PHONY: build run
build:
	@go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/streamgauge

run: build
	@$(BIN) run first-light
