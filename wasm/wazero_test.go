package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// host runs a module as js/module/module.js does: an instance that has died is replaced, and the
// operation is done again.
type host struct {
	t       testing.TB
	runtime wazero.Runtime
	module  wazero.CompiledModule
	running api.Module
	started int // instances
	died    int
}

// standard builds the reactor by standard Go, which is too big to check in.
var standard = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "fetchtoken")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "fetchtoken.wasm")
	sources, err := filepath.Glob("*.go")
	if err != nil {
		return nil, err
	}
	for _, name := range sources {
		// what this test reads, go test compares before it repeats an old result
		if _, err := os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	build := exec.Command(
		"go",
		"build",
		"-buildmode=c-shared",
		"-trimpath",
		"-ldflags=-s -w",
		"-o",
		file,
		".",
	)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the reactor: %w\n%s", err, out)
	}
	return os.ReadFile(file)
})

// compact is the module that js/ loads.
func compact() ([]byte, error) { return os.ReadFile("compact/fetchtoken-compact.wasm") }

var modules = map[string]func() ([]byte, error){"standard": standard, "compact": compact}

var compilations = wazero.NewCompilationCache()

func startHost(t testing.TB, binaryOf func() ([]byte, error)) *host {
	t.Helper()
	binary, err := binaryOf()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(
		ctx,
		wazero.NewRuntimeConfig().WithCompilationCache(compilations),
	)
	t.Cleanup(func() { runtime.Close(ctx) })
	module, err := runtime.CompileModule(ctx, binary)
	if err != nil {
		t.Fatal(err)
	}
	if len(module.ImportedFunctions()) > 0 { // the compact module has none
		wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	}
	return &host{t: t, runtime: runtime, module: module}
}

func (h *host) instance() api.Module {
	if h.running == nil {
		config := wazero.NewModuleConfig().
			WithName("").
			WithStartFunctions("_initialize").
			WithStdout(os.Stdout).
			WithStderr(os.Stderr)
		module, err := h.runtime.InstantiateModule(context.Background(), h.module, config)
		if err != nil {
			h.t.Fatal(err)
		}
		h.running = module
		h.started++
	}
	return h.running
}

func (h *host) end() {
	h.running.Close(context.Background())
	h.running = nil
}

// call carries out an operation, on a second instance if the first dies of it.
func (h *host) call(op int, message []byte) []byte {
	h.t.Helper()
	for range 2 {
		if answer, err := h.try(op, message); err == nil {
			return answer
		}
		h.died++
		h.end()
	}
	h.t.Fatalf("two instances died of operation %d: %x", op, message)
	return nil
}

func (h *host) try(op int, message []byte) ([]byte, error) {
	module := h.instance()
	memory := module.Memory()
	export := func(name string, arguments ...uint64) (uint32, error) {
		results, err := module.ExportedFunction(name).Call(context.Background(), arguments...)
		if err != nil {
			return 0, err
		}
		return uint32(results[0]), nil
	}
	address, err := export("buffer", uint64(len(message)))
	if err != nil {
		return nil, err
	}
	if !memory.Write(address, message) {
		return nil, errors.New("the message doesn't fit")
	}
	length, err := export("call", uint64(op), uint64(len(message)))
	if err != nil {
		return nil, err
	}
	if address, err = export("buffer", 0); err != nil {
		return nil, err
	}
	answer, ok := memory.Read(address, length)
	if !ok {
		return nil, errors.New("the answer is out of bounds")
	}
	answer = bytes.Clone(answer) // the next call overwrites it
	if memory.Size() > 4<<20 && len(h.module.ImportedFunctions()) == 0 {
		h.end()
	}
	return answer, nil
}

// memory returns all that the instance that runs holds.
func (h *host) memory() []byte {
	memory := h.instance().Memory()
	all, ok := memory.Read(0, memory.Size())
	if !ok {
		h.t.Fatal("the memory can't be read")
	}
	return all
}

func TestVectorsInWazero(t *testing.T) {
	for name, binary := range modules {
		t.Run(name, func(t *testing.T) {
			h := startHost(t, binary)
			runVectors(t, "wazero "+name, h.call)
			if h.started > 1 {
				t.Errorf("%d instances", h.started)
			}
		})
	}
}

func TestModuleSurvivesBrokenMessages(t *testing.T) {
	huge := append([]byte{kindArgument}, bytes.Repeat([]byte{0x7f}, 2*lengthSize)...)
	for module, binary := range modules {
		h := startHost(t, binary)
		large := appendField(nil, 's', "clientSecret", string(make([]byte, 1<<20)))
		for name, message := range map[string][]byte{
			"cut off":      {'s', 1, 0},
			"huge length":  huge,
			"unknown kind": appendField(nil, 'x', "clientId", "a"),
			"inner kind":   appendField(nil, kindConfig, "", string(appendField(nil, 'x', "clientId", "a"))),
			"inner cut":    appendField(nil, kindConfig, "", "s"),
			"unknown key":  appendField(nil, kindConfig, "", string(appendField(nil, 's', "__proto__", "a"))),
			"larger":       appendField(nil, kindConfig, "", string(large)),
		} {
			for op := range operations {
				if op == opForget {
					continue // it takes no message
				}
				if _, failure := reply(t, h.call(op, message)); failure == nil {
					t.Errorf("%s: %s, operation %d: no error", module, name, op)
				}
			}
		}
		if _, failure := reply(t, h.call(opOAuth1, configMessage(t, []byte(`{"method":"GET","url":"https://h/","consumerKey":"k","consumerSecret":"","nonce":"n","timestamp":1}`)))); failure != nil {
			t.Errorf("%s, afterwards: %v", module, failure)
		}
	}
}

// The standard module drops what it keeps; what is left of it is garbage.
func TestForgetInTheStandardModule(t *testing.T) {
	const secret = "a-secret-that-stands-nowhere-else"
	h := startHost(t, standard)
	copies := func() int { return bytes.Count(h.memory(), []byte(secret)) }
	config := configMessage(
		t,
		[]byte(
			`{"tokenEndpoint":"https://as.example/token","clientId":"client","clientSecret":"`+secret+`","clientAuth":"client_secret_post"}`,
		),
	)
	h.call(
		opNext,
		appendField(
			appendField(config, kindArgument, "now", "1763640000000"),
			kindArgument,
			"random",
			"0123456789abcdef01234",
		),
	)
	before := copies()
	if before == 0 {
		t.Fatal("the secret isn't in the memory: what does this test look at?")
	}
	answer := h.call(opForget, nil)
	if after := copies(); len(answer) != 0 || after >= before {
		t.Errorf("%d bytes; %d copies of the secret, of %d", len(answer), after, before)
	}
}

// wazero's own clock moves by a millisecond whenever it is read, so Go's collector soon seems to
// take most of the time, and stops marking within allocations. A long-lived reactor has to collect
// all the same. A message of 64 KB among 50 stands for the garbage of many requests. Without a word
// to the scheduler the memory is at 200 MiB after 400,000 operations, and no collection ever ends.
// The compact module keeps the memory that it starts with.
func TestModuleKeepsItsSize(t *testing.T) {
	t.Run("standard", func(t *testing.T) { testSize(t, standard, 16<<20) })
	t.Run("compact", func(t *testing.T) { testSize(t, compact, 2<<20) })
}

func testSize(t *testing.T, binaryOf func() ([]byte, error), limit uint32) {
	const operations = 500_000
	module := startHost(t, binaryOf).instance()
	config := `{"tokenEndpoint":"https://as.example/token","clientId":"client","clientSecret":"a secret"}`
	request := appendField(configMessage(t, []byte(config)), kindArgument, "now", "1763640000000")
	request = appendField(request, kindArgument, "random", "0123456789abcdef01234")
	refused := configMessage(t, []byte(`{"client":"`+strings.Repeat("a", 64_000)+`"}`))
	buffer, call := module.ExportedFunction("buffer"), module.ExportedFunction("call")
	stack, memory := make([]uint64, 2), module.Memory()
	for i := range operations {
		message := request
		if i%50 == 0 {
			message = refused
		}
		stack[0] = uint64(len(message))
		err := buffer.CallWithStack(t.Context(), stack)
		if err != nil || !memory.Write(uint32(stack[0]), message) {
			t.Fatalf("the message: %v", err)
		}
		stack[0], stack[1] = opNext, uint64(len(message))
		if err := call.CallWithStack(t.Context(), stack); err != nil {
			t.Fatal(err)
		}
		if size := memory.Size(); size > limit {
			t.Fatalf("%d MiB after %d operations", size>>20, i+1)
		}
	}
}

// The compact module has, after forget, the memory of one that has never been asked for anything:
// so there is no copy of a secret, in whatever form, after whatever operation. Every vector is
// tried.
func TestForgetLeavesNothing(t *testing.T) {
	unused := startHost(t, compact)
	unused.call(opNext, []byte{0}) // a broken message, which is answered with an error
	unused.call(opForget, nil)
	fresh := bytes.Clone(unused.memory())
	h := startHost(t, compact)
	for _, v := range corpus(t) {
		v.run(t, func(op int, message []byte) []byte {
			answer := h.call(op, message)
			if bytes.Equal(h.memory(), fresh) {
				t.Fatalf("%s leaves nothing behind before it is forgotten: what does this test look at?", v.ID)
			}
			return answer
		})
		h.call(opForget, nil)
		if n := leftOver(h.memory(), fresh); n > 0 {
			t.Fatalf("%s: %d bytes are left", v.ID, n)
		}
		if len(h.memory()) > len(fresh) {
			h.end()
		}
	}
}

// leftOver counts the bytes that differ from a fresh memory. Where the memory has grown, the one
// that says how large it is doesn't count.
func leftOver(memory, fresh []byte) int {
	if bytes.Equal(memory, fresh) { // most often, and quick
		return 0
	}
	n := len(memory) - len(fresh) - bytes.Count(memory[len(fresh):], []byte{0})
	for i, b := range fresh {
		if memory[i] != b {
			n++
		}
	}
	if len(memory) > len(fresh) {
		n--
	}
	return n
}

// Names that fall together in a map make it slow. The seeds of the maps follow from the random
// bytes of an operation, so nobody can choose such names: the same names lie elsewhere with other
// bytes.
func TestRandomBytesSeedTheMaps(t *testing.T) {
	memoryAfter := func(random string) []byte {
		h := startHost(t, compact)
		message := appendField(nil, kindArgument, "file", "client_id=a\nclient_secret=b\nc=d\n")
		h.call(opCredentials, appendField(message, kindArgument, "random", random))
		return bytes.Clone(h.memory())
	}
	first, again, other := memoryAfter("01234567"), memoryAfter("01234567"), memoryAfter("01234568")
	if !bytes.Equal(first, again) {
		t.Fatal("the same message leaves another memory: what does this test look at?")
	}
	if bytes.Equal(first, other) {
		t.Error("random bytes change nothing")
	}
}

// PBKDF2 leaves some 200 bytes in each round, which have to be given back: 600,000 rounds are
// allowed.
func TestManyRoundsOfPBKDF2(t *testing.T) {
	tlv := func(tag byte, parts ...string) string {
		all := strings.Join(parts, "")
		if len(all) < 0x80 {
			return string([]byte{tag, byte(len(all))}) + all
		}
		return string([]byte{tag, 0x81, byte(len(all))}) + all
	}
	const sequence, oid, octets, integer = 0x30, 0x06, 0x04, 0x02
	const rounds = "\x01\x86\xa0" // 100,000
	derivation := tlv(sequence, tlv(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"),
		tlv(sequence, tlv(octets, "salt"), tlv(integer, rounds)))
	encryption := tlv(
		sequence,
		tlv(oid, "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"),
		tlv(octets, strings.Repeat("i", 16)),
	)
	algorithm := tlv(
		sequence,
		tlv(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"),
		tlv(sequence, derivation, encryption),
	)
	key := tlv(sequence, algorithm, tlv(octets, strings.Repeat("k", 48)))
	message := appendField(nil, kindArgument, "key", key)
	message = appendField(message, kindArgument, "passphrase", "wrong")
	h := startHost(t, compact)
	_, failure := reply(t, h.call(opSign, appendField(message, kindArgument, "alg", "ES256")))
	if text := fmt.Sprint(failure["message"]); !strings.Contains(text, "passphrase is wrong") {
		t.Errorf("%v", failure)
	}
	if size := h.instance().Memory().Size(); size != 2<<20 || h.started != 1 {
		t.Errorf("%d bytes, %d instances", size, h.started)
	}
}
