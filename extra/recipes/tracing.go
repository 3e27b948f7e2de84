package recipes

import (
	"net/http"

	"github.com/fetchtoken/fetchtoken"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// Traced makes a Client whose token requests and API requests are spans of OpenTelemetry. A span
// contains neither the token nor the secret.
func Traced(config fetchtoken.Config, api string) (*fetchtoken.Client, error) {
	return fetchtoken.New(config, &fetchtoken.Options{
		HTTPClient: &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)},
		Origins:    []string{api},
	})
}
