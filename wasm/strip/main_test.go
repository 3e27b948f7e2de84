package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The judge of what still works is the corpus, which every runtime runs against the stripped
// module.
func TestStripFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "module.wasm")
	// any program will do: this one
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing left to do
		if err := stripFile(file); err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(after) != len(before) {
			t.Errorf("the size went from %d to %d", len(before), len(after))
		}
		for i := range after {
			if after[i] != before[i] && after[i] != 0 {
				t.Fatalf("byte %d went from %d to %d", i, before[i], after[i])
			}
		}
		for name, want := range map[string]bool{"runtime.gopark": true, "main.stripFile": false, "fmt.Fprintln": false, "strip/main.go": false} {
			if !bytes.Contains(before, []byte(name)) && strings.HasPrefix(name, "main.strip") {
				t.Errorf("%s was never there", name)
			}
			if bytes.Contains(after, []byte(name+"\x00")) != want {
				t.Errorf("%s is there: %v", name, !want)
			}
		}
	}
}

func TestStripFileRefuses(t *testing.T) {
	header := "\x00asm\x01\x00\x00\x00"
	for name, content := range map[string]string{
		"empty":         "",
		"another file":  "#!/bin/sh\n",
		"no data":       header,
		"cut off":       header + "\x0b\x7f\x01\x00\x41",
		"passive data":  header + "\x0b\x03\x01\x01\x00",
		"no Go program": header + "\x0b\x0b\x01\x00\x41\x00\x0b\x05hello",
	} {
		file := filepath.Join(t.TempDir(), "module.wasm")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := stripFile(file); err == nil {
			t.Errorf("%s: no error", name)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != content {
			t.Errorf("%s: the file has changed (%v)", name, err)
		}
	}
}
