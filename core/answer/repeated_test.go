package answer_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// If a server's error repeats the credentials of the request, or a JWT, no error shows them.
func TestServerRepeatsWhatAuthorizes(t *testing.T) {
	for _, method := range []string{core.ClientSecretBasic, core.OAuth1} {
		x, err := provider.Resolve(core.Config{
			TokenEndpoint: "https://as.example/token", ClientID: "client", ClientSecret: "q7Jt+5Zb/1cVw=8dK2", ClientAuth: method,
		})
		if err != nil {
			t.Fatal(err)
		}
		random := []byte("0123456789abcdef")
		request, _, err := x.Build(1763640000000, random, nil)
		if err != nil {
			t.Fatal(err)
		}
		var repeated []string
		for _, h := range request.Headers {
			if h.Name == "Authorization" {
				_, credentials, _ := strings.Cut(h.Value, " ")
				repeated = append(repeated, credentials)
				if _, signature, ok := strings.Cut(credentials, `oauth_signature="`); ok {
					signature, _, _ = strings.Cut(signature, `"`)
					plain, _ := url.PathUnescape(signature)
					repeated = append(repeated, signature, plain)
				}
			}
		}
		// RFC 7519 section 3.1.
		repeated = append(
			repeated,
			"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
		)
		if len(repeated) < 2 {
			t.Fatalf("%s: no Authorization", method)
		}
		for _, secret := range repeated {
			body := `{"error":"invalid_request","error_description":` + strconv.Quote(
				"you sent "+secret+" to us",
			) + `}`
			_, err := answer.Parse(
				x,
				answer.Outcome{Status: 400, Body: []byte(body)},
				1763640000000,
				random,
				nil,
			)
			e, ok := err.(*core.TokenError)
			if !ok || !strings.Contains(e.ErrorDescription, core.Redacted) ||
				strings.Contains(e.Error()+e.ErrorDescription, secret) {
				t.Errorf("%s: %q: %v", method, secret, err)
			}
		}
	}
}
