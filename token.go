package fetchtoken

import (
	"encoding/json"
	"time"

	"github.com/fetchtoken/fetchtoken/core/answer"
	"golang.org/x/oauth2"
)

// tokenOf returns the token of a response. Its Extra contains all members of the response, under
// the names of RFC 6749.
func tokenOf(t *answer.Token) *oauth2.Token {
	var extra map[string]any
	json.Unmarshal(t.Append(nil), &extra) // core has written valid JSON
	delete(extra, "expires_at")           // this library computes it
	refresh, _ := extra["refresh_token"].(string)
	token := &oauth2.Token{
		AccessToken: t.AccessToken, TokenType: t.TokenType, RefreshToken: refresh,
	}
	if t.ExpiresIn >= 0 {
		token.ExpiresIn = t.ExpiresIn
		token.Expiry = time.Unix(t.ExpiresAt, 0)
	}
	return token.WithExtra(extra)
}
