package core

import (
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
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

// Copied into each of its callers, as the compiler would, it makes the module some kilobytes
// larger; so would the other functions here that must not be inlined.
//
//go:noinline
func newError(code, message string) *TokenError {
	return &TokenError{Code: code, Message: message, RetryAfter: -1}
}

// ConfigError returns the error of a configuration that can't be used: the field and what is wrong
// with it, as one sentence. A name of the caller's may be a part of the field.
//
//go:noinline
func ConfigError(
	field, what string,
) error {
	return newError(CodeInvalidConfig, Name(field)+" "+what)
}

// KeyError returns the error of a private key that can't be used.
//
//go:noinline
func KeyError(what string) error { return newError(CodeInvalidKey, "privateKey "+what) }

// CredentialsError returns the error of a credentials file that can't be used.
func CredentialsError(what string) error { return newError(CodeInvalidCredentials, what) }

// InternalError returns the error for what should not happen. The cause is left out on purpose: it
// could hold a secret.
func InternalError() error {
	return newError(
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
		return newError(CodeInvalidConfig, message+": did you mean "+near+"?")
	}
	return newError(CodeInvalidConfig, message+": known are "+strings.Join(known, ", "))
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

// failed is the error of a request that got no whole response.
func (r *reading) failed() *TokenError {
	host := r.exchange.URL.Origin()
	var e *TokenError
	switch r.outcome.Failure {
	case FailureTimeout:
		e = newError(CodeTimeout, host+" did not answer in time")
		e.Retryable = true
	case FailureRedirect:
		e = newError(
			CodeRedirect,
			host+" answers with a redirect"+r.redirectTarget()+", which is not followed: credentials are "+
				"sent to the configured tokenEndpoint only",
		)
		e.Hint = "the endpoint is elsewhere, or a login page stands before it: set tokenEndpoint to " +
			"the endpoint itself"
	case FailureTooLarge:
		e = newError(CodeResponseTooLarge, "the response of "+host+" is larger than maxBody allows")
	default:
		e = newError(CodeNetwork, "the request to "+host+" failed")
		e.Retryable = true
	}
	if e.Cause = r.redact(r.outcome.Detail); e.Cause != "" {
		e.Message += ": " + e.Cause
	}
	if e.Code == CodeNetwork {
		words := strings.ToLower(e.Cause)
		for _, f := range failures {
			if strings.Contains(words, f.words) {
				e.Hint, e.Retryable = f.hint, !f.lasting
				break
			}
		}
	}
	e.Status = r.outcome.Status
	return e
}

// redirectTarget says where a redirect leads to, but for the path and the query, which may hold
// what is secret.
func (r *reading) redirectTarget() string {
	location := r.outcome.header("location")
	if location == "" { // a browser doesn't tell
		return ""
	}
	scheme, rest, found := strings.Cut(location, "//")
	switch {
	case scheme == "" && found:
		scheme = r.exchange.URL.Scheme + ":"
	case !found && strings.Contains(scheme, ":"):
		return " elsewhere"
	case !found || strings.ContainsAny(scheme, `/?#\`):
		return " to another path of it"
	}
	rest = rest[:strings.IndexAny(rest+"/", `/?#\`)]
	target, err := oauth1.ParseURL(scheme + "//" + rest[strings.LastIndexByte(rest, '@')+1:])
	switch {
	case err != nil:
		return " elsewhere"
	case target.Origin() == r.exchange.URL.Origin():
		return " to another path of it"
	}
	return " to " + r.redact(target.Origin())
}

// unusable is the error of a whole response that holds no token. why is what the server says; it
// may say nothing.
func (r *reading) unusable(code, message string, why refusal) *TokenError {
	e := newError(code, message)
	e.Status = r.outcome.Status
	e.OAuthError, e.ErrorDescription, e.ProviderCode = r.redact(
		why.err,
	), r.redact(
		why.description,
	), r.redact(
		why.code,
	)
	e.Retryable = retryableStatus(e.Status) ||
		(e.Status == 400 || e.Status == 403) && isHTML(r.outcome.Body)
	e.RetryAfter = r.retryAfter()
	for _, name := range requestIDHeaders {
		e.RequestID = first(e.RequestID, r.redact(r.outcome.header(name)))
	}
	e.RequestID = first(e.RequestID, r.redact(why.requestID))
	e.Hint = r.hint(e)
	return e
}

// refused is the error of a response in which the server says why.
func (r *reading) refused(why refusal) *TokenError {
	e := r.unusable(CodeErrorResponse, r.exchange.URL.Origin()+" refused the request", why)
	if what := join(first(e.OAuthError, e.ProviderCode), e.ErrorDescription); what != "" {
		e.Message += ": " + what
	}
	return e
}

// requestIDHeaders are where servers put their name for a request, and after them those that stand
// before servers.
var requestIDHeaders = []string{
	"x-correlation-id", "x-request-id", "request-id", "x-amzn-requestid",
	"x-ms-request-id", "x-okta-request-id", "x-amz-cf-id", "cf-ray",
}

func retryableStatus(status int) bool {
	return status == 408 || status == 425 || status == 429 || status >= 500
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which is taken by the
// server's own clock if it tells it. It is -1 if there is none that makes sense.
func (r *reading) retryAfter() int {
	header, now := r.outcome.header("retry-after"), r.sentAt/1000
	if seconds, ok := wholeNumber(header); ok {
		return int(min(seconds, maxSeconds))
	}
	then, ok := httpDate(header, now)
	if !ok {
		return -1
	}
	if date, ok := httpDate(r.outcome.header("date"), now); ok {
		now = date
	}
	return int(min(max(then-now, 0), maxSeconds))
}
