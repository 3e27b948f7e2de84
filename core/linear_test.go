package core_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
	"github.com/fetchtoken/fetchtoken/core/internal/cost"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// A caller has many parameters or claims only by mistake, or because of an attacker.
func TestRequestsAreLinear(t *testing.T) {
	requests := func(config func(n int) core.Config) func(t *testing.T, n int) func() {
		return func(t *testing.T, n int) func() {
			c := config(n)
			return func() {
				x := coretest.Resolve(t, c)
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
			cost.IsLinear(t, method+", values, "+format, 1<<11, requests(func(n int) core.Config {
				values := slices.Repeat([]string{"value"}, n)
				parameters := []core.Parameter{{Name: "p", Values: values}, {Name: "code", Values: values}}
				return core.Config{
					ClientSecret: opaque,
					ClientAuth:   method,
					BodyFormat:   format,
					Parameters:   parameters,
				}
			}))
			cost.IsLinear(t, method+", names, "+format, 1<<13, requests(func(n int) core.Config {
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
	cost.IsLinear(t, "claims", 1<<13, requests(func(n int) core.Config {
		claims, err := jsonobject.Parse([]byte(`{` + cost.Numbered(n, `"c%d":"é",`) + `"d":1}`))
		if err != nil {
			t.Fatal(err)
		}
		return core.Config{
			ClientSecret: opaque,
			ClientAuth:   core.ClientSecretJWT,
			Assertion:    core.Assertion{Header: claims, Claims: claims},
		}
	}))
	cost.IsLinear(t, "query", 1<<13, requests(func(n int) core.Config {
		endpoint := "https://as.example.com/" + cost.Repeated("a/", n) + "?" + cost.Numbered(n, "q%08d=v&")
		return core.Config{ClientSecret: opaque, ClientAuth: core.OAuth1, TokenEndpoint: endpoint}
	}))
}

// Each value of a caller is read once.
func TestValuesAreLinear(t *testing.T) {
	for field, value := range map[string]func(n int) string{
		"parameters": func(n int) string {
			return `{` + cost.Numbered(n, `"p%d":["é","v"],`) + `"q":[""` + cost.Repeated(`,"é"`, 4*n) + `]}`
		},
		"scope":     func(n int) string { return `["é"` + cost.Repeated(`,"é"`, 4*n) + `]` },
		"assertion": func(n int) string { return `{"claims":{` + cost.Numbered(n, `"c%d":["é"],`) + `"d":1}}` },
	} {
		cost.IsLinear(t, field, 1<<11, func(t *testing.T, n int) func() {
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
		"object": func(n int) string { return `{` + cost.Numbered(n, `"p%07d":["é","v"],`) + `"q":""}` },
		"pairs":  func(n int) string { return `[["a","b"]` + cost.Numbered(n, `,["p%07d","é"]`) + `]` },
	} {
		cost.IsLinear(t, "signOAuth1, "+name, 1<<11, func(t *testing.T, n int) func() {
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
				if _, _, err := request.Sign(1512072698000, sixteen, nil); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
