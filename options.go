package fetchtoken

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/fetchtoken/fetchtoken/internal/origin"
)

// Options say how a [Client] or [FetchToken] requests a token, and how a Client uses it. The zero
// value of a field means its default.
type Options struct {
	// HTTPClient sends the requests. nil means [http.DefaultClient]. The Client copies it and never
	// changes it. A token request ignores its CheckRedirect and follows no redirect, because a
	// redirect would send the credentials elsewhere.
	HTTPClient *http.Client

	// Config returns the current configuration, for credentials that change. The Client calls it at
	// each renewal, and once more after the server refused the client (invalid_client, or any 401).
	// If it then returns another configuration, the Client sends one more request, with that
	// configuration. Leave the Config of New empty. An error of Config is the cause of the call's
	// error, and is not printed. The kept token is used until its end, whatever Config returns.
	// Several goroutines may call Config at once. FetchToken rejects this option.
	Config func(context.Context) (Config, error)

	// Sign signs in place of Config.PrivateKey, for a key that can't be there. Leave that field empty,
	// and set Config.Alg, or with AuthOAuth1 Config.SignatureMethod. See [SignWith].
	Sign SignFunc

	// DPoP proves that the Client has a private key (RFC 9449): it adds a proof to each token request,
	// and to each request of Client.HTTPClient that carries the token. If the server answers with a
	// token_type other than DPoP, the token is bound to no key, and the Client returns an error with
	// the code invalid_response. FetchToken rejects this option. Call the API by Client.HTTPClient:
	// the transport of golang.org/x/oauth2 sends the token without a proof.
	DPoP *DPoPKey

	// Timeout is the longest that one token request may take, with its whole response and its
	// signature. 0 means 30 s.
	Timeout time.Duration

	// Deadline is the longest that one renewal may take, with all its requests and waits. 0 means
	// 60 s. FetchToken doesn't use it.
	Deadline time.Duration

	// Lifetime is how long a Client keeps a token whose lifetime the server doesn't say, or says is 0
	// or less. The token's Expiry is set to the end of that time. 0 means 5 minutes.
	Lifetime time.Duration

	// Store shares the token with all Clients that have the same configuration and store, in Go or in
	// JavaScript. Only one of them requests the token. The Client seals the token before the Store
	// gets it. If the Store fails, the Client reports an event and works on without it. A LeasingStore
	// also keeps the newest refresh token of a session. If it fails, the Client sends no refresh
	// token. FetchToken doesn't use the Store.
	Store Store

	// SealingKey seals the tokens in the Store. It has at least 16 bytes. If it is nil, the Client
	// seals with the secrets of the configuration. A Config without secrets, or with Sign, needs a
	// SealingKey.
	SealingKey []byte

	// MaxBody is the greatest size of a token response, in bytes after decompression. 0 means 1
	// MiB.
	MaxBody int64

	// Origins are the origins to which Client.HTTPClient may send the token, such as
	// "https://api.example.com", with or without a slash behind them. If it is empty, no request gets
	// the token.
	Origins []string

	// MaxTokens is the number of Clients of Client.With that are kept. Beyond that, the Client drops
	// the one that With returned least recently. With makes a new one when it is called for that
	// request. 0 means 100.
	MaxTokens int

	// MaxClients is the number of Clients that Clients keep. Beyond that, they drop the one that Get
	// returned least recently. Only NewClients uses it. 0 means 1000.
	MaxClients int

	// MaxReplay is how many bytes of a request's body Client.HTTPClient keeps, so that it can send the
	// request again. It is for a body without a GetBody. A longer body is sent once only. 0 means 1
	// MiB, and a negative number keeps nothing.
	MaxReplay int64

	// RefusesToken reports whether an API's response refuses the token. nil means the rule of RFC 6750
	// section 3.1. By this rule, a response with status 400 or more refuses the token if its
	// WWW-Authenticate has the error invalid_token under any scheme. A 401 also does if it has no
	// challenge, or one for Bearer or DPoP whose error, if any, has no other meaning. Several
	// goroutines may call RefusesToken at once. It must not read the response's Body.
	RefusesToken func(*http.Response) bool

	// OnEvent receives the events of a Client. The goroutine that causes the event calls it and waits,
	// so OnEvent must return soon. Several goroutines may call it at once.
	OnEvent func(Event)

	// Clock and Random are for tests. Several goroutines may use Random at once.
	Clock  Clock
	Random io.Reader
}

const (
	defaultTimeout  = 30 * time.Second
	defaultDeadline = 60 * time.Second
	defaultMaxBody  = 1 << 20

	defaultMaxReplay = 1 << 20
)

// settle returns the options with their defaults. The error names the wrong option.
func (o *Options) settle() (*Options, error) {
	settled := &Options{}
	if o != nil {
		*settled = *o
	}
	if settled.Timeout < 0 {
		return settled, configError("Options.Timeout", "must not be negative")
	}
	if settled.Deadline < 0 {
		return settled, configError("Options.Deadline", "must not be negative")
	}
	if settled.Lifetime < 0 {
		return settled, configError("Options.Lifetime", "must not be negative")
	}
	if settled.MaxTokens < 0 {
		return settled, configError("Options.MaxTokens", "must not be negative")
	}
	if settled.MaxClients < 0 {
		return settled, configError("Options.MaxClients", "must not be negative")
	}
	if settled.MaxBody < 0 {
		return settled, configError("Options.MaxBody", "must not be negative")
	}
	if settled.DPoP != nil && settled.DPoP.sign == nil {
		return settled, configError("Options.DPoP", "must be made by NewDPoPKey")
	}
	if settled.SealingKey != nil && len(settled.SealingKey) < minSealingKey {
		return settled, configError("Options.SealingKey",
			fmt.Sprintf("must have at least %d bytes", minSealingKey))
	}
	settled.SealingKey = bytes.Clone(settled.SealingKey)
	settled.Origins = slices.Clone(settled.Origins)
	for i, text := range settled.Origins {
		known, fault := origin.Read(text)
		if fault != nil {
			return settled, configError(
				fmt.Sprintf("Options.Origins[%d]", i), fault.What+": "+fault.Advice(`"`))
		}
		settled.Origins[i] = known
	}
	if settled.HTTPClient == nil {
		settled.HTTPClient = http.DefaultClient
	}
	if settled.Timeout == 0 {
		settled.Timeout = defaultTimeout
	}
	if settled.Deadline == 0 {
		settled.Deadline = defaultDeadline
	}
	if settled.MaxBody == 0 {
		settled.MaxBody = defaultMaxBody
	}
	if settled.MaxTokens == 0 {
		settled.MaxTokens = defaultMaxTokens
	}
	if settled.MaxClients == 0 {
		settled.MaxClients = defaultMaxClients
	}
	if settled.MaxReplay == 0 {
		settled.MaxReplay = defaultMaxReplay
	}
	if settled.Clock == nil {
		settled.Clock = systemClock{}
	}
	if settled.Random == nil {
		settled.Random = rand.Reader
	}
	return settled, nil
}

func originOf(u *url.URL) string { return origin.Of(u) }
