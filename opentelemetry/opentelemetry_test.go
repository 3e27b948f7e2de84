package opentelemetry_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/opentelemetry"
	"github.com/fetchtoken/fetchtoken/stores/memorystore"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// A server answers with the texts in turn, each with its status before it. Each answer takes two
// seconds of the server's clock and no real time.
type server struct {
	now     time.Time
	answers []string
}

func (s *server) RoundTrip(*http.Request) (*http.Response, error) {
	s.now = s.now.Add(2 * time.Second)
	var status int
	code, body, _ := strings.Cut(s.answers[0], " ")
	fmt.Sscan(code, &status)
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

func (s *server) Now() time.Time { return s.now }

func (s *server) Sleep(ctx context.Context, d time.Duration) error { return ctx.Err() }

// points returns the count and sum, or the value, of each point, by name, unit and attributes.
func points(t *testing.T, reader metric.Reader) map[string]string {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range data.ScopeMetrics[0].Metrics {
		name := m.Name + " " + m.Unit
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				found[name+" "+p.Attributes.Encoded(values{})] = fmt.Sprintf("%d %.0f", p.Count, p.Sum)
			}
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				found[name+" "+p.Attributes.Encoded(values{})] = fmt.Sprint(p.Value)
			}
		case metricdata.Gauge[float64]:
			for _, p := range data.DataPoints {
				found[name+" "+p.Attributes.Encoded(values{})] = fmt.Sprint(p.Value)
			}
		default:
			t.Fatalf("%s is a %T", m.Name, data)
		}
	}
	return found
}

func TestListener(t *testing.T) {
	reader := metric.NewManualReader()
	meter := metric.NewMeterProvider(metric.WithReader(reader)).Meter("test")
	listen, err := opentelemetry.Listener(meter)
	if err != nil {
		t.Fatal(err)
	}
	const token = `200 {"access_token":"x%d","expires_in":3600}`
	s := &server{now: time.Now().Add(-2 * time.Second).Round(0), answers: []string{
		"503 ", fmt.Sprintf(token, 1), fmt.Sprintf(token, 2), `401 {"error":"invalid_client"}`,
	}}
	store := memorystore.New()
	client := func() *fetchtoken.Client {
		client, err := fetchtoken.New(fetchtoken.Config{
			TokenEndpoint: "https://as.example/token", ClientID: "client", ClientSecret: "a secret",
		}, &fetchtoken.Options{
			HTTPClient: &http.Client{Transport: s}, Clock: s, OnEvent: listen, Store: store,
		})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	first := client()
	for range 3 {
		if _, err := first.Token(); err != nil {
			t.Fatal(err)
		}
	}
	first.Close()
	second := client()
	for range 2 {
		if _, err := second.Token(); err != nil { // this token comes from the store
			t.Fatal(err)
		}
		second.Invalidate(nil)
	}
	if _, err := second.Token(); err == nil {
		t.Fatal("no error")
	}
	second.Close()
	listen(fetchtoken.Event{Type: fetchtoken.EventInvalidated, Served: 7})
	listen(fetchtoken.Event{Type: fetchtoken.EventClockCorrected, Offset: -90 * time.Second})
	listen(fetchtoken.Event{Type: fetchtoken.EventStoreFailed, Err: context.DeadlineExceeded})
	listen(fetchtoken.Event{Type: fetchtoken.EventStoreFailed, Err: io.EOF})
	listen(fetchtoken.Event{
		Type: fetchtoken.EventRenewalFailed, Err: &fetchtoken.TokenError{Code: fetchtoken.CodeNetwork},
	})

	got := points(t, reader)
	for name := range maps.Clone(got) {
		if source, ok := strings.CutPrefix(name, "fetchtoken.token.lifetime s "); ok {
			var count, sum int
			fmt.Sscan(got[name], &count, &sum)
			if count == 0 || sum/count < 3580 || sum/count > 3610 {
				t.Errorf("%s: %s", source, got[name])
			}
			got[name] = fmt.Sprint(count)
		}
	}
	want := map[string]string{
		"fetchtoken.request.duration s ":                  "2 4",
		"fetchtoken.request.duration s http_error":        "1 2",
		"fetchtoken.request.duration s error_response":    "1 2",
		"fetchtoken.request.retries {request} http_error": "1",
		"fetchtoken.tokens {token} server":                "2",
		"fetchtoken.tokens {token} store":                 "1",
		"fetchtoken.tokens {token} kept":                  "7",
		"fetchtoken.token.lifetime s server":              "2",
		"fetchtoken.token.lifetime s store":               "1",
		"fetchtoken.clock.offset s ":                      "-90",
		"fetchtoken.failures {failure} timeout,store":     "1",
		"fetchtoken.failures {failure} _OTHER,store":      "1",
		"fetchtoken.failures {failure} network,renewal":   "1",
	}
	if !maps.Equal(got, want) {
		for name := range got {
			if got[name] != want[name] {
				t.Errorf("got  %s: %s", name, got[name])
			}
		}
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("want %s: %s", name, want[name])
			}
		}
	}
}

// values encodes attributes as their values.
type values struct{}

func (values) Encode(attributes attribute.Iterator) string {
	var list []string
	for attributes.Next() {
		list = append(list, attributes.Attribute().Value.AsString())
	}
	return strings.Join(list, ",")
}

func (values) ID() attribute.EncoderID { return attribute.NewEncoderID() }
