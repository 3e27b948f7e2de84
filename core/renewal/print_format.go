//go:build !wasm

package renewal

import (
	"fmt"
	"io"

	"github.com/fetchtoken/fetchtoken/core"
)

// What holds secrets or tokens prints as nothing but its type; as JSON the values of package core
// in it do.

func (r *Renewal) Format(f fmt.State, _ rune) { io.WriteString(f, "renewal.Renewal"+core.Redacted) }
func (a Action) Format(f fmt.State, _ rune)   { io.WriteString(f, "renewal.Action"+core.Redacted) }
func (i Input) Format(f fmt.State, _ rune)    { io.WriteString(f, "renewal.Input"+core.Redacted) }
