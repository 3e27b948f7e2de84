package answer_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
)

// allocated returns how many bytes a function allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// isLinear wants that an input of four times the size takes some four times the memory: quadratic
// work that copies takes sixteen times as much. The rest is for buffers that grow, or that a pool
// has lost.
func isLinear(t *testing.T, name string, small int, work func(t *testing.T, n int) func()) {
	t.Run(name, func(t *testing.T) {
		first, second := work(t, small), work(t, 4*small)
		first() // what is made once and kept
		second()
		if one, four := allocated(first), allocated(second); four > 12*one+1<<18 {
			t.Errorf("%d bytes for %d, %d for four times as much", one, small, four)
		}
	})
}

// repeated returns n bytes or some fewer of a text.
func repeated(text string, n int) string { return strings.Repeat(text, n/len(text)) }

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, n-i)
	}
	return b.String()
}

func TestErrorsAreLinear(t *testing.T) {
	x := resolve(t, core.Config{ClientSecret: opaque})
	for name, body := range map[string]func(n int) string{
		"JWTs":     func(n int) string { return `{"error":"` + repeated("eyJhbGciOiJub25lIn0.e30. ", n) + `"}` },
		"secrets":  func(n int) string { return `{"error":"` + repeated(opaque+" ", n) + `"}` },
		"escapes":  func(n int) string { return `{"error":"` + repeated("%25", n) + `"}` },
		"slashes":  func(n int) string { return `{"error":"` + repeated(`\\`, n) + `"}` },
		"entities": func(n int) string { return `{"error":"` + repeated(`&amp;`, n) + `"}` },
		"dots":     func(n int) string { return `{"error":"` + repeated(`q7Jt... `, n) + `"}` },
		"tokens": func(n int) string {
			return `{"error":"e","error_description":"d","l":[` + repeated(`{"token":"0123456789abcdef"},`, n) + `0]}`
		},
		"names that are cut off": func(n int) string { return `{"error":"e"}` + repeated(`"token":"`, n) },
		"members":                func(n int) string { return `{` + numbered(n/16, `"m%010d":"é",`) + `"error":"invalid_client"}` },
		"depth": func(n int) string {
			return strings.Repeat(`{"error":`, 60) + `["é"` + repeated(`,"é"`, n) + `]` + strings.Repeat("}", 60)
		},
		"errors": func(n int) string { return `{"errors":[` + repeated(`{"code":"é"},`, n) + `0]}` },
	} {
		isLinear(t, name, 1<<16, func(t *testing.T, n int) func() {
			text := body(n)
			return func() { refusal(t, x, text, nil) }
		})
	}
	for _, challenge := range []string{
		"eyJhbGciOiJub25lIn0.e30. ", `a="b", `, `a=`, `a="`, `Bearer error="\`, `a    = `, opaque + ",", "%25",
	} {
		isLinear(t, "challenge of "+challenge, 1<<16, func(t *testing.T, n int) func() {
			headers := map[string]string{
				"www-authenticate": repeated(challenge, n),
				"x-request-id":     repeated(challenge, n),
				"date":             repeated("1 ", n),
			}
			return func() { refusal(t, x, "{}", headers) }
		})
	}
}

// A token's other members are looked at once each, however deep they are.
func TestTokensAreLinear(t *testing.T) {
	x := resolve(t, core.Config{ClientSecret: opaque})
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
		) + `"é"` + repeated(
			`,"é"`,
			n,
		) + strings.Repeat(
			`]}`,
			depth,
		) + `}`
	}
	isLinear(t, "members", 1<<13, func(t *testing.T, n int) func() {
		return parse(t, `{`+numbered(n, `"m%d":{"é":1e400},`)+`"access_token":"a"}`)
	})
	isLinear(t, "nested", 1<<16, func(t *testing.T, n int) func() { return parse(t, nested(30, n)) })
}
