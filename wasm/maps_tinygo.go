//go:build tinygo

package main

// mapState is the state from which TinyGo draws the next map's seed. It begins with 1, because the
// module has no randomness of its own.
//
//go:extern runtime.xorshift32State
var mapState uint32

// seedMaps makes the maps of this operation use seeds that depend on random bytes. Otherwise an
// attacker who chooses the names in a map could make it slow.
func seedMaps(random []byte) {
	for _, b := range random {
		mapState = mapState*16777619 ^ uint32(b)
	}
	if mapState == 0 {
		mapState = 1 // zero would stay zero
	}
}
