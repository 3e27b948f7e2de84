package answer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
)

// RFC 7518 section 3.2: the key has at least as many bits as the hash.
func TestHintOfAShortSecret(t *testing.T) {
	for _, c := range []struct {
		method, alg string
		length      int
		want        string
	}{
		{core.ClientSecretJWT, "HS256", 31, "clientSecret is shorter than the 32 bytes for HS256"},
		{core.ClientSecretJWT, "", 31, "32 bytes"},
		{core.ClientSecretJWT, "HS256", 32, ""},
		{core.ClientSecretJWT, "HS384", 47, "48 bytes for HS384"},
		{core.ClientSecretJWT, "HS384", 48, ""},
		{core.ClientSecretJWT, "HS512", 63, "64 bytes for HS512"},
		{core.ClientSecretJWT, "HS512", 64, ""},
		{core.ClientSecretPost, "", 8, ""},
		{core.OAuth1, "", 8, ""},
	} {
		x := coretest.Resolve(
			t,
			core.Config{ClientSecret: strings.Repeat("s3", 32)[:c.length], ClientAuth: c.method, Alg: c.alg},
		)
		hint := refusal(t, x, `{"error":"invalid_client"}`, nil).Hint
		if !strings.Contains(hint, c.want) || c.want == "" && strings.Contains(hint, "7518") {
			t.Errorf("%s %s with %d bytes: %q", c.method, c.alg, c.length, hint)
		}
		if other := refusal(t, x, `{"error":"invalid_dpop"}`, nil).Hint; other != "" {
			t.Errorf("that is not about the client: %q", other)
		}
	}
}

// RFC 6749 appendix A.13: a token_type is printable ASCII.
func TestTokenTypeIsPrintable(t *testing.T) {
	x := coretest.Resolve(t, core.Config{ClientSecret: opaque})
	for _, value := range []string{`Bearer\n`, `\u0000`, `Bearer\u001b[31m`, `Bear\u0085er`, `Béarer`, `Bearer\u202e`, `\u007f`} {
		_, err := answer.Parse(x, answer.Outcome{Status: 200, Body: []byte(`{"access_token":"a","token_type":"` + value + `"}`)},
			1512072698000,
			sixteen,
			nil,
		)
		var e *core.TokenError
		if !errors.As(err, &e) || e.Code != core.CodeInvalidResponse ||
			!strings.Contains(e.Message, "token_type") {
			t.Errorf("%s: %v", value, err)
		}
	}
	for _, value := range []string{"Bearer", "DPoP", "urn:ietf:params:oauth:token-type:x", "N_A"} {
		token, err := answer.Parse(x, answer.Outcome{Status: 200, Body: []byte(`{"access_token":"a","token_type":"` + value + `"}`)},
			1512072698000,
			sixteen,
			nil,
		)
		if err != nil || token.TokenType != value {
			t.Errorf("%s: %v", value, err)
		}
	}
}
