package fetchtoken

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// Options say how a [Client] or [FetchToken] asks for a token, and what a Client does with it. The
// zero value of a field means its default.
type Options struct {
	// HTTPClient sends the requests. nil means [http.DefaultClient]. It is copied, never changed. A
	// token request doesn't use its CheckRedirect: it follows no redirect, which would carry the
	// credentials elsewhere.
	HTTPClient *http.Client

	// Sign signs the assertion of AuthPrivateKeyJWT, for a key that can't be in Config.PrivateKey.
	// Leave that field empty, and set Config.Alg. See [SignWith].
	Sign SignFunc

	// DPoP proves that the Client has a private key (RFC 9449): it adds a proof to each token
	// request, and to each request of Client.HTTPClient that carries the token. If the server
	// answers with another token_type than DPoP, the token is bound to no key: the Client returns
	// an error with the code invalid_response. FetchToken rejects this option. Call the API by
	// Client.HTTPClient: the transport of golang.org/x/oauth2 sends the token without a proof.
	DPoP *DPoPKey

	// Timeout is the longest that one token request may take, with its whole response and its
	// signature. 0 means 30 s.
	Timeout time.Duration

	// Deadline is the longest that one renewal may take, with all its requests and waits. 0 means
	// 60 s. FetchToken doesn't use it.
	Deadline time.Duration

	// Lifetime is how long a Client keeps a token if the server doesn't say how long the token
	// lives, or says 0 or less. The Expiry of such a token is then the end of that. 0 means 5
	// minutes.
	Lifetime time.Duration

	// MaxBody is the greatest size of a token response, in bytes after decompression. 0 means 1
	// MiB.
	MaxBody int64

	// Origins are where Client.HTTPClient may send the token, such as "https://api.example.com". If
	// it is empty, the token goes nowhere.
	Origins []string

	// MaxReplay is how many bytes of a request's body Client.HTTPClient keeps while it sends them,
	// so that it can send the request again. It is for a body without a GetBody. A longer body is
	// sent once only. 0 means 1 MiB, and a negative number keeps nothing.
	MaxReplay int64

	// RefusesToken reports whether the response of an API refuses the token. nil means the rule of
	// RFC 6750 section 3.1: a response of status 400 or more does if its WWW-Authenticate has the
	// error invalid_token, under any scheme. A 401 does as well if it has no challenge, or one for
	// Bearer or DPoP without an error that means something else. Several goroutines may call
	// RefusesToken at once. It must not read the response's Body.
	RefusesToken func(*http.Response) bool

	// OnEvent is told what a Client does. The goroutine that does it makes the call and waits for
	// it, so OnEvent must return soon. Several goroutines may call it at once.
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

// settle returns the options with their defaults filled in. The error says which one can't be used.
func (o *Options) settle() (Options, error) {
	var settled Options
	if o != nil {
		settled = *o
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
	if settled.MaxBody < 0 {
		return settled, configError("Options.MaxBody", "must not be negative")
	}
	if settled.DPoP != nil && settled.DPoP.sign == nil {
		return settled, configError("Options.DPoP", "must be made by NewDPoPKey")
	}
	settled.Origins = slices.Clone(settled.Origins)
	for _, origin := range settled.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || originOf(u) != origin || strings.Contains(origin, "*") {
			return settled, configError("Options.Origins",
				`must hold origins such as "https://api.example.com", without a path`)
		}
		if u.Scheme != "https" && !loopback(origin) { // everybody on the way would have the token
			return settled, configError("Options.Origins", "may have http:// only for this machine")
		}
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

// loopback says whether an origin is one of this machine, by the rule that a tokenEndpoint obeys.
func loopback(origin string) bool {
	u, err := oauth1.ParseURL(origin)
	return err == nil && u.Loopback()
}

// originOf returns the origin of a URL (RFC 6454): the scheme, the host, and the port unless it is
// the scheme's own.
func originOf(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return scheme + "://" + host
}
