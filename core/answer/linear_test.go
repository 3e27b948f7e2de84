package answer_test

import (
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
	"github.com/fetchtoken/fetchtoken/core/internal/cost"
)

func TestErrorsAreLinear(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	for name, body := range map[string]func(n int) string{
		"JWTs":     func(n int) string { return `{"error":"` + cost.Repeated("eyJhbGciOiJub25lIn0.e30. ", n) + `"}` },
		"secrets":  func(n int) string { return `{"error":"` + cost.Repeated(opaque+" ", n) + `"}` },
		"escapes":  func(n int) string { return `{"error":"` + cost.Repeated("%25", n) + `"}` },
		"slashes":  func(n int) string { return `{"error":"` + cost.Repeated(`\\`, n) + `"}` },
		"entities": func(n int) string { return `{"error":"` + cost.Repeated(`&amp;`, n) + `"}` },
		"dots":     func(n int) string { return `{"error":"` + cost.Repeated(`q7Jt... `, n) + `"}` },
		"tokens": func(n int) string {
			return `{"error":"e","error_description":"d","l":[` + cost.Repeated(`{"token":"0123456789abcdef"},`, n) + `0]}`
		},
		"names that are cut off": func(n int) string { return `{"error":"e"}` + cost.Repeated(`"token":"`, n) },
		"members":                func(n int) string { return `{` + cost.Numbered(n/16, `"m%010d":"é",`) + `"error":"invalid_client"}` },
		"depth": func(n int) string {
			return strings.Repeat(`{"error":`, 60) + `["é"` + cost.Repeated(`,"é"`, n) + `]` + strings.Repeat("}", 60)
		},
		"errors": func(n int) string { return `{"errors":[` + cost.Repeated(`{"code":"é"},`, n) + `0]}` },
	} {
		cost.IsLinear(t, name, 1<<16, func(t *testing.T, n int) func() {
			text := body(n)
			return func() { refusal(t, x, text, nil) }
		})
	}
	for _, challenge := range []string{
		"eyJhbGciOiJub25lIn0.e30. ", `a="b", `, `a=`, `a="`, `Bearer error="\`, `a    = `, opaque + ",", "%25",
	} {
		cost.IsLinear(t, "challenge of "+challenge, 1<<16, func(t *testing.T, n int) func() {
			headers := map[string]string{
				"www-authenticate": cost.Repeated(challenge, n),
				"x-request-id":     cost.Repeated(challenge, n),
				"date":             cost.Repeated("1 ", n),
			}
			return func() { refusal(t, x, "{}", headers) }
		})
	}
}

// Each other member of a token is read once, at any depth.
func TestTokensAreLinear(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	parse := func(t *testing.T, body string) func() {
		return func() {
			token, err := answer.Parse(
				x,
				answer.Outcome{Status: 200, Body: []byte(body)},
				1512072698000,
				sixteen,
				nil,
			)
			if err != nil {
				t.Fatal(err)
			}
			token.Append(nil)
		}
	}
	nested := func(depth, n int) string {
		return `{"access_token":"a","x":` + strings.Repeat(
			`{"x":[`,
			depth,
		) + `"é"` + cost.Repeated(
			`,"é"`,
			n,
		) + strings.Repeat(
			`]}`,
			depth,
		) + `}`
	}
	cost.IsLinear(t, "members", 1<<13, func(t *testing.T, n int) func() {
		return parse(t, `{`+cost.Numbered(n, `"m%d":{"é":1e400},`)+`"access_token":"a"}`)
	})
	cost.IsLinear(t, "nested", 1<<16, func(t *testing.T, n int) func() { return parse(t, nested(30, n)) })
}
