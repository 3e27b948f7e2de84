// Package opentelemetry records metrics of a fetchtoken.Client with the caller's meter. The metrics
// contain no secret and no identifier: no host, no client, no scope. It is a module of its own, so
// that fetchtoken itself doesn't depend on OpenTelemetry.
package opentelemetry

import (
	"context"
	"errors"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// metrics holds the instruments. They have the same names in JavaScript (js/opentelemetry.js).
type metrics struct {
	requests metric.Float64Histogram
	retries  metric.Int64Counter
	tokens   metric.Int64Counter
	lifetime metric.Float64Histogram
	failures metric.Int64Counter
	offset   metric.Float64Gauge
}

// Listener returns a listener for Options.OnEvent that records metrics: the duration of token
// requests, retries, where tokens came from, how long they last, failures, and the offset of the
// clock. Several Clients may share one listener.
func Listener(meter metric.Meter) (func(fetchtoken.Event), error) {
	var m metrics
	var errs [6]error
	m.requests, errs[0] = meter.Float64Histogram("fetchtoken.request.duration",
		metric.WithDescription("Duration of token requests"), metric.WithUnit("s"))
	m.retries, errs[1] = meter.Int64Counter("fetchtoken.request.retries",
		metric.WithDescription("Token requests that were sent again"), metric.WithUnit("{request}"))
	m.tokens, errs[2] = meter.Int64Counter("fetchtoken.tokens",
		metric.WithDescription("Tokens by where they came from"), metric.WithUnit("{token}"))
	m.lifetime, errs[3] = meter.Float64Histogram("fetchtoken.token.lifetime",
		metric.WithDescription("What was left of a token when the client got it"),
		metric.WithUnit("s"))
	m.failures, errs[4] = meter.Int64Counter("fetchtoken.failures",
		metric.WithDescription("Failed renewals, stores and brokers"), metric.WithUnit("{failure}"))
	m.offset, errs[5] = meter.Float64Gauge("fetchtoken.clock.offset",
		metric.WithDescription("How far the server's clock is ahead"), metric.WithUnit("s"))
	return m.hear, errors.Join(errs[:]...)
}

func (m *metrics) hear(e fetchtoken.Event) {
	ctx := context.Background()
	switch e.Type {
	case fetchtoken.EventRenewed:
		m.requests.Record(ctx, e.Duration.Seconds())
		m.got(ctx, "server", e)
	case fetchtoken.EventShared:
		m.got(ctx, "store", e)
	case fetchtoken.EventRetried:
		m.requests.Record(ctx, e.Duration.Seconds(), with(errorType(e.Err)))
		m.retries.Add(ctx, 1, with(errorType(e.Err)))
	case fetchtoken.EventRequestFailed:
		m.requests.Record(ctx, e.Duration.Seconds(), with(errorType(e.Err)))
	case fetchtoken.EventRenewalFailed:
		m.failed(ctx, "renewal", e.Err)
	case fetchtoken.EventStoreFailed:
		m.failed(ctx, "store", e.Err)
	case fetchtoken.EventClockCorrected:
		m.offset.Record(ctx, e.Offset.Seconds())
	case fetchtoken.EventInvalidated:
		m.kept(ctx, e.Served)
	}
}

// got counts a token that the Client got, and how often the Client returned the token before it.
func (m *metrics) got(ctx context.Context, source string, e fetchtoken.Event) {
	m.tokens.Add(ctx, 1, with(sourceOf(source)))
	m.kept(ctx, e.Served)
	if !e.Expiry.IsZero() {
		left := max(time.Until(e.Expiry), 0).Seconds()
		m.lifetime.Record(ctx, left, with(sourceOf(source)))
	}
}

func (m *metrics) kept(ctx context.Context, served int64) {
	if served > 0 {
		m.tokens.Add(ctx, served, with(sourceOf("kept")))
	}
}

func (m *metrics) failed(ctx context.Context, what string, err error) {
	m.failures.Add(ctx, 1, with(attribute.String("fetchtoken.failure", what), errorType(err)))
}

func with(attributes ...attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(attributes...)
}

func sourceOf(source string) attribute.KeyValue {
	return attribute.String("fetchtoken.token.source", source)
}

// errorType returns the code of an error. "_OTHER" is the semantic conventions' name for the rest.
func errorType(err error) attribute.KeyValue {
	name := "_OTHER"
	if failed, ok := errors.AsType[*fetchtoken.TokenError](err); ok {
		name = string(failed.Code)
	} else if errors.Is(err, context.DeadlineExceeded) {
		name = string(fetchtoken.CodeTimeout)
	}
	return attribute.String("error.type", name)
}
