package core

// A Purpose is the kind of endpoint that an Exchange is for.
type Purpose byte

// The purposes.
const (
	ForToken         Purpose = iota // RFC 6749 section 3.2
	ForRevocation                   // RFC 7009 section 2
	ForDevice                       // RFC 8628 section 3.1
	ForAuthorization                // RFC 6749 section 3.1: an address for a browser, no request
)

// Endpoints are the endpoints of the purposes: the name of each on the wire, its field of a
// configuration, and its member of the metadata (RFC 8414 section 2, RFC 8628 section 4).
var Endpoints = [...]struct {
	Name, Field, Member string
	Of                  func(*Config) *string
}{
	{"", "tokenEndpoint", "token_endpoint", func(c *Config) *string { return &c.TokenEndpoint }},
	{
		"revocation", "revocationEndpoint", "revocation_endpoint",
		func(c *Config) *string { return &c.RevocationEndpoint },
	},
	{
		"device", "deviceAuthorizationEndpoint", "device_authorization_endpoint",
		func(c *Config) *string { return &c.DeviceAuthorizationEndpoint },
	},
	{
		"authorization", "authorizationEndpoint", "authorization_endpoint",
		func(c *Config) *string { return &c.AuthorizationEndpoint },
	},
}
