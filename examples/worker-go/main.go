// Command worker-go is a Cloudflare Worker in Go that calls an API on behalf of its callers: it gets the token, and they see neither it
// nor the secret.
//
//	go run github.com/syumai/workers/cmd/workers-assets-gen -mode=go
//	GOOS=js GOARCH=wasm go build -trimpath -ldflags='-s -w' -o build/app.wasm .
//	npx wrangler secret put CLIENT_SECRET
//	npx wrangler deploy
//
// wrangler.jsonc holds what is no secret: PROVIDER, CLIENT_ID and API; the other variables of config may say more. github.com/syumai/workers
// starts a new instance of this program for every request, so the token is not kept here: put it into a KV namespace if calls are many.
package main

import (
	"io"
	"log"
	"net/http"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/fetch"
)

func main() {
	workers.Serve(http.HandlerFunc(serve))
}

func serve(w http.ResponseWriter, req *http.Request) {
	// http.DefaultClient doesn't work in Workers. This one follows no redirect, neither by fetch nor by itself.
	client := fetch.NewClient().HTTPClient(fetch.RedirectModeManual)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	config, err := config()
	if err != nil {
		fail(w, err)
		return
	}
	token, err := fetchToken(req.Context(), client, config)
	if err != nil {
		fail(w, err)
		return
	}
	call, err := http.NewRequestWithContext(req.Context(), http.MethodGet, cloudflare.Getenv("API"), nil)
	if err != nil {
		fail(w, err)
		return
	}
	call.Header.Set("Authorization", "Bearer "+token.AccessToken)
	answer, err := client.Do(call)
	if err != nil {
		fail(w, err)
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		log.Printf("the API answers with status %d", answer.StatusCode)
		http.Error(w, "The service does not answer.", http.StatusBadGateway)
		return
	}
	// The body and its type, but no other header: one could name the client.
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	io.Copy(w, answer.Body)
}

// config reads the bindings of the Worker. Set checks each value, and Resolve what they mean together.
func config() (config core.Config, err error) {
	for variable, field := range map[string]string{
		"PROVIDER":       "provider",
		"ENVIRONMENT":    "environment",
		"TOKEN_ENDPOINT": "tokenEndpoint",
		"CLIENT_ID":      "clientId",
		"CLIENT_SECRET":  "clientSecret",
		"PRIVATE_KEY":    "privateKey",
		"KEY_ID":         "keyId",
		"SCOPE":          "scope",
	} {
		if value := cloudflare.Getenv(variable); value != "" && err == nil {
			err = config.Set(field, core.Value{Kind: core.KindText, Text: value})
		}
	}
	return config, err
}

// fail tells the log why, and the caller nothing about it. An error of fetchToken holds no secret.
func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "The service cannot be reached.", http.StatusBadGateway)
}
