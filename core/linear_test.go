package core_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
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

// The parameters and the claims of a caller are many only by mistake, or as somebody else wants it.
func TestRequestsAreLinear(t *testing.T) {
	requests := func(config func(n int) core.Config) func(t *testing.T, n int) func() {
		return func(t *testing.T, n int) func() {
			c := config(n)
			return func() {
				x := resolve(t, c)
				if _, _, err := x.Build(1512072698000, sixteen, nil); err != nil {
					t.Fatal(err)
				}
				e, err := x.Explain(1512072698000, sixteen)
				if err != nil {
					t.Fatal(err)
				}
				e.Append(nil)
				_ = c.String()
			}
		}
	}
	for _, method := range []string{core.ClientSecretBasic, core.OAuth1} {
		for _, format := range []string{core.BodyForm, core.BodyJSON} {
			isLinear(t, method+", values, "+format, 1<<11, requests(func(n int) core.Config {
				values := slices.Repeat([]string{"value"}, n)
				parameters := []core.Parameter{{Name: "p", Values: values}, {Name: "code", Values: values}}
				return core.Config{
					ClientSecret: opaque,
					ClientAuth:   method,
					BodyFormat:   format,
					Parameters:   parameters,
				}
			}))
			isLinear(t, method+", names, "+format, 1<<13, requests(func(n int) core.Config {
				parameters := make([]core.Parameter, n)
				for i := range parameters {
					parameters[i] = core.Parameter{Name: fmt.Sprintf("p%07d", n-i), Values: []string{"v"}}
				}
				return core.Config{
					ClientSecret: opaque,
					ClientAuth:   method,
					BodyFormat:   format,
					Parameters:   parameters,
				}
			}))
		}
	}
	isLinear(t, "claims", 1<<13, requests(func(n int) core.Config {
		claims, err := jsonobject.Parse([]byte(`{` + numbered(n, `"c%d":"é",`) + `"d":1}`))
		if err != nil {
			t.Fatal(err)
		}
		return core.Config{
			ClientSecret: opaque,
			ClientAuth:   core.ClientSecretJWT,
			Assertion:    core.Assertion{Header: claims, Claims: claims},
		}
	}))
	isLinear(t, "query", 1<<13, requests(func(n int) core.Config {
		endpoint := "https://as.example.com/" + repeated("a/", n) + "?" + numbered(n, "q%08d=v&")
		return core.Config{ClientSecret: opaque, ClientAuth: core.OAuth1, TokenEndpoint: endpoint}
	}))
}

// The values of a caller are read once each.
func TestValuesAreLinear(t *testing.T) {
	for field, value := range map[string]func(n int) string{
		"parameters": func(n int) string {
			return `{` + numbered(n, `"p%d":["é","v"],`) + `"q":[""` + repeated(`,"é"`, 4*n) + `]}`
		},
		"scope":     func(n int) string { return `["é"` + repeated(`,"é"`, 4*n) + `]` },
		"assertion": func(n int) string { return `{"claims":{` + numbered(n, `"c%d":["é"],`) + `"d":1}}` },
	} {
		isLinear(t, field, 1<<11, func(t *testing.T, n int) func() {
			text := value(n)
			return func() {
				var config core.Config
				if err := config.Set(field, core.Value{Kind: core.KindJSON, Text: text}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	for name, value := range map[string]func(n int) string{
		"object": func(n int) string { return `{` + numbered(n, `"p%07d":["é","v"],`) + `"q":""}` },
		"pairs":  func(n int) string { return `[["a","b"]` + numbered(n, `,["p%07d","é"]`) + `]` },
	} {
		isLinear(t, "signOAuth1, "+name, 1<<11, func(t *testing.T, n int) func() {
			text := value(n)
			return func() {
				var request core.OAuth1Request
				for field, v := range map[string]core.Value{
					"params": {Kind: core.KindJSON, Text: text}, "oauthParams": {Kind: core.KindJSON, Text: `{"oauth_callback":"oob"}`},
					"method": {Kind: core.KindText, Text: "POST"}, "url": {Kind: core.KindText, Text: "https://as.example.com/?b=c"},
					"consumerKey": {Kind: core.KindText, Text: "k"}, "consumerSecret": {Kind: core.KindText, Text: "s"},
				} {
					if err := request.Set(field, v); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := request.Sign(1512072698000, sixteen); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
