package core

import (
	"bytes"
	"testing"
)

// A field that the canonical form leaves out would let two configurations share a token.
func TestEveryFieldHasACanonicalForm(t *testing.T) {
	samples := map[string]Value{
		"sign": {KindHostKey, "{}"}, "assertion": {KindJSON, `{"type":"t"}`},
		"parameters": {KindJSON, `{"a":"b"}`}, "headers": {KindJSON, `{"a":"b"}`},
		"response": {KindJSON, `{"token":"a"}`}, "mtlsEndpointAliases": {KindJSON, "true"},
		"x5c": {KindJSON, "true"},
	}
	for _, f := range configFields {
		var config Config
		sample, ok := samples[f.name]
		if !ok {
			sample = Value{KindText, "a"}
		}
		if err := config.Set(f.name, sample); err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		text, err := config.Canonical()
		if err != nil || !bytes.Contains(text, []byte(f.name)) {
			t.Errorf("%s: %q, %v", f.name, text, err)
		}
	}
	empty := Config{EmptySecret: true}
	if text, err := empty.Canonical(); err != nil || !bytes.Contains(text, []byte("clientSecret")) {
		t.Errorf("an empty secret: %q, %v", text, err)
	}
}
