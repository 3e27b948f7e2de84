package answer

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/internal/cost"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/core/redact"
)

// The memory grows in proportion to a server's text: four times the text takes about four times the
// memory.
func FuzzServerText(f *testing.F) {
	for _, seed := range []string{"eyJhbGciOiJub25lIn0.e30.", "eyJ", "%25", "&amp;", `\u0061`, `\\`, "a secret", "YSBzZWNyZXQ", " ", "é", "\x1b"} {
		f.Add(seed, "a secret")
	}
	f.Add("eyJ000000000000000000 ", "0")
	f.Fuzz(func(t *testing.T, piece, secret string) {
		if piece == "" || len(piece) > 100 || len(secret) > 100 {
			return
		}
		r := &reading{exchange: &core.Exchange{ClientSecret: secret, URL: new(oauth1.URL)}}
		r.redact("so that the secrets are there")
		n := 1 + 16_000/len(piece)
		one, four := cost.Of(
			func() { r.redact(strings.Repeat(piece, n)) },
		), cost.Of(
			func() { r.redact(strings.Repeat(piece, 4*n)) },
		)
		if four > 8*one+1<<20 {
			t.Errorf("%q: %d bytes, and %d for four times as much", piece, one, four)
		}
		shown := r.redact(piece + secret + piece)
		if redact.For(secret).MaskWhole(secret) != secret && utf8.ValidString(secret) &&
			strings.Contains(strings.ReplaceAll(shown, redact.Mark, "\x00"), secret) {
			t.Errorf("%q between %q is %q", secret, piece, shown)
		}
		for _, c := range shown {
			if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%q is %q, with %U", piece, shown, c)
			}
		}
	})
}

// The cost of a challenge or a Retry-After is proportional to its length, and no server can ask for
// an endless wait.
func FuzzAnswerHeaders(f *testing.F) {
	for _, seed := range []string{"120", "Wed, 21 Oct 2015 07:28:00 GMT", "-1",
		"99999999999999999999", "Sunday, 06-Nov-94 08:49:37 GMT"} {
		f.Add(seed, `Bearer realm="a", error="invalid_client", error_description="no \"such\" client"`)
	}
	f.Add("", `a="\`)
	x := &core.Exchange{ClientID: "c", ClientSecret: "s3cr3t-s3cr3t", URL: new(oauth1.URL)}
	f.Fuzz(func(t *testing.T, after, challenge string) {
		if len(after) > 1000 || len(challenge) > 1000 {
			return
		}
		refused := func(after, challenge string) *core.TokenError {
			headers := map[string]string{
				"retry-after":      after,
				"date":             after,
				"www-authenticate": challenge,
				"content-type":     challenge,
				"allow":            challenge,
				"location":         challenge,
				"x-request-id":     challenge,
			}
			_, err := Parse(
				x,
				Outcome{Status: 401, Header: func(name string) string { return headers[name] }},
				1_700_000_000_000,
				make([]byte, core.RandomSize),
				nil,
			)
			return err.(*core.TokenError)
		}
		e := refused(after, challenge)
		if e.RetryAfter < -1 || e.RetryAfter > maxSeconds || e.ClockOffset < -maxTime ||
			e.ClockOffset > maxTime {
			t.Errorf("%q: %+v", after, e)
		}
		for _, text := range []string{e.Message, e.ErrorDescription, e.OAuthError, e.Hint, e.RequestID} {
			for _, c := range text {
				if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
					t.Errorf("%q: %q", challenge, text)
				}
			}
		}
		cost.IsBounded(t, after, 1<<16, func(text string) { refused(text, "") })
		cost.IsBounded(t, challenge, 1<<20, func(text string) { refused("", text) })
	})
}
