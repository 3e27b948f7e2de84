// Package provider decides every field of a token request: the caller's value over the preset's over the default.
package provider

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// The lifetime of an assertion in seconds, and its type (RFC 7523 section 2.2).
const (
	defaultLifetime      = 60
	defaultAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// The assertion of RFC 7523 section 3. Build fills in what is nil.
var (
	defaultHeader = object(`{"typ":"JWT"}`)
	defaultClaims = jsonobject.Object{
		{Name: "iss", Value: []byte(`"{clientId}"`)},
		{Name: "sub", Value: []byte(`"{clientId}"`)},
		{Name: "aud", Value: []byte(`"{tokenEndpoint}"`)},
		{Name: "iat"}, {Name: "exp"}, {Name: "jti"},
	}
)

// Resolve makes an Exchange of what the caller says. Every error of a configuration is made here: it is a *core.TokenError with the code
// invalid_config or invalid_key and names the field.
func Resolve(user core.Config) (*core.Exchange, error) {
	if err := user.Check(); err != nil {
		return nil, err
	}
	preset, err := find(user.Provider)
	if err != nil {
		return nil, err
	}
	x := &core.Exchange{
		ClientID:      user.ClientID,
		ClientSecret:  user.ClientSecret,
		JSONNames:     preset.JSONNames,
		Hints:         preset.Hints,
		BodyFormat:    first(user.BodyFormat, preset.Config.BodyFormat, core.BodyForm),
		BasicEncoding: first(user.BasicEncoding, preset.Config.BasicEncoding, core.BasicForm),
	}
	if err := oneOf("bodyFormat", x.BodyFormat, core.BodyForm, core.BodyJSON); err != nil {
		return nil, err
	}
	if err := oneOf("basicEncoding", x.BasicEncoding, core.BasicForm, core.BasicRaw); err != nil {
		return nil, err
	}
	if x.URL, err = endpoint(user, preset); err != nil {
		return nil, err
	}
	if x.ClientAuth, err = clientAuth(user, preset); err != nil {
		return nil, err
	}
	if x.ClientID == "" {
		return nil, core.ConfigError("clientId", "is missing")
	}
	if err := credentials(x, user, preset); err != nil {
		return nil, err
	}
	if x.Fields, err = fields(x, user, preset); err != nil {
		return nil, err
	}
	return x, nil
}

// find returns the preset of that name; no name is the preset oauth2.
func find(name string) (*Preset, error) {
	if name == "" {
		name = "oauth2"
	}
	names := make([]string, len(Presets))
	for i := range Presets {
		if Presets[i].Name == name {
			return &Presets[i], nil
		}
		names[i] = Presets[i].Name
	}
	return nil, core.UnknownName("provider", name, names)
}

func endpoint(user core.Config, preset *Preset) (*oauth1.URL, error) {
	text := first(user.TokenEndpoint, preset.Config.TokenEndpoint)
	if user.Environment != "" {
		if len(preset.Environments) == 0 {
			return nil, core.ConfigError("environment", "is given, but the provider "+preset.Name+" has only one: leave it out")
		}
		at := slices.IndexFunc(preset.Environments, func(e Environment) bool { return e.Name == user.Environment })
		if at < 0 {
			return nil, core.UnknownName("environment", user.Environment, environmentNames(preset))
		}
		text = first(user.TokenEndpoint, preset.Environments[at].TokenEndpoint)
	}
	if text == "" {
		if len(preset.Environments) > 0 {
			return nil, core.ConfigError("environment", "is missing: it must be "+strings.Join(environmentNames(preset), " or "))
		}
		return nil, core.ConfigError("tokenEndpoint", "is missing")
	}
	url, err := oauth1.ParseURL(text)
	if err != nil {
		return nil, core.ConfigError("tokenEndpoint", err.Error())
	}
	if url.Scheme == "http" && !url.Loopback() {
		return nil, core.ConfigError("tokenEndpoint", "must start with https:// (http:// would send the credentials in the clear; it is taken only for this machine)")
	}
	return url, nil
}

func environmentNames(preset *Preset) []string {
	names := make([]string, len(preset.Environments))
	for i, e := range preset.Environments {
		names[i] = e.Name
	}
	return names
}

// clientAuth returns the method: the caller's, else private_key_jwt for a key, else the preset's, else Basic for a secret.
func clientAuth(user core.Config, preset *Preset) (string, error) {
	secret, key := user.ClientSecret != "", user.PrivateKey != ""
	method := user.ClientAuth
	if method == "" {
		switch {
		case key && secret:
			return "", core.ConfigError("clientAuth", "is missing: both clientSecret and privateKey are given, so it must say which one is meant")
		case key:
			method = core.PrivateKeyJWT
		case secret:
			method = first(preset.Config.ClientAuth, core.ClientSecretBasic)
		case preset.Config.ClientAuth != "":
			return "", core.ConfigError("clientSecret", "is missing")
		default:
			return "", core.ConfigError("clientSecret", "and privateKey are both missing (a client that has neither must say clientAuth: 'none')")
		}
	}
	switch method {
	case core.ClientSecretBasic, core.ClientSecretPost, core.ClientSecretJWT, core.OAuth1:
		if !secret {
			return "", core.ConfigError("clientSecret", "is missing: "+method+" needs it")
		}
	case core.PrivateKeyJWT:
		if !key {
			return "", core.ConfigError("privateKey", "is missing: "+method+" needs it")
		}
	case core.None:
		if secret || key {
			return "", core.ConfigError("clientAuth", "is 'none', but a clientSecret or privateKey is given: leave out one or the other")
		}
	default:
		return "", oneOf("clientAuth", method, core.ClientSecretBasic, core.ClientSecretPost, core.ClientSecretJWT, core.PrivateKeyJWT, core.OAuth1, core.None)
	}
	return method, nil
}

// credentials prepares what the method of client authentication needs.
func credentials(x *core.Exchange, user core.Config, preset *Preset) error {
	switch x.ClientAuth {
	case core.ClientSecretBasic:
		x.ClientIDInBody = preset.ClientIDInBody
		if x.BasicEncoding == core.BasicRaw && strings.Contains(x.ClientID, ":") {
			return core.ConfigError("clientId", "contains ':', which a raw Basic header can't carry (RFC 7617): set basicEncoding: 'form'")
		}
	case core.OAuth1:
		x.ClientIDInBody = preset.ClientIDInBody
	case core.ClientSecretJWT:
		x.ClientIDInBody, x.Key = true, assertion.SecretKey(x.ClientSecret)
		return jwt(x, user, preset, first(user.Alg, x.Key.Alg))
	case core.PrivateKeyJWT:
		key, err := assertion.ParseKey(user.PrivateKey)
		if err != nil {
			return core.KeyError(err.Error())
		}
		if key.Type == "oct" {
			return core.KeyError("is a symmetric key: give it as clientSecret, with clientAuth: 'client_secret_jwt'")
		}
		if user.Passphrase != "" {
			return core.ConfigError("passphrase", "is given, but the privateKey is not encrypted: leave it out")
		}
		x.ClientIDInBody, x.Key = true, key
		return jwt(x, user, preset, first(user.Alg, key.Alg))
	default:
		x.ClientIDInBody = true
	}
	return nil
}

// jwt prepares the assertion: header and claims are the caller's over the preset's over those of RFC 7523.
func jwt(x *core.Exchange, user core.Config, preset *Preset, alg string) error {
	if err := oneOf("alg", alg, assertion.Algorithms(x.Key.Type == "oct")...); err != nil {
		return err
	}
	if err := assertion.Check(alg, x.Key); err != nil {
		return core.KeyError("and alg don't fit each other: '" + alg + "' " + err.Error())
	}
	x.Alg = alg
	x.AssertionType = first(user.Assertion.Type, preset.Config.Assertion.Type, defaultAssertionType)
	if x.Lifetime = user.Assertion.Lifetime; x.Lifetime == 0 {
		x.Lifetime = defaultLifetime
	}
	if user.Assertion.Header.Get("alg") != nil {
		return core.ConfigError("assertion.header", "must not hold alg: set alg itself")
	}

	keyID := first(user.KeyID, x.Key.ID)
	header := append(jsonobject.Object{{Name: "alg", Value: jsonobject.AppendText(nil, alg)}}, defaultHeader...)
	if keyID != "" {
		header = append(header, jsonobject.Member{Name: "kid", Value: jsonobject.AppendText(nil, keyID)})
	}
	lookup := func(name string) (string, bool) {
		switch name {
		case "clientId":
			return x.ClientID, true
		case "keyId":
			return keyID, true
		case "tokenEndpoint":
			return x.URL.String(), true
		case "origin":
			return x.URL.Origin(), true
		}
		return "", false
	}
	// The header's values are no templates: a key id may hold braces.
	header, err := assertion.Expand(assertion.Merge(assertion.Merge(header, preset.Config.Assertion.Header), user.Assertion.Header), nil)
	x.Header = header
	if err != nil {
		return core.ConfigError("assertion.header:", err.Error())
	}
	x.Claims, err = assertion.Expand(assertion.Merge(assertion.Merge(defaultClaims, preset.Config.Assertion.Claims), user.Assertion.Claims), lookup)
	if err != nil {
		return core.ConfigError("assertion.claims:", err.Error())
	}
	return nil
}

// ownField names the field of the configuration that a parameter of the body belongs to.
var ownField = map[string]string{
	"grant_type":            "grantType",
	"scope":                 "scope",
	"resource":              "resource",
	"audience":              "audience",
	"client_secret":         "clientSecret",
	"client_assertion":      "privateKey",
	"client_assertion_type": "assertion.type",
}

// fields returns the body without the client's authentication.
func fields(x *core.Exchange, user core.Config, preset *Preset) ([]oauth1.Param, error) {
	list := []oauth1.Param{{Name: "grant_type", Value: first(user.GrantType, preset.Config.GrantType, "client_credentials")}}
	add := func(name string, values []string) {
		for _, value := range values {
			list = append(list, oauth1.Param{Name: name, Value: value})
		}
	}
	scope := user.Scope
	if scope == nil {
		scope = preset.Config.Scope
	}
	if len(scope) > 0 {
		add("scope", []string{strings.Join(scope, " ")})
	}
	add("resource", user.Resource)
	add("audience", user.Audience)
	for _, p := range user.Parameters {
		if field := ownField[p.Name]; field != "" {
			return nil, core.ConfigError("parameters", "must not hold "+p.Name+": set "+field)
		}
		if p.Name == "client_id" && x.ClientIDInBody {
			return nil, core.ConfigError("parameters", "must not hold client_id: the body has it already, from clientId")
		}
		for _, n := range x.JSONNames {
			if x.BodyFormat == core.BodyJSON && n.Number && n.Field == p.Name && !digits(p.Values) {
				return nil, core.ConfigError("parameters."+p.Name, "must be a whole number")
			}
		}
		add(p.Name, p.Values)
	}
	return list, nil
}

func digits(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		return v == "" || len(v) > 1 && v[0] == '0' || strings.Trim(v, "0123456789") != ""
	})
}

func oneOf(field, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return core.UnknownName(field, value, known)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
