//go:build tinygo

package main

// mapState is what TinyGo draws the seed of the next map from. It begins with 1, for the module has
// no randomness of its own.
//
//go:extern runtime.xorshift32State
var mapState uint32

// seedMaps has the maps of this operation take seeds that follow from random bytes. Else whoever
// chooses the names that are put into a map could choose those that the map looks through one by
// one.
func seedMaps(random []byte) {
	for _, b := range random {
		mapState = mapState*16777619 ^ uint32(b)
	}
	if mapState == 0 {
		mapState = 1 // zero would stay zero
	}
}
