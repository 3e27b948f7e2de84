package fetchtoken

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// A TokenRequest describes the token of [Client.With]. Its fields replace those of the Client's
// configuration. A nil field keeps the configuration's value.
type TokenRequest struct {
	// Scope is a set (RFC 6749 section 3.3): its order doesn't matter. An empty Scope asks for no
	// scope.
	Scope    []string
	Audience []string // RFC 8693 section 2.1; several vendors require it
	Resource []string // RFC 8707
	// Parameters are added to the parameters of the configuration, and replace those with the same
	// name. A grant that works once (code, device_code, refresh_token, assertion) is not allowed here:
	// make a separate Client for it.
	Parameters url.Values
}

// defaultMaxTokens is the number of Clients of With that a Client keeps by default.
const defaultMaxTokens = 100

// on returns a configuration in which the fields of the request replace its own.
func (r TokenRequest) on(config Config) (Config, error) {
	if r.Scope != nil {
		config.Scope = scopeSet(r.Scope)
	}
	if r.Audience != nil {
		config.Audience = slices.Clone(r.Audience)
	}
	if r.Resource != nil {
		config.Resource = slices.Clone(r.Resource)
	}
	if len(r.Parameters) > 0 {
		parameters := maps.Clone(config.Parameters)
		if parameters == nil {
			parameters = url.Values{}
		}
		for name, values := range r.Parameters {
			if slices.Contains(onceParameters, name) {
				return config, configError("TokenRequest.Parameters", "must not hold "+name+
					": a server takes such a grant once, so make a Client of its own for it")
			}
			parameters[name] = slices.Clone(values)
		}
		config.Parameters = parameters
	}
	return config, nil
}

// scopeSet returns the scopes sorted, without duplicates.
func scopeSet(scopes []string) []string {
	set := slices.DeleteFunc(strings.Split(strings.Join(scopes, " "), " "), func(scope string) bool {
		return scope == ""
	})
	slices.Sort(set)
	return slices.Compact(set)
}

// A family is the common state of a Client and the Clients that its With has returned.
type family struct {
	open context.Context // done when the Clients are closed
	end  context.CancelFunc

	mu      sync.Mutex
	members map[[sha256.Size]byte]*Client
	used    []*Client // the Clients of With; With returned the first one least recently
	grant   *grant    // of the configuration
}

func newFamily() *family {
	open, end := context.WithCancel(context.Background())
	return &family{open: open, end: end, members: map[[sha256.Size]byte]*Client{}}
}

func (f *family) isClosed() bool { return f.open.Err() != nil }

// close closes all Clients, and returns those that still hold secrets.
func (f *family) close() []*Client {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end()
	members := slices.Collect(maps.Values(f.members))
	if f.grant != nil {
		f.grant.forget()
	}
	f.members, f.used = nil, nil
	return members
}

// With returns the Client of another token. Each different request has its own Client, and no other
// Client gets its token. The returned Client has the options of c, but its own renewals, refusals
// and events. Like c, it is an [oauth2.TokenSource] and an [http.RoundTripper].
//
// For the same request With returns the same Client, as long as that Client is one of the
// Options.MaxTokens Clients that With returned last. If one of the Clients is closed, all are
// closed. If the request is not usable, each call of the returned Client returns the error.
func (c *Client) With(request TokenRequest) *Client {
	f := c.family
	c.mu.Lock()
	config, err := request.on(*c.config)
	c.mu.Unlock()
	if c.err != nil {
		err = c.err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.isClosed() {
		err = closed("the client is closed: make a new one with New")
	}
	key := keyFor(config, c.options)
	found := f.members[key]
	if found == nil && err == nil {
		if found, err = newClient(f, config, c.options, key); err == nil {
			found.request = request.shown(config)
			f.members[key] = found
		}
	}
	if err != nil { // each call of the returned Client returns it
		return &Client{family: f, options: c.options, config: &Config{}, err: err}
	}
	f.note(found, c.options.MaxTokens)
	return found
}

// shown returns a request for events. It leaves out the parameters, which may be secret.
func (r TokenRequest) shown(config Config) *TokenRequest {
	shown := &TokenRequest{}
	if r.Scope != nil {
		shown.Scope = config.Scope
	}
	if r.Audience != nil {
		shown.Audience = config.Audience
	}
	if r.Resource != nil {
		shown.Resource = config.Resource
	}
	return shown
}

// requestIn returns the fields of a configuration that a TokenRequest can replace.
func requestIn(config Config) TokenRequest {
	return TokenRequest{config.Scope, config.Audience, config.Resource, config.Parameters}
}

// keyFor returns the key of a Client in its family. With Options.Config, the Client's configuration
// has only the fields of its request.
func keyFor(config Config, options Options) [sha256.Size]byte {
	if options.Config == nil {
		return keyOf(config)
	}
	text, _ := json.Marshal(requestIn(config)) // texts can't fail
	return sha256.Sum256(append(slices.Clone(restSalt()), text...))
}

// keyOf returns a key that identifies a configuration in this process.
func keyOf(config Config) [sha256.Size]byte {
	if config.Scope != nil {
		config.Scope = scopeSet(config.Scope)
	}
	given, err := config.core()
	var message []byte
	if err == nil {
		message, err = given.Canonical()
	}
	if err != nil { // newExchanger returns the same error
		return [sha256.Size]byte{}
	}
	defer clear(message)
	return sha256.Sum256(append(slices.Clone(restSalt()), message...))
}

// note records that With returns a Client. If there are more than most Clients, note drops the one
// that With returned least recently. The first Client is never dropped. The caller holds the mutex.
func (f *family) note(used *Client, most int) {
	if used.request == nil {
		return
	}
	f.used = append(slices.DeleteFunc(f.used, func(c *Client) bool { return c == used }), used)
	if len(f.used) > most {
		delete(f.members, f.used[0].key)
		f.used = slices.Delete(f.used, 0, 1)
	}
}

// RoundTrip sends a request with the token, as the Transport of [Client.HTTPClient] does. It makes
// a Client an [http.RoundTripper].
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	return c.transport().RoundTrip(req)
}
