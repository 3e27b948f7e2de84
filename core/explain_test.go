package core_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/internal/coretest"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// The client secret is masked wherever else a caller has put it.
func TestExplainMasksTheSecret(t *testing.T) {
	for _, secret := range []string{opaque, "p&s=+%/~ \"'\\é", "s3cr", "a%2Fb+c"} {
		inURL := url.QueryEscape(secret)
		claims := jsonobject.Object{
			{Name: "claim", Value: jsonobject.AppendText(nil, "x"+secret+"y")},
			{Name: "n" + secret, Value: []byte("1")},
			{Name: "deep", Value: []byte(`{"list":[` + string(jsonobject.AppendText(nil, secret)) + `]}`)},
		}
		for place, config := range map[string]core.Config{
			"path":             {TokenEndpoint: "https://as.example/" + url.PathEscape(secret) + "/token"},
			"query":            {TokenEndpoint: "https://as.example/token?key=" + inURL + "&" + strings.ToLower(inURL)},
			"query of OAuth 1": {TokenEndpoint: "https://as.example/token?key=" + inURL, ClientAuth: core.OAuth1},
			"client id":        {ClientID: "id " + secret},
			"id of OAuth 1":    {ClientID: "id " + secret, ClientAuth: core.OAuth1, Provider: "oauth2"},
			"id in the body":   {ClientID: "id " + secret, ClientAuth: core.ClientSecretPost},
			"JSON": {
				ClientID:   "id " + secret,
				ClientAuth: core.ClientSecretPost,
				BodyFormat: core.BodyJSON,
			},
			"claims": {
				ClientAuth: core.ClientSecretJWT,
				Assertion:  core.Assertion{Claims: claims, Header: claims},
			},
			"issuer": {ClientAuth: core.ClientSecretJWT, ClientID: secret, KeyID: "key " + secret},
			"parameters": {Parameters: []core.Parameter{
				{Name: "p" + secret, Values: []string{"1"}},
				{Name: "q", Values: []string{secret, inURL, html.EscapeString(secret)}},
				{Name: "r", Values: []string{base64.StdEncoding.EncodeToString([]byte("id:" + secret + "::::"))}},
			}},
			"parameters in JSON": {BodyFormat: core.BodyJSON, Parameters: []core.Parameter{
				{Name: "p" + secret, Values: []string{"1"}}, {Name: "q", Values: []string{secret, inURL}},
			}},
			"lists": {Scope: []string{secret}, Resource: []string{"https://" + secret}, Audience: []string{secret}},
		} {
			config.ClientSecret = secret
			x := coretest.Resolve(t, config)
			e, err := x.Explain(1512072698000, sixteen)
			if err != nil {
				t.Fatalf("%s: %v", place, err)
			}
			text := e.Append(nil)
			if !json.Valid(text) || !strings.Contains(string(text), core.Redacted) {
				t.Errorf("%s: %s", place, text)
			}
			for _, shown := range withDecoded(string(text)) {
				if strings.Contains(shown, secret) ||
					strings.Contains(strings.ToLower(shown), strings.ToLower(inURL)) {
					t.Errorf("%q in the %s: %s", secret, place, text)
					break
				}
			}
		}
	}
}

// withDecoded returns a text, with its base64 parts decoded as well.
func withDecoded(text string) []string {
	var value any
	_ = json.Unmarshal([]byte(text), &value)
	texts := []string{text, fmt.Sprint(value)}
	if unescaped, err := url.QueryUnescape(text); err == nil {
		texts = append(texts, unescaped)
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", r)
	}) {
		if decoded, err := base64.RawURLEncoding.DecodeString(word); err == nil && len(word) > 20 {
			texts = append(texts, string(decoded))
		}
	}
	return texts
}

// Text that only resembles the secret is shown. A number in which nothing may be replaced becomes a
// string.
func TestExplainShowsTheRest(t *testing.T) {
	x := coretest.Resolve(t, core.Config{
		ClientID: "here.access.key.id", ClientSecret: "1234567890", ClientAuth: core.ClientSecretJWT,
		Assertion: core.Assertion{
			Claims: jsonobject.Object{
				{Name: "n", Value: []byte("1234567890")},
				{Name: "m", Value: []byte("[123456789]")},
			},
		},
	})
	e, err := x.Explain(1512072698000, sixteen)
	if err != nil {
		t.Fatal(err)
	}
	if n, m := e.Claims.Get("n"), e.Claims.Get("m"); string(n) != `"[redacted]"` ||
		string(m) != "[123456789]" {
		t.Errorf("%s, %s", n, m)
	}
}

// Parameters that are credentials by their RFC are masked, whatever the client's own secret is.
func TestExplainMasksCredentialsOfOtherGrants(t *testing.T) {
	for _, name := range []string{
		"password", "refresh_token", "code", "code_verifier", "assertion", "subject_token",
		"actor_token", "device_code",
		"auth_req_id", "id_token_hint",
	} {
		for _, format := range []string{core.BodyForm, core.BodyJSON} {
			x := coretest.Resolve(t, core.Config{
				ClientSecret: opaque,
				BodyFormat:   format,
				Parameters:   []core.Parameter{{Name: name, Values: []string{"the-value-of-it"}}},
			})
			e, err := x.Explain(1512072698000, sixteen)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(e.Append(nil)); strings.Contains(text, "the-value") ||
				!strings.Contains(e.Request.Body, core.Redacted) {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}
