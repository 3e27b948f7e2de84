//go:build wasm && !tinygo

package main

import (
	"runtime"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// beginOperation does nothing, because there is a garbage collector.
func beginOperation() {}

// calls counts the calls. Every eighth call lets the collector work.
var calls uint

// endOperation lets the goroutines of Go's collector run. Without it only allocations would mark,
// and they stop when marking seems to take most of the time, for example because of a coarse clock
// or a processor quota. Then a collection would never end, and no memory would be freed. It takes
// about a microsecond.
func endOperation() {
	if calls++; calls%8 == 0 {
		runtime.Gosched()
	}
}

// forget drops all kept configurations and secrets, and clears the buffers.
func forget() {
	clear(exchanges)
	oauth1.Forget()
	assertion.Forget()
	clear(wire)
	clear(spare)
}
