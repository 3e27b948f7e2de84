package fetchtoken

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"golang.org/x/oauth2"
)

// An Authorization is the address that asks a user for an authorization, with the values that
// [Authorization.ParseCallback] checks. Keep all of it in the user's session until the callback.
type Authorization struct {
	URL          string // send the browser there
	State        string // the callback must have the same value
	CodeVerifier string // secret: proves that this client asked for the code (RFC 7636)
	RedirectURI  string
	Nonce        string // with the scope openid: the nonce that the id_token must have
	Issuer       string
	// IssuerRequired says that each callback of the server names its issuer (RFC 9207).
	IssuerRequired bool
}

// AuthorizationURL makes the address that asks a user for an authorization (RFC 6749 section
// 4.1.1), with a code challenge (RFC 7636), a state, and for the scope openid a nonce. Then the
// server sends the browser to redirectURI. parameters are further parameters of the address, such
// as prompt. nil options mean the defaults.
func AuthorizationURL(
	ctx context.Context, config Config, redirectURI string, parameters url.Values, options *Options,
) (*Authorization, error) {
	config.Parameters = parameters
	x, err := newExchangerFor(core.ForAuthorization, config, options)
	if err != nil {
		return nil, err
	}
	do, err := x.once(ctx)
	if err != nil {
		return nil, err
	}
	located, err := renewal.Located(x.exchange, do.Metadata)
	if err != nil {
		return nil, errorOf(err, nil)
	}
	random, err := x.random(core.AuthorizationRandom)
	if err != nil {
		return nil, err
	}
	a, err := located.Authorize(redirectURI, random)
	if err != nil {
		return nil, errorOf(err, nil)
	}
	return &Authorization{
		URL: a.URL, State: a.State, CodeVerifier: a.CodeVerifier, RedirectURI: redirectURI,
		Nonce: a.Nonce, Issuer: config.Issuer, IssuerRequired: located.NamesIssuer,
	}, nil
}

// ParseCallback reads the address to which the server has sent the browser, and returns the
// configuration that sends its code: give it to [FetchToken] or [New]. It checks the state, and if
// the callback names an issuer, also the issuer (RFC 9207).
func (a *Authorization) ParseCallback(callback string, config Config) (Config, error) {
	code, err := core.Callback{
		URL: callback, State: a.State, Issuer: a.Issuer, IssuerRequired: a.IssuerRequired,
	}.Parse()
	if err != nil {
		return Config{}, errorOf(err, nil)
	}
	config.GrantType, config.Scope = "authorization_code", []string{}
	config.Parameters = url.Values{
		"code": {code}, "redirect_uri": {a.RedirectURI}, "code_verifier": {a.CodeVerifier},
	}
	return config, nil
}

// A Device holds the codes with which a user approves a device (RFC 8628 section 3.2).
type Device struct {
	UserCode                string // the code that the user types at VerificationURI
	VerificationURI         string // the page where the user types the code
	VerificationURIComplete string // the same page with the code filled in, or ""
	Expiry                  time.Time
	Interval                time.Duration // between two requests of Poll

	shown jsonobject.Object // the members of the answer, without the device_code
	// exchanger makes the exchanger of the polls. fmt prints nothing of a function, so no secrets.
	exchanger func() (*exchanger, error)
}

// DeviceAuthorization requests the codes with which a user approves a device that has no browser
// (RFC 8628). parameters are further parameters of the request. nil options mean the defaults.
func DeviceAuthorization(
	ctx context.Context, config Config, parameters url.Values, options *Options,
) (*Device, error) {
	config.Parameters = parameters
	x, err := newExchangerFor(core.ForDevice, config, options)
	if err != nil {
		return nil, err
	}
	began := x.options.Clock.Now()
	do, err := x.once(ctx)
	if err != nil {
		return nil, err
	}
	seconds := func(name string) time.Duration {
		n, _ := strconv.Atoi(string(do.Token.Rest.Get(name)))
		return time.Duration(n) * time.Second
	}
	config.GrantType = "urn:ietf:params:oauth:grant-type:device_code"
	config.Scope, config.Resource, config.Audience = []string{}, nil, nil
	config.Parameters = url.Values{"device_code": {do.Token.Rest.Text("device_code")}}
	return &Device{
		UserCode:                do.Token.Rest.Text("user_code"),
		VerificationURI:         do.Token.Rest.Text("verification_uri"),
		VerificationURIComplete: do.Token.Rest.Text("verification_uri_complete"),
		Expiry:                  began.Add(seconds("expires_in")),
		Interval:                seconds("interval"),
		shown: slices.DeleteFunc(do.Token.Rest, func(m jsonobject.Member) bool {
			return m.Name == "device_code"
		}),
		exchanger: func() (*exchanger, error) { return newExchanger(config, options) },
	}, nil
}

// Poll waits until the user has decided, and returns the token. It repeats its request at the
// server's interval (RFC 8628 section 3.5), until ctx is done or the codes expire.
func (d *Device) Poll(ctx context.Context) (*oauth2.Token, error) {
	do, err := d.poll(ctx)
	if err != nil {
		return nil, err
	}
	return tokenOf(do.Token), nil
}

// poll does the same as Poll.
func (d *Device) poll(ctx context.Context) (*renewal.Action, error) {
	x, err := d.exchanger()
	if err != nil {
		return nil, err
	}
	left := d.Expiry.Sub(x.options.Clock.Now())
	return x.renew(ctx, renewal.Limits{
		Attempts: 1<<31 - 1,
		Deadline: max(left.Milliseconds(), 1),
		Interval: d.Interval.Milliseconds(),
	}, nil)
}

// RevokeToken asks the server to revoke a token (RFC 7009). Nobody can use the token after that.
// hint is the kind of token, "access_token" or "refresh_token", or "". With the provider
// high-mobility the token is a refresh token, and the request is High Mobility's own. nil options
// mean the defaults.
func RevokeToken(
	ctx context.Context, config Config, token, hint string, options *Options,
) error {
	if token == "" {
		return configError("token", "is empty")
	}
	config.Parameters = url.Values{"token": {token}}
	if hint != "" {
		config.Parameters.Set("token_type_hint", hint)
	}
	x, err := newExchangerFor(core.ForRevocation, config, options)
	if err != nil {
		return err
	}
	_, err = x.once(ctx)
	return err
}

// once sends the request of an exchange once, and repeats nothing.
func (x *exchanger) once(ctx context.Context) (*renewal.Action, error) {
	return x.renew(ctx, renewal.Limits{Attempts: 1}, nil)
}
