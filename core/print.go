package core

import (
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/redact"
)

// MarshalJSON returns the fields that are set, with [redacted] in place of what is secret, and of
// the client's secret wherever else it stands: it is for logs, there is no way back. fmt, with
// every verb but %p, and log/slog print it too. What is beyond them: a Config in an unexported
// field of a struct, of which fmt prints what it holds, and encoders that read fields by
// reflection, such as encoding/gob and encoding/xml.
func (c Config) MarshalJSON() ([]byte, error) {
	var object jsonobject.Object
	s := redact.For(c.ClientSecret)
	for _, f := range configFields {
		value := f.value(&c)
		switch {
		case value == "" && (f.given == nil || !f.given(&c)):
			continue
		case f.secret:
			value = Redacted
		default:
			value = s.MaskWhole(value)
		}
		object = append(object, jsonobject.Member{Name: f.name, Value: jsonobject.AppendText(nil, value)})
	}
	return object.Append(nil), nil
}

// String returns what MarshalJSON does.
func (c Config) String() string {
	text, _ := c.MarshalJSON()
	return string(text)
}

// GoString is what %#v prints.
func (c Config) GoString() string { return "core.Config" + c.String() }
