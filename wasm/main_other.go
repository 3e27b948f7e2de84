//go:build !wasm

package main

// main lets the package be vetted and tested natively. Nobody runs it.
func main() {}
