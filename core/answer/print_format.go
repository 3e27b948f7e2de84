//go:build !wasm

package answer

import (
	"fmt"
	"io"

	"github.com/fetchtoken/fetchtoken/core"
)

// Types with tokens print only their name, also as JSON.

func (t Token) Format(f fmt.State, _ rune)   { io.WriteString(f, "answer.Token"+core.Redacted) }
func (o Outcome) Format(f fmt.State, _ rune) { io.WriteString(f, "answer.Outcome"+core.Redacted) }

func (t Token) MarshalJSON() ([]byte, error)   { return []byte(`"` + core.Redacted + `"`), nil }
func (o Outcome) MarshalJSON() ([]byte, error) { return []byte(`"` + core.Redacted + `"`), nil }
