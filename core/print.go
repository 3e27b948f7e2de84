package core

import (
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/redact"
)

// MarshalJSON returns the fields that are set. It writes [redacted] in place of secrets, and
// wherever else the client secret occurs. It is for logs: the configuration can't be restored from
// it. fmt, with every verb except %p, and log/slog print the same. Two ways of printing are not
// protected: fmt prints the secrets of a Config in an unexported field of a struct, and so do
// encoders that read fields by reflection, such as encoding/gob and encoding/xml.
func (c Config) MarshalJSON() ([]byte, error) {
	var object jsonobject.Object
	s := redact.For(c.ClientSecret)
	for _, f := range configFields {
		if !f.isGiven(&c) {
			continue
		}
		value := Redacted
		if !f.secret && !f.hidden {
			value = s.MaskWhole(f.value(&c).Text)
		}
		text := jsonobject.AppendText(nil, value)
		if f.object != nil {
			text = s.MaskObject(f.object(&c)).Append(nil)
		}
		object = append(object, jsonobject.Member{Name: f.name, Value: text})
	}
	return object.Append(nil), nil
}

// String returns the same as MarshalJSON.
func (c Config) String() string {
	text, _ := c.MarshalJSON()
	return string(text)
}

// GoString is for %#v.
func (c Config) GoString() string { return "core.Config" + c.String() }
