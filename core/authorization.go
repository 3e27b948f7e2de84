package core

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/fetchtoken/fetchtoken/core/redact"
	"github.com/fetchtoken/fetchtoken/core/urlencoded"
)

// An Authorization is an address that asks a user for an authorization, and what has to be kept
// until the answer comes.
type Authorization struct {
	URL, State, Nonce, CodeVerifier string // Nonce is "" without the scope openid
}

// AuthorizationRandom is how many random bytes Authorize needs: for the code verifier, the state
// and the nonce.
const AuthorizationRandom = 64

// Authorize makes the address (RFC 6749 section 4.1.1) of an Exchange for authorization, with a
// code challenge (RFC 7636 section 4.3).
func (x *Exchange) Authorize(redirectURI string, random []byte) (*Authorization, error) {
	if len(random) != AuthorizationRandom {
		return nil, ConfigError("random", "must be as many bytes as are asked for")
	}
	if !strings.Contains(redirectURI, ":") || strings.Contains(redirectURI, "#") ||
		!IsPrintable(redirectURI) {
		return nil, ConfigError("redirectUri", "must be an absolute URI without a fragment (#…)")
	}
	if x.ClientID == "" {
		return nil, ConfigError("clientId", "is missing")
	}
	encode := base64.RawURLEncoding.EncodeToString
	a := &Authorization{CodeVerifier: encode(random[:32]), State: encode(random[32:48])}
	challenge := sha256.Sum256([]byte(a.CodeVerifier))
	own := []oauth1.Param{
		{Name: "response_type", Value: "code"},
		{Name: "client_id", Value: x.ClientID},
		{Name: "redirect_uri", Value: redirectURI},
		{Name: "state", Value: a.State},
		{Name: "code_challenge", Value: encode(challenge[:])},
		{Name: "code_challenge_method", Value: "S256"},
	}
	if slices.Contains(strings.Fields(x.Field("scope")), "openid") {
		a.Nonce = encode(random[48:])
		own = append(own, oauth1.Param{Name: "nonce", Value: a.Nonce})
	}
	for _, p := range own {
		if x.Field(p.Name) != "" {
			return nil, ConfigError("parameters", "must not hold "+p.Name)
		}
	}
	a.URL = x.URL.String() + "?" + formBody(append(own, x.Fields...))
	if x.URL.Query != "" { // RFC 6749 section 3.1
		a.URL = strings.Replace(a.URL, x.URL.Query+"?", x.URL.Query+"&", 1)
	}
	return a, nil
}

// A Callback is the address to which the server has sent the browser, and what is known of the
// request.
type Callback struct {
	URL, State string
	Issuer     string // "" if it is unknown
	// IssuerRequired says that the server names its issuer in each answer (RFC 9207 section 3).
	IssuerRequired bool
}

// Parse returns the code (RFC 6749 section 4.1.2). The error is a *TokenError: the server's own, or
// that of an answer to another request.
func (c Callback) Parse() (code string, err error) {
	_, query, _ := strings.Cut(c.URL, "?")
	query, _, _ = strings.Cut(query, "#")
	var values [5]string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		i := slices.Index([]string{"code", "state", "iss", "error", "error_description"},
			urlencoded.Decode(name))
		if i < 0 {
			continue
		}
		if values[i] != "" { // RFC 6749 section 3.1
			return "", NewError(CodeInvalidResponse, "the callback has a parameter twice")
		}
		values[i] = urlencoded.Decode(value)
	}
	state, issuer, word := values[1], values[2], values[3]
	switch {
	case c.State == "" || !equal(state, c.State):
		e := NewError(CodeInvalidResponse, "the callback has another state than the request")
		e.Hint = "it may be forged, or answer an older request: begin again with a new address"
		return "", e
	case issuer == "" && c.IssuerRequired, issuer != "" && c.Issuer != "" && issuer != c.Issuer:
		e := NewError(CodeInvalidResponse, "the callback is not of the issuer that was asked")
		e.Hint = "another server may have sent it (RFC 9207): its code is sent to nobody"
		return "", e
	case word != "":
		s := redact.For(values[0])
		s.AddToken(c.State)
		e := NewError(CodeErrorResponse, "")
		e.OAuthError, e.ErrorDescription = s.Fit(word), s.Fit(values[4])
		e.Message = "the server refused the authorization: " + e.OAuthError
		if e.ErrorDescription != "" {
			e.Message += ": " + e.ErrorDescription
		}
		return "", e
	case values[0] == "" || !IsPrintable(values[0]):
		return "", NewError(CodeInvalidResponse, "the callback has no code that can be used")
	}
	return values[0], nil
}

// equal compares in a time that doesn't depend on where the texts differ.
func equal(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	different := byte(0)
	for i := range len(a) {
		different |= a[i] ^ b[i]
	}
	return different == 0
}
