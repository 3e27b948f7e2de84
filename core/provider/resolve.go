// Package provider decides every field of a token request: the caller's value, or else the
// preset's, or else the default.
package provider

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
	"github.com/go-json-experiment/json/jsontext"
)

// The lifetime of an assertion in seconds, and its type (RFC 7523 section 2.2).
const (
	defaultLifetime      = 60
	defaultAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// The assertion of RFC 7523 section 3. Build fills in the nil values.
var (
	defaultHeader = object(`{"typ":"JWT"}`)
	defaultClaims = jsonobject.Object{
		{Name: "iss", Value: []byte(`"{clientId}"`)},
		{Name: "sub", Value: []byte(`"{clientId}"`)},
		{Name: "aud", Value: []byte(`"{tokenEndpoint}"`)},
		{Name: "iat"}, {Name: "exp"}, {Name: "jti"},
	}
)

// Resolve makes an Exchange from the caller's configuration. It makes every error about a
// configuration: a *core.TokenError with the code invalid_config or invalid_key that names the
// field.
func Resolve(user core.Config) (*core.Exchange, error) {
	return ResolveFor(core.ForToken, &user)
}

// ResolveFor is Resolve for a purpose. The Exchange may read the configuration later on: don't
// change it.
func ResolveFor(purpose core.Purpose, user *core.Config) (*core.Exchange, error) {
	return resolve(purpose, user, nil)
}

// resolve is Resolve with the metadata of the server, if they are known.
//
//go:noinline // it would be copied into both of its callers
func resolve(
	purpose core.Purpose, user *core.Config, metadata jsonobject.Object,
) (*core.Exchange, error) {
	if err := user.Check(); err != nil {
		return nil, err
	}
	preset, err := find(user.Provider)
	if err != nil {
		return nil, err
	}
	x := core.NewExchange(purpose)
	x.ClientSecret, x.PrivateKey, x.Passphrase = user.ClientSecret, user.PrivateKey, user.Passphrase
	x.Headers, x.JSONNames, x.Hints, x.Time = user.Headers, preset.JSONNames, preset.Hints, preset.Time
	r := &resolver{user, preset, metadata, x}
	for _, decide := range []func() error{r.endpoint, r.client, r.formats, r.credentials, r.fields} {
		if err := decide(); err != nil {
			return nil, err
		}
	}
	if r.x.Key == nil || r.x.Claims == nil || r.x.ClientAuth == core.ClientSecretJWT {
		if err := r.unusedCertificate(); err != nil {
			return nil, err
		}
	}
	if user.HasKey() && r.hasSecret() && !r.x.AssertionGrant {
		unused := "privateKey"
		if r.x.Alg != "" && r.x.ClientAuth != core.ClientSecretJWT {
			unused = "clientSecret"
		}
		r.note(unused, "not used", "clientAuth "+r.x.ClientAuth)
	}
	return r.x, nil
}

// A resolver makes an Exchange from a configuration and a preset, and notes the source of each
// value.
type resolver struct {
	user     *core.Config
	preset   *Preset
	metadata jsonobject.Object // nil if they are unknown
	x        *core.Exchange
}

const (
	fromKey         = "the key"
	fromCertificate = "the certificate"
	fromAssertion   = "the assertion"
	fromSubject     = "the subject token"
	fromDefault     = "default"
)

func (r *resolver) fromPreset() string { return "preset " + r.preset.Name }

// choose returns the caller's value, or else the preset's, or else the default.
func (r *resolver) choose(field, given, preset, otherwise string) string {
	switch {
	case given != "":
		return r.note(field, given, core.FromCaller)
	case preset != "":
		return r.note(field, preset, r.fromPreset())
	}
	return r.note(field, otherwise, fromDefault)
}

// note notes the source of a value, and returns the value. An empty value has none.
func (r *resolver) note(field, value, from string) string {
	if value != "" {
		r.x.Choices = append(r.x.Choices, core.Choice{Field: field, Value: value, From: from})
	}
	return value
}

// find returns the preset with that name. No name means the preset oauth2.
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

// endpoint decides the URL.
func (r *resolver) endpoint() error {
	environment, environments := r.user.Environment, r.preset.Environments
	purpose := r.x.Purpose
	if purpose == core.ForRevocation && r.preset.Revocation.Method != "" {
		purpose, r.x.Method = core.ForToken, r.preset.Revocation.Method
	}
	e := core.Endpoints[purpose]
	given, known, from := *e.Of(r.user), *e.Of(&r.preset.Config), r.fromPreset()
	if environment != "" && purpose == core.ForToken {
		if len(environments) == 0 {
			return core.ConfigError(
				"environment",
				"is given, but the provider "+r.preset.Name+" has only one: leave it out",
			)
		}
		at := slices.IndexFunc(environments, func(e Environment) bool { return e.Name == environment })
		if at < 0 {
			return core.UnknownName("environment", environment, environmentNames(r.preset))
		}
		known, from = environments[at].TokenEndpoint, "environment "+environment+" of "+from
		if other := environmentOf(environments, given); other != "" && other != environment {
			return core.ConfigError(
				"environment",
				"is '"+environment+"', but tokenEndpoint is that of "+other+": leave out one or the other",
			)
		}
	}
	issuer, err := r.issuer()
	switch {
	case err != nil:
		return err
	case given != "":
		known, from = given, core.FromCaller
	case issuer != nil && r.metadata == nil:
		r.x.URL, r.x.Locate = issuer, locate(r.x.Purpose, r.user)
		return nil
	case issuer != nil:
		url, err := r.found(issuer, e.Member)
		if err == nil {
			r.noteEndpoint(e.Field, url, fromMetadata)
		}
		return err
	case known == "":
		if len(environments) > 0 && purpose == core.ForToken {
			return core.ConfigError(
				"environment",
				"is missing: it must be "+strings.Join(environmentNames(r.preset), " or "),
			)
		}
		what := "is missing"
		if purpose == core.ForToken && r.user.Provider == "" {
			what += ": set provider, tokenEndpoint or issuer"
		}
		return core.ConfigError(e.Field, what)
	}
	endpoint, err := r.ofTenant(e.Field, known)
	if err != nil {
		return err
	}
	url, err := r.parseURL(e.Field, endpoint)
	if err == nil {
		r.noteEndpoint(e.Field, url, from)
	}
	return err
}

// parseURL reads a URL of the configuration.
//
//go:noinline
func (r *resolver) parseURL(field, text string) (*oauth1.URL, error) {
	if isTemplate(text) {
		return nil, core.ConfigError(field, placeholder)
	}
	url, err := oauth1.ParseURL(text)
	if err != nil {
		return nil, core.ConfigError(field, err.Error())
	}
	if hasUnset(url) {
		return nil, core.ConfigError(field, unset)
	}
	allowed, err := r.allowsHTTP(url)
	if err != nil {
		return nil, err
	}
	if url.Scheme == "http" && !url.Loopback() && allowed == "" {
		return nil, core.ConfigError(
			field,
			"must start with https:// (http:// would send the credentials in the clear; it is taken only "+
				"for this machine and for the hosts of allowHttp)",
		)
	}
	return url, nil
}

// noteEndpoint notes the endpoint, and that the caller allows http to it.
func (r *resolver) noteEndpoint(field string, url *oauth1.URL, from string) {
	r.x.URL = url
	r.note(field, url.String(), from)
	if url.Scheme == "http" {
		allowed, _ := r.allowsHTTP(url)
		r.note("allowHttp", allowed, core.FromCaller)
	}
}

const inTheClear = ": WITHOUT ENCRYPTION, everybody in between can read the credentials and the " +
	"token"

// allowsHTTP returns what an explanation says of the host that the caller allows http to, or "". A
// host without a port is meant with every port.
func (r *resolver) allowsHTTP(url *oauth1.URL) (allowed string, err error) {
	for _, name := range r.user.AllowHTTP {
		host, err := oauth1.ParseURL("http://" + name)
		if err != nil || strings.ContainsAny(name, "/?") {
			return "", core.ConfigError(
				"allowHttp",
				"has an element that is no host: write names such as keycloak or keycloak:8080, without "+
					"http:// and without wildcards",
			)
		}
		_, _, hasPort := strings.Cut(name, ":")
		if host.Host == url.Host && (host.Port == url.Port || !hasPort) {
			allowed = host.Origin() + inTheClear
		}
	}
	return allowed, nil
}

// environmentOf returns the name of the environment on whose host an endpoint is, or "".
func environmentOf(environments []Environment, endpoint string) string {
	given, err := oauth1.ParseURL(endpoint)
	for _, e := range environments {
		known, _ := oauth1.ParseURL(e.TokenEndpoint)
		if err == nil && known.Host == given.Host {
			return e.Name
		}
	}
	return ""
}

// ofTenant returns a URL of the configuration with the tenant in place of {tenant}.
func (r *resolver) ofTenant(field, url string) (string, error) {
	const placeholder = "{tenant}"
	tenant := r.user.Tenant
	switch {
	case strings.Contains(url, placeholder) == (tenant != ""):
	case tenant == "":
		return "", core.ConfigError("tenant", "is missing: "+field+" has the placeholder {tenant}")
	default:
		return "", core.ConfigError("tenant", "is given, but "+field+" has no {tenant}: leave it out")
	}
	if isUnset(tenant) {
		return "", core.ConfigError("tenant", unset)
	}
	if strings.Trim(strings.ToLower(tenant), tenantCharacters) != "" {
		return "", core.ConfigError("tenant", "must be an id or a domain name")
	}
	return strings.ReplaceAll(url, placeholder, r.note("tenant", tenant, core.FromCaller)), nil
}

const tenantCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-."

func environmentNames(preset *Preset) []string {
	names := make([]string, len(preset.Environments))
	for i, e := range preset.Environments {
		names[i] = e.Name
	}
	return names
}

// client decides the client authentication: the caller's method, or private_key_jwt for a key or an
// assertion, or the preset's, or Basic for a secret.
func (r *resolver) client() error {
	switch core.Redacted {
	case r.user.ClientSecret:
		return core.ErrRedacted("clientSecret")
	case r.user.PrivateKey:
		return core.ErrRedacted("privateKey")
	}
	if isUnset(r.user.ClientID) {
		return core.ConfigError("clientId", unset)
	}
	if isUnset(r.user.ClientSecret) {
		return core.ConfigError("clientSecret", unset)
	}
	if isPlaceholder(r.user.ClientID) {
		return core.ConfigError("clientId", placeholder)
	}
	if isPlaceholder(r.user.ClientSecret) {
		return core.ConfigError("clientSecret", placeholder)
	}
	secret, key, asserted := r.hasSecret(), r.user.HasKey(), r.user.ClientAssertion.Given()
	name := "privateKey"
	if r.user.HostSigns {
		name = "sign"
	}
	if asserted {
		if key {
			return core.ConfigError(
				"clientAssertion", "and "+name+" are both given: leave out one or the other",
			)
		}
		name = "clientAssertion"
	}
	method, from := r.user.ClientAuth, core.FromCaller
	if method == "" {
		switch {
		case (key || asserted) && secret:
			return core.ConfigError(
				"clientAuth",
				"is missing: both clientSecret and "+name+" are given, so it must say which one is meant",
			)
		case asserted:
			method, from = core.PrivateKeyJWT, fromAssertion
		case key:
			method, from = core.PrivateKeyJWT, fromKey
		case secret && r.preset.Config.ClientAuth != "":
			method, from = r.preset.Config.ClientAuth, r.fromPreset()
		case secret:
			var err error
			if method, from, err = r.secretMethod(); err != nil {
				return err
			}
		case r.preset.Config.ClientAuth == core.PrivateKeyJWT:
			method, from = core.PrivateKeyJWT, r.fromPreset()
		case r.preset.Config.ClientAuth != "":
			return core.ConfigError("clientSecret", "is missing")
		case r.user.ClientID == "" && r.exchanges():
			method, from = core.None, fromDefault // the subject token says enough (RFC 8693 section 2.1)
		default:
			return core.ConfigError(
				"clientSecret",
				"and privateKey are both missing (a client that has neither must say clientAuth: 'none')",
			)
		}
	}
	switch method {
	case core.ClientSecretBasic, core.ClientSecretPost, core.ClientSecretJWT, core.OAuth1:
		if !secret && !(key && method == core.OAuth1) ||
			method == core.ClientSecretJWT && r.user.ClientSecret == "" {
			return core.ConfigError("clientSecret", "is missing: "+method+" needs it")
		}
	case core.PrivateKeyJWT:
		if !key && !asserted {
			return core.ConfigError("privateKey", "is missing: "+method+" needs it")
		}
	case core.None:
		if secret || key || asserted {
			return core.ConfigError(
				"clientAuth",
				"is 'none', but a clientSecret, privateKey, sign or clientAssertion is given: leave out one "+
					"or the other",
			)
		}
	default:
		return oneOf(
			"clientAuth",
			method,
			core.ClientSecretBasic,
			core.ClientSecretPost,
			core.ClientSecretJWT,
			core.PrivateKeyJWT,
			core.OAuth1,
			core.None,
		)
	}
	r.x.ClientAuth = r.note("clientAuth", method, from)
	if method != core.OAuth1 && r.user.SignatureMethod != "" {
		return core.ConfigError("signatureMethod", "is only for clientAuth: 'oauth1'")
	}
	if r.x.ClientID = r.note("clientId", r.user.ClientID, core.FromCaller); r.x.ClientID == "" &&
		r.user.ClientAuth != core.None && !(method == core.None && r.exchanges()) {
		return core.ConfigError("clientId", "is missing")
	}
	return nil
}

func (r *resolver) hasSecret() bool { return r.user.ClientSecret != "" || r.user.EmptySecret }

// formats decides the formats of the body and of Basic.
func (r *resolver) formats() error {
	x, preset := r.x, &r.preset.Config
	x.BodyFormat = r.choose("bodyFormat", r.user.BodyFormat, preset.BodyFormat, core.BodyForm)
	x.BasicEncoding = core.BasicForm
	if x.ClientAuth == core.ClientSecretBasic || r.user.BasicEncoding != "" {
		x.BasicEncoding = r.choose(
			"basicEncoding",
			r.user.BasicEncoding,
			preset.BasicEncoding,
			core.BasicForm,
		)
		x.EncodingFixed = r.user.BasicEncoding == "" && preset.BasicEncoding != ""
	}
	if err := oneOf("bodyFormat", x.BodyFormat, core.BodyForm, core.BodyJSON); err != nil {
		return err
	}
	return oneOf("basicEncoding", x.BasicEncoding, core.BasicForm, core.BasicRaw)
}

// grant returns the grant type, and who decided it: the caller's, else token exchange for a subject
// token, else the preset's, else the default.
func (r *resolver) grant() (grant, from string) {
	switch {
	case r.user.GrantType != "":
		return r.user.GrantType, core.FromCaller
	case r.user.SubjectToken.Given():
		return core.GrantTokenExchange, fromSubject
	case r.preset.Config.GrantType != "":
		return r.preset.Config.GrantType, r.fromPreset()
	}
	return "client_credentials", fromDefault
}

// exchanges says whether the grant is a token exchange.
func (r *resolver) exchanges() bool {
	grant, _ := r.grant()
	return grant == core.GrantTokenExchange
}

// isGrant says whether the assertion is itself the grant (RFC 7523 section 2.1). It is for that
// grant type, unless the caller gives another party's assertion as a parameter. Then the client's
// own assertion authenticates the client (section 2.2).
func (r *resolver) isGrant() bool {
	grant, _ := r.grant()
	return grant == core.GrantJWT &&
		!slices.ContainsFunc(
			r.user.Parameters,
			func(p core.Parameter) bool { return p.Name == "assertion" },
		)
}

// scope returns the caller's scope, or else the preset's.
func (r *resolver) scope() string {
	if r.user.Scope == nil {
		return strings.Join(r.preset.Config.Scope, " ")
	}
	return strings.Join(r.user.Scope, " ")
}

// credentials prepares the secret or key for the method of client authentication.
func (r *resolver) credentials() error {
	x := r.x
	signsGrant := r.user.HasKey() && r.isGrant()
	switch x.ClientAuth {
	case core.ClientSecretJWT, core.OAuth1:
		if signsGrant {
			return core.ConfigError(
				"clientAuth",
				"is '"+x.ClientAuth+"', but with this grantType privateKey signs the grant, and a secret is "+
					"sent beside it: set client_secret_basic, client_secret_post or private_key_jwt",
			)
		}
	}
	switch x.ClientAuth {
	case core.ClientSecretBasic:
		if x.BasicEncoding == core.BasicRaw && strings.Contains(x.ClientID, ":") {
			return core.ConfigError(
				"clientId",
				"contains ':', which a raw Basic header can't carry (RFC 7617): set basicEncoding: 'form'",
			)
		}
		r.clientIDInBody()
	case core.OAuth1:
		r.clientIDInBody()
		return r.signatureMethod()
	case core.ClientSecretJWT:
		x.ClientIDInBody, x.Key = true, assertion.SecretKey(r.user.ClientSecret)
		return r.assertion(r.alg(x.Key.Alg, fromDefault))
	case core.PrivateKeyJWT:
		if r.user.ClientAssertion.Given() {
			return r.clientAssertion()
		}
		// beside the grant Box wants the client's secret as well
		x.ClientIDInBody = !signsGrant || x.ClientSecret != ""
		return r.privateKey()
	default:
		x.ClientIDInBody = x.ClientAuth == core.ClientSecretPost || x.ClientID != ""
	}
	if signsGrant {
		return r.privateKey()
	}
	return nil
}

// clientAssertion prepares private_key_jwt with an assertion that somebody else issues.
//
//go:noinline
func (r *resolver) clientAssertion() error {
	x, given := r.x, r.user.Assertion
	if given.Header != nil || given.Claims != nil || given.Lifetime != 0 {
		return core.ConfigError(
			"assertion",
			"changes what is signed here, but clientAssertion is signed already: leave out one or the "+
				"other",
		)
	}
	x.AssertionGrant = r.isGrant()
	x.ClientIDInBody = !x.AssertionGrant
	if !x.AssertionGrant {
		x.AssertionType = r.choose(
			"assertion.type", given.Type, r.preset.Config.Assertion.Type, defaultAssertionType,
		)
	}
	x.ClientAssertion = r.text("clientAssertion", &r.user.ClientAssertion)
	return nil
}

// text returns the text of a source. If it is to be had before each request, the text is "" here.
func (r *resolver) text(field string, s *core.Source) string {
	if s.Text == "" {
		audience := r.preset.Audience
		if audience == "" {
			audience = r.x.URL.String()
		}
		r.x.Gets = append(r.x.Gets, core.Get{Field: field, Source: s, Audience: audience})
		r.note(field, s.Kind(), core.FromCaller)
	}
	return s.Text
}

// clientIDInBody puts the client id into the body if the preset's system requires it and the method
// doesn't already do it.
func (r *resolver) clientIDInBody() {
	if r.x.ClientIDInBody = r.preset.ClientIDInBody; r.x.ClientIDInBody {
		r.note("client_id in the body", r.x.ClientID, r.fromPreset())
	}
}

// either returns the caller's value, or else the key's.
func (r *resolver) either(field, given, key string) string {
	if given != "" {
		return r.note(field, given, core.FromCaller)
	}
	return r.note(field, key, fromKey)
}

// assertion prepares the JWT. Header and claims are the caller's, or else the preset's, or else
// those of RFC 7523.
func (r *resolver) assertion(alg string) error {
	x, given, preset := r.x, &r.user.Assertion, &r.preset.Config.Assertion
	if err := oneOf("alg", alg, assertion.Algorithms(x.Key.Type == "oct")...); err != nil {
		return err
	}
	if err := assertion.Check(alg, x.Key); err != nil {
		return core.KeyError("and alg don't fit each other: '" + alg + "' " + err.Error())
	}
	if x.AssertionGrant = r.isGrant(); x.AssertionGrant && x.ClientAuth == core.ClientSecretJWT {
		x.ClientIDInBody = false
	}
	if given.Header.Get("alg") != nil {
		return core.ConfigError("assertion.header", "must not hold alg: set alg itself")
	}
	x.Alg, x.OwnAudience = alg, given.Claims.Get("aud") != nil
	x.KeyID = r.either("keyId", r.user.KeyID, x.Key.ID)
	if x.KeyID == "" && r.preset.KeyID != "" && given.Claims.Get("iss") == nil {
		return core.ConfigError("keyId", "is missing: it is "+r.preset.KeyID)
	}
	if !x.AssertionGrant {
		x.AssertionType = r.choose("assertion.type", given.Type, preset.Type, defaultAssertionType)
	}

	header := append(
		jsonobject.Object{{Name: "alg", Value: jsonobject.AppendText(nil, alg)}},
		defaultHeader...)
	if x.KeyID != "" {
		header = append(
			header,
			jsonobject.Member{Name: "kid", Value: jsonobject.AppendText(nil, x.KeyID)},
		)
	}
	header = append(header, r.headerOfCertificate(given.Header)...)
	lookup := func(name string) (string, bool) {
		switch name {
		case "clientId":
			return x.ClientID, true
		case "keyId":
			return x.KeyID, true
		case "tokenEndpoint":
			return x.URL.String(), true
		case "origin":
			return x.URL.Origin(), true
		case "issuer":
			return x.Issuer, true
		}
		return "", false
	}
	// The header's values are no templates, because a key id may contain braces.
	header, err := assertion.Expand(
		assertion.Merge(assertion.Merge(header, preset.Header), given.Header),
		nil,
	)
	if err != nil {
		return core.ConfigError("assertion.header:", err.Error())
	}
	claims, err := assertion.Expand(
		assertion.Merge(assertion.Merge(defaultClaims, preset.Claims), given.Claims),
		lookup,
	)
	if err != nil {
		return core.ConfigError("assertion.claims:", err.Error())
	}
	if scope := r.scope(); x.AssertionGrant && r.preset.ScopeInClaims && scope != "" &&
		given.Claims.Get("scope") == nil {
		claims = claims.Set("scope", jsonobject.AppendText(nil, scope))
	}
	x.Header, x.Claims = header, claims
	r.noteMembers("assertion.header.", header, preset.Header, given.Header)
	r.noteMembers("assertion.claims.", claims, preset.Claims, given.Claims)
	from := core.FromCaller
	if x.Lifetime = given.Lifetime; x.Lifetime == 0 {
		x.Lifetime, from = defaultLifetime, fromDefault
	}
	if slices.ContainsFunc(claims, func(m jsonobject.Member) bool { return m.Name == "exp" }) {
		r.note("assertion.lifetime", strconv.Itoa(x.Lifetime), from)
	}
	return nil
}

// noteMembers notes the source of a member, or of its absence. It doesn't note members that every
// assertion has.
func (r *resolver) noteMembers(prefix string, all, preset, given jsonobject.Object) {
	index := all.Index()
	note := func(members jsonobject.Object, from string) {
		for _, m := range members {
			var value jsontext.Value
			if i, there := index[m.Name]; there {
				value = all[i].Value
			}
			if from != core.FromCaller && given.Get(m.Name) != nil { // a preset has few members
				continue
			}
			text, isText := jsonobject.Text(value)
			switch {
			case value == nil && m.Value.Kind() == 'n':
				text = "left out"
			case !isText:
				text = string(value)
			}
			r.note(prefix+m.Name, text, from)
		}
	}
	note(preset, r.fromPreset())
	note(given, core.FromCaller)
}

// ownField names the field of the configuration that a parameter of the body belongs to.
var ownField = map[string]string{
	"grant_type":            "grantType",
	"scope":                 "scope",
	"resource":              "resource",
	"audience":              "audience",
	"client_secret":         "clientSecret",
	"client_assertion":      "clientAssertion",
	"client_assertion_type": "assertion.type",
}

// fields decides the body without the client's authentication.
func (r *resolver) fields() error {
	x, user := r.x, r.user
	add := func(name string, values []string) {
		for _, value := range values {
			x.Fields = append(x.Fields, oauth1.Param{Name: name, Value: value})
		}
	}
	switch x.Purpose {
	case core.ForToken:
		grant, from := r.grant()
		add("grant_type", []string{r.note("grantType", grant, from)})
	case core.ForRevocation:
		return r.revocation(add)
	}
	if scope := r.choose("scope", strings.Join(user.Scope, " "), r.scope(), ""); scope != "" &&
		!(x.AssertionGrant && r.preset.ScopeInClaims) {
		add("scope", []string{scope})
	}
	add("resource", user.Resource)
	add("audience", user.Audience)
	for i, name := range core.ResponseNames {
		x.Response[i] = r.choose(name, user.Response[i], r.preset.Config.Response[i], "")
	}
	if x.Purpose == core.ForToken {
		if err := r.exchanged(add); err != nil {
			return err
		}
	}
	own := len(x.Fields)
	for _, p := range user.Parameters {
		if slices.ContainsFunc(
			x.Fields[:own], func(f oauth1.Param) bool { return f.Name == p.Name },
		) && ownField[p.Name] == "" {
			return core.ConfigError("parameters", "must not hold "+p.Name+": the body has it already")
		}
		if field := ownField[p.Name]; field != "" {
			return core.ConfigError("parameters", "must not hold "+p.Name+": set "+field)
		}
		if p.Name == "client_id" && x.ClientIDInBody {
			return core.ConfigError(
				"parameters",
				"must not hold client_id: the body has it already, from clientId",
			)
		}
		for _, n := range x.JSONNames {
			if x.BodyFormat == core.BodyJSON && n.Number && n.Field == p.Name && !digits(p.Values) {
				return core.ConfigError("parameters."+p.Name, "must be a whole number")
			}
		}
		add(p.Name, p.Values)
	}
	return nil
}

// revocation adds the fields of RFC 7009 section 2.1, or those of the preset in their place.
func (r *resolver) revocation(add func(string, []string)) error {
	other := &r.preset.Revocation
	if other.GrantType != "" {
		add("grant_type", []string{other.GrantType})
	}
	for _, p := range r.user.Parameters {
		switch {
		case other.Method == "":
			add(p.Name, p.Values)
		case p.Name == "token":
			add(other.Token, p.Values)
		}
	}
	return nil
}

// exchanged adds the tokens of a token exchange (RFC 8693 section 2.1).
//
//go:noinline
func (r *resolver) exchanged(add func(name string, values []string)) error {
	user, exchanges := r.user, r.exchanges()
	add("requested_token_type", textOrNone(user.RequestedTokenType))
	for _, t := range []struct {
		field, name string
		source      *core.Source
		kind        string
	}{
		{"subjectToken", "subject_token", &user.SubjectToken, user.SubjectTokenType},
		{"actorToken", "actor_token", &user.ActorToken, user.ActorTokenType},
	} {
		given := t.source.Given()
		if given != (t.kind != "") && (exchanges || !given) {
			return core.ConfigError(
				t.field+"Type",
				"must say what "+t.field+" is, such as urn:ietf:params:oauth:token-type:jwt: give both, or "+
					"neither",
			)
		}
		if given {
			add(t.name, []string{r.text(t.field, t.source)})
			add(t.name+"_type", textOrNone(r.note(t.field+"Type", t.kind, core.FromCaller)))
		}
	}
	return nil
}

// textOrNone returns a list of the text, and an empty one of an empty text.
func textOrNone(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
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
