package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/provider"
)

// maxBody is how many bytes of a response are read.
const maxBody = 1 << 20

// fetchToken gets a token with an *http.Client, which must not follow redirects. The core decides everything but the time, the
// randomness and the sending. An error of the exchange is a *core.TokenError.
//
// There is no time-out here: a Go timer would hang overlapping requests in a Worker, and Cloudflare ends a request whose client has gone.
func fetchToken(ctx context.Context, client *http.Client, config core.Config) (*core.Token, error) {
	exchange, err := provider.Resolve(config)
	if err != nil {
		return nil, err
	}
	sentAt, random := time.Now().UnixMilli(), make([]byte, core.RandomSize)
	rand.Read(random) // it never fails
	request, signing, err := exchange.Build(sentAt, random, nil)
	if signing != nil {
		signature, signErr := assertion.Sign(signing.Alg, exchange.Key, []byte(signing.Data))
		if signErr != nil {
			return nil, signErr
		}
		request, _, err = exchange.Build(sentAt, random, signature)
	}
	if err != nil {
		return nil, err
	}
	return exchange.Parse(send(ctx, client, request), sentAt, random)
}

// send sends a request and says what became of it.
func send(ctx context.Context, client *http.Client, request *core.Request) core.Outcome {
	req, err := http.NewRequestWithContext(ctx, request.Method, request.URL, strings.NewReader(request.Body))
	if err != nil {
		return failure(err)
	}
	for _, h := range request.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	response, err := client.Do(req)
	if err != nil {
		return failure(err)
	}
	defer response.Body.Close()
	outcome := core.Outcome{Status: response.StatusCode, Header: response.Header.Get}
	switch outcome.Status {
	case 301, 302, 303, 307, 308:
		outcome.Failure = core.FailureRedirect
		return outcome
	case 204, 205, 304:
		return outcome // without a body, and this client panics when it reads none
	}
	outcome.Body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return failure(err)
	}
	if len(outcome.Body) > maxBody {
		outcome.Failure = core.FailureTooLarge
	}
	return outcome
}

func failure(err error) core.Outcome {
	if cause := errors.Unwrap(err); cause != nil { // without the method and the URL, which http.Client puts before it
		err = cause
	}
	return core.Outcome{Failure: core.FailureNetwork, Detail: err.Error()}
}
