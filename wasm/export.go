//go:build wasm

package main

import "unsafe"

// wire is the buffer that both sides of the wire write to; spare takes the answer and changes places with it.
var wire, spare = make([]byte, 4096), make([]byte, 4096)

//go:wasmexport buffer
func buffer(size uint32) unsafe.Pointer {
	if int(size) > len(wire) {
		wire = make([]byte, size)
	}
	return unsafe.Pointer(unsafe.SliceData(wire))
}

// call never blocks and never panics: either would end the instance.
//
//go:wasmexport call
func call(op, length uint32) uint32 {
	if int(length) > len(wire) {
		return 0
	}
	answer := perform(spare[:0], int(op), wire[:length])
	clear(wire[:length]) // the message holds the caller's secrets
	if op == opForget {
		clear(wire)
		clear(answer[:cap(answer)])
	}
	wire, spare = answer[:cap(answer)], wire
	letCollect()
	return uint32(len(answer))
}
