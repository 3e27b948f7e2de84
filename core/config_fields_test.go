package core

import (
	"reflect"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// A field that is missing in the table would be neither set nor checked, and nobody would have
// decided whether it is printed.
func TestEveryFieldOfAConfigIsInTheTable(t *testing.T) {
	config := new(Config)
	known := map[any]bool{
		// setPrivateKey and setSign set these as well
		&config.PrivateKeyFile: true,
		&config.HostKey:        true, &config.HostSigns: true, &config.EmptySecret: true,
		&config.Assertion: true, &config.Parameters: true, &config.Headers: true, &config.Response: true,
	}
	for _, f := range configFields {
		switch {
		case f.text != nil:
			known[f.text(config)] = true
		case f.list != nil:
			known[f.list(config)] = true
		case f.flag != nil:
			known[f.flag(config)] = true
		case f.source != nil:
			known[f.source(config)] = true
		case f.set == nil:
			t.Errorf("%s can't be set", f.name)
		}
	}
	fields := reflect.ValueOf(config).Elem()
	for i := range fields.NumField() {
		if !known[fields.Field(i).Addr().Interface()] {
			t.Errorf("the table lacks %s", fields.Type().Field(i).Name)
		}
	}
}

// Text that is not JSON could end the object of the claims and add another claim.
func TestClaimsAreJSON(t *testing.T) {
	for text, isRight := range map[string]bool{
		`"a"`: true, `1,"sub":"b"`: false, `}`: false, `{"a":1}`: true, ` "a" "b"`: false,
	} {
		config := Config{Assertion: Assertion{
			Claims: jsonobject.Object{{Name: "a", Value: jsontext.Value(text)}},
		}}
		if err := config.Check(); (err == nil) != isRight {
			t.Errorf("%s: %v", text, err)
		}
	}
}
