package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"github.com/fetchtoken/fetchtoken/core"
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
