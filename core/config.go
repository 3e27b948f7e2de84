package core

import (
	"strings"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// A Config describes a token request, as the caller does. The preset named in Provider fills in the
// fields that are left out, and defaults fill in the rest. provider.Resolve does this and checks
// every field.
type Config struct {
	Provider      string // name of a preset
	Environment   string // if a preset has several, for example sandbox or live
	Tenant        string // what {tenant} in the token endpoint stands for
	TokenEndpoint string // https URL (RFC 6749 section 3.2); http only to this machine
	// Issuer is used in place of TokenEndpoint: the server's metadata name the endpoint (RFC 8414)
	Issuer string
	// the endpoints of other purposes, if no metadata name them
	RevocationEndpoint, DeviceAuthorizationEndpoint, AuthorizationEndpoint string
	// MTLSEndpointAliases takes the endpoints for clients that present a certificate (RFC 8705
	// section 5).
	MTLSEndpointAliases bool
	// the hosts, with or without a port, to which the token endpoint and the issuer may be http
	AllowHTTP    []string
	ClientID     string // RFC 6749 section 2.2; with oauth1 the consumer key
	EmptySecret  bool   // ClientSecret is given, and empty: RFC 6749 section 2.3.1 allows that
	ClientSecret string // RFC 6749 section 2.3.1; with oauth1 the consumer secret
	ClientAuth   string // one of the ClientAuth constants
	// for private_key_jwt: an assertion that somebody else issues (RFC 7521 section 4.2)
	ClientAssertion Source
	// one of oauth1.Methods, but PLAINTEXT
	SignatureMethod string
	// for private_key_jwt, or an RSA method of oauth1: text or bytes in any form of assertion.ParseKey
	PrivateKey string
	// PrivateKeyFile is the path of a file that holds the private key, as a variable names it. The
	// host reads it and sets PrivateKey, before it does anything else with the Config.
	PrivateKeyFile string
	Passphrase     string // of an encrypted PrivateKey
	// Certificate is that of the private key, for the assertion's header: text or bytes in any form of
	// assertion.ParseCertificates. PrivateKey may hold it, too.
	Certificate string
	X5C         bool // puts the certificate and its issuers into the header (RFC 7515 section 4.1.6)
	// instead of PrivateKey: the description of a CryptoKey that the host signs with, as
	// assertion.HostKey reads it
	HostKey   string
	HostSigns bool   // instead of PrivateKey: the host signs with a key of which only Alg is known
	KeyID     string // the kid of the assertion's header (RFC 7515 section 4.1.4)
	Alg       string // the alg of the assertion's header (RFC 7518 section 3.1)
	Assertion Assertion
	GrantType string // RFC 6749 section 4
	// RFC 6749 section 3.3; nil means the preset's, empty means none
	Scope      []string
	Resource   []string    // RFC 8707
	Audience   []string    // RFC 8693 section 2.1; several vendors require it
	Parameters []Parameter // further parameters of the body, in order
	Headers    []Header    // further headers of the request, in order; {uuid} is a fresh UUID
	// RFC 8693 section 2.1
	SubjectToken, ActorToken                             Source
	SubjectTokenType, ActorTokenType, RequestedTokenType string

	Response      Response // the places of the token, its lifetime and its scope in the response
	BodyFormat    string   // BodyForm or BodyJSON
	BasicEncoding string   // BasicForm or BasicRaw
}

// An Assertion changes the JWT of client_secret_jwt and private_key_jwt (RFC 7523 section 3).
// The members of Header and Claims override the defaults; null removes one. Their strings may
// contain {clientId}, {keyId}, {tokenEndpoint}, {origin} and {issuer}.
type Assertion struct {
	Type     string // client_assertion_type
	Header   jsonobject.Object
	Claims   jsonobject.Object
	Lifetime int // seconds from iat to exp; 0 means the default
}

// A Parameter is a name in the body with its values.
type Parameter struct {
	Name   string
	Values []string
}

// The methods of client authentication: the names of the IANA registry "OAuth Token Endpoint
// Authentication Methods", and oauth1, an OAuth 2.0 token request that is signed as RFC 5849
// describes.
const (
	ClientSecretBasic = "client_secret_basic"
	ClientSecretPost  = "client_secret_post"
	ClientSecretJWT   = "client_secret_jwt"
	PrivateKeyJWT     = "private_key_jwt"
	OAuth1            = "oauth1"
	None              = "none"
)

// GrantTokenExchange is the grant type of RFC 8693 section 2.1.
const GrantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"

// GrantJWT is the grant type of an assertion that is itself the grant (RFC 7523 section 2.1).
const GrantJWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// The formats of the body, and of the credentials in Basic. RFC 6749 section 2.3.1 requires that
// they are form-encoded; many vendors require that they are not.
const (
	BodyForm  = "form"
	BodyJSON  = "json"
	BasicForm = "form"
	BasicRaw  = "raw"
)

// A Kind is the kind of a [Value]'s Text.
type Kind byte

const (
	KindText  Kind = 's' // a string, as it is
	KindJSON  Kind = 'j' // JSON text of any value except a string
	KindBytes Kind = 'b' // bytes, as they are
	KindOther Kind = 't' // the name of a type that a configuration can't contain, such as "function"
	// KindHostKey is a key of the host: for privateKey the description of a CryptoKey as JSON, for
	// sign an empty object.
	KindHostKey Kind = 'k'
)

// A Value is the value of a configuration's field from outside.
type Value struct {
	Kind Kind
	Text string
}

// What names the value's type in an error.
func (v Value) What() string {
	if v.Kind == KindText {
		return "a string"
	}
	switch v.Kind {
	case KindBytes:
		return "a Uint8Array"
	case KindHostKey:
		return "a CryptoKey"
	case KindOther:
		return v.Text
	}
	switch jsontext.Value(v.Text).Kind() {
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	case '[':
		return "an array"
	default:
		return "an object"
	}
}

func (c *Config) setParameters(v Value) error {
	members, err := objectOf("parameters", v)
	for _, m := range members {
		name := "parameters." + m.Name
		if m.Name == "" {
			return ConfigError("parameters", "has a name that is empty")
		}
		if err := checkText("the name of a parameter", m.Name); err != nil {
			return err
		}
		values, err := listOf(name, valueOf(m.Value))
		if text, ok := jsonobject.Text(m.Value); ok && text == "" {
			values, err = []string{""}, nil // an empty value counts as set
		}
		if err != nil {
			return err
		}
		c.Parameters = append(c.Parameters, Parameter{m.Name, values})
	}
	return err
}

func (a *Assertion) set(v Value) error {
	members, err := objectOf("assertion", v)
	for _, m := range members {
		name, value := "assertion."+m.Name, valueOf(m.Value)
		var err error
		switch m.Name {
		case "type":
			a.Type, err = textOf(name, value)
		case "header":
			a.Header, err = templateOf(name, value)
		case "claims":
			a.Claims, err = templateOf(name, value)
		case "lifetime":
			lifetime, ok := WholeNumber(value.Text)
			if value.Kind != KindJSON || !ok || lifetime < 1 || lifetime > 86400 {
				err = ConfigError(name, "must be a whole number of seconds from 1 to 86400")
			}
			a.Lifetime = int(lifetime)
		default:
			err = UnknownKey("member of assertion", m.Name, []string{"type", "header", "claims", "lifetime"})
		}
		if err != nil {
			return err
		}
	}
	return err
}

// given reports whether any field of the assertion is set.
func (a *Assertion) given() bool {
	return a.Type != "" || a.Header != nil || a.Claims != nil || a.Lifetime != 0
}

func valueOf(v jsontext.Value) Value {
	if text, ok := jsonobject.Text(v); ok {
		return Value{KindText, text}
	}
	return Value{KindJSON, string(v)}
}

func textOf(name string, v Value) (string, error) {
	if v.Kind != KindText {
		return "", ConfigError(name, "must be a string, not "+v.What())
	}
	if v.Text == "" {
		return "", ConfigError(name, "is empty: give it a value or leave it out")
	}
	return v.Text, checkText(name, v.Text)
}

// checkText rejects characters that would break a header or a line of a log, and invalid UTF-8.
func checkText(name, text string) error {
	ascii, breaks := true, false
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf {
			ascii = false
		} else if c <= '\r' {
			breaks = breaks || c == '\r' || c == '\n' || c == 0
		}
	}
	if !ascii && !utf8.ValidString(text) {
		return ConfigError(name, "is not well-formed text")
	}
	if breaks && name != "privateKey" && name != "certificate" && name != "passphrase" {
		return ConfigError(
			name,
			"contains a line break or a NUL character: remove it (was it read from a file with its last "+
				"newline?)",
		)
	}
	return nil
}

// listOf reads a string or an array of strings.
func listOf(name string, v Value) ([]string, error) {
	if v.Kind == KindText {
		text, err := textOf(name, v)
		return []string{text}, err
	}
	if v.Kind != KindJSON || jsontext.Value(v.Text).Kind() != '[' {
		return nil, ConfigError(name, "must be a string or an array of strings, not "+v.What())
	}
	elements, err := jsonobject.Elements([]byte(v.Text))
	if err != nil {
		return nil, ConfigError(name, err.Error())
	}
	list := make([]string, len(elements))
	for i, e := range elements {
		text, ok := jsonobject.Text(e)
		if !ok {
			return nil, ConfigError(name, "must hold strings only, not "+valueOf(e).What())
		}
		if text == "" && !strings.HasPrefix(name, "parameters.") {
			return nil, ConfigError(name, "has an empty element")
		}
		if err := checkText(name, text); err != nil {
			return nil, err
		}
		list[i] = text
	}
	return list, nil
}

func objectOf(name string, v Value) (jsonobject.Object, error) {
	if v.Kind != KindJSON || jsontext.Value(v.Text).Kind() != '{' {
		return nil, ConfigError(name, "must be an object, not "+v.What())
	}
	object, err := jsonobject.Parse([]byte(v.Text))
	if err != nil {
		return nil, ConfigError(name, err.Error())
	}
	return object, nil
}

// templateOf reads header members or claims.
func templateOf(name string, v Value) (jsonobject.Object, error) {
	object, err := objectOf(name, v)
	for _, m := range object {
		if err := checkText("a name of "+name, m.Name); err != nil {
			return nil, err
		}
		if jsonobject.HasLineBreak(m.Value) {
			return nil, ConfigError(name+"."+m.Name, "contains a line break or a NUL character: remove it")
		}
	}
	return object, err
}

// WholeNumber reads a non-negative decimal number of at most 15 digits.
func WholeNumber(s string) (int64, bool) {
	if s == "" || len(s) > 15 {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}
