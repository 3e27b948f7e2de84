package credentials

import (
	"reflect"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
)

// The examples of the documentation of java.util.Properties.load, and its rules one by one.
func TestProperties(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"Truth = Beauty\n":                     {"Truth": "Beauty"},
		"  Truth:Beauty":                       {"Truth": "Beauty"},
		"Truth                    :Beauty\r\n": {"Truth": "Beauty"},
		"fruits   apple, banana, pear, \\\n                  cantaloupe, watermelon, \\\n                  kiwi, mango": {
			"fruits": "apple, banana, pear, cantaloupe, watermelon, kiwi, mango"},
		"cheeses\n":                       {"cheeses": ""},
		`\:\==\u0061\u00e9\ud83d\ude00`:   {":=": "aé😀"},
		`a\ b = c\\d\e\tf`:                {"a b": "c\\de\tf"},
		"a=1\rb=2\r\nc=3\n\n\n#d=4\n!e=5": {"a": "1", "b": "2", "c": "3"},
		"a = b=c:d e":                     {"a": "b=c:d e"},
		"a = b \\\\\nc=d":                 {"a": "b \\", "c": "d"},
		"a==b":                            {"a": "=b"},
		`a=\u00g1`:                        {"a": "u00g1"},             // Java refuses it; nothing is lost here
		"a=\\u\x10\x10\x14\x11":           {"a": "u\x10\x10\x14\x11"}, // control characters are no digits
		`a=b\`:                            {"a": `b\`},
	} {
		if got := properties(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("here.access.key.id = a\nhere.access.key.secret : b\\\n c\n"))
	f.Add([]byte("[default]\nhere.access.key.id=a\nhere.access.key.secret=b"))
	f.Add([]byte(`{"oauth2":{"server":"https://h/token","client_id":"a","client_secret":"b","scope":"c"}}`))
	f.Add([]byte(`{"id":"a","private_key":"b","client_id":"c","instance_uri":"https://h"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		config, err := Load(file)
		if err != nil {
			if e, ok := err.(*core.TokenError); !ok || e.Code != core.CodeInvalidCredentials {
				t.Errorf("%q: %v", file, err)
			}
			return
		}
		if config.Provider == "" || strings.ContainsRune(config.TokenEndpoint, 0) {
			t.Errorf("%q: %v", file, config.Provider)
		}
	})
}
