//go:build tinygo

package assertion

import "unsafe"

// heapPointer is where the allocator of -gc=leaking takes from.
//
//go:extern runtime.heapptr
var heapPointer uintptr

// A scrap is memory that is taken for a while, by whom nothing of it is kept.
type scrap uintptr

// beginScrap begins one: all that is taken from now on.
func beginScrap() scrap { return scrap(heapPointer) }

// giveBack clears the scrap, and gives it back.
func (s scrap) giveBack() {
	clear(unsafe.Slice((*byte)(unsafe.Pointer(uintptr(s))), heapPointer-uintptr(s)))
	heapPointer = uintptr(s)
}
