package credentials

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// loadHighMobility reads the JSON of a private key ("App > OAuth" in High Mobility's console;
// HMKitCredentials.kt of its Kotlin SDK). Its instance_uri, if there is one, names the key's
// environment, or is the base address of the token endpoint.
func loadHighMobility(file jsonobject.Object) (*core.Config, error) {
	r := jsonReader(file, "the private key JSON", fromHM)
	config := &core.Config{
		Provider:   "high-mobility",
		KeyID:      r.required("id"),
		PrivateKey: r.required("private_key"),
		ClientID:   r.optional("client_id"),
	}
	switch instance := strings.TrimSuffix(r.optional("instance_uri"), "/"); instance {
	case "":
	case "https://sandbox.api.high-mobility.com":
		config.Environment = "sandbox"
	case "https://api.high-mobility.com":
		config.Environment = "live"
	default:
		config.TokenEndpoint = instance + "/v1/access_tokens"
	}
	return config, r.err
}
