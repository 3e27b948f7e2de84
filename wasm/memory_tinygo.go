//go:build tinygo

package main

import "unsafe"

// The compact module has no garbage collector. Instead, all of its memory is set back to its state
// after the start: before an operation, if the operations before it have taken maxTaken bytes, and
// by forget. Caches that are lost by this are made again.

// maxTaken is how many bytes operations may take in all before the memory is set back. One
// operation may take more.
const maxTaken = 1 << 20

// fresh is a copy of the memory after the start, from the globals to the copy itself.
var fresh []byte

//go:extern __global_base
var globals [0]byte

//go:linkname setHeapEnd runtime.setHeapEnd
func setHeapEnd(end uintptr)

//export llvm.wasm.memory.size.i32
func memorySize(index int32) int32

//export tinygo_getCurrentStackPointer
func stackPointer() uintptr

// heapPointer is the next free address of the allocator of -gc=leaking, which allocates in a row.
//
//go:extern runtime.heapptr
var heapPointer uintptr

// between returns the memory from one address to another.
func between(from, to uintptr) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(from)), to-from)
}

// beginOperation sets the memory back, if enough was taken.
func beginOperation() {
	if fresh == nil {
		start, end := uintptr(unsafe.Pointer(&globals)), heapPointer
		// it stands at end, so the copied memory ends where the copy begins
		fresh = make([]byte, end-start)
		copy(fresh, between(start, end))
	} else if heapPointer-uintptr(unsafe.Pointer(unsafe.SliceData(fresh))) > maxTaken {
		setBack()
	}
}

// endOperation does nothing.
func endOperation() {}

// setBack sets the memory back and clears the rest, including the stack. The caller must not have
// read a global before.
//
//go:noinline
func setBack() {
	if fresh == nil {
		return
	}
	copied := uintptr(unsafe.Pointer(unsafe.SliceData(fresh)))
	clear(between(copied+uintptr(len(fresh)), heapPointer))
	copy(between(uintptr(unsafe.Pointer(&globals)), copied), fresh)
	clear(between(8, stackPointer()))
	setHeapEnd(uintptr(memorySize(0)) << 16)
}

// forget erases all configurations and secrets.
func forget() { setBack() }
