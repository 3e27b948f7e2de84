package fetchtoken

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/oauth2"
)

// An EventType is the kind of an [Event].
type EventType string

// The types of an [Event], with the fields that are set.
const (
	// EventRequested: the Client sends token request number Attempt.
	EventRequested EventType = "requested"
	// EventRenewed: there is a new token, which ends at Expiry. Its request took Duration. The token
	// before it was returned Served times.
	EventRenewed EventType = "renewed"
	// EventShared: the Client has a token of Options.Store, which ends at Expiry. The token before it
	// was returned Served times.
	EventShared EventType = "shared"
	// EventRetried: request number Attempt took Duration and failed with Err. The Client sends another
	// request after Wait.
	EventRetried EventType = "retried"
	// EventRequestFailed: a request took Duration and failed with Err. The Client sends no other
	// request.
	EventRequestFailed EventType = "request_failed"
	// EventRenewalFailed: the renewal failed with Err. The kept token is used until Expiry.
	EventRenewalFailed EventType = "renewal_failed"
	// EventClockCorrected: the server's clock is Offset ahead of this machine's. Later requests use
	// the server's clock.
	EventClockCorrected EventType = "clock_corrected"
	// EventInvalidated: the Client forgot the token, which was returned Served times.
	EventInvalidated EventType = "invalidated"
	// EventStoreFailed: Options.Store failed with Err. The Client works on without the store.
	EventStoreFailed EventType = "store_failed"
)

// An Event reports a step of a [Client]. It contains nothing secret. The fields that its type
// doesn't name are zero. log/slog logs the fields that are set:
//
//	OnEvent: func(e fetchtoken.Event) { slog.Info("token", "event", e) }
type Event struct {
	Type    EventType
	Attempt int           // the number of the token request, from 1
	Wait    time.Duration // until the next request
	Offset  time.Duration // how far the server's clock is ahead of this machine's
	Expiry  time.Time     // the end of the token; zero if the server didn't say
	Err     error

	Duration time.Duration // of the request that was answered, or has failed
	Served   int64         // how often the token was returned without a wait

	// Request names the token of Client.With that the event is about, without Parameters, which may be
	// secret. nil means the Client's own token.
	Request *TokenRequest
}

// LogValue is for log/slog: it returns the fields that are set.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("type", string(e.Type))}
	if e.Attempt != 0 {
		attrs = append(attrs, slog.Int("attempt", e.Attempt))
	}
	if e.Type == EventRetried {
		attrs = append(attrs, slog.Duration("wait", e.Wait))
	}
	if e.Duration != 0 {
		attrs = append(attrs, slog.Duration("duration", e.Duration))
	}
	if e.Served != 0 {
		attrs = append(attrs, slog.Int64("served", e.Served))
	}
	if e.Offset != 0 {
		attrs = append(attrs, slog.Duration("offset", e.Offset))
	}
	if !e.Expiry.IsZero() {
		attrs = append(attrs, slog.Time("expiry", e.Expiry))
	}
	if e.Err != nil {
		attrs = append(attrs, slog.Any("error", e.Err))
	}
	if r := e.Request; r != nil {
		attrs = append(attrs, slog.Group("request",
			"scope", r.Scope, "audience", r.Audience, "resource", r.Resource))
	}
	return slog.GroupValue(attrs...)
}

// LogToken returns the parts of a token that may be logged: its type, its end and its scope.
// log/slog and fmt print a token with its secret, because its type belongs to golang.org/x/oauth2.
// So log tokens only with this function.
func LogToken(token *oauth2.Token) slog.Value {
	if token == nil {
		return slog.AnyValue(nil)
	}
	attrs := []slog.Attr{slog.String("type", token.Type())}
	if !token.Expiry.IsZero() {
		attrs = append(attrs, slog.Time("expiry", token.Expiry))
	}
	if scope, ok := token.Extra("scope").(string); ok {
		attrs = append(attrs, slog.String("scope", scope))
	}
	return slog.GroupValue(attrs...)
}

// LogValue is for log/slog: it returns the host of the token endpoint, if it is known, and the
// end of the kept token.
func (c *Client) LogValue() slog.Value {
	var attrs []slog.Attr
	if s := c.source.Load(); s != nil {
		attrs = append(attrs, slog.String("host", s.host))
	}
	if k := c.kept.Load(); k != nil && !k.token.Expiry.IsZero() {
		attrs = append(attrs, slog.Time("expiry", k.token.Expiry))
	}
	return slog.GroupValue(attrs...)
}

// Format prints the host of the token endpoint, if it is known, and nothing else, for every verb
// except %p.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, "fetchtoken.Client")
	if s := c.source.Load(); s != nil {
		io.WriteString(f, " of "+s.host)
	}
}
