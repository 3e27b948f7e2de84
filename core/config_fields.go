package core

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// A field describes one field of a [Config]. The functions that set, check, print and list fields
// use it.
type field struct {
	name   string                          // its name from outside
	caller bool                            // only the caller's code sets it: no file, no environment
	secret bool                            // it is never printed
	hidden bool                            // it is no secret, but a key by mistake: nor is it printed
	text   func(*Config) *string           // its address, if a single text can set it
	list   func(*Config) *[]string         // its address, if a text or an array of them can
	flag   func(*Config) *bool             // its address, if it is true or false
	set    func(*Config, Value) error      // sets it, if it is none of these
	source func(*Config) *Source           // its address, if a text or a Source can set it
	given  func(*Config) bool              // says whether it is set, if it is none of these
	object func(*Config) jsonobject.Object // its texts, if it is an object of texts
}

// configFields are the fields of a Config in the order of the documentation.
var configFields = []field{
	{name: "provider", text: func(c *Config) *string { return &c.Provider }},
	{name: "environment", text: func(c *Config) *string { return &c.Environment }},
	{name: "tenant", text: func(c *Config) *string { return &c.Tenant }},
	{name: "tokenEndpoint", text: func(c *Config) *string { return &c.TokenEndpoint }},
	{name: "allowHttp", list: func(c *Config) *[]string { return &c.AllowHTTP }, caller: true},
	{name: "issuer", text: func(c *Config) *string { return &c.Issuer }},
	{name: "authorizationEndpoint", text: Endpoints[ForAuthorization].Of},
	{name: "deviceAuthorizationEndpoint", text: Endpoints[ForDevice].Of},
	{name: "revocationEndpoint", text: Endpoints[ForRevocation].Of},
	{name: "mtlsEndpointAliases", flag: func(c *Config) *bool { return &c.MTLSEndpointAliases }},
	{name: "clientId", text: func(c *Config) *string { return &c.ClientID }},
	{
		name: "clientSecret", text: func(c *Config) *string { return &c.ClientSecret }, secret: true,
		set: (*Config).setClientSecret,
	},
	{name: "clientAuth", text: func(c *Config) *string { return &c.ClientAuth }},
	{
		name: "clientAssertion", source: func(c *Config) *Source { return &c.ClientAssertion },
		secret: true,
	},
	{name: "signatureMethod", text: func(c *Config) *string { return &c.SignatureMethod }},
	{
		name: "privateKey", text: func(c *Config) *string { return &c.PrivateKey }, secret: true,
		set: (*Config).setPrivateKey,
	},
	{name: "passphrase", text: func(c *Config) *string { return &c.Passphrase }, secret: true},
	{
		name: "certificate", text: func(c *Config) *string { return &c.Certificate }, hidden: true,
		set: (*Config).setCertificate,
	},
	{name: "x5c", flag: func(c *Config) *bool { return &c.X5C }},
	{name: "sign", set: (*Config).setSign},
	{name: "keyId", text: func(c *Config) *string { return &c.KeyID }},
	{name: "alg", text: func(c *Config) *string { return &c.Alg }},
	{
		name: "assertion", secret: true,
		set:   func(c *Config, v Value) error { return c.Assertion.set(v) },
		given: func(c *Config) bool { return c.Assertion.given() },
	},
	{name: "grantType", text: func(c *Config) *string { return &c.GrantType }},
	{name: "scope", list: func(c *Config) *[]string { return &c.Scope }, set: (*Config).setScope},
	{name: "resource", list: func(c *Config) *[]string { return &c.Resource }},
	{name: "audience", list: func(c *Config) *[]string { return &c.Audience }},
	{
		name: "subjectToken", source: func(c *Config) *Source { return &c.SubjectToken }, secret: true,
	},
	{name: "subjectTokenType", text: func(c *Config) *string { return &c.SubjectTokenType }},
	{name: "actorToken", source: func(c *Config) *Source { return &c.ActorToken }, secret: true},
	{name: "actorTokenType", text: func(c *Config) *string { return &c.ActorTokenType }},
	{name: "requestedTokenType", text: func(c *Config) *string { return &c.RequestedTokenType }},
	{
		name: "parameters", secret: true, set: (*Config).setParameters,
		given: func(c *Config) bool { return len(c.Parameters) > 0 },
	},
	{
		name: "headers", secret: true, set: (*Config).setHeaders,
		given: func(c *Config) bool { return len(c.Headers) > 0 },
	},
	{
		name: "response", set: (*Config).setResponse,
		object: (*Config).responseObject,
	},
	{name: "bodyFormat", text: func(c *Config) *string { return &c.BodyFormat }},
	{name: "basicEncoding", text: func(c *Config) *string { return &c.BasicEncoding }},
}

// Set sets the field of that name. It checks types and characters. provider.Resolve checks the
// values.
func (c *Config) Set(name string, v Value) (err error) {
	for i := range configFields {
		f := &configFields[i]
		if f.name != name {
			continue
		}
		switch {
		case f.set != nil:
			return f.set(c, v)
		case f.text != nil:
			*f.text(c), err = textOf(name, v)
		case f.flag != nil:
			*f.flag(c), err = flagOf(name, v)
		case f.source != nil:
			err = f.source(c).set(name, v)
		default:
			*f.list(c), err = listOf(name, v)
		}
		return err
	}
	return UnknownKey("configuration key", name, configNames())
}

// Check checks a Config that was filled in as a struct, as Set checks a value from outside. It
// rejects characters that would break a header or a line of a log, invalid UTF-8, and claims that
// are not JSON.
func (c *Config) Check() error {
	var texts []Parameter
	for _, f := range configFields {
		switch {
		case f.list != nil:
			texts = append(texts, Parameter{f.name, *f.list(c)})
		case f.text != nil && f.name != "privateKey" && f.name != "certificate": // they may be bytes
			texts = append(texts, Parameter{f.name, []string{*f.text(c)}})
		case f.source != nil:
			s := f.source(c)
			if err := s.check(f.name); err != nil {
				return err
			}
			texts = append(texts, Parameter{f.name, []string{s.Text}})
		}
	}
	texts = append(texts, Parameter{"assertion.type", []string{c.Assertion.Type}})
	for _, p := range c.Parameters {
		texts = append(
			texts,
			Parameter{"the name of a parameter", []string{p.Name}},
			Parameter{"parameters." + p.Name, p.Values},
		)
	}
	for _, t := range texts {
		for _, value := range t.Values {
			if err := checkText(t.Name, value); err != nil {
				return err
			}
		}
	}
	for _, object := range []jsonobject.Object{c.Assertion.Header, c.Assertion.Claims} {
		for _, m := range object {
			// Text that is not JSON could end the object and add another claim.
			if !jsonobject.Valid(m.Value) || m.Value[0] == '\xef' || jsonobject.HasLineBreak(m.Value) {
				return ConfigError(
					"assertion",
					"has a member that is not JSON, or text with a line break: "+Name(m.Name),
				)
			}
		}
	}
	if err := c.checkResponse(); err != nil {
		return err
	}
	return checkHeaders("headers", c.Headers, madeHeaders)
}

// TextNames returns the names of the fields that a single text can set, in the order of the
// documentation.
func TextNames() []string {
	var names []string
	for _, f := range configFields {
		if (f.text != nil || f.list != nil || f.source != nil) && !f.caller {
			names = append(names, f.name)
		}
	}
	return names
}

// SourceNames returns the names of the fields that a [Source] can set.
func SourceNames() []string {
	var names []string
	for _, f := range configFields {
		if f.source != nil {
			names = append(names, f.name)
		}
	}
	return names
}

// Sources returns the sources of a Config, in the order of [SourceNames].
func (c *Config) Sources() []*Source {
	return []*Source{&c.ClientAssertion, &c.SubjectToken, &c.ActorToken}
}

// Fields returns the fields that are set, by their names from outside, as a text or as the JSON of
// an object, but not assertion, parameters and headers. It is the reverse of Set, for a Config
// that was loaded from a file or from the environment.
func (c *Config) Fields() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, f := range configFields {
			if value := f.value(c); value.Text != "" && !yield(f.name, value) {
				return
			}
		}
	}
}

// value returns the field's value as a single text or as JSON.
func (f *field) value(c *Config) Value {
	switch {
	case f.name == "privateKey" && c.PrivateKeyFile != "":
		file := jsonobject.Object{{Name: "file", Value: jsonobject.AppendText(nil, c.PrivateKeyFile)}}
		return Value{KindJSON, string(file.Append(nil))}
	case f.text != nil:
		if !utf8.ValidString(*f.text(c)) {
			return Value{KindBytes, *f.text(c)}
		}
		return Value{KindText, *f.text(c)}
	case f.list != nil:
		return Value{KindText, strings.Join(*f.list(c), " ")}
	case f.source != nil:
		return f.source(c).value()
	case f.object != nil && f.object(c) != nil:
		return Value{KindJSON, string(f.object(c).Append(nil))}
	case f.flag != nil && *f.flag(c):
		return Value{KindJSON, "true"}
	}
	return Value{}
}

// isGiven says whether the field is set.
func (f *field) isGiven(c *Config) bool {
	switch {
	case f.given != nil:
		return f.given(c)
	case f.source != nil:
		return f.source(c).Given()
	}
	return f.value(c).Text != ""
}

func configNames() []string {
	names := make([]string, len(configFields))
	for i, f := range configFields {
		names[i] = f.name
	}
	return names
}

func (c *Config) setSign(v Value) error {
	if v != (Value{KindHostKey, "{}"}) {
		return ConfigError("sign", "must be a function (data, { alg, keyId }) => bytes, not "+v.What())
	}
	c.HostSigns = true
	return nil
}

func (c *Config) setClientSecret(v Value) (err error) {
	c.ClientSecret, err = possiblyEmpty("clientSecret", v)
	c.EmptySecret = err == nil && v.Text == ""
	return err
}

func flagOf(name string, v Value) (bool, error) {
	if v.Kind != KindJSON || v.Text != "true" && v.Text != "false" {
		return false, ConfigError(name, "must be true or false, not "+v.What())
	}
	return v.Text == "true", nil
}

func (c *Config) setPrivateKey(v Value) (err error) {
	const name = "privateKey"
	switch {
	case v.Kind == KindHostKey:
		c.HostKey = v.Text
	case v.Kind == KindJSON && fileOf(v.Text) != "":
		c.PrivateKeyFile = fileOf(v.Text)
	case v.Kind == KindJSON && jsontext.Value(v.Text).Kind() == '{',
		v.Kind == KindBytes && v.Text != "":
		c.PrivateKey = v.Text
	case v.Kind == KindText, v.Kind == KindBytes:
		c.PrivateKey, err = textOf(name, Value{KindText, v.Text})
	default:
		return ConfigError(name, "must be a string, a Uint8Array, a JWK or a JWK set, not "+v.What())
	}
	return err
}

// fileOf returns the path of {"file": path}, or "".
func fileOf(text string) string {
	object, _ := jsonobject.Parse([]byte(text))
	if len(object) != 1 {
		return ""
	}
	return object.Text("file")
}

func (c *Config) setCertificate(v Value) (err error) {
	const name = "certificate"
	switch {
	case v.Kind == KindBytes && v.Text != "":
		c.Certificate = v.Text
	case v.Kind == KindText, v.Kind == KindBytes:
		c.Certificate, err = textOf(name, Value{KindText, v.Text})
	default:
		return ConfigError(name, "must be a string or a Uint8Array, not "+v.What())
	}
	return err
}

func (c *Config) setScope(v Value) (err error) {
	if v == (Value{KindText, ""}) {
		c.Scope = []string{}
		return nil
	}
	c.Scope, err = listOf("scope", v)
	for _, s := range c.Scope {
		if len(c.Scope) > 1 && strings.Contains(s, " ") {
			return ConfigError("scope", "has an element with a blank: give each scope an element of its own")
		}
	}
	return err
}
