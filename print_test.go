package fetchtoken_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/core/provider"
	"github.com/fetchtoken/fetchtoken/core/renewal"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// No way of printing whatever holds a secret or a token shows it.
func TestNothingPrintsSecrets(t *testing.T) {
	const secret = "the-secret-of-the-client"
	const endpoint = "https://as.example/token"
	// fmt reads all of an http.Client: that of net/http has goroutines which write to it.
	sends := roundTripper(func(*http.Request) (*http.Response, error) {
		body := `{"access_token":"the-secret-token","expires_in":3600}`
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	seed := []byte("the-secret-of-the-key-and-so-on.")
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	key, err := assertion.ParseKey(string(der), "", "")
	if err != nil {
		t.Fatal(err)
	}
	config := fetchtoken.Config{TokenEndpoint: endpoint, ClientID: "c", ClientSecret: secret}
	options := &fetchtoken.Options{HTTPClient: &http.Client{Transport: sends}}
	client, err := fetchtoken.New(config, options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Token(); err != nil {
		t.Fatal(err)
	}
	x, err := provider.Resolve(core.Config{
		TokenEndpoint: endpoint, ClientID: "c", ClientSecret: secret, ClientAuth: core.ClientSecretPost,
	})
	if err != nil {
		t.Fatal(err)
	}
	random := make([]byte, renewal.RandomSize)
	request, _, err := x.Build(0, random[:core.RandomSize], nil)
	if err != nil {
		t.Fatal(err)
	}
	outcome := answer.Outcome{
		Status: 200,
		Body:   []byte(`{"access_token":"the-secret-token"}`),
		Detail: secret,
	}
	token, err := answer.Parse(x, outcome, 0, random[:core.RandomSize], nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := x.Explain(0, random[:core.RandomSize])
	if err != nil {
		t.Fatal(err)
	}
	r := renewal.New(x, renewal.Limits{})
	var hmac core.OAuth1Request
	if err := hmac.Set("consumerSecret", core.Value{Kind: core.KindText, Text: secret}); err != nil {
		t.Fatal(err)
	}
	codes := roundTripper(func(*http.Request) (*http.Response, error) {
		body := `{"device_code":"the-secret-code","user_code":"A","verification_uri":"https://a.example"}`
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	config.DeviceAuthorizationEndpoint = endpoint
	device, err := fetchtoken.DeviceAuthorization(t.Context(), config, nil, &fetchtoken.Options{
		HTTPClient: &http.Client{Transport: codes},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]any{
		"Client": client, "Device": device, "*Device": *device, "HTTPClient": client.HTTPClient(), "Transport": client.HTTPClient().Transport,
		"Assertion": fetchtoken.Assertion{Claims: map[string]any{"a": secret}}, "Exchange": x,
		"Request": request, "Signing": &core.Signing{Data: secret}, "Token": token, "Outcome": outcome,
		"Explanation": e, "OAuth1Request": hmac, "Key": key, "Secret": assertion.SecretKey(secret),
		"Renewal": r, "Action": r.Next(renewal.Input{Random: random}), "Input": renewal.Input{Outcome: outcome},
		"oauth1.Request": oauth1.Request{ConsumerSecret: secret}, "oauth1.Signed": oauth1.Signed{Authorization: secret},
	} {
		for _, v := range []any{value, []any{value}, map[string]any{"v": value}, struct{ V any }{value}} {
			var printed bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%t", "%f", "%20v"} {
				fmt.Fprintf(&printed, verb+"\n", v)
			}
			marshalled, _ := json.Marshal(v)
			printed.Write(marshalled)
			slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "v", v)
			for _, hidden := range []string{
				"the-secret",
				hex.EncodeToString([]byte("the-secret")),
				strings.Trim(fmt.Sprint([]byte("the-secret")), "[]"),
				"dGhlLXNlY3Jld",
			} {
				if text := printed.String(); strings.Contains(strings.ToLower(text), strings.ToLower(hidden)) {
					t.Errorf("%s shows %s", name, hidden)
				}
			}
		}
	}
}
