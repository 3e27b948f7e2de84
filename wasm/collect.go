//go:build wasm

package main

import "runtime"

// calls counts the calls, so that every eighth lets the collector work.
var calls uint

// letCollect lets the goroutines of Go's collector run. Beside them only whoever allocates marks, and stops
// when that seems to take most of the time, which a clock that moves in steps, or a quota of the processor,
// makes it do. Then a collection would never end, and nothing be freed. It takes about a microsecond.
func letCollect() {
	if calls++; calls%8 == 0 {
		runtime.Gosched()
	}
}
