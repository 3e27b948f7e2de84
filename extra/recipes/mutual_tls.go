package recipes

import (
	"crypto/tls"
	"net/http"

	"github.com/fetchtoken/fetchtoken"
)

// MutualTLS makes a Client that presents the certificate of tlsConfig to the token endpoint and to
// the API.
func MutualTLS(
	config fetchtoken.Config, tlsConfig *tls.Config, api string,
) (*fetchtoken.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = tlsConfig
	return fetchtoken.New(config, &fetchtoken.Options{
		HTTPClient: &http.Client{Transport: transport},
		Origins:    []string{api},
	})
}
