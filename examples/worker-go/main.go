// Command worker-go is a Cloudflare Worker in Go that calls an API for its callers. It gets the
// token; the callers see neither the token nor the secret.
//
//	go run github.com/syumai/workers/cmd/workers-assets-gen -mode=go
//	GOOS=js GOARCH=wasm go build -trimpath -ldflags='-s -w' -o build/app.wasm .
//	npx wrangler secret put CLIENT_SECRET
//	npx wrangler deploy
//
// wrangler.jsonc contains the public variables: PROVIDER, CLIENT_ID and API; the other variables of
// config are optional. github.com/syumai/workers starts a new instance of this program for every
// request, with its own memory. So the client here repeats requests, corrects a wrong clock, and
// renews a refused token, but its token ends with the request: put the token into a KV namespace if
// there are many calls. The client doesn't work in a program whose instance serves overlapping
// requests, because Go's timers and goroutines hang there (RATIONALE.md says why).
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
	// It passes on the body and its type, but no other header: one could name the client.
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	io.Copy(w, answer.Body)
}

// config reads the Worker's bindings. New checks them.
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

// fail writes the error to the log, and tells the caller nothing about it. An error of fetchtoken
// contains no secret.
func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "The service cannot be reached.", http.StatusBadGateway)
}
