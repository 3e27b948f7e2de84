package core_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// authorize makes an address with random bytes that begin with those.
func authorize(t *testing.T, config core.Config, redirectURI string, random []byte) (
	*core.Authorization, error,
) {
	t.Helper()
	config.ClientID, config.ClientAuth = "s6BhdRkqt3", core.None
	x, err := provider.ResolveFor(core.ForAuthorization, &config)
	if err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, core.AuthorizationRandom-len(random))
	return x.Authorize(redirectURI, append(random, rest...))
}

// The code challenge is that of RFC 7636 appendix B, the address that of RFC 6749 section 4.1.1.
func TestAuthorize(t *testing.T) {
	verifier := "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	random, err := base64.RawURLEncoding.DecodeString(verifier)
	if err != nil {
		t.Fatal(err)
	}
	a, err := authorize(t, core.Config{
		AuthorizationEndpoint: "https://server.example.com/authorize?tenant=1",
		Scope:                 []string{"openid", "a b"},
		Resource:              []string{"https://api.example.com/"},
		Parameters:            []core.Parameter{{Name: "prompt", Values: []string{"login"}}},
	}, "https://client.example.com/cb?a=b", random)
	if err != nil {
		t.Fatal(err)
	}
	if a.CodeVerifier != verifier {
		t.Errorf("verifier %s", a.CodeVerifier)
	}
	address, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"tenant": {"1"}, "response_type": {"code"}, "client_id": {"s6BhdRkqt3"},
		"redirect_uri": {"https://client.example.com/cb?a=b"}, "state": {a.State},
		"code_challenge":        {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
		"code_challenge_method": {"S256"}, "nonce": {a.Nonce}, "scope": {"openid a b"},
		"resource": {"https://api.example.com/"}, "prompt": {"login"},
	}
	if got := address.Query(); got.Encode() != want.Encode() || a.State == "" || a.Nonce == "" {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if address.Host != "server.example.com" || address.Path != "/authorize" {
		t.Error(a.URL)
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	config := core.Config{AuthorizationEndpoint: "https://server.example.com/authorize"}
	for _, redirectURI := range []string{"", "/cb", "https://a.example/#b", "https://a.example/\n"} {
		if _, err := authorize(t, config, redirectURI, nil); err == nil {
			t.Errorf("%q is taken", redirectURI)
		}
	}
	config.Parameters = []core.Parameter{{Name: "state", Values: []string{"mine"}}}
	if _, err := authorize(t, config, "com.example:/cb", nil); err == nil {
		t.Error("a state of the caller's is taken")
	}
}

// The callbacks of RFC 6749 sections 4.1.2 and 4.1.2.1 and of RFC 9207 section 2, and those that a
// stranger could send.
func TestCallback(t *testing.T) {
	const state, issuer = "ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI", "https://honest.as.example"
	const code = "x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58"
	iss := "&iss=" + url.QueryEscape(issuer)
	for _, c := range []struct {
		query, issuer string
		required      bool
		code, word    string // of the error
	}{
		{"code=" + code + "&state=" + state + iss, issuer, true, "", ""},
		{"code=" + code + "&state=" + state + iss + "#_=_", issuer, true, "", ""},
		{"code=" + code + "&state=" + state, issuer, false, "", ""},
		{"code=" + code + "&state=" + state + iss, "", false, "", ""},
		{"code=" + code + "&state=" + state, issuer, true, core.CodeInvalidResponse, ""},
		{"code=" + code + "&state=" + state + "&iss=https%3A%2F%2Fattacker.example", issuer, false,
			core.CodeInvalidResponse, ""},
		{"code=" + code + "&state=" + state + iss + "%2F", issuer, false, core.CodeInvalidResponse, ""},
		{"code=" + code + "&state=" + state[1:], "", false, core.CodeInvalidResponse, ""},
		{"code=" + code + "&state=", "", false, core.CodeInvalidResponse, ""},
		{"code=" + code, "", false, core.CodeInvalidResponse, ""},
		{"code=" + code + "&code=other&state=" + state, "", false, core.CodeInvalidResponse, ""},
		{"code=" + code + "&state=other&state=" + state, "", false, core.CodeInvalidResponse, ""},
		{"state=" + state, "", false, core.CodeInvalidResponse, ""},
		{"code=%0A&state=" + state, "", false, core.CodeInvalidResponse, ""},
		{"", "", false, core.CodeInvalidResponse, ""},
		{"error=access_denied&state=" + state + iss, issuer, true,
			core.CodeErrorResponse, "access_denied"},
		{"error=access_denied&state=other", "", false, core.CodeInvalidResponse, ""},
		{"error=access_denied&state=" + state, issuer, true, core.CodeInvalidResponse, ""},
	} {
		got, err := core.Callback{
			URL:   "https://client.example/cb?" + c.query,
			State: state, Issuer: c.issuer, IssuerRequired: c.required,
		}.Parse()
		e, _ := err.(*core.TokenError)
		switch {
		case c.code == "" && (err != nil || got != code):
			t.Errorf("%s: %q, %v", c.query, got, err)
		case c.code != "" && (e == nil || e.Code != c.code || e.OAuthError != c.word || got != ""):
			t.Errorf("%s: %q, %v", c.query, got, err)
		case e != nil && (strings.Contains(e.Error(), code) || strings.Contains(e.Error(), state)):
			t.Errorf("%s: %v", c.query, e)
		}
	}
	if _, err := (core.Callback{URL: "https://client.example/cb?code=a&state="}).Parse(); err == nil {
		t.Error("no state is taken for the right one")
	}
}

// The words of a server are cleaned, and neither the code nor the state is among them.
func TestCallbackErrorIsCleaned(t *testing.T) {
	_, err := core.Callback{
		URL: "https://client.example/cb?error=server_error&state=the-state-1234&code=the-code-5678" +
			"&error_description=" + url.QueryEscape("a\x1b[31m\r\nb the-state-1234 the-code-5678 "+
			strings.Repeat("x", 5000)),
		State: "the-state-1234",
	}.Parse()
	e, _ := err.(*core.TokenError)
	if e == nil || e.OAuthError != "server_error" || len(e.ErrorDescription) > 600 ||
		strings.ContainsAny(e.ErrorDescription, "\x1b\r\n") ||
		strings.Contains(e.Error(), "the-state-1234") || strings.Contains(e.Error(), "the-code-5678") {
		t.Errorf("%v", err)
	}
}
