package answer

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// failed returns the error for a request without a whole response.
func (r *reading) failed() *core.TokenError {
	host := r.exchange.URL.Origin()
	var e *core.TokenError
	switch r.outcome.Failure {
	case FailureTimeout:
		e = core.NewError(core.CodeTimeout, host+" did not answer in time")
		e.Retryable = true
		e.Hint = "the server is slow, or a firewall or a proxy holds the request back: try it from " +
			"another network, or allow more time"
	case FailureRedirect:
		e = core.NewError(
			core.CodeRedirect,
			host+" answers with a redirect"+r.redirectTarget()+", which is not followed: credentials are "+
				"sent to the configured tokenEndpoint only",
		)
		e.Hint = "the endpoint is elsewhere, or a login page stands before it: set tokenEndpoint to " +
			"the endpoint itself"
	case FailureTooLarge:
		e = core.NewError(
			core.CodeResponseTooLarge,
			"the response of "+host+" is larger than maxBody allows",
		)
	default:
		e = core.NewError(core.CodeNetwork, "the request to "+host+" failed")
		e.Retryable = true
	}
	detail := r.redact(r.outcome.Detail)
	if e.Cause = core.PlainReason(detail); e.Cause != "" {
		e.Message += ": " + e.Cause
	}
	if e.Code == core.CodeNetwork {
		words := strings.ToLower(detail)
		for _, f := range failures {
			if strings.Contains(words, f.words) {
				e.Hint, e.Retryable = f.hint, !f.lasting
				break
			}
		}
		if e.Hint == noTLS {
			e.Hint = r.httpHint(strings.Contains(words, gaveHTTP))
		}
	}
	e.Status = r.outcome.Status
	return e
}

// redirectTarget returns the target of a redirect without its path and query, which may be secret.
func (r *reading) redirectTarget() string {
	location := r.outcome.header("location")
	if location == "" { // browsers hide the target
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

// unusable returns the error for a whole response without a token. why is the server's reason,
// which may be empty.
func (r *reading) unusable(code, message string, why refusal) *core.TokenError {
	e := core.NewError(code, message)
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

// refused returns the error for a response in which the server gives a reason.
func (r *reading) refused(why refusal) *core.TokenError {
	e := r.unusable(core.CodeErrorResponse, r.exchange.URL.Origin()+" refused the request", why)
	if what := join(first(e.OAuthError, e.ProviderCode), e.ErrorDescription); what != "" {
		e.Message += ": " + what
	}
	return e
}

// requestIDHeaders contain the server's identifier of a request; the last ones are those of
// proxies.
var requestIDHeaders = []string{
	"x-correlation-id", "x-request-id", "request-id", "x-amzn-requestid",
	"x-ms-request-id", "x-okta-request-id", "x-amz-cf-id", "cf-ray",
}

func retryableStatus(status int) bool {
	return status == 408 || status == 425 || status == 429 || status >= 500
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which it compares
// with the server's own clock if possible. It returns -1 if there is no valid value.
func (r *reading) retryAfter() int {
	header, now := r.outcome.header("retry-after"), r.sentAt/1000
	if seconds, ok := core.WholeNumber(header); ok {
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
