package core

import "github.com/fetchtoken/fetchtoken/core/jsonobject"

// secretNames are the fields of a Config that are never printed. What parameters and an assertion hold may be secret too.
var secretNames = map[string]bool{"clientSecret": true, "privateKey": true, "passphrase": true, "parameters": true, "assertion": true}

// MarshalJSON returns the fields that are set, with [redacted] in place of what is secret, and of
// the client's secret wherever else it stands: it is for logs, there is no way back. fmt, with every
// verb but %p, and log/slog print it too. What is beyond them: a Config in an unexported field of a
// struct, of which fmt prints what it holds, and encoders that read fields by reflection, such as
// encoding/gob and encoding/xml.
func (c Config) MarshalJSON() ([]byte, error) {
	var object jsonobject.Object
	s := searchFor(c.ClientSecret)
	for name, value := range c.Fields() {
		if secretNames[name] {
			value = Redacted
		} else {
			value = s.maskWhole(value)
		}
		object = append(object, jsonobject.Member{Name: name, Value: jsonobject.AppendText(nil, value)})
	}
	if len(c.Parameters) > 0 {
		object = append(object, jsonobject.Member{Name: "parameters", Value: jsonobject.AppendText(nil, Redacted)})
	}
	if c.Assertion.Type != "" || c.Assertion.Header != nil || c.Assertion.Claims != nil || c.Assertion.Lifetime != 0 {
		object = append(object, jsonobject.Member{Name: "assertion", Value: jsonobject.AppendText(nil, Redacted)})
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
