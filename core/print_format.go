//go:build !wasm

package core

import (
	"fmt"
	"io"
)

// Format prints what String does, whatever the verb but %p, of which fmt asks nobody: with one that is not for strings, such as %d,
// fmt would print the fields.
func (c Config) Format(f fmt.State, verb rune) {
	text := c.String()
	if verb == 'v' && f.Flag('#') {
		text = c.GoString()
	}
	if verb != 'q' && verb != 'x' && verb != 'X' {
		verb = 's'
	}
	if verb == 's' {
		io.WriteString(f, text)
		return
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), text)
}
