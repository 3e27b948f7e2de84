package fetchtoken

import (
	"io"
	"net/http"
	"slices"

	"github.com/fetchtoken/fetchtoken/core"
	"golang.org/x/oauth2"
)

// HTTPClient returns a copy of Options.HTTPClient that sends the token with each request, to Options.Origins and nowhere else: a request to
// another origin fails with the code invalid_config, a redirect to another one with the code redirect. After a 401 it renews the token and sends
// the request once more, if it has no body or a GetBody, as http.NewRequest gives it to the usual bodies.
//
// Its Transport can be used by itself, wherever an http.RoundTripper goes.
func (c *Client) HTTPClient() *http.Client {
	client := *c.options.HTTPClient
	base := client.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	client.Transport = &transport{c, base}
	return &client
}

// A transport adds the token to requests.
type transport struct {
	client *Client
	base   http.RoundTripper
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := t.tokenFor(req)
	if err != nil {
		if req.Body != nil {
			req.Body.Close() // a RoundTripper always does
		}
		return nil, err
	}
	response, err := t.send(req, token)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	t.client.Invalidate(token) // for the next request, if not for this one
	again := *req
	if req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return response, nil
		}
		if again.Body, err = req.GetBody(); err != nil {
			return response, nil
		}
	}
	io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again
	response.Body.Close()
	if token, err = t.client.TokenContext(req.Context()); err != nil {
		if again.Body != nil {
			again.Body.Close()
		}
		return nil, err
	}
	return t.send(&again, token)
}

// tokenFor returns the token for a request, if its origin may have it. Within a chain of redirects that is only the origin which began it.
func (t *transport) tokenFor(req *http.Request) (*oauth2.Token, error) {
	origin := originOf(req.URL)
	if redirect := req.Response; redirect != nil && redirect.Request != nil {
		if from := originOf(redirect.Request.URL); from != origin {
			return nil, &TokenError{Code: CodeRedirect, Message: from + " redirects to " + origin + ", and the token does not go there", RetryAfter: -1}
		}
	}
	if !slices.Contains(t.client.options.Origins, origin) {
		return nil, core.ConfigError("HTTPClient", "sends the token to Options.Origins only, and "+origin+" is not among them")
	}
	return t.client.TokenContext(req.Context())
}

// send sends a request with the token: a copy, for a RoundTripper must not change its request.
func (t *transport) send(req *http.Request, token *oauth2.Token) (*http.Response, error) {
	authorized := *req
	if authorized.Header = req.Header.Clone(); authorized.Header == nil {
		authorized.Header = http.Header{}
	}
	authorized.Header.Set("Authorization", "Bearer "+token.AccessToken)
	response, err := t.base.RoundTrip(&authorized)
	if response != nil {
		response.Request = req // tokenFor looks for it, and not every RoundTripper sets it
	}
	return response, err
}
