package fetchtoken_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/fetchtoken/fetchtoken"
	"golang.org/x/oauth2"
)

// tokenServer returns a server that hands out a token for each request: token-1, token-2, and so
// on.
func tokenServer() *httptest.Server {
	var count atomic.Int64
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if _, secret, _ := req.BasicAuth(); secret == "wrong" {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"error":"invalid_client"}`)
			return
		}
		fmt.Fprintf(
			w,
			`{"access_token":"token-%d","token_type":"Bearer","expires_in":3600,"scope":"read"}`,
			count.Add(1),
		)
	}))
}

// apiServer returns a server that takes one token only.
func apiServer(token string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, "things")
	}))
}

func ExampleFetchToken() {
	server := tokenServer()
	defer server.Close()

	token, err := fetchtoken.FetchToken(context.Background(), fetchtoken.Config{
		TokenEndpoint: server.URL, // or a Provider, such as "os-data-hub", which knows it
		ClientID:      "client",
		ClientSecret:  "secret",
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.AccessToken, token.Type(), token.Extra("scope"))
	// Output: token-1 Bearer read
}

func ExampleFetchToken_error() {
	server := tokenServer()
	defer server.Close()

	_, err := fetchtoken.FetchToken(
		context.Background(),
		fetchtoken.Config{TokenEndpoint: server.URL, ClientID: "client", ClientSecret: "wrong"},
		nil,
	)
	var failed *fetchtoken.TokenError
	if errors.As(err, &failed) {
		fmt.Println(failed.Code, failed.Status, failed.OAuthError, failed.Retryable)
	}
	// Output: error_response 401 invalid_client false
}

// A Client keeps the token. It goes wherever an oauth2.TokenSource does.
func ExampleClient_Token() {
	server := tokenServer()
	defer server.Close()

	client, err := fetchtoken.New(
		fetchtoken.Config{TokenEndpoint: server.URL, ClientID: "client", ClientSecret: "secret"},
		nil,
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	var source oauth2.TokenSource = client
	for range 3 {
		token, err := source.Token()
		fmt.Println(token.AccessToken, err)
	}
	// Output:
	// token-1 <nil>
	// token-1 <nil>
	// token-1 <nil>
}

// The API takes the second token only, so the first request is answered with 401, the token is
// renewed, and the request sent once more.
func ExampleClient_HTTPClient() {
	server, api := tokenServer(), apiServer("token-2")
	defer server.Close()
	defer api.Close()

	client, err := fetchtoken.New(
		fetchtoken.Config{TokenEndpoint: server.URL, ClientID: "client", ClientSecret: "secret"},
		&fetchtoken.Options{
			Origins: []string{api.URL}, // the token goes nowhere else
			OnEvent: func(e fetchtoken.Event) { fmt.Println(e.Type) },
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	response, err := client.HTTPClient().Get(api.URL + "/v1/things")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body), err)
	// Output:
	// requested
	// renewed
	// invalidated
	// requested
	// renewed
	// 200 things <nil>
}

func ExampleClient_With() {
	server := tokenServer()
	defer server.Close()

	client, err := fetchtoken.New(fetchtoken.Config{
		TokenEndpoint: server.URL, // https in real life
		ClientID:      "my-client",
		ClientSecret:  "secret",
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	for _, scope := range []string{"read", "admin", "read"} {
		token, err := client.With(fetchtoken.TokenRequest{Scope: []string{scope}}).Token()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(scope, token.AccessToken)
	}
	// Output:
	// read token-1
	// admin token-2
	// read token-1
}

func ExampleLoadFile() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "credentials.properties")
	file := "here.access.key.id = id\nhere.access.key.secret = secret\n" +
		"here.token.endpoint.url = https://account.api.here.com/oauth2/token\n"
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	config, err := fetchtoken.LoadFile(name)
	fmt.Println(config) // a Config prints no secret
	fmt.Println(err)
	// Output:
	// {"provider":"here","tokenEndpoint":"https://account.api.here.com/oauth2/token","clientId":"id","clientSecret":"[redacted]"}
	// <nil>
}

// A key that can't leave its key service signs by a function; or by a crypto.Signer, as here.
func ExampleSignWith() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Println(req.FormValue("client_assertion_type"))
		io.WriteString(w, `{"access_token":"token-1","expires_in":3600}`)
	}))
	defer server.Close()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	token, err := fetchtoken.FetchToken(context.Background(),
		fetchtoken.Config{TokenEndpoint: server.URL, ClientID: "client", KeyID: "key-1", Alg: "EdDSA"},
		&fetchtoken.Options{Sign: fetchtoken.SignWith(key)})
	fmt.Println(token.AccessToken, err)
	// Output:
	// urn:ietf:params:oauth:client-assertion-type:jwt-bearer
	// token-1 <nil>
}

// The token is bound to a key, and is useless without the key. Each process may make a new key.
func ExampleNewDPoPKey() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Println("the token request has a proof:", req.Header.Get("DPoP") != "")
		io.WriteString(w, `{"access_token":"token-1","token_type":"DPoP","expires_in":3600}`)
	}))
	defer server.Close()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Println(
			"so has that to the API:",
			req.Header.Get("DPoP") != "",
			req.Header.Get("Authorization"),
		)
	}))
	defer api.Close()

	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := fetchtoken.NewDPoPKey(signer, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := fetchtoken.New(
		fetchtoken.Config{TokenEndpoint: server.URL, ClientID: "client", ClientSecret: "secret"},
		&fetchtoken.Options{DPoP: key, Origins: []string{api.URL}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	response, err := client.HTTPClient().Get(api.URL + "/v1/things")
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	// Output:
	// the token request has a proof: true
	// so has that to the API: true DPoP token-1
}
