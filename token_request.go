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
	options *Options
	// ask returns the current configuration. It is nil if the configuration doesn't change.
	ask  func(context.Context) (Config, error)
	open context.Context // done when the Clients are closed
	end  context.CancelFunc

	mu     sync.Mutex
	first  *Client
	key    requestKey // of the first Client
	others *leastUsed[requestKey, *Client]
	grant  *grant // of the configuration
}

// A requestKey identifies a token in its family.
type requestKey [sha256.Size]byte

// newFamily makes the first Client of a family.
func newFamily(
	config Config, options *Options, ask func(context.Context) (Config, error),
) (*Client, error) {
	open, end := context.WithCancel(context.Background())
	f := &family{options: options, ask: ask, open: open, end: end}
	first, err := f.newClient(config)
	if err != nil {
		return nil, err
	}
	f.first, f.key = first, f.keyOf(config)
	return first, nil
}

// newClient makes a Client of a family. The caller holds the mutex.
func (f *family) newClient(config Config) (*Client, error) {
	c := &Client{options: f.options, family: f, config: &config}
	if f.ask != nil {
		return c, nil
	}
	grant, err := f.grantIn(config)
	if err != nil {
		return nil, err
	}
	s, err := newSource(config, f.options, grant, c.report)
	if err != nil {
		return nil, err
	}
	c.source.Store(s)
	return c, nil
}

func (f *family) isClosed() bool { return f.open.Err() != nil }

// keepsSession reports whether a store keeps the grant.
func (f *family) keepsSession() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.grant != nil && f.grant.session != nil
}

// close closes all Clients, and returns those that still hold secrets.
//
// A request with a kept session may end before, for some seconds: its answer has the next refresh
// token.
func (f *family) close() []*Client {
	f.mu.Lock()
	g := f.grant
	f.mu.Unlock()
	if g != nil && g.session != nil {
		g.settle()
		f.flush() // the next refresh token may have to be written again
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end()
	if f.grant != nil {
		f.grant.forget()
	}
	members := []*Client{f.first}
	if f.others != nil {
		members = append(members, f.others.clear()...)
	}
	return members
}

// flush waits until all writes have ended or failed, as sharedToken.flush does.
func (f *family) flush() {
	f.mu.Lock()
	members := []*Client{f.first}
	if f.others != nil {
		members = append(members, f.others.all()...)
	}
	f.mu.Unlock()
	var writing sync.WaitGroup
	for _, member := range members {
		if s := member.source.Load(); s != nil {
			writing.Go(s.shared.flush)
		}
	}
	writing.Wait()
}

// find returns the Client of a key, or nil. The caller holds the mutex.
func (f *family) find(key requestKey) *Client {
	if key == f.key {
		return f.first
	}
	if f.others == nil {
		f.others = newLeastUsed[requestKey, *Client](f.options.MaxTokens)
	}
	found, _ := f.others.get(key)
	return found
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
	key := f.keyOf(config)
	found := f.find(key)
	if found == nil && err == nil {
		if found, err = f.newClient(config); err == nil {
			found.request = request.shown(config)
			f.others.add(key, found)
		}
	}
	if err != nil { // each call of the returned Client returns it
		return &Client{family: f, options: c.options, config: &Config{}, err: err}
	}
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

// keyOf returns the key of a Client. If the configuration changes, the Client's own configuration
// has only the fields of its request.
func (f *family) keyOf(config Config) requestKey {
	if f.ask == nil {
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

// RoundTrip sends a request with the token, as the Transport of [Client.HTTPClient] does. It makes
// a Client an [http.RoundTripper].
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	return c.transport().RoundTrip(req)
}
