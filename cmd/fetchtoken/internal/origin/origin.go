// Package origin says which origins the command line may name.
package origin

import (
	"net/url"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// Valid reports whether a text is an origin that may get a token, such as https://api.example.com.
// http is for this machine only.
func Valid(text string) bool {
	u, err := oauth1.ParseURL(text)
	return err == nil && u.Origin() == text && !strings.Contains(text, "*") &&
		(u.Scheme == "https" || u.Loopback())
}

// Of returns the origin of a URL: the scheme, the host, and the port unless it is the scheme's own.
func Of(u *url.URL) string {
	plain, err := oauth1.ParseURL(u.Scheme + "://" + u.Host)
	if err != nil {
		return u.Scheme + "://" + strings.ToLower(u.Host)
	}
	return plain.Origin()
}
