package answer_test

import (
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// RFC 8414 section 3.3 and RFC 3986 section 6.2.1: issuers are compared character by character.
func TestOtherIssuer(t *testing.T) {
	const slash = "differs only in the last slash"
	for theirs, isSlash := range map[string]bool{
		"https://as.example/t/": true, "https://as.example/t": false, "https://as.example/T/": false,
	} {
		ours := "https://as.example/t"
		if theirs == ours {
			ours = "https://as.example/other"
		}
		x, err := provider.Resolve(core.Config{Issuer: ours, ClientID: "c", ClientSecret: "s"})
		if err != nil {
			t.Fatal(err)
		}
		body := []byte(`{"issuer":"` + theirs + `"}`)
		_, _, _, e := answer.ParseMetadata(x, answer.Outcome{Status: 200, Body: body}, 0)
		if e == nil || !strings.Contains(e.Message, theirs+", not "+ours) ||
			strings.Contains(e.Message, slash) != isSlash {
			t.Errorf("%s: %v", theirs, e)
		}
	}
}
