package recipes

import (
	"net/http"

	"github.com/fetchtoken/fetchtoken"
	"golang.org/x/oauth2"
)

// WithOAuth2 returns an http.Client for a library that expects an http.Client of
// golang.org/x/oauth2. It sends the token to every origin, so call only your API with it. Don't use
// oauth2.NewClient: it keeps the token itself, and doesn't notice that the Client has renewed it.
func WithOAuth2(client *fetchtoken.Client) *http.Client {
	return &http.Client{Transport: &oauth2.Transport{Source: client}}
}
