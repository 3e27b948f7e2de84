// Command worker-go is a Cloudflare Worker in Go that calls an API on behalf of its callers: it
// gets the token, and they see neither it nor the secret.
//
//	go run github.com/syumai/workers/cmd/workers-assets-gen -mode=go
//	GOOS=js GOARCH=wasm go build -trimpath -ldflags='-s -w' -o build/app.wasm .
//	npx wrangler secret put CLIENT_SECRET
//	npx wrangler deploy
//
// wrangler.jsonc holds what is no secret: PROVIDER, CLIENT_ID and API; the other variables of
// config may say more. github.com/syumai/workers starts a new instance of this program for every
// request, with a memory of its own. So the client here repeats what may work later, corrects a
// clock that is off, and renews a token that the API refuses, but what it keeps ends with the
// request: put the token into a KV namespace if calls are many. A program whose instance serves
// overlapping requests can't use it: there Go's timers and goroutines hang (RATIONALE.md says why).
package main

import (
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/fetchtoken/fetchtoken"
	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
	"github.com/syumai/workers/cloudflare/fetch"
)

func main() {
	workers.Serve(http.HandlerFunc(serve))
}

func serve(w http.ResponseWriter, req *http.Request) {
	call, err := http.NewRequestWithContext(
		req.Context(),
		http.MethodGet,
		cloudflare.Getenv("API"),
		nil,
	)
	if err != nil {
		fail(w, err)
		return
	}
	client, err := fetchtoken.New(config(), &fetchtoken.Options{
		HTTPClient: fetch.NewClient().
			HTTPClient(fetch.RedirectModeManual),
		// http.DefaultClient doesn't work in Workers
		Origins: []string{call.URL.Scheme + "://" + call.URL.Host},
	})
	if err != nil {
		fail(w, err)
		return
	}
	defer client.Close()
	answer, err := client.HTTPClient().Do(call)
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

// config reads the bindings of the Worker. New checks it.
func config() fetchtoken.Config {
	return fetchtoken.Config{
		Provider:      cloudflare.Getenv("PROVIDER"),
		Environment:   cloudflare.Getenv("ENVIRONMENT"),
		TokenEndpoint: cloudflare.Getenv("TOKEN_ENDPOINT"),
		ClientID:      cloudflare.Getenv("CLIENT_ID"),
		ClientSecret:  cloudflare.Getenv("CLIENT_SECRET"),
		PrivateKey:    cloudflare.Getenv("PRIVATE_KEY"),
		KeyID:         cloudflare.Getenv("KEY_ID"),
		Scope:         strings.Fields(cloudflare.Getenv("SCOPE")),
	}
}

// fail tells the log why, and the caller nothing about it. An error of fetchtoken holds no secret.
func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "The service cannot be reached.", http.StatusBadGateway)
}
