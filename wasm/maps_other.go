//go:build !tinygo

package main

// seedMaps does nothing, because Go's own runtime seeds the maps.
func seedMaps([]byte) {}
