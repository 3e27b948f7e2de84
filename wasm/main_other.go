//go:build !wasm

package main

// main lets the package be vetted and tested natively, where nobody runs it.
func main() {}
