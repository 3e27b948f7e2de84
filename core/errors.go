package core

import (
	"strconv"
	"strings"
)

// The codes of a [TokenError]. They are stable: switch on them, not on the message.
const (
	CodeInvalidConfig = "invalid_config" // the configuration is unusable; nothing was sent
	CodeInvalidKey    = "invalid_key"    // the private key is unusable; nothing was sent
	// the credentials file is unusable; nothing was sent
	CodeInvalidCredentials = "invalid_credentials"
	// the server refused the request and gave a reason (RFC 6749 section 5.2, or in its own way)
	CodeErrorResponse = "error_response"
	// the status is no success, and the body contains no known kind of error
	CodeHTTPError       = "http_error"
	CodeInvalidResponse = "invalid_response" // a success without a usable token
	// the endpoint redirects; credentials are never sent on
	CodeRedirect         = "redirect"
	CodeResponseTooLarge = "response_too_large" // the body is longer than the limit
	CodeTimeout          = "timeout"            // the whole response did not arrive in time
	CodeNetwork          = "network"            // there was no response
	// a server takes the grant once, and may already have taken it; nothing was sent
	CodeGrantUsed = "grant_used"
	// so may another process, which has ended since; nothing was sent
	CodeSessionLost = "session_lost"
	// there is no assertion, or no token, of somebody else; no token request was sent
	CodeSourceFailed = "source_failed"
	CodeInternal     = "internal" // a defect of this library
)

// UseDPoPNonce is the OAuthError of a server that requires its nonce in the proof (RFC 9449 section
// 8).
const UseDPoPNonce = "use_dpop_nonce"

// A TokenError is the error of a failed request for a token. None of its fields contains a secret,
// an assertion, an Authorization header or a token.
type TokenError struct {
	Code             string
	Message          string // for people; its wording may change
	Status           int    // of the response; 0 if there was none
	OAuthError       string // the "error" of RFC 6749 section 5.2; "" if the server sent none
	ErrorDescription string // the server's words, cleaned, at most 500 characters
	ProviderCode     string // the server's own code, such as HERE's 401204
	Retryable        bool   // whether the same request may succeed later
	RetryAfter       int    // seconds that the server asks to wait; -1 if it doesn't ask
	// how many seconds the server's clock is ahead of ours, if that may be the reason of the refusal;
	// else 0
	ClockOffset int
	// a URL that tells the server's time, if the clock is the reason and no Date told the time; else
	// ""
	TimeEndpoint string
	RequestID    string // the server's name for the request, to quote to its support
	Hint         string // the advice, if a specific one is known
	Cause        string // the host's words about a failed request, cleaned
}

func (e *TokenError) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// Rename puts another field in place of tokenEndpoint, where the error is about another endpoint.
func (e *TokenError) Rename(field string) {
	e.Message = strings.ReplaceAll(e.Message, "tokenEndpoint", field)
	e.Hint = strings.ReplaceAll(e.Hint, "tokenEndpoint", field)
}

// NewError returns an error with that code and no RetryAfter.
//
// The compiler would inline it into each of its callers, which makes the module some kilobytes
// larger. The same is true for the other functions of this file with noinline.
//
//go:noinline
func NewError(code, message string) *TokenError {
	return &TokenError{Code: code, Message: message, RetryAfter: -1}
}

// ConfigError returns the error for an unusable configuration. field and what form one sentence.
// The field may contain a name of the caller's.
//
//go:noinline
func ConfigError(
	field, what string,
) error {
	return NewError(CodeInvalidConfig, Name(field)+" "+what)
}

// KeyError returns the error for an unusable private key.
//
//go:noinline
func KeyError(what string) error { return NewError(CodeInvalidKey, "privateKey "+what) }

// CredentialsError returns the error for an unusable credentials file.
func CredentialsError(what string) error { return NewError(CodeInvalidCredentials, what) }

// InternalError returns the error for a defect. It has no cause, because a cause could contain a
// secret.
func InternalError() error {
	return NewError(
		CodeInternal,
		"fetchtoken met a defect of its own: please report it with the configuration's shape, without "+
			"its secrets",
	)
}

// UnknownName returns the error for an unknown name. It suggests the nearest known name, if one is
// near.
func UnknownName(kind, name string, known []string) error {
	return unknown(kind+" "+strconv.Quote(Name(name)), name, known)
}

// UnknownKey is UnknownName for the name of a field or an option. It repeats the name only if the
// name can't contain a secret.
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
		if d := Distance(name, plain(k)); d < bestDistance && d < len(k)/2 {
			best, bestDistance = k, d
		}
	}
	return best
}

// Distance returns the Levenshtein distance.
func Distance(a, b string) int {
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
