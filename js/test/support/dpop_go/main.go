// Command dpop_go gets a token that is bound to a new key, and calls an API with it, for
// js/test/oidc-provider.test.js. It writes what happens as JSON.
//
//	dpop_go TOKEN_ENDPOINT ALG [URL...]
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log"
	"net/url"
	"os"
	"strings"

	"github.com/fetchtoken/fetchtoken"
	"github.com/go-jose/go-jose/v4"
)

type report struct {
	AccessToken string   `json:"access_token"`
	TokenType   string   `json:"token_type"`
	Events      []string `json:"events"`
	JWK         any      `json:"jwk"`
	Answers     []string `json:"answers"`
	Renewed     string   `json:"renewed"` // the token after the calls
}

func main() {
	log.SetFlags(0)
	endpoint, alg, targets := os.Args[1], os.Args[2], os.Args[3:]
	signer, err := generate(alg)
	if err != nil {
		log.Fatal(err)
	}
	key, err := fetchtoken.NewDPoPKey(signer, alg)
	if err != nil {
		log.Fatal(err)
	}
	told := report{JWK: jose.JSONWebKey{Key: signer.Public()}}
	options := &fetchtoken.Options{
		DPoP:    key,
		OnEvent: func(e fetchtoken.Event) { told.Events = append(told.Events, string(e.Type)) },
	}
	for _, target := range targets {
		u, err := url.Parse(target)
		if err != nil {
			log.Fatal(err)
		}
		options.Origins = append(options.Origins, u.Scheme+"://"+u.Host)
	}
	client, err := fetchtoken.New(fetchtoken.Config{
		TokenEndpoint: endpoint,
		ClientID:      "client_secret_basic",
		ClientSecret:  "plain-secret",
		Resource:      []string{"https://api.example.com/v1?a=b&c=d"},
		Scope:         []string{"read"},
	}, options)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	token, err := client.Token()
	if err != nil {
		log.Fatal(err)
	}
	told.AccessToken, told.TokenType = token.AccessToken, token.TokenType
	for _, target := range targets {
		response, err := client.HTTPClient().Post(target, "text/plain", strings.NewReader("x"))
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			log.Fatal(err)
		}
		response.Body.Close()
		told.Answers = append(told.Answers, response.Status+" "+string(body))
	}
	if token, err = client.Token(); err != nil {
		log.Fatal(err)
	}
	told.Renewed = token.AccessToken
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		log.Fatal(err)
	}
}

func generate(alg string) (crypto.Signer, error) {
	switch alg {
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}
