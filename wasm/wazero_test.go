package main

import (
	"bytes"
	"context"
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

// reactor is the module as a WASI host has it: the same operations behind the same two exports.
type reactor struct {
	module api.Module
	t      *testing.T
}

// guest builds the reactor, which is too big to check in.
var guest = sync.OnceValues(func() ([]byte, error) {
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
	for _, name := range sources { // what this test reads, go test compares before it repeats an old result
		if _, err := os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, ".")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the reactor: %w\n%s", err, out)
	}
	return os.ReadFile(file)
})

var compilations = wazero.NewCompilationCache()

func startReactor(t *testing.T) *reactor {
	t.Helper()
	binary, err := guest()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compilations))
	t.Cleanup(func() { runtime.Close(context.Background()) })
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	module, err := runtime.InstantiateWithConfig(ctx, binary, wazero.NewModuleConfig().
		WithStartFunctions("_initialize").WithStdout(os.Stdout).WithStderr(os.Stderr))
	if err != nil {
		t.Fatal(err)
	}
	return &reactor{module, t}
}

func (r *reactor) export(name string, arguments ...uint64) uint64 {
	results, err := r.module.ExportedFunction(name).Call(r.t.Context(), arguments...)
	if err != nil {
		r.t.Fatalf("%s: %v", name, err)
	}
	return results[0]
}

func (r *reactor) call(op int, message []byte) []byte {
	address := r.export("buffer", uint64(len(message)))
	if !r.module.Memory().Write(uint32(address), message) {
		r.t.Fatal("the message doesn't fit")
	}
	length := r.export("call", uint64(op), uint64(len(message)))
	answer, ok := r.module.Memory().Read(uint32(r.export("buffer", 0)), uint32(length))
	if !ok {
		r.t.Fatal("the answer is out of bounds")
	}
	return append([]byte(nil), answer...) // the next call overwrites it
}

func TestVectorsInWazero(t *testing.T) {
	runVectors(t, startReactor(t).call)
}

func TestReactorSurvivesBrokenMessages(t *testing.T) {
	r := startReactor(t)
	huge := append([]byte{kindArgument}, bytes.Repeat([]byte{0x7f}, 2*lengthSize)...)
	for name, message := range map[string][]byte{
		"cut off":      {'s', 1, 0},
		"huge length":  huge,
		"unknown kind": appendField(nil, 'x', "clientId", "a"),
		"inner kind":   appendField(nil, kindConfig, "", string(appendField(nil, 'x', "clientId", "a"))),
		"inner cut":    appendField(nil, kindConfig, "", "s"),
		"unknown key":  appendField(nil, kindConfig, "", string(appendField(nil, 's', "__proto__", "a"))),
		"larger":       appendField(nil, kindConfig, "", string(appendField(nil, 's', "clientSecret", string(make([]byte, 1<<20))))),
	} {
		for op := range 8 {
			if _, failure := answer(t, r.call(op, message)); failure == nil {
				t.Errorf("%s, operation %d: no error", name, op)
			}
		}
	}
	if _, failure := answer(t, r.call(opOAuth1, configMessage(t, []byte(`{"method":"GET","url":"https://h/","consumerKey":"k","consumerSecret":"","nonce":"n","timestamp":1}`)))); failure != nil {
		t.Errorf("afterwards: %v", failure)
	}
}

// What one client sent is in the buffers until the next message, unless it is forgotten.
func TestForgetClearsTheBuffers(t *testing.T) {
	const secret = "a-secret-that-stands-nowhere-else"
	r := startReactor(t)
	copies := func() int {
		memory, ok := r.module.Memory().Read(0, r.module.Memory().Size())
		if !ok {
			t.Fatal("the memory can't be read")
		}
		return bytes.Count(memory, []byte(secret))
	}
	var config []byte
	for name, value := range map[string]string{
		"tokenEndpoint": "https://as.example/token", "clientId": "client", "clientSecret": secret, "clientAuth": "client_secret_post",
	} {
		config = appendField(config, 's', name, value)
	}
	identity := appendField(nil, kindConfig, "", string(config))
	message := appendField(bytes.Clone(identity), kindArgument, "sentAt", "1763640000000")
	r.call(opBuild, appendField(message, kindArgument, "random", "0123456789abcdef"))
	before := copies()
	if before == 0 {
		t.Fatal("the secret isn't in the memory: what does this test look at?")
	}
	answer := r.call(opForget, identity)
	if after := copies(); len(answer) != 0 || after >= before {
		t.Errorf("%d bytes; %d copies of the secret, of %d", len(answer), after, before)
	}
}

// wazero's own clock moves by a millisecond whenever it is read, so Go's collector soon seems to take most
// of the time, and stops marking within allocations. A long-lived reactor has to collect all the same.
// A message of 64 KB among 50 stands for the garbage of many requests. Without a word to the scheduler
// the memory is at 200 MiB after 400,000 operations, and no collection ever ends.
func TestReactorKeepsItsSize(t *testing.T) {
	const operations, limit = 500_000, 16 << 20
	r := startReactor(t)
	config := `{"tokenEndpoint":"https://as.example/token","clientId":"client","clientSecret":"a secret"}`
	request := appendField(configMessage(t, []byte(config)), kindArgument, "sentAt", "1763640000000")
	request = appendField(request, kindArgument, "random", "0123456789abcdef")
	refused := configMessage(t, []byte(`{"client":"`+strings.Repeat("a", 64_000)+`"}`))
	buffer, call := r.module.ExportedFunction("buffer"), r.module.ExportedFunction("call")
	stack, memory := make([]uint64, 2), r.module.Memory()
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
		stack[0], stack[1] = opBuild, uint64(len(message))
		if err := call.CallWithStack(t.Context(), stack); err != nil {
			t.Fatal(err)
		}
		if size := memory.Size(); size > limit {
			t.Fatalf("%d MiB after %d operations", size>>20, i+1)
		}
	}
}
