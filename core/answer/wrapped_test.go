package answer_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
)

// A secret is found although line breaks were put into it, between words or anywhere, and blanks
// were added or removed.
func TestRedactWrapped(t *testing.T) {
	for _, secret := range []string{"my pass wd", "correct horse battery staple", "a+b c+d e+f", "no-blank-is-in-this-1"} {
		x := coretest.Resolve(t, core.Config{ClientSecret: secret})
		encoded := base64.StdEncoding.EncodeToString([]byte("c:" + secret + ";."))
		for _, gap := range []string{" ", "  ", "\t", "\n", "\r\n", "\x00", "\x1b", "\x7f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u2028", "\u3000", "+"} {
			texts := []string{
				strings.Join(strings.Split(secret, " "), gap), strings.Join(strings.Split(secret, ""), gap),
				hex.EncodeToString([]byte(secret)), strings.ReplaceAll(fmt.Sprintf("% x", secret), " ", gap),
				encoded[:8] + gap + encoded[8:12] + gap + encoded[12:],
			}
			for i, text := range texts {
				got := described(t, x, "it is "+text+".")
				if kept := strings.TrimLeft(got, "it s"); !strings.Contains(got, core.Redacted) ||
					len(kept) > len(core.Redacted)+10 {
					t.Errorf("%q, %d, %q: %q", secret, i, gap, got)
				}
			}
		}
	}
}

// Characters that the search ignores still belong to the secret, also at its ends.
func TestRedactEnds(t *testing.T) {
	for _, secret := range []string{"++a-secret+of-mine++", "\\a-secret of mine\\", " a-secret of " +
		"mine ", "+a b c d"} {
		x := coretest.Resolve(t, core.Config{ClientSecret: secret})
		for _, text := range []string{secret, url.QueryEscape(secret), jsonText(secret)} {
			if got := described(t, x, "it is:"+text+"!"); got != "it is:"+core.Redacted+"!" {
				t.Errorf("%q in %q: %q", secret, text, got)
			}
		}
	}
}

// An issued or sent token is also found in base64 and in hexadecimal.
func TestRedactEncodedTokens(t *testing.T) {
	const issued, sent = "opaque-token.of_this-answer", "opaque-token.of_that-request"
	x := coretest.Resolve(t, core.Config{
		ClientSecret: opaque, GrantType: "refresh_token", Parameters: []core.Parameter{{Name: "refresh_token", Values: []string{sent}}},
	})
	for _, token := range []string{issued, sent} {
		for before := range 3 {
			padded := strings.Repeat(".", before) + token
			for _, encode := range []func([]byte) string{
				hex.EncodeToString, base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString,
			} {
				text := encode([]byte(padded))
				body := `{"error":"invalid_grant","access_token":"` + issued + `","error_description":"it is ` + text + ` there"}`
				got := refusal(t, x, body, nil).ErrorDescription
				if !strings.Contains(got, core.Redacted) ||
					len(got) > len("it is ab"+core.Redacted+"cdef== there") {
					t.Errorf("%q: %q", text, got)
				}
			}
		}
	}
}
