package provider

import (
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// A Preset describes a system as data. It fills in the fields that a caller leaves out.
type Preset struct {
	Name           string
	Config         core.Config // its fields are the defaults
	Environments   []Environment
	ClientIDInBody bool // if the method of client authentication doesn't put it there already
	// if the assertion is the grant, the scope is one of its claims and not a field of the body
	ScopeInClaims bool
	PrefersAlg    string // what a key signs with that can do so
	// the audience of assertions that somebody else issues; "" for the token endpoint's URL
	Audience   string
	JSONNames  []core.JSONName // the names of some fields in a JSON body
	Hints      []core.Hint
	Revocation Revocation
	Time       core.TimeSource
	KeyID      string // where the keyId is found that the preset's claims contain
}

// A Revocation describes how a system revokes a token at its token endpoint instead of by RFC 7009.
type Revocation struct {
	Method    string // of the request
	Token     string // the field with the token
	GrantType string // the grant_type of the request
}

// An Environment is one of several token endpoints of a system.
type Environment struct{ Name, TokenEndpoint string }

// Presets are in the order of the documentation. Each fact has its source beside it.
var Presets = []Preset{
	{
		// HERE Account: an OAuth 2.0 token request with an OAuth 1.0 signature. Sources: "Request a
		// Token", HERE developer documentation: URL, header, HMAC-SHA256, form body. The JSON dialect is
		// what HERE's own TypeScript SDK sends (here-data-sdk-typescript, requestToken_common.ts). Error
		// codes: HERE developer documentation, "Error messages".
		Name: "here",
		Config: core.Config{
			TokenEndpoint: "https://account.api.here.com/oauth2/token",
			ClientAuth:    core.OAuth1,
		},
		JSONNames: []core.JSONName{
			{Field: "grant_type", Name: "grantType"},
			{Field: "expires_in", Name: "expiresIn", Number: true},
		},
		Hints: []core.Hint{
			{
				Code: "401204",
				If:   core.ClockOff,
				Text: "the clock of this machine is {} the server's: set it",
			},
			{Code: "401204", Text: "the clock of this machine is off: set it"},
			{Code: "401200", Text: signedOnly},
			{Code: "401202", Text: signedOnly},
			{
				Code: "401207",
				Text: "the nonce was used before: send a new request, never the same one twice",
			},
			{
				Code: "401300",
				If:   core.BlankAround,
				Text: "{} begins or ends with a blank: copy here.access.key.id and here.access.key.secret " +
					"without it",
			},
			{
				Code: "401300",
				Text: "check clientId (here.access.key.id) and clientSecret (here.access.key.secret): they " +
					"may be incomplete, or not belong together",
			},
			{
				Code: "401310",
				Text: "clientId must be the access key id (here.access.key.id), not an app id or a client id",
			},
			{Code: "429002", Text: "too many requests: keep the token for its lifetime"},
		},
		// HereAccount.java and TimestampResponse.java of its Java SDK: {"timestamp":<seconds>}.
		Time: core.TimeSource{
			Instead: "/oauth2/token",
			Path:    "/timestamp",
			Member:  "timestamp",
			Unit:    1000,
		},
	},
	{
		// HERE OTA Connect, on Amazon Cognito. "OTA Connect API Usage Guide": endpoint, Basic by
		// `curl -u`, scope from treehub.json. There is no default scope: the downloaded credentials
		// contain it.
		Name: "ota-connect",
		Config: core.Config{
			TokenEndpoint: "https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token",
			ClientAuth:    core.ClientSecretBasic,
			BasicEncoding: core.BasicRaw,
		},
		Hints: cognitoHints,
	},
	{
		// iotspot, on Amazon Cognito. iotspot API documentation, "Authentication": endpoint, Basic of
		// "[Client_id]:[Client_secret]" as they are, client_id in the body too, scope iotspot/openapi.
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
		// High Mobility. "OAuth 2.0", High Mobility documentation: endpoints, JSON body with client_id
		// and client_secret. hm-oauth-rest-v1.yml of its open-api-specifications and HMKitCredentials.kt
		// of its Kotlin SDK: the assertion's type and claims. (The documentation page spells the type
		// "…:jwtbearer"; everything that High Mobility runs spells it as RFC 7523 does. Set
		// assertion.type for the other.) A key file doesn't name the client's environment, so there is no
		// default.
		Name: "high-mobility",
		Config: core.Config{
			ClientAuth: core.ClientSecretPost,
			BodyFormat: core.BodyJSON,
			Alg:        "ES256",
			Assertion: core.Assertion{
				Header: object(`{"kid":null}`),
				Claims: object(`{"iss":"{keyId}","sub":null,"aud":"{origin}/v1","exp":null,"ver":2}`),
			},
		},
		Environments: []Environment{
			{"sandbox", "https://sandbox.api.high-mobility.com/v1/access_tokens"},
			{"live", "https://api.high-mobility.com/v1/access_tokens"},
		},
		KeyID: "the id of the private key JSON",
		// hm-oauth-rest-v1.yml: a DELETE with a JSON body revokes a token.
		Revocation: Revocation{Method: "DELETE", Token: "refresh_token", GrantType: "refresh_token"},
		// hm-oauth-rest-v1.yml and AccessTokenRequestsTest.kt of its Kotlin SDK: the code is always
		// invalid_request; the sentence tells the errors apart.
		Hints: []core.Hint{
			{
				Describes: "expired key",
				Text:      "the private key has expired: make a new one in the console and download it",
			},
			{Describes: "signed with an invalid key", Text: keyAndID},
			{Describes: "invalid iss", Text: keyAndID},
			{
				Describes: "client_assertion_type",
				Text: "set assertion.type: the documentation spells it " +
					"urn:ietf:params:oauth:client-assertion-type:jwtbearer, everything that runs spells it " +
					"jwt-bearer",
			},
			{
				Describes: "client_id can't be blank",
				Text:      "id and secret belong in the body: leave clientAuth and bodyFormat out",
			},
			{
				Describes: "client_secret is invalid",
				If:        core.BlankAround,
				Text:      "{} begins or ends with a blank: was it copied with one?",
			},
			{
				Describes: "client_secret is invalid",
				Text:      "check clientSecret, and environment: sandbox and live have clients of their own",
			},
			{
				Describes: "client_id is invalid",
				Text:      "check clientId, and environment: sandbox and live have clients of their own",
			},
		},
	},
	{
		// Ordnance Survey Data Hub, on Apigee. "OAuth 2 API, technical specification", OS documentation:
		// endpoint, Basic of the key and the secret as they are.
		Name: "os-data-hub",
		Config: core.Config{
			TokenEndpoint: "https://api.os.uk/oauth2/token/v1",
			ClientAuth:    core.ClientSecretBasic,
			BasicEncoding: core.BasicRaw,
		},
		Hints: []core.Hint{
			{
				Code: "invalid_client",
				Text: "check clientId (the project API key) and clientSecret (the project API secret)",
			},
			{Code: "oauth.v2.InvalidClientIdentifier", Text: "check clientId: it is the project API key"},
		},
		Time: apigeeTime,
	},
	{
		// Any Amazon Cognito user pool. "Token endpoint", Amazon Cognito developer guide: Basic of
		// Base64Encode(client_id:client_secret).
		Name:   "cognito",
		Config: core.Config{ClientAuth: core.ClientSecretBasic, BasicEncoding: core.BasicRaw},
		Hints:  cognitoHints,
	},
	{
		// An Apigee proxy with an OAuthV2 policy. "Implementing the client credentials grant type",
		// Apigee documentation: Basic of the key and the secret as they are. Error codes: "OAuth HTTP
		// status code reference", Apigee documentation.
		Name:   "apigee",
		Config: core.Config{ClientAuth: core.ClientSecretBasic, BasicEncoding: core.BasicRaw},
		Hints: []core.Hint{
			{
				Code: "invalid_client",
				Text: "check clientId (the consumer key) and clientSecret (the consumer secret), and that " +
					"the app is approved",
			},
			{
				Code: "oauth.v2.InvalidClientIdentifier",
				Text: "check clientId: it is the consumer key of the app",
			},
		},
		Time: apigeeTime,
	},
	{
		// Google, for a service account. "Using OAuth 2.0 for Server to Server Applications", Google
		// Identity: endpoint, grant type, the claims iss, scope, aud, exp and iat. To act for a user
		// (domain-wide delegation), set the claim sub by assertion.claims.sub.
		Name: "google",
		Config: core.Config{
			TokenEndpoint: "https://oauth2.googleapis.com/token",
			ClientAuth:    core.PrivateKeyJWT,
			GrantType:     core.GrantJWT,
			Assertion:     core.Assertion{Claims: object(`{"sub":null,"jti":null}`)},
		},
		ScopeInClaims: true,
		Hints: []core.Hint{
			{
				Code: "invalid_grant",
				Text: "check that the key still exists in the Google Cloud console, and the clock of this " +
					"machine",
			},
			{
				Code: "invalid_scope",
				Text: "set scope to one or more of Google's, such as " +
					"https://www.googleapis.com/auth/cloud-platform",
			},
			{
				Code: "unauthorized_client",
				Text: "the service account may not act for that user (assertion.claims.sub), or not with " +
					"that scope",
			},
		},
	},
	{
		// Microsoft Entra ID. "Microsoft identity platform and the OAuth 2.0 client credentials flow":
		// endpoint, secret in the body. "Certificate credentials": PS256, the audience is the token
		// endpoint. "Workload identity federation": the audience of another issuer's token. Error codes:
		// "Microsoft Entra authentication and authorization error codes".
		Name: "entra",
		Config: core.Config{
			TokenEndpoint: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
			AuthorizationEndpoint: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/" +
				"authorize",
			DeviceAuthorizationEndpoint: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/" +
				"devicecode",
			ClientAuth: core.ClientSecretPost,
		},
		PrefersAlg: "PS256",
		Audience:   "api://AzureADTokenExchange",
		Hints: []core.Hint{
			{
				Describes: "aadsts7000215",
				Text:      "check clientSecret: it is the Value of the secret, not its Secret ID",
			},
			{
				Describes: "aadsts7000222",
				Text:      "the client secret has expired: make a new one in Certificates & secrets",
			},
			{
				Describes: "aadsts700016",
				Text:      "the tenant has no app with this id: check clientId and tenant",
			},
			{
				Describes: "aadsts700027",
				Text:      "the app has no such certificate: upload it in Certificates & secrets",
			},
			{
				Describes: "aadsts70021",
				Text:      "the app has no federated credential for this issuer, subject and audience",
			},
			{Describes: "aadsts90002", Text: "there is no such tenant: check tenant"},
			{Describes: "scope", Text: "set scope to the identifier of an API with /.default at its end"},
		},
	},
	{
		// Every server that follows RFC 6749 exactly.
		Name: "oauth2",
	},
}

// Cognito sends this error without a description ("Token endpoint", Amazon Cognito developer
// guide).
var cognitoHints = []core.Hint{
	{Code: "invalid_client", Text: "check clientId and clientSecret"},
	{Code: "invalid_scope", Text: "the app client has no such scope"},
	{Code: "unauthorized_client", Text: "the app client is not allowed the client credentials grant"},
}

// High Mobility knows the key of an assertion by its iss, the id of the key.
const keyAndID = "privateKey and keyId must be from the same file, and that key must belong to " +
	"this clientId: download the file anew"

// HERE takes a signature by OAuth 1.0 only.
const signedOnly = "HERE wants the Authorization header of OAuth 1.0: leave clientAuth out"

// Every token response of Apigee has issued_at, in milliseconds ("Get OAuth 2.0 tokens", Apigee
// documentation).
var apigeeTime = core.TimeSource{Member: "issued_at", Unit: 1}

// object reads a literal of this file.
func object(text string) jsonobject.Object {
	o, err := jsonobject.Parse([]byte(text))
	if err != nil {
		panic("provider: " + text + " " + err.Error())
	}
	return o
}
