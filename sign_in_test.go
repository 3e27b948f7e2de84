package fetchtoken_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken"
)

// Whoever opens an address without TLS shows the user code to everybody in between (RFC 8628
// section 3.2 has https).
func TestAnAddressForAUserHasTLS(t *testing.T) {
	for address, isUsable := range map[string]bool{
		"https://as.example/device":    true,
		"http://127.0.0.1:8080/device": true,
		"http://as.example/device":     false,
	} {
		answer := roundTripper(func(*http.Request) (*http.Response, error) {
			body := `{"device_code":"d","user_code":"U","expires_in":60,"verification_uri":"` + address + `"}`
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		device, err := fetchtoken.DeviceAuthorization(t.Context(), fetchtoken.Config{
			TokenEndpoint:               "https://as.example/token",
			DeviceAuthorizationEndpoint: "https://as.example/codes",
			ClientID:                    "client", ClientAuth: fetchtoken.AuthNone,
		}, nil, &fetchtoken.Options{HTTPClient: &http.Client{Transport: answer}})
		if (err == nil) != isUsable || isUsable && device.VerificationURI != address {
			t.Errorf("%s: %v", address, err)
		}
	}
}
