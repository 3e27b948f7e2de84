package core

import (
	"strconv"
	"strings"
)

// The codes of a [TokenError]. They are stable: switch on them, not on the message.
const (
	CodeInvalidConfig = "invalid_config" // the configuration can't be used; nothing was sent
	CodeInvalidKey    = "invalid_key"    // the private key can't be used; nothing was sent
	// the credentials file can't be used; nothing was sent
	CodeInvalidCredentials = "invalid_credentials"
	// the server refused the request and said why (RFC 6749 section 5.2, or its own way)
	CodeErrorResponse = "error_response"
	// a status that is no success, without an error that is understood
	CodeHTTPError       = "http_error"
	CodeInvalidResponse = "invalid_response" // a success that holds no usable token
	// the endpoint redirects; credentials are never sent on
	CodeRedirect         = "redirect"
	CodeResponseTooLarge = "response_too_large" // the body is over the cap
	CodeTimeout          = "timeout"            // no whole answer in time
	CodeNetwork          = "network"            // no answer at all
	// a server takes the grant once, and may have; nothing was sent
	CodeGrantUsed = "grant_used"
	CodeInternal  = "internal" // a defect of this library
)

// UseDPoPNonce is the OAuthError of a server that wants its nonce in the proof (RFC 9449 section
// 8).
const UseDPoPNonce = "use_dpop_nonce"

// A TokenError says why there is no token. None of its fields holds a secret, an assertion, an
// Authorization header or a token.
type TokenError struct {
	Code             string
	Message          string // for people; its wording may change
	Status           int    // of the response; 0 without one
	OAuthError       string // the "error" of RFC 6749 section 5.2; "" if the server sent none
	ErrorDescription string // the server's words, cleaned, at most 500 characters
	ProviderCode     string // the server's own code, such as HERE's 401204
	Retryable        bool   // whether the same request may succeed later
	RetryAfter       int    // seconds, as the server asks; -1 if it doesn't
	// seconds by which the server's clock is ahead of ours, where that may be why it refused; else 0
	ClockOffset int
	// tells the server's time to a GET, where the clock is why it refused and no Date told the time;
	// else ""
	TimeEndpoint string
	RequestID    string // the server's name for the request, to quote to its support
	Hint         string // what to do, where something specific is known
	Cause        string // the host's words about a failed request, cleaned
}

func (e *TokenError) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// NewError returns an error of that code, which asks for no wait.
//
// Copied into each of its callers, as the compiler would, it makes the module some kilobytes
// larger; so would the other functions here that must not be inlined.
//
//go:noinline
func NewError(code, message string) *TokenError {
	return &TokenError{Code: code, Message: message, RetryAfter: -1}
}

// ConfigError returns the error of a configuration that can't be used: the field and what is wrong
// with it, as one sentence. A name of the caller's may be a part of the field.
//
//go:noinline
func ConfigError(
	field, what string,
) error {
	return NewError(CodeInvalidConfig, Name(field)+" "+what)
}

// KeyError returns the error of a private key that can't be used.
//
//go:noinline
func KeyError(what string) error { return NewError(CodeInvalidKey, "privateKey "+what) }

// CredentialsError returns the error of a credentials file that can't be used.
func CredentialsError(what string) error { return NewError(CodeInvalidCredentials, what) }

// InternalError returns the error for what should not happen. The cause is left out on purpose: it
// could hold a secret.
func InternalError() error {
	return NewError(
		CodeInternal,
		"fetchtoken met a defect of its own: please report it with the configuration's shape, without "+
			"its secrets",
	)
}

// UnknownName returns the error for a name that is none of the known ones. It names the nearest, if
// one is near.
func UnknownName(kind, name string, known []string) error {
	return unknown(kind+" "+strconv.Quote(Name(name)), name, known)
}

// UnknownKey is UnknownName for the name of a field or an option. It repeats the name only if no
// secret can have been put into it.
func UnknownKey(kind, name string, known []string) error {
	if isRepeated(name) {
		return UnknownName(kind, name, known)
	}
	return unknown(kind, name, known)
}

func unknown(what, name string, known []string) error {
	message := "unknown " + what
	if near := nearest(name, known); near != "" {
		return NewError(CodeInvalidConfig, message+": did you mean "+near+"?")
	}
	return NewError(CodeInvalidConfig, message+": known are "+strings.Join(known, ", "))
}

// nearest returns the known name that differs least from name, if it differs little.
func nearest(name string, known []string) string {
	plain := func(s string) string {
		return strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(s, "_", ""), "-", ""))
	}
	name = plain(name)
	if len(name) > 40 {
		return ""
	}
	best, bestDistance := "", 3
	for _, k := range known {
		if d := distance(name, plain(k)); d < bestDistance && d < len(k)/2 {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
