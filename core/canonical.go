package core

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// Canonical returns the canonical bytes of the configuration: the message of its fields, as
// wasm/wire.go describes it, sorted by name. Configurations that get different tokens have
// different bytes. Spellings that get the same token have the same bytes: a list of one element is
// a text, a scope is one text, and the members of an object are sorted by name (RFC 8785).
// js/client/seal.js writes the same bytes. They contain the secrets.
func (c *Config) Canonical() ([]byte, error) {
	fields := slices.Clone(configFields)
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	var message []byte
	for _, f := range fields {
		value, err := f.canonical(c)
		if err != nil {
			return nil, ConfigError(f.name, "holds what is no JSON")
		}
		if value != (Value{}) {
			message = appendField(message, f.name, value)
		}
	}
	return message, nil
}

// canonical returns the value of a field, or none if the field isn't set.
func (f *field) canonical(c *Config) (Value, error) {
	switch {
	case f.name == "sign" && c.HostSigns:
		return Value{KindHostKey, "{}"}, nil
	case f.name == "privateKey" && c.HostKey != "":
		return Value{KindHostKey, c.HostKey}, nil
	case f.name == "scope" && c.Scope != nil:
		return Value{KindText, strings.Join(c.Scope, " ")}, nil
	case f.name == "parameters":
		var object jsonobject.Object
		for _, p := range c.Parameters {
			value := canonicalList(p.Values).json()
			object = append(object, jsonobject.Member{Name: p.Name, Value: value})
		}
		return canonicalObject(object)
	case f.name == "headers":
		var object jsonobject.Object
		for _, h := range c.Headers {
			object = append(object, textMember(h.Name, h.Value))
		}
		return canonicalObject(object)
	case f.name == "clientSecret" && c.EmptySecret:
		return Value{KindText, ""}, nil
	case f.object != nil:
		return canonicalObject(f.object(c))
	case f.name == "assertion":
		return canonicalObject(c.Assertion.members())
	case f.flag != nil && *f.flag(c):
		return Value{KindJSON, "true"}, nil
	case f.source != nil && f.source(c).Host:
		return Value{KindHostKey, "{}"}, nil
	case f.source != nil && f.source(c).anew():
		return canonicalObject(f.source(c).members())
	case f.source != nil && f.source(c).Given():
		return f.source(c).value(), nil
	case f.list != nil && len(*f.list(c)) > 0:
		return canonicalList(*f.list(c)), nil
	case f.text != nil && *f.text(c) != "":
		return Value{KindText, *f.text(c)}, nil
	}
	return Value{}, nil
}

// members returns the assertion's members that are set, with JavaScript's names.
func (a *Assertion) members() (object jsonobject.Object) {
	if a.Type != "" {
		object = append(object, textMember("type", a.Type))
	}
	if a.Header != nil {
		object = append(object, jsonobject.Member{Name: "header", Value: a.Header.Append(nil)})
	}
	if a.Claims != nil {
		object = append(object, jsonobject.Member{Name: "claims", Value: a.Claims.Append(nil)})
	}
	if a.Lifetime != 0 {
		lifetime := jsontext.Int(int64(a.Lifetime)).String()
		object = append(object, jsonobject.Member{Name: "lifetime", Value: []byte(lifetime)})
	}
	return object
}

func textMember(name, text string) jsonobject.Member {
	return jsonobject.Member{Name: name, Value: jsonobject.AppendText(nil, text)}
}

// canonicalList returns a list: as a text, if it has one element.
func canonicalList(list []string) Value {
	if len(list) == 1 {
		return Value{KindText, list[0]}
	}
	elements := make([]string, len(list))
	for i, text := range list {
		elements[i] = string(jsonobject.AppendText(nil, text))
	}
	return Value{KindJSON, "[" + strings.Join(elements, ",") + "]"}
}

// json returns a text or JSON as JSON.
func (v Value) json() jsontext.Value {
	if v.Kind == KindText {
		return jsonobject.AppendText(nil, v.Text)
	}
	return jsontext.Value(v.Text)
}

func canonicalObject(object jsonobject.Object) (Value, error) {
	if len(object) == 0 {
		return Value{}, nil
	}
	text := jsontext.Value(object.Append(nil))
	// a whole number beyond 2^53 stays as it is, because rounding could make two of them equal
	err := text.Canonicalize(jsontext.CanonicalizeRawInts(false))
	return Value{KindJSON, string(text)}, err
}

// appendField appends a field to a message.
func appendField(message []byte, name string, v Value) []byte {
	message = append(message, byte(v.Kind))
	for _, length := range []int{len(name), len(v.Text)} {
		for shift := 0; shift < 35; shift += 7 {
			message = append(message, byte(length>>shift&0x7f))
		}
	}
	return append(append(message, name...), v.Text...)
}

// HasSecret says whether the configuration contains a secret from which a key can be derived.
func (c *Config) HasSecret() bool {
	for _, f := range configFields {
		if f.secret && f.text != nil && *f.text(c) != "" ||
			f.source != nil && f.source(c).Text != "" {
			return true
		}
	}
	for _, p := range c.Parameters {
		if slices.Contains(secretParameters, p.Name) && strings.Join(p.Values, "") != "" {
			return true
		}
	}
	return false
}
