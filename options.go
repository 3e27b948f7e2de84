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

// Options say how tokens are asked for, and what becomes of them. The zero value of a field means its default.
type Options struct {
	// HTTPClient sends the requests; http.DefaultClient if nil. It is never changed. Of its fields CheckRedirect doesn't count for token requests,
	// which follow no redirect: that would carry the credentials elsewhere.
	HTTPClient *http.Client

	// Sign signs in place of Config.PrivateKey, which must then be empty; Config.Alg must say with what.
	Sign SignFunc

	// DPoP proves with each request that the Client has a private key (RFC 9449): with those for a token,
	// and with those of Client.HTTPClient. A server that answers with a token of another type than DPoP
	// doesn't bind it to the key: that is an error with the code invalid_response. FetchToken takes none.
	DPoP *DPoPKey

	// Timeout is how long one request may take, with its whole response and its signature; 30 s if 0.
	Timeout time.Duration

	// Deadline is how long a renewal of a Client may take, with all of its requests and waits; 60 s if 0.
	Deadline time.Duration

	// Lifetime is for how long a Client keeps a token of which the server doesn't say how long it lives, or says 0 or less; 5 minutes if 0.
	Lifetime time.Duration

	// MaxBody is the most bytes that a response may have after decompression; 1 MiB if 0.
	MaxBody int64

	// Origins are where Client.HTTPClient may send the token, such as "https://api.example.com"; nowhere if empty.
	Origins []string

	// MaxReplay is the most bytes of a body without a GetBody that Client.HTTPClient keeps while it sends them, to send them again with a new token.
	// Of a longer one nothing is kept. 1 MiB if 0; a negative one keeps none.
	MaxReplay int64

	// RefusesToken says whether a response of an API refuses the token. By default invalid_token (RFC 6750 section 3.1) in WWW-Authenticate does,
	// under any scheme and any status of an error, and so does a 401 whose challenge is for Bearer or for DPoP, or that has none. It may be called
	// by several goroutines at once, and must leave the response's Body to be read.
	RefusesToken func(*http.Response) bool

	// OnEvent hears what a Client does. It is called by whichever goroutine does it, and must return soon.
	OnEvent func(Event)

	// Clock and Random are for tests. Random must be safe for concurrent use.
	Clock  Clock
	Random io.Reader
}

const (
	defaultTimeout  = 30 * time.Second
	defaultDeadline = 60 * time.Second
	defaultMaxBody  = 1 << 20

	defaultMaxReplay = 1 << 20
)

// settle returns the options with their defaults, or says which one can't be used.
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
	settled.Origins = slices.Clone(settled.Origins)
	for _, origin := range settled.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || originOf(u) != origin || strings.Contains(origin, "*") {
			return settled, configError("Options.Origins", "must hold origins such as \"https://api.example.com\", without a path")
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

// originOf returns the origin of a URL (RFC 6454): scheme, host, and a port that is not the scheme's own.
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
