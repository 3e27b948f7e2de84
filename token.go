package fetchtoken

import (
	"encoding/json"
	"time"

	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/internal/inner"
	"golang.org/x/oauth2"
)

// tokenOf returns the token of a response. Its Extra contains all members of the response, under
// the names of RFC 6749.
func tokenOf(t *answer.Token) *oauth2.Token {
	return tokenIn(t.Append(nil))
}

// tokenIn returns the token in a JSON text that package core has written.
func tokenIn(text []byte) *oauth2.Token {
	var extra map[string]any
	json.Unmarshal(text, &extra) // core has written valid JSON
	at, _ := extra["expires_at"].(float64)
	delete(extra, "expires_at") // this library computes it
	extra[inner.Response] = string(text)
	access, _ := extra["access_token"].(string)
	kind, _ := extra["token_type"].(string)
	refresh, _ := extra["refresh_token"].(string)
	token := &oauth2.Token{AccessToken: access, TokenType: kind, RefreshToken: refresh}
	if lifetime, ok := extra["expires_in"].(float64); ok {
		token.ExpiresIn = int64(lifetime)
		token.Expiry = time.Unix(int64(at), 0)
	}
	return token.WithExtra(extra)
}
