// Package origin reads the origins to which a token may be sent. js/lib/origin.js has the same
// rules, and core/testdata/command/origins.json is the table of both.
package origin

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// A Fault says why a text is no origin, after the name of what holds it, and what to write. It
// repeats neither a path nor a query, which may be secret.
type Fault struct {
	What  string // "has a path"
	Write string // the origin that the text probably means; "" if nobody knows
	Each  bool   // the text stands for several origins
}

// Advice says what to write. quote is put around the origin.
func (f *Fault) Advice(quote string) string {
	switch {
	case f.Each:
		return "write each origin, such as " + quote + example + quote
	case f.Write == "":
		return "write an origin such as " + quote + example + quote
	}
	return "write " + quote + f.Write + quote
}

const example = "https://api.example.com"

var (
	whole = regexp.MustCompile(`^(?i:https?)://[^/?#\\@%\s]+/?$`)
	// bare is a host without a scheme. A text of another form may be anything, such as a secret.
	bare = regexp.MustCompile(
		`^(?i)(?:localhost|127(?:\.\d{1,3}){3}|(?:[a-z\d-]{1,63}\.)+[a-z]{2,24})(?::\d{1,5})?/?$`)
	scheme   = regexp.MustCompile(`^(?i)[a-z][a-z\d+.-]*://`)
	overHTTP = regexp.MustCompile(`^(?i)https?://`)
)

// Read returns the origin that a text means: https://api.example.com for itself, in upper case,
// with the scheme's own port, and with a slash behind it. Any other text is a fault. http is for
// this machine only.
func Read(text string) (string, *Fault) {
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return "", &Fault{What: "is empty"}
	case strings.Contains(trimmed, "*"):
		return "", &Fault{What: "has a wildcard", Each: true}
	case bare.MatchString(trimmed):
		u, err := url.Parse("http://" + trimmed)
		if err != nil || !hasPort(u) {
			return "", &Fault{What: "is no URL"}
		}
		return "", &Fault{What: "has no scheme", Write: safe(u)}
	case scheme.MatchString(trimmed) && !overHTTP.MatchString(trimmed):
		return "", &Fault{What: "is neither https nor http"}
	}
	u, err := url.Parse(trimmed)
	if err != nil || !overHTTP.MatchString(trimmed) || u.Hostname() == "" || !hasPort(u) ||
		strings.Contains(u.Host, "%") {
		return "", &Fault{What: "is no URL"}
	}
	fault := &Fault{Write: safe(u)}
	switch {
	case trimmed != text:
		fault.What = "begins or ends with a blank"
	case u.User != nil:
		fault.What = "has a user or a password"
	case strings.Contains(text, "?"):
		fault.What = "has a query"
	case strings.Contains(text, "#"):
		fault.What = "has a fragment"
	case !whole.MatchString(text):
		fault.What = "has a path"
	case u.Scheme != "https" && !loopback(u):
		// Over http, anybody on the network path could read the token.
		fault.What = "has http, which is only for this machine"
	default:
		return Of(u), nil
	}
	return "", fault
}

// safe returns the origin of a URL, with https unless it is on this machine.
func safe(u *url.URL) string {
	if loopback(u) {
		return Of(u)
	}
	_, host, _ := strings.Cut(Of(u), "://") // without the port of http
	return "https://" + host
}

// loopback reports whether a URL is on this machine. The rule is the same for a tokenEndpoint.
func loopback(u *url.URL) bool {
	plain, err := oauth1.ParseURL(Of(u))
	return err == nil && plain.Loopback()
}

// hasPort reports whether the port of a URL is one, or is left out with its colon.
func hasPort(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil && port[0] != '0'
}

// Of returns the origin of a URL (RFC 6454): the scheme, the host, and the port unless it is the
// scheme's own.
func Of(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return scheme + "://" + host
}
