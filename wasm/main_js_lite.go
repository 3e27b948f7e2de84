//go:build js && lite

package main

// main stays, for js/ calls call and buffer. The raw fetchToken is the whole module's.
func main() { select {} }
