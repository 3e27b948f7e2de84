//go:build !wasm

package oauth1

import (
	"fmt"
	"io"
)

// Types with secrets or signatures print only their name.

func (r Request) Format(f fmt.State, _ rune)   { io.WriteString(f, "oauth1.Request[redacted]") }
func (s Signed) Format(f fmt.State, _ rune)    { io.WriteString(f, "oauth1.Signed[redacted]") }
func (r Request) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }
func (s Signed) MarshalJSON() ([]byte, error)  { return []byte(`"[redacted]"`), nil }
