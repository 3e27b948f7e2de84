package credentials

import (
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// loadGoogle reads the JSON key of a service account ("Using OAuth 2.0 for Server to Server
// Applications", Google Identity). It contains no scope.
func loadGoogle(file jsonobject.Object) (core.Config, error) {
	r := jsonReader(file, "the service account's JSON key", fromGoogle)
	return core.Config{
		Provider:      "google",
		TokenEndpoint: r.optional("token_uri"),
		ClientID:      r.required("client_email"),
		PrivateKey:    r.required("private_key"),
		KeyID:         r.optional("private_key_id"),
	}, r.err
}
