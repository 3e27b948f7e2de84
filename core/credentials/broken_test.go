package credentials_test

import (
	"testing"

	"github.com/fetchtoken/fetchtoken/core/credentials"
)

// A file may hold anything: it is taken, or there is an error.
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
