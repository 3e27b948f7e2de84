//go:build wasm || tinygo

package main

import "unsafe"

// Both sides write messages to the buffer wire. The answer goes to spare, which then changes places
// with it.
var wire, spare = make([]byte, 4096), make([]byte, 4096)

//go:wasmexport buffer
func buffer(size uint32) unsafe.Pointer {
	if size > 0 {
		beginOperation()
	}
	if int(size) > len(wire) {
		wire = make([]byte, size)
	}
	return unsafe.Pointer(unsafe.SliceData(wire))
}

// call never blocks.
//
//go:wasmexport call
func call(op, length uint32) uint32 {
	if op == opForget {
		forget()
		return 0
	}
	return carryOut(op, length)
}

// carryOut is separate from call, so that forget finds an empty stack.
//
//go:noinline
func carryOut(op, length uint32) uint32 {
	if int(length) > len(wire) {
		return 0
	}
	answer := perform(spare[:0], int(op), wire[:length])
	clear(wire[:length]) // the message contains the caller's secrets
	wire, spare = answer[:cap(answer)], wire
	endOperation()
	return uint32(len(answer))
}
