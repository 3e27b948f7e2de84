//go:build !wasm

package renewal

import (
	"fmt"
	"io"

	"github.com/fetchtoken/fetchtoken/core"
)

// Types with secrets or tokens print only their name. As JSON, their values of package core print
// masked.

func (r *Renewal) Format(f fmt.State, _ rune) { io.WriteString(f, "renewal.Renewal"+core.Redacted) }
func (a Action) Format(f fmt.State, _ rune)   { io.WriteString(f, "renewal.Action"+core.Redacted) }
func (i Input) Format(f fmt.State, _ rune)    { io.WriteString(f, "renewal.Input"+core.Redacted) }
