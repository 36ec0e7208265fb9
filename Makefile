# Everything that is done with this project is a target here. Only Node.js, npm and make are needed.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

BIN := node_modules/.bin
PRETTIER := $(BIN)/prettier --ignore-path .gitignore --ignore-path test/tidy/prettier.ignore --log-level warn
KVDB := node dist/src/app/cli/kvdb.js
ADDRESS := 127.0.0.1:50051
DATA := ./data

# Steps are told in order, and tests of time want the machine for themselves.
.NOTPARALLEL:

# No target is a file.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## list the targets
	@echo "make TARGET, where TARGET is one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile
	@echo "Start with 'make run', or with 'make test'."

run: build ## install, build, and serve on 127.0.0.1:50051 with ./data
	@echo "==> Starting a server on $(ADDRESS) with $(DATA); ctrl-C stops it. In another shell, try:"
	@echo "      $(KVDB) set greeting hello --ttl 1h"
	@echo "      $(KVDB) get greeting"
	@echo "    README.md shows more, with grpcurl too."
	@$(KVDB) serve --data $(DATA) --listen $(ADDRESS) --log-pretty

build: compile ## install what is missing, and compile to dist/

test: build ## install, build, and run every test; JOBS=1 for one after the other
	@echo "==> Testing"
	@node dist/test/tidy/run-tests.js

check: static test ## what CI runs: every rule that a tool can check, then the tests

static: compile check-generated check-lint check-format check-protos check-layers check-exports ## check without the tests
	@echo "==> Generated code, types, lint, format, protos, layers and exports are all right."

bench: build ## measure the server beside its peers, unary and pipelined; writes bench/results/
	@node dist/bench/main.js
	@node dist/bench/pipeline/main.js

bench-client: build ## measure the typed client beside its bare stream; writes bench/results/client.md
	@node dist/bench/pipeline/main.js --name client --peers stream,client,client-with-retries

bench-engine: build ## measure the engine without the wire; ROUNDS=1 SIZES=10k,1m PARTS=keydir for less
	@node dist/bench/engine/main.js

bench-profile: build ## profile where the time of a unary Set and Get goes; writes bench/results/profile.md
	@node dist/bench/profile/main.js

bench-commit: build ## measure ways of making commits durable, at 1 to 400 clients; writes bench/results/commit.md
	@node dist/bench/commit/main.js

bench-expiry: build ## measure how soon expirations are told, beside Redis; ROUNDS=1 SECONDS=10 KEYS=100000 for less
	@node dist/bench/expiry/main.js --rounds $(or $(ROUNDS),3) --seconds $(or $(SECONDS),60) --keys $(or $(KEYS),1000000)

bench-overload: build ## offer the server twice and ten times what it can do, and see what it refuses
	@node dist/bench/overload/main.js

bench-large: build ## fill, restart, list and compact a server with ten million keys; KEYS=1000000 for fewer
	@node dist/bench/large/main.js

bench-ycsb: build ## the workloads A to F of YCSB on the server and on etcd; writes bench/results/ycsb.md; CLIENTS=64 for more callers
	@node dist/bench/ycsb/main.js $(and $(CLIENTS),--clients $(CLIENTS) --name ycsb-$(CLIENTS))

bench-threads: build ## measure gRPC in threads of its own beside the server as it is; ROUNDS=1 SECONDS=0.5 for less
	@node dist/bench/threads/main.js

crash: build ## search a million states of the disk for a crash that loses something; STATES=, MINUTES=, SEED=, CASE=
	@node dist/test/crash/main.js

property: build ## do whatever there is to a store, and hold it against a model, in each order of keys; RUNS=1000 for more
	@PROPERTY_RUNS=$(or $(RUNS),300) $(BIN)/mocha dist/test/property/store.test.js

mutations: build ## put bugs into the engine on purpose, one by one, and see that the tests find each
	@node dist/test/crash/mutations/main.js

damage: build ## turn every bit of small stores, and tell what became of it; STORES=log EVERY=16 for less
	@node dist/test/damage/main.js

fuzz: build ## feed every reader of bytes what is nearly right; RUNS=1000000 or MINUTES=5 for more
	@node dist/test/fuzz/main.js

faults: build ## real faults at length: kills, failing syncs, full disks, moved clocks; KILLS=100 CYCLES=10 for fewer
	@FAULTS=full $(BIN)/mocha 'dist/test/faults/**/*.test.js' 'dist/test/crash/{faults,lies}.test.js'

kill: build ## of these, the kills of a server under clients alone; a thousand, or KILLS=100
	@FAULTS=full $(BIN)/mocha dist/test/faults/kill.test.js

node-versions: build ## run the quick tests on the first and the newest of each line of Node.js; VERSIONS="22.13.0 24" for others
	@sh test/tidy/node-versions.sh

package-test: build ## make the npm package, install it elsewhere with all that it needs, and see it serve
	@PACKAGE=full $(BIN)/mocha 'dist/test/package/*.test.js'

clients: build ## generate and build the typed clients whose tools are there; LANGUAGES=go,rust for fewer
	@node dist/clients/conformance/src/make-clients.js $(and $(LANGUAGES),--language $(LANGUAGES)) generate build

clients-test: clients ## lint and test the clients, and run the conformance cases against each; LANGUAGES=go,rust for fewer
	@node dist/clients/conformance/src/make-clients.js $(and $(LANGUAGES),--language $(LANGUAGES)) check test
	@echo "==> Running the conformance cases"
	@node dist/clients/conformance/src/main.js $(if $(LANGUAGES),--language $(LANGUAGES),--write)

generate: install ## write generated/ anew from proto/
	@echo "==> Generating from proto/"
	@sh proto/generate.sh

fmt: install ## format every file
	@$(PRETTIER) --write .
	@$(BIN)/buf format --write proto

clean: ## remove what was built and installed; data/ stays
	rm -rf dist node_modules

# The parts below are called by the targets above.

# Installs only when node_modules differs from package-lock.json. No package needs its install script.
install:
	@node test/tidy/prerequisites.js || { \
		test $$? -eq 1 || exit 1; \
		echo "==> Installing packages as package-lock.json names them"; \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	}

# The second step removes what an earlier build left of sources that are gone, stale tests above all.
compile: install
	@echo "==> Compiling to dist/"
	@$(BIN)/tsc --build && node dist/test/tidy/prune-dist.js

check-generated: install
	@echo "==> Checking that generated/ is what proto/ generates"
	@sh test/tidy/generated-is-fresh.sh

check-lint: install
	@echo "==> Checking with ESLint"
	@$(BIN)/eslint --config test/tidy/eslint.config.js --max-warnings 0 --concurrency 2 .

check-format: install
	@echo "==> Checking the format"
	@$(PRETTIER) --check .
	@$(BIN)/buf format --diff --exit-code proto

check-protos: install
	@echo "==> Checking the protos with buf"
	@$(BIN)/buf lint proto
	@sh test/tidy/protos-are-compatible.sh

check-layers: install
	@echo "==> Checking that imports only look down"
	@$(BIN)/depcruise --config test/tidy/layers.cjs --output-type err src generated clients

check-exports: install
	@echo "==> Checking for exports and packages that nobody uses"
	@$(BIN)/knip
