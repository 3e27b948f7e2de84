package main

// The reactor (go build -buildmode=c-shared) for wazero and other WASI hosts: they call call and
// buffer.
func main() {}
