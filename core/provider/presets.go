package provider

import (
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// A Preset is what is known about a system, as data. It fills in what a caller leaves out.
type Preset struct {
	Name           string
	Config         core.Config // its fields are the defaults
	Environments   []Environment
	ClientIDInBody bool            // where the method of client authentication doesn't already put it there
	ScopeInClaims  bool            // where the assertion is the grant, the scope is one of its claims and not a field of the body
	JSONNames      []core.JSONName // what a JSON body calls some fields
	Hints          map[string]string
}

// An Environment is one of several token endpoints of a system.
type Environment struct{ Name, TokenEndpoint string }

// Presets are in the order of the documentation. Every fact is followed by where it is from.
var Presets = []Preset{
	{
		// HERE Account: an OAuth 2.0 token request with an OAuth 1.0 signature.
		// "Request a Token", HERE developer documentation: URL, header, HMAC-SHA256, form body.
		// The JSON dialect is what HERE's own TypeScript SDK sends (here-data-sdk-typescript, requestToken_common.ts).
		// Error codes: HERE developer documentation, "Error messages".
		Name: "here",
		Config: core.Config{
			TokenEndpoint: "https://account.api.here.com/oauth2/token",
			ClientAuth:    core.OAuth1,
		},
		JSONNames: []core.JSONName{
			{Field: "grant_type", Name: "grantType"},
			{Field: "expires_in", Name: "expiresIn", Number: true},
		},
		Hints: map[string]string{
			"401204": "the clock of this machine is off: set it",
			"401207": "the nonce was used before: send a new request, never the same one twice",
			"401300": "check clientId (here.access.key.id) and clientSecret (here.access.key.secret): they may be incomplete, have blanks around them, or not belong together",
			"401310": "clientId must be the access key id (here.access.key.id), not the app id or client id",
			"429002": "too many requests: keep the token for its lifetime",
		},
	},
	{
		// HERE OTA Connect, on Amazon Cognito.
		// "OTA Connect API Usage Guide": endpoint, Basic by `curl -u`, scope from treehub.json.
		// The scope has no default: it is in the downloaded credentials.
		Name: "ota-connect",
		Config: core.Config{
			TokenEndpoint: "https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token",
			ClientAuth:    core.ClientSecretBasic,
			BasicEncoding: core.BasicRaw,
		},
		Hints: cognitoHints,
	},
	{
		// iotspot, on Amazon Cognito.
		// iotspot API documentation, "Authentication": endpoint, Basic of "[Client_id]:[Client_secret]" as they are, client_id in the
		// body too, scope iotspot/openapi.
		Name: "iotspot",
		Config: core.Config{
			TokenEndpoint: "https://iotspot-m2mauth-prod.auth.eu-central-1.amazoncognito.com/oauth2/token",
			ClientAuth:    core.ClientSecretBasic,
			BasicEncoding: core.BasicRaw,
			Scope:         []string{"iotspot/openapi"},
		},
		ClientIDInBody: true,
		Hints:          cognitoHints,
	},
	{
		// High Mobility.
		// "OAuth 2.0", High Mobility documentation: endpoints, JSON body with client_id and client_secret.
		// hm-oauth-rest-v1.yml of its open-api-specifications and HMKitCredentials.kt of its Kotlin SDK: the assertion's type and claims.
		// (The documentation page spells the type "…:jwtbearer"; everything that High Mobility runs spells it as RFC 7523 does. Set
		// assertion.type for the other.) Which environment a client belongs to is not in its key file, so there is no default.
		Name: "high-mobility",
		Config: core.Config{
			ClientAuth: core.ClientSecretPost,
			BodyFormat: core.BodyJSON,
			Assertion: core.Assertion{
				Header: object(`{"kid":null}`),
				Claims: object(`{"iss":"{keyId}","sub":null,"aud":"{origin}/v1","exp":null,"ver":2}`),
			},
		},
		Environments: []Environment{
			{"sandbox", "https://sandbox.api.high-mobility.com/v1/access_tokens"},
			{"live", "https://api.high-mobility.com/v1/access_tokens"},
		},
	},
	{
		// Ordnance Survey Data Hub, on Apigee.
		// "OAuth 2 API, technical specification", OS documentation: endpoint, Basic of the key and the secret as they are.
		Name: "os-data-hub",
		Config: core.Config{
			TokenEndpoint: "https://api.os.uk/oauth2/token/v1",
			ClientAuth:    core.ClientSecretBasic,
			BasicEncoding: core.BasicRaw,
		},
		Hints: map[string]string{
			"invalid_client":                   "check clientId (the project API key) and clientSecret (the project API secret)",
			"oauth.v2.InvalidClientIdentifier": "check clientId: it is the project API key",
		},
	},
	{
		// Any Amazon Cognito user pool.
		// "Token endpoint", Amazon Cognito developer guide: Basic of Base64Encode(client_id:client_secret).
		Name:   "cognito",
		Config: core.Config{ClientAuth: core.ClientSecretBasic, BasicEncoding: core.BasicRaw},
		Hints:  cognitoHints,
	},
	{
		// Any Apigee proxy with an OAuthV2 policy.
		// "Implementing the client credentials grant type", Apigee documentation: Basic of the key and the secret as they are.
		Name:   "apigee",
		Config: core.Config{ClientAuth: core.ClientSecretBasic, BasicEncoding: core.BasicRaw},
	},
	{
		// Google, for a service account.
		// "Using OAuth 2.0 for Server to Server Applications", Google Identity: endpoint, grant type, the claims iss, scope, aud, exp and iat.
		// A user to act for (domain-wide delegation) is the claim sub: assertion.claims.sub sets it.
		Name: "google",
		Config: core.Config{
			TokenEndpoint: "https://oauth2.googleapis.com/token",
			ClientAuth:    core.PrivateKeyJWT,
			GrantType:     core.GrantJWT,
			Assertion:     core.Assertion{Claims: object(`{"sub":null,"jti":null}`)},
		},
		ScopeInClaims: true,
		Hints: map[string]string{
			"invalid_grant":       "check that the key still exists in the Google Cloud console, and the clock of this machine",
			"invalid_scope":       "set scope to one or more of Google's, such as https://www.googleapis.com/auth/cloud-platform",
			"unauthorized_client": "the service account may not act for that user (assertion.claims.sub), or not with that scope",
		},
	},
	{
		// Any server that follows RFC 6749 to the letter.
		Name: "oauth2",
		Hints: map[string]string{
			"invalid_client": "check clientId, its secret or key, and clientAuth; if Basic carries a character such as + / = %, try the other basicEncoding",
		},
	},
}

// Cognito sends these words without a description ("Token endpoint", Amazon Cognito developer guide).
var cognitoHints = map[string]string{
	"invalid_client":      "check clientId and clientSecret",
	"invalid_scope":       "the app client has no such scope",
	"unauthorized_client": "the app client is not allowed the client credentials grant",
}

// object reads a literal of this file.
func object(text string) jsonobject.Object {
	o, err := jsonobject.Parse([]byte(text))
	if err != nil {
		panic("provider: " + text + " " + err.Error())
	}
	return o
}
