package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// High Mobility's keys are P-256 (HMKitCredentials.kt): another key is another platform's.
func TestHighMobilityWantsES256(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	rsa2048, _ := rsa.GenerateKey(rand.Reader, 2048)
	for i, key := range []any{p256, p384, rsa2048} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Resolve(core.Config{
			Provider: "high-mobility", Environment: "sandbox", ClientID: "c", KeyID: "k",
			PrivateKey: string(der),
		})
		if (err == nil) != (i == 0) {
			t.Error(i, err)
		}
	}
	rsaKey := `{"type":"private","usages":["sign"],"algorithm":` +
		`{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256","modulusLength":2048}}`
	ecKey := `{"type":"private","usages":["sign"],"algorithm":{"name":"ECDSA","namedCurve":"P-256"}}`
	for i, config := range []core.Config{
		{HostKey: ecKey}, {HostSigns: true, Alg: "ES256"},
		{HostKey: rsaKey}, {HostSigns: true, Alg: "RS256"}, {HostSigns: true, Alg: "ES384"},
	} {
		config.Provider, config.Environment = "high-mobility", "sandbox"
		config.ClientID, config.KeyID = "c", "k"
		if _, err := Resolve(config); (err == nil) != (i < 2) {
			t.Error("kept by the host:", i, err)
		}
	}
}

// A credential that is given is sent or signs, or an error says why not, or an explanation says so:
// none is dropped in silence.
func TestEveryGivenCredentialCounts(t *testing.T) {
	const secret = "s3cr3t-of-the-client"
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{
		"", core.ClientSecretBasic, core.ClientSecretPost, core.ClientSecretJWT, core.PrivateKeyJWT,
		core.OAuth1, core.None,
	} {
		for _, grant := range []string{"", "refresh_token", core.GrantJWT} {
			for _, another := range []bool{false, true} { // another party's assertion
				for given := range 8 {
					config := core.Config{
						TokenEndpoint: "https://as.example/token", ClientID: "c", ClientAuth: method, GrantType: grant,
						BasicEncoding: core.BasicRaw,
					}
					if given&1 != 0 {
						config.ClientSecret = secret
					}
					if given&2 != 0 {
						config.PrivateKey = string(der)
					}
					if given&4 != 0 {
						config.HostSigns, config.Alg = true, "RS256"
					}
					if another {
						config.Parameters = []core.Parameter{{Name: "assertion", Values: []string{"a.b.c"}}}
					}
					x, err := Resolve(config)
					if err != nil {
						continue
					}
					what := fmt.Sprintf("%q %q %v %b", method, grant, another, given)
					checkCredentials(t, what, x, given&1 != 0, given&6 != 0, secret)
				}
			}
		}
	}
}

func checkCredentials(
	t *testing.T, what string, x *core.Exchange, hasSecret, hasKey bool, secret string,
) {
	t.Helper()
	moment, random := int64(1512072698000), make([]byte, core.RandomSize)
	request, signing, err := x.Build(moment, random, nil)
	if signing != nil {
		request, _, err = x.Build(moment, random, make([]byte, 256))
	}
	if err != nil {
		t.Fatal(what, err)
	}
	sent := request.Body
	for _, h := range request.Headers {
		sent += h.Value
		if basic, ok := strings.CutPrefix(h.Value, "Basic "); ok {
			pair, _ := base64.StdEncoding.DecodeString(basic)
			sent += string(pair)
		}
	}
	signs := x.ClientAuth == core.ClientSecretJWT || x.SignatureMethod == oauth1.HMACSHA256
	unused := func(field string) bool {
		return slices.ContainsFunc(x.Choices, func(c core.Choice) bool {
			return c.Field == field && c.Value == "not used"
		})
	}
	if used := signs || strings.Contains(sent, secret); hasSecret && used == unused("clientSecret") {
		t.Errorf("%s: the secret is used: %v, and explain says otherwise", what, used)
	}
	if used := signing != nil; hasKey && used == unused("privateKey") {
		t.Errorf("%s: the key is used: %v, and explain says otherwise", what, used)
	}
}

// A test server may stand in for an environment, but another environment may not.
func TestEndpointBesideAnEnvironment(t *testing.T) {
	for endpoint, ok := range map[string]bool{
		"https://sandbox.api.high-mobility.com/v1/access_tokens": true,
		"http://127.0.0.1:8650/v1/access_tokens":                 true,
		"https://api.high-mobility.example/v1/access_tokens":     true,
		"https://api.high-mobility.com/v1/access_tokens":         false,
		"https://api.high-mobility.com/v2":                       false,
	} {
		x, err := Resolve(core.Config{
			Provider: "high-mobility", Environment: "sandbox", ClientID: "c", ClientSecret: "s",
			TokenEndpoint: endpoint,
		})
		if (err == nil) != ok || ok && x.URL.String() != endpoint {
			t.Error(endpoint, err)
		}
	}
}
