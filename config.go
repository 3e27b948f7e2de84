package fetchtoken

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// A ClientAuth is the method by which the client authenticates to the token endpoint: a name of the
// IANA registry "OAuth Token Endpoint Authentication Methods", or oauth1.
type ClientAuth string

// The methods of client authentication.
const (
	AuthClientSecretBasic ClientAuth = "client_secret_basic" // RFC 6749 section 2.3.1, in a header
	AuthClientSecretPost  ClientAuth = "client_secret_post"  // RFC 6749 section 2.3.1, in the body
	AuthClientSecretJWT   ClientAuth = "client_secret_jwt"   // RFC 7523, signed with the secret
	AuthPrivateKeyJWT     ClientAuth = "private_key_jwt"     // RFC 7523, signed with a private key
	// AuthOAuth1 signs an OAuth 2.0 token request as RFC 5849 describes, by Config.SignatureMethod.
	AuthOAuth1 ClientAuth = "oauth1"
	AuthNone   ClientAuth = "none" // a public client, which sends only its id
)

// A BodyFormat is the format of the token request's body.
type BodyFormat string

// The formats of the body.
const (
	BodyForm BodyFormat = "form" // application/x-www-form-urlencoded (RFC 6749)
	BodyJSON BodyFormat = "json" // a JSON object
)

// A BasicEncoding is how Basic encodes the id and the secret.
type BasicEncoding string

// The encodings of Basic.
const (
	BasicForm BasicEncoding = "form" // form-encoded, as RFC 6749 section 2.3.1 requires
	BasicRaw  BasicEncoding = "raw"  // not encoded, as many vendors require
)

// A Config describes the token and the client. The preset that Provider names fills in the fields
// that are left out, and defaults fill in the rest. [New] and [FetchToken] check every field.
//
// A Config prints as JSON with [redacted] in place of its secrets: by fmt with every verb but %p,
// by encoding/json and by log/slog. This is for logs only: the secrets can't be restored from it.
// Two ways of printing are not protected: fmt prints the secrets of a Config in an unexported field
// of a struct, and so do encoders that read fields by reflection, such as encoding/gob.
type Config struct {
	Provider      string // the name of a preset, such as "here"; see docs/any-other-endpoint.md
	Environment   string // if a preset has several, such as "sandbox" or "live"
	Tenant        string // what {tenant} in TokenEndpoint stands for
	TokenEndpoint string // an https URL (RFC 6749 section 3.2); http only for this machine

	// AllowHTTP names the hosts, such as "keycloak" or "keycloak:8080", for which TokenEndpoint or
	// Issuer may be an http URL. Anybody on the network path to such a host can read the credentials
	// and the token. A name without a port allows every port. There are no wildcards.
	AllowHTTP []string

	// Issuer is the identifier of the authorization server, an https URL. Set it instead of
	// TokenEndpoint: the server's metadata name the endpoint (RFC 8414, OpenID Connect Discovery 1.0).
	// If TokenEndpoint is set too, Issuer is only the value of the placeholder {issuer}.
	Issuer string
	// The endpoints of [AuthorizationURL], [DeviceAuthorization] and [RevokeToken]. The metadata name
	// the endpoints that are left out.
	AuthorizationEndpoint, DeviceAuthorizationEndpoint, RevocationEndpoint string
	// MTLSEndpointAliases makes the client use the metadata's endpoints for clients with a certificate
	// (RFC 8705 section 5).
	MTLSEndpointAliases bool

	ClientID     string // RFC 6749 section 2.2; for AuthOAuth1 the consumer key
	EmptySecret  bool   // ClientSecret is "" on purpose, and is sent
	ClientSecret string // RFC 6749 section 2.3.1; for AuthOAuth1 the consumer secret

	// ClientAuth is optional: the key, the preset, the metadata or the secret decides it.
	ClientAuth ClientAuth

	// SignatureMethod is the method of AuthOAuth1: HMAC-SHA256, HMAC-SHA512 or HMAC-SHA1 with the
	// secret, or RSA-SHA256, RSA-SHA512 or RSA-SHA1 with a private key. The default is HMAC-SHA256,
	// and RSA-SHA256 if there is only a key.
	SignatureMethod string

	// ClientAssertion is an assertion that somebody else issues, for AuthPrivateKeyJWT in place of
	// PrivateKey (RFC 7521 section 4.2): a text, or with ClientAssertionFrom a new one for each
	// request.
	ClientAssertion     string
	ClientAssertionFrom Source

	// PrivateKey is the text or the bytes of a private key, for AuthPrivateKeyJWT, an RSA method of
	// AuthOAuth1, or a grant of RFC 7523: PEM or DER in PKCS #8, PKCS #1 or SEC 1, encrypted or not,
	// PKCS #12 with its certificates, or a JWK or a JWK set. PEM may hold the key's certificate, too.
	PrivateKey string
	Passphrase string // of an encrypted PrivateKey

	// Certificate is the X.509 certificate of PrivateKey, or of the key of Options.Sign: PEM or DER.
	// It must belong to the key. The assertion's header names it by its thumbprint, x5t#S256 (RFC
	// 7515 section 4.1.8). PEM may hold the certificates of its issuers, too, in any order. Leave
	// Certificate empty if PrivateKey holds the certificate.
	Certificate string

	// X5C puts the certificate and those of its issuers into the assertion's header, as x5c (RFC 7515
	// section 4.1.6). It is for a server that knows the issuer, and not each certificate.
	X5C bool

	KeyID     string // the kid of the assertion's header (RFC 7515 section 4.1.4)
	Alg       string // the alg of the assertion's header (RFC 7518 section 3.1)
	Assertion Assertion

	GrantType string   // RFC 6749 section 4; "client_credentials" by default
	Scope     []string // RFC 6749 section 3.3; nil is the preset's, an empty one asks for none
	Resource  []string // RFC 8707
	Audience  []string // RFC 8693 section 2.1; several vendors require it

	// SubjectToken is exchanged for another token (RFC 8693); a Config with it has that grant type
	// by default. ActorToken says who acts for its subject. Each has a type, such as
	// "urn:ietf:params:oauth:token-type:jwt".
	SubjectToken     string
	SubjectTokenFrom Source
	SubjectTokenType string
	ActorToken       string
	ActorTokenFrom   Source
	ActorTokenType   string

	RequestedTokenType string // RFC 8693 section 2.1

	Parameters url.Values // further parameters of the body, which has them in the order of their names

	// Headers are further headers of the request, such as x-api-key, by their names. Their values
	// are secret. {uuid} in a value is a fresh UUID in each request.
	Headers map[string]string

	// Response says where the token stands in the response, if it stands elsewhere than in RFC 6749
	// and no preset says where.
	Response Response

	BodyFormat    BodyFormat
	BasicEncoding BasicEncoding
}

// A Response says where a token response has the access_token, the expires_in and the scope of RFC
// 6749 section 5.1. A path is a list of names with dots between them, such as "result.accessToken";
// a number names an element of an array. An empty path means the name of the RFC. The response must
// have a token at its path. Without a lifetime or a scope at its path, the response has none.
type Response struct{ Token, ExpiresIn, Scope string }

// A Source says where an assertion or a token is to be had that somebody else issues. It is asked
// before each request, and what it gives is never kept. At most one of Func, File and URL is set.
type Source struct {
	// Func returns the text. audience is who is to accept it: the URL of the token endpoint, or the
	// name that the system of the Config's provider documents for this. ctx ends when the time for
	// the request is up. Several goroutines may call Func at once. Functions can't be compared, so
	// if Options.Config returns another Func and nothing else has changed, the first one stays in use.
	Func func(ctx context.Context, audience string) (string, error)

	// File is the path of a file that holds the text, such as a projected token of Kubernetes. It is
	// read each time.
	File string

	// URL is that of a GET whose response holds the text: https, or http to this machine and to
	// 169.254.0.0/16. {audience} in it is replaced by the audience.
	URL     string
	Headers map[string]string // of that GET; their values are secret

	// Member is the member of the JSON object that the file or the response is, if it is one.
	Member string
}

// source returns the source as package core has it, with the text that may stand in its place.
func (s Source) source(text string) core.Source {
	source := core.Source{
		Text: text, Host: s.Func != nil, File: s.File, URL: s.URL, Member: s.Member,
	}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		source.Headers = append(source.Headers, core.Header{Name: name, Value: s.Headers[name]})
	}
	return source
}

// sourceOf is the way back.
func sourceOf(s core.Source) Source {
	source := Source{File: s.File, URL: s.URL, Member: s.Member}
	for _, h := range s.Headers {
		if source.Headers == nil {
			source.Headers = map[string]string{}
		}
		source.Headers[h.Name] = h.Value
	}
	return source
}

// An Assertion changes the JWT of [AuthClientSecretJWT] and [AuthPrivateKeyJWT] (RFC 7523 section
// 3). A member of Header or Claims takes the place of the default one, and nil removes that. A
// value is any value that [json.Marshal] accepts, also a json.RawMessage. Texts may hold the
// placeholders {clientId}, {keyId}, {tokenEndpoint}, {origin} and {issuer}.
type Assertion struct {
	Type     string // client_assertion_type; default: that of RFC 7523 section 2.2
	Header   map[string]any
	Claims   map[string]any
	Lifetime time.Duration // from iat to exp, in whole seconds, at most a day; default: a minute
}

// core returns the configuration as a Config of package core.
func (c Config) core() (core.Config, error) {
	config := core.Config{
		Provider: c.Provider, Environment: c.Environment, Tenant: c.Tenant,
		TokenEndpoint: c.TokenEndpoint,
		AllowHTTP:     c.AllowHTTP, EmptySecret: c.EmptySecret,
		Issuer: c.Issuer, MTLSEndpointAliases: c.MTLSEndpointAliases,
		AuthorizationEndpoint:       c.AuthorizationEndpoint,
		DeviceAuthorizationEndpoint: c.DeviceAuthorizationEndpoint,
		RevocationEndpoint:          c.RevocationEndpoint,
		ClientID:                    c.ClientID, ClientSecret: c.ClientSecret,
		ClientAuth: string(c.ClientAuth), SignatureMethod: c.SignatureMethod,
		PrivateKey: c.PrivateKey, Passphrase: c.Passphrase, KeyID: c.KeyID, Alg: c.Alg,
		Certificate: c.Certificate, X5C: c.X5C,
		GrantType: c.GrantType, Scope: c.Scope, Resource: c.Resource, Audience: c.Audience,
		Response:   core.Response{c.Response.Token, c.Response.ExpiresIn, c.Response.Scope},
		BodyFormat: string(c.BodyFormat), BasicEncoding: string(c.BasicEncoding),
		ClientAssertion:    c.ClientAssertionFrom.source(c.ClientAssertion),
		SubjectToken:       c.SubjectTokenFrom.source(c.SubjectToken),
		SubjectTokenType:   c.SubjectTokenType,
		ActorToken:         c.ActorTokenFrom.source(c.ActorToken),
		ActorTokenType:     c.ActorTokenType,
		RequestedTokenType: c.RequestedTokenType,
	}
	for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		if name == "" {
			return config, core.ConfigError("parameters", "has a name that is empty")
		}
		parameter := core.Parameter{Name: name, Values: c.Parameters[name]}
		config.Parameters = append(config.Parameters, parameter)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		config.Headers = append(config.Headers, core.Header{Name: name, Value: c.Headers[name]})
	}
	assertion, err := c.Assertion.json()
	if err == nil && assertion != "" {
		err = config.Set("assertion", core.Value{Kind: core.KindJSON, Text: assertion})
	}
	return config, err
}

// json returns the assertion as JSON with JavaScript's names, or "" if no field is set.
func (a Assertion) json() (string, error) {
	var members jsonobject.Object
	add := func(name string, value any) error {
		text, err := json.Marshal(value)
		if err != nil || hasReplacement(text) {
			// The error of a caller's MarshalJSON could contain anything, so it isn't repeated.
			return core.ConfigError("assertion."+name, "holds what is no JSON, or no UTF-8")
		}
		members = append(members, jsonobject.Member{Name: name, Value: text})
		return nil
	}
	var err error
	if a.Type != "" {
		err = add("type", a.Type)
	}
	if a.Header != nil && err == nil {
		err = add("header", a.Header)
	}
	if a.Claims != nil && err == nil {
		err = add("claims", a.Claims)
	}
	if a.Lifetime != 0 && err == nil {
		err = add("lifetime", json.Number(strconv.FormatFloat(a.Lifetime.Seconds(), 'f', -1, 64)))
	}
	if err != nil || members == nil {
		return "", err
	}
	return string(members.Append(nil)), nil
}

// hasReplacement reports whether JSON contains the escape that [json.Marshal] writes for invalid
// UTF-8.
func hasReplacement(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			if bytes.HasPrefix(text[i:], []byte(`\ufffd`)) {
				return true
			}
			i++
		}
	}
	return false
}

// configOf does the reverse, for a configuration that package credentials has loaded.
func configOf(c core.Config) Config {
	config := Config{
		Provider: c.Provider, Environment: c.Environment, Tenant: c.Tenant,
		TokenEndpoint: c.TokenEndpoint,
		AllowHTTP:     c.AllowHTTP, EmptySecret: c.EmptySecret,
		Issuer: c.Issuer, MTLSEndpointAliases: c.MTLSEndpointAliases,
		AuthorizationEndpoint:       c.AuthorizationEndpoint,
		DeviceAuthorizationEndpoint: c.DeviceAuthorizationEndpoint,
		RevocationEndpoint:          c.RevocationEndpoint,
		ClientID:                    c.ClientID, ClientSecret: c.ClientSecret,
		ClientAuth: ClientAuth(c.ClientAuth), SignatureMethod: c.SignatureMethod,
		PrivateKey: c.PrivateKey, Passphrase: c.Passphrase, KeyID: c.KeyID, Alg: c.Alg,
		Certificate: c.Certificate, X5C: c.X5C,
		Assertion: Assertion{
			Type: c.Assertion.Type, Header: valuesOf(c.Assertion.Header),
			Claims:   valuesOf(c.Assertion.Claims),
			Lifetime: time.Duration(c.Assertion.Lifetime) * time.Second,
		},
		GrantType: c.GrantType, Scope: c.Scope, Resource: c.Resource, Audience: c.Audience,
		Response:   Response{c.Response[0], c.Response[1], c.Response[2]},
		BodyFormat: BodyFormat(c.BodyFormat), BasicEncoding: BasicEncoding(c.BasicEncoding),
		ClientAssertion: c.ClientAssertion.Text, ClientAssertionFrom: sourceOf(c.ClientAssertion),
		SubjectToken: c.SubjectToken.Text, SubjectTokenFrom: sourceOf(c.SubjectToken),
		SubjectTokenType: c.SubjectTokenType,
		ActorToken:       c.ActorToken.Text, ActorTokenFrom: sourceOf(c.ActorToken),
		ActorTokenType: c.ActorTokenType, RequestedTokenType: c.RequestedTokenType,
	}
	for _, p := range c.Parameters {
		if config.Parameters == nil {
			config.Parameters = url.Values{}
		}
		config.Parameters[p.Name] = append(config.Parameters[p.Name], p.Values...)
	}
	for _, h := range c.Headers {
		if config.Headers == nil {
			config.Headers = map[string]string{}
		}
		config.Headers[h.Name] = h.Value
	}
	return config
}

func valuesOf(object jsonobject.Object) map[string]any {
	if object == nil {
		return nil
	}
	values := map[string]any{}
	for _, m := range object {
		values[m.Name] = json.RawMessage(m.Value)
	}
	return values
}

// printed returns the configuration for the methods that print it.
func (c Config) printed() core.Config {
	config, err := c.core()
	if err != nil { // in the assertion, which is masked as a whole
		config.Assertion.Type = "unusable"
	}
	return config
}

// String returns the same as MarshalJSON.
func (c Config) String() string { return c.printed().String() }

// GoString is for %#v.
func (c Config) GoString() string { return "fetchtoken.Config" + c.String() }

// MarshalJSON returns the fields that are set, under JavaScript's names. It writes [redacted] in
// place of each secret, and wherever else the client secret occurs.
func (c Config) MarshalJSON() ([]byte, error) { return c.printed().MarshalJSON() }

// LogValue is for log/slog: it returns the members of MarshalJSON.
func (c Config) LogValue() slog.Value {
	text, _ := c.MarshalJSON()
	members, _ := jsonobject.Parse(text)
	attrs := make([]slog.Attr, len(members))
	for i, m := range members {
		text, ok := jsonobject.Text(m.Value)
		if !ok {
			text = string(m.Value)
		}
		attrs[i] = slog.String(m.Name, text)
	}
	return slog.GroupValue(attrs...)
}

// Format prints the same as String for every verb except %p, for which fmt doesn't call it. Without
// Format, a verb that is not for strings, such as %d, would print the fields.
func (c Config) Format(f fmt.State, verb rune) {
	text := c.String()
	if verb == 'v' && f.Flag('#') {
		text = c.GoString()
	}
	if verb != 'q' && verb != 'x' && verb != 'X' {
		verb = 's'
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), text)
}

// Format prints no more of a source than that there is one: its headers are secret.
func (s Source) Format(f fmt.State, _ rune) {
	io.WriteString(f, "fetchtoken.Source"+core.Redacted)
}

// MarshalJSON is for logs; there is no way back.
func (s Source) MarshalJSON() ([]byte, error) { return json.Marshal(core.Redacted) }

// Format prints only that there is an assertion: its claims may be secret.
func (a Assertion) Format(f fmt.State, _ rune) {
	io.WriteString(f, "fetchtoken.Assertion"+core.Redacted)
}

// MarshalJSON is for logs: the assertion can't be restored from it.
func (a Assertion) MarshalJSON() ([]byte, error) { return json.Marshal(core.Redacted) }
