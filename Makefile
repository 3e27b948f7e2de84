# make run    tokens from all five systems, against the bundled token server
#             (CREDENTIALS=file [PROVIDER=name]: against the real one)
# make test   everything, installing what it needs. Parts of it, each with a count of its own:
#             make lint, test-go, test-js, test-workers, test-browsers, test-runtimes,
#             test-servers, test-package, test-examples
# make setup  installs what the tests need: npm's packages, and Debian's as root
# make build  what is shipped: dist/
# make compact  the compact module again, from its sources, with TinyGo;
#               make compact-check: that the same bytes come out
# make size   their sizes against the budget
# make test-places  the places of js/test/places, whose tools take minutes to install
# make bench  its speed beside other libraries
# make mutate breaks each rule of security once, in a copy, and says which break no test notices
#             (ONLY=word: those about something)
# make release-check  what has to be true before a release (TAG=vX.Y.Z: of that one); "not
#                     reachable" stands where an advisory database doesn't answer
# make reference  docs/reference.md again, from js/types.d.ts
# make completion  the completions of the shells again, from the table of the options
# make simulate  what up to a million isolates ask of a token endpoint: the tables and the picture
#                of docs/sharing.md

PARTS := lint test-go test-js test-workers test-browsers test-runtimes test-servers test-package \
	test-examples

.PHONY: run test $(PARTS) setup test-places build compact compact-check size bench mutate \
	simulate reference completion release-check clean
.DELETE_ON_ERROR:

# The toolchain is the one that go.mod names. The flags give the same bytes from any folder. The
# collector that was the default before costs less, and wasm/strip takes away what only tracebacks
# print: see RATIONALE.md, "What each kilobyte buys".
export GOTOOLCHAIN = $(shell sed -n 's/^toolchain //p' go.mod)
BUILD := GOOS=js GOARCH=wasm GOFLAGS= GOEXPERIMENT=nogreenteagc \
	go build -trimpath -buildvcs=false -ldflags='-s -w -buildid='
SOURCES := go.mod go.sum $(shell find core wasm -name '*.go' ! -name '*_test.go')

build: dist/fetchtoken.wasm dist/fetchtoken-compact.wasm dist/wasm_exec.js dist/go.js \
		dist/size.json dist/fetchtoken-compact.js dist/node/all.cjs dist/console/index.html
	@node wasm/size.js

dist/fetchtoken.wasm: $(SOURCES) Makefile
	$(BUILD) -o $@ ./wasm
	go run ./wasm/strip $@
	chmod 644 $@

# Built by make compact, and committed: to build it takes a gigabyte of tools.
dist/fetchtoken-compact.wasm: wasm/compact/fetchtoken-compact.wasm
	@mkdir -p dist
	cp $< $@

# The module as text, for programs that are one file.
dist/fetchtoken-compact.js: dist/fetchtoken-compact.wasm js/build/text.js
	node js/build/text.js $< > $@

# The package as Node loads it.
dist/node/all.cjs: js/build/node_modules package.json \
		$(wildcard js/*.js js/*.d.ts js/*/*.js js/*/*.d.ts)
	node js/build/dist_node.js

# The page of the console, as one script.
dist/console/index.html: js/build/node_modules js/build/dist_console.js \
		$(wildcard js/*.js js/*/*.js js/console/*)
	node js/build/dist_console.js

compact: node_modules
	node wasm/compact/build.js

compact-check: node_modules
	node wasm/compact/build.js --check
	node wasm/compact/build.js --compare

# Always the file of the toolchain that built the module: the two must match.
dist/wasm_exec.js: go.mod
	@mkdir -p dist
	cp "$$(go env GOROOT)/lib/wasm/wasm_exec.js" $@

# The same, wrapped for js/browser.js: what it sets on the global object lands on a shadow of it, so
# that importing it leaves no new global.
dist/go.js: dist/wasm_exec.js wasm/go.js.in
	awk '/^@wasm_exec.js@$$/ { while ((getline line < "$<") > 0) print line; next } { print }' \
		wasm/go.js.in > $@

# Brotli takes its time, so the sizes are kept.
dist/size.json: dist/fetchtoken.wasm dist/fetchtoken-compact.wasm
	@node wasm/size.js --measure

size: build
	@node wasm/size.js --check

run: dist/fetchtoken-compact.wasm dist/node/all.cjs examples/token-server/node_modules
	@node examples/run.js $(CREDENTIALS) $(if $(PROVIDER),--provider $(PROVIDER))

test $(PARTS): setup build
	@node js/test/all.js $(filter-out test,$@)

setup: node_modules examples/token-server/node_modules js/test/places/node_modules \
		js/test/runtimes/node_modules js/test/recipes/node_modules
	@node js/test/install.js

test-places: setup build
	@node --test js/test/places/*.test.js

bench: node_modules build
	@node js/bench/bench.js

mutate: node_modules build examples/token-server/node_modules
	@node js/test/mutate.js $(ONLY)

simulate:
	@cd extra/simulate && go run . -docs ../../docs

reference:
	@node js/build/reference.js

completion:
	@node js/build/completion.js

release-check: setup build
	@node js/build/release_check.js $(TAG)

node_modules: package-lock.json
	npm ci
	@touch $@

examples/token-server/node_modules: examples/token-server/package-lock.json
	npm ci --prefix examples/token-server
	@touch $@

# npm runs no script of these: none needs one.
js/build/node_modules js/test/places/node_modules js/test/runtimes/node_modules \
		js/test/recipes/node_modules: %/node_modules: %/package-lock.json
	npm ci --ignore-scripts --prefix $*
	@touch $@

clean:
	rm -rf dist node_modules examples/token-server/node_modules js/build/node_modules \
		js/test/places/node_modules js/test/runtimes/node_modules js/test/recipes/node_modules
