//go:build !wasm

package core

import (
	"fmt"
	"io"
)

// Format prints the same as String for every verb except %p, for which fmt doesn't call it. Without
// Format, a verb that is not for strings, such as %d, would print the fields.
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

// Other types with secrets or tokens print only their name, also as JSON. A caller who means to
// show a part of one can print its fields.

func (x *Exchange) Format(f fmt.State, _ rune) { io.WriteString(f, "core.Exchange"+Redacted) }
func (r Request) Format(f fmt.State, _ rune)   { io.WriteString(f, "core.Request"+Redacted) }
func (s Signing) Format(f fmt.State, _ rune)   { io.WriteString(f, "core.Signing"+Redacted) }
func (s Source) Format(f fmt.State, _ rune)    { io.WriteString(f, "core.Source"+Redacted) }
func (g Get) Format(f fmt.State, _ rune)       { io.WriteString(f, "core.Get"+Redacted) }

func (r OAuth1Request) Format(
	f fmt.State,
	_ rune,
) {
	io.WriteString(f, "core.OAuth1Request"+Redacted)
}

func (x *Exchange) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }
func (r Request) MarshalJSON() ([]byte, error)   { return []byte(`"` + Redacted + `"`), nil }
func (s Signing) MarshalJSON() ([]byte, error)   { return []byte(`"` + Redacted + `"`), nil }
func (s Source) MarshalJSON() ([]byte, error)    { return []byte(`"` + Redacted + `"`), nil }
func (g Get) MarshalJSON() ([]byte, error)       { return []byte(`"` + Redacted + `"`), nil }
