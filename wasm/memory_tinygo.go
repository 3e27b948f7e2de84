//go:build tinygo

package main

import "unsafe"

// The compact module has no garbage collector. Instead all of its memory is set back to what it was
// when the module had started: before an operation, when those before it have taken maxTaken bytes,
// and by forget. What is dropped with it is made again.

// maxTaken is how many bytes operations take together before the memory is set back. One may take
// more.
const maxTaken = 1 << 20

// fresh is a copy of the memory after the start, from the globals to itself.
var fresh []byte

//go:extern __global_base
var globals [0]byte

//go:linkname setHeapEnd runtime.setHeapEnd
func setHeapEnd(end uintptr)

//export llvm.wasm.memory.size.i32
func memorySize(index int32) int32

//export tinygo_getCurrentStackPointer
func stackPointer() uintptr

// heapPointer is where the allocator of -gc=leaking takes from: what is allocated stands in a row.
//
//go:extern runtime.heapptr
var heapPointer uintptr

// between returns the memory from one address to another.
func between(from, to uintptr) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(from)), to-from)
}

// beginOperation sets the memory back, if it is time.
func beginOperation() {
	if fresh == nil {
		start, end := uintptr(unsafe.Pointer(&globals)), heapPointer
		fresh = make([]byte, end-start) // it stands at end, so the copy ends where it begins
		copy(fresh, between(start, end))
	} else if heapPointer-uintptr(unsafe.Pointer(unsafe.SliceData(fresh))) > maxTaken {
		setBack()
	}
}

// endOperation has nothing to do.
func endOperation() {}

// setBack sets the memory back and clears the rest, the stack too. The caller must not have read a
// global before.
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

// forget leaves nothing of what was there.
func forget() { setBack() }
