//go:build tinygo

package assertion

import "unsafe"

// heapPointer is the next free address of the allocator of -gc=leaking.
//
//go:extern runtime.heapptr
var heapPointer uintptr

// A scrap is memory for temporary data, of which nothing is kept.
type scrap uintptr

// beginScrap begins one: it contains all memory that is allocated from now on.
func beginScrap() scrap { return scrap(heapPointer) }

// giveBack clears the scrap and frees it.
func (s scrap) giveBack() {
	clear(unsafe.Slice((*byte)(unsafe.Pointer(uintptr(s))), heapPointer-uintptr(s)))
	heapPointer = uintptr(s)
}
