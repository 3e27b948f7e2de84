package core_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/credentials"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// A server may answer anything, and a connection may be cut anywhere: the answer is a token or an error.
func TestBrokenAnswers(t *testing.T) {
	x := resolve(t, core.Config{ClientSecret: opaque})
	parse := func(body string, headers map[string]string) {
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("%q, %v: %v", body, headers, r)
			}
		}()
		for _, status := range []int{200, 401} {
			header := func(name string) string { return headers[name] }
			x.Parse(core.Outcome{Status: status, Body: []byte(body), Header: header}, 1512072698000, sixteen, nil)
		}
		x.ReadTime(core.Outcome{Status: 200, Body: []byte(body)}, 1512072698000)
	}
	short("\"\\{}[]:,01-eE.tn <&%u\xff\xef", 3, func(body string) { parse(body, nil) })
	short("\"\\=, a%\t", 4, func(value string) {
		parse("", map[string]string{"www-authenticate": "e" + value, "location": value, "content-type": value})
	})
	for _, body := range bodies(t) {
		for i := 0; i < min(len(body), 200); i += 7 {
			parse(body[:i], nil)
		}
	}
}

// So it is with a file.
func TestBrokenFiles(t *testing.T) {
	short("\"\\{}[]:=,0-e.t \n#;\xff", 4, func(text string) {
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("%q: %v", text, r)
			}
		}()
		credentials.Load([]byte(text), credentials.Options{})
	})
}

// In Go a caller may write what is no JSON into an assertion.
func TestBrokenClaims(t *testing.T) {
	short("\"\\{}[]:,0e.t ", 3, func(text string) {
		defer func() {
			if r := recover(); r != nil {
				t.Errorf("%q: %v", text, r)
			}
		}()
		members := jsonobject.Object{{Name: "a", Value: []byte(text)}, {Name: "aud", Value: []byte(text)}}
		config := core.Config{
			TokenEndpoint: "https://as.example.com/token", ClientID: "c", ClientSecret: opaque,
			ClientAuth: core.ClientSecretJWT, Assertion: core.Assertion{Header: members, Claims: members},
		}
		_ = config.String()
		x, err := provider.Resolve(config)
		if err != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("%q is taken", text)
		}
		x.Build(1512072698000, sixteen, nil)
		x.Explain(1512072698000, sixteen)
	})
}

// short has every text of up to so many of the characters.
func short(characters string, most int, have func(text string)) {
	have("")
	if most == 0 {
		return
	}
	for i := range len(characters) {
		short(characters, most-1, func(rest string) { have(string(characters[i]) + rest) })
	}
}

// bodies are those of the corpus.
func bodies(t *testing.T) []string {
	var found []string
	for _, name := range []string{"token-answers", "token-error", "token-response"} {
		text, err := os.ReadFile("testdata/vectors/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct{ Outcome struct{ Body string } }
		}
		if err := json.Unmarshal(text, &file); err != nil || len(file.Tests) == 0 {
			t.Fatal(name, err)
		}
		for _, v := range file.Tests {
			found = append(found, v.Outcome.Body)
		}
	}
	return found
}
