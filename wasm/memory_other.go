//go:build wasm && !tinygo

package main

import (
	"runtime"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// beginOperation has nothing to do where there is a garbage collector.
func beginOperation() {}

// calls counts the calls, so that every eighth lets the collector work.
var calls uint

// endOperation lets the goroutines of Go's collector run. Beside them only whoever allocates marks,
// and stops when that seems to take most of the time, which a clock that moves in steps, or a quota
// of the processor, makes it do. Then a collection would never end, and nothing be freed. It takes
// about a microsecond.
func endOperation() {
	if calls++; calls%8 == 0 {
		runtime.Gosched()
	}
}

// forget drops what is kept, and clears the buffers.
func forget() {
	clear(exchanges)
	oauth1.Forget()
	assertion.Forget()
	clear(wire)
	clear(spare)
}
