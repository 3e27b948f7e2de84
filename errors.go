package fetchtoken

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
)

// An ErrorCode is the kind of a [TokenError]. The codes are stable: switch on them, not on the
// message. Each is an error itself, so errors.Is(err, fetchtoken.CodeTimeout) works.
type ErrorCode string

// The values of [TokenError.Code].
const (
	// CodeInvalidConfig: the configuration or an option can't be used. Nothing was sent.
	CodeInvalidConfig ErrorCode = "invalid_config"
	// CodeInvalidKey: the private key can't be used, or Options.Sign failed. Nothing was sent.
	CodeInvalidKey ErrorCode = "invalid_key"
	// CodeInvalidCredentials: the credentials file can't be used.
	CodeInvalidCredentials ErrorCode = "invalid_credentials"
	// CodeErrorResponse: the server refused the request and gave a reason (RFC 6749 section 5.2, or in
	// its own way).
	CodeErrorResponse ErrorCode = "error_response"
	// CodeHTTPError: the status is not a success, and the body contains no known kind of error.
	CodeHTTPError ErrorCode = "http_error"
	// CodeInvalidResponse: the status is a success, but the body contains no usable token.
	CodeInvalidResponse ErrorCode = "invalid_response"
	// CodeRedirect: the token endpoint redirects. Credentials are never sent on.
	CodeRedirect ErrorCode = "redirect"
	// CodeResponseTooLarge: the body is longer than Options.MaxBody.
	CodeResponseTooLarge ErrorCode = "response_too_large"
	// CodeTimeout: the whole response did not arrive in time. It wraps [context.DeadlineExceeded].
	CodeTimeout ErrorCode = "timeout"
	// CodeNetwork: there was no response at all.
	CodeNetwork ErrorCode = "network"
	// CodeInternal: a defect of this library.
	CodeInternal ErrorCode = "internal"
	// CodeGrantUsed: the server accepts the grant once, and may already have accepted it. Nothing was
	// sent.
	CodeGrantUsed ErrorCode = "grant_used"
	// CodeSessionLost: an earlier process sent the refresh token or the code, and ended before it kept
	// the response. Nothing was sent. The user must sign in again.
	CodeSessionLost ErrorCode = "session_lost"
	// CodeSourceFailed: there is no assertion, or no token, of somebody else: a Source failed. No
	// token request was sent.
	CodeSourceFailed ErrorCode = "source_failed"
	// CodeClosed: the client was closed.
	CodeClosed ErrorCode = "closed"
)

// Error returns the code itself.
func (c ErrorCode) Error() string { return string(c) }

// docsPage is the page about errors. Each code has a section of it.
const docsPage = "https://github.com/fetchtoken/fetchtoken/blob/main/docs/errors.md"

// A TokenError is the error of a failed call. None of its fields holds a secret, an assertion, an
// Authorization header or a token, and neither does a wrapped error.
type TokenError struct {
	Code    ErrorCode
	Message string // for people; its wording may change
	Hint    string // the advice, if a specific one is known

	Status           int    // of the response; 0 if there was none
	OAuthError       string // the "error" of RFC 6749 section 5.2; "" if the server sent none
	ErrorDescription string // the server's words, cleaned, at most 500 characters
	ProviderCode     string // the server's own code, such as HERE's 401204
	RequestID        string // the server's name for the request, to quote to its support

	Retryable  bool          // whether the same request may succeed later
	RetryAfter time.Duration // how long the server asks to wait; 0 if it doesn't ask

	// ClockOffset is how far the server's clock is ahead of this machine's, if that may be the reason
	// of the refusal; else 0.
	ClockOffset time.Duration

	cause error            // nil, or a *cause
	core  *core.TokenError // what it was made of, or nil; for the command
}

// Error returns the message, and the hint if there is one.
func (e *TokenError) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// Is reports whether target is the code of the error.
func (e *TokenError) Is(target error) bool { return target == e.Code }

// Docs returns the address of the section of docs/errors.md about the code.
func (e *TokenError) Docs() string { return docsPage + "#" + string(e.Code) }

// Unwrap returns the cause of a failed request, Options.Sign or Source, or nil. [errors.Is] finds
// every cause, such as [context.DeadlineExceeded], [net.ErrClosed], syscall.ECONNREFUSED or an
// error of your own. [errors.As] finds a *[net.DNSError], a *[tls.CertificateVerificationError], a
// [tls.AlertError] and the errors of crypto/x509 for a certificate, and nothing else: others may
// hold a URL, or what was sent.
func (e *TokenError) Unwrap() error { return e.cause }

// Timeout reports whether the code is [CodeTimeout].
func (e *TokenError) Timeout() bool { return e.Code == CodeTimeout }

// Temporary returns Retryable. With it a TokenError is a [net.Error].
func (e *TokenError) Temporary() bool { return e.Retryable }

// LogValue is for log/slog: it returns the fields that are set.
func (e *TokenError) LogValue() slog.Value {
	if e == nil {
		return slog.AnyValue(nil)
	}
	attrs := []slog.Attr{slog.String("code", string(e.Code)), slog.String("message", e.Message)}
	for _, text := range []slog.Attr{
		slog.String("hint", e.Hint), slog.String("error", e.OAuthError),
		slog.String("errorDescription", e.ErrorDescription),
		slog.String("providerCode", e.ProviderCode), slog.String("requestId", e.RequestID),
	} {
		if text.Value.String() != "" {
			attrs = append(attrs, text)
		}
	}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	if e.Retryable {
		attrs = append(attrs, slog.Bool("retryable", true))
	}
	if e.RetryAfter != 0 {
		attrs = append(attrs, slog.Duration("retryAfter", e.RetryAfter))
	}
	if e.ClockOffset != 0 {
		attrs = append(attrs, slog.Duration("clockOffset", e.ClockOffset))
	}
	return slog.GroupValue(attrs...)
}

// A cause is why a request failed. package core has cleaned its text. The error itself may contain
// the URL, the body, or anything that a RoundTripper added. So only functions hold it, where no
// printer of fields can reach it.
type cause struct {
	text string
	is   func(target error) bool
	as   func(target any) bool
}

func causeOf(text string, err error) error {
	if err == nil {
		return nil
	}
	return &cause{
		text,
		func(target error) bool { return errors.Is(err, target) },
		func(target any) bool { return errors.As(err, target) },
	}
}

func (c *cause) Error() string { return c.text }

func (c *cause) Is(target error) bool { return c.is(target) }

func (c *cause) As(target any) bool {
	switch target.(type) {
	case **net.DNSError, **tls.CertificateVerificationError, *tls.AlertError,
		*x509.UnknownAuthorityError, *x509.HostnameError, *x509.CertificateInvalidError:
		return c.as(target)
	}
	return false
}

// errorOf turns an error of package core into one of this package: with Go's names, with durations,
// and with its cause, if that is known.
func errorOf(err error, why error) error {
	e, ok := err.(*core.TokenError)
	if !ok {
		return err
	}
	failed := &TokenError{
		Code: ErrorCode(e.Code), Message: messageForGo(e), Hint: nameForGo(e.Hint),
		Status: e.Status, OAuthError: e.OAuthError, ErrorDescription: e.ErrorDescription,
		ProviderCode: e.ProviderCode, RequestID: e.RequestID,
		Retryable: e.Retryable, RetryAfter: max(seconds(e.RetryAfter), 0),
		ClockOffset: seconds(e.ClockOffset),
		core:        e,
	}
	switch failed.Code {
	case CodeTimeout:
		why = errors.Join(context.DeadlineExceeded, why)
		failed.cause = causeOf("there was no whole answer in time", why)
	case CodeNetwork, CodeInvalidKey, CodeSourceFailed:
		failed.cause = causeOf(withoutCondition(e.Cause), why)
	}
	return failed
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func configError(option, what string) error {
	return &TokenError{Code: CodeInvalidConfig, Message: option + " " + what}
}
