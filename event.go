package fetchtoken

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/oauth2"
)

// An EventType is what a [Client] has done.
type EventType string

// The types of an [Event], each with the fields that it has.
const (
	// EventRequested: the Client sends token request number Attempt.
	EventRequested EventType = "requested"
	// EventRenewed: there is a new token, which ends at Expiry.
	EventRenewed EventType = "renewed"
	// EventRetried: request number Attempt failed with Err. The Client sends another one after
	// Wait.
	EventRetried EventType = "retried"
	// EventRenewalFailed: the renewal failed with Err. The kept token serves until Expiry.
	EventRenewalFailed EventType = "renewal_failed"
	// EventClockCorrected: the server's clock is Offset ahead of this machine's, and counts from
	// now on.
	EventClockCorrected EventType = "clock_corrected"
	// EventInvalidated: the Client forgot the token.
	EventInvalidated EventType = "invalidated"
)

// An Event says what a [Client] has done. It holds nothing secret. A field that its type doesn't
// name is zero. log/slog logs the fields that are set:
//
//	OnEvent: func(e fetchtoken.Event) { slog.Info("token", "event", e) }
type Event struct {
	Type    EventType
	Attempt int           // the number of the token request, from 1
	Wait    time.Duration // until the next request
	Offset  time.Duration // how far the server's clock is ahead of this machine's
	Expiry  time.Time     // the end of the token; zero if the server didn't say
	Err     error
}

// LogValue is what log/slog logs: the fields that are set.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("type", string(e.Type))}
	if e.Attempt != 0 {
		attrs = append(attrs, slog.Int("attempt", e.Attempt))
	}
	if e.Type == EventRetried {
		attrs = append(attrs, slog.Duration("wait", e.Wait))
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
	return slog.GroupValue(attrs...)
}

// LogToken returns what may be logged of a token: its type, its end and its scope. The token itself
// is a type of golang.org/x/oauth2, and log/slog and fmt print all of it: log no token but by this.
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

// LogValue is what log/slog logs of a Client: the host that it asks, and the end of the kept token.
func (c *Client) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("host", c.host)}
	if k := c.kept.Load(); k != nil && !k.token.Expiry.IsZero() {
		attrs = append(attrs, slog.Time("expiry", k.token.Expiry))
	}
	return slog.GroupValue(attrs...)
}

// Format prints the host that the Client asks, and nothing of what it holds, whatever the verb but
// %p.
func (c *Client) Format(f fmt.State, _ rune) {
	io.WriteString(f, "fetchtoken.Client of "+c.host)
}
