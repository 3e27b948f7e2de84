package provider

import (
	"errors"
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

const fromMetadata = "the metadata"

// issuer checks the issuer, if one is given.
func (r *resolver) issuer() (*oauth1.URL, error) {
	if r.user.Issuer == "" {
		if r.user.MTLSEndpointAliases {
			return nil, core.ConfigError(
				"mtlsEndpointAliases",
				"is given, but no issuer whose metadata could name them: set issuer, or leave it out",
			)
		}
		return nil, nil
	}
	issuer, err := r.ofTenant("issuer", r.user.Issuer)
	if err != nil {
		return nil, err
	}
	url, err := r.parseURL("issuer", issuer)
	if err == nil && url.Query != "" { // RFC 8414 section 2
		err = core.ConfigError("issuer", "has a query: remove it")
	}
	if err == nil {
		if place := core.MetadataPlaceIn(url.Path); place != "" {
			err = core.ConfigError("issuer", "is the address of its metadata: leave out "+place)
		}
	}
	r.x.Issuer = r.note("issuer", issuer, core.FromCaller)
	return url, err
}

// locate makes the Exchange of one that has to find its endpoint: it resolves the configuration
// again, with what the server says about itself.
func locate(purpose core.Purpose, user *core.Config) func(string) (*core.Exchange, error) {
	return func(text string) (*core.Exchange, error) {
		metadata, err := jsonobject.Parse([]byte(text))
		if err != nil {
			return nil, core.InternalError()
		}
		return resolve(purpose, user, metadata)
	}
}

// found returns the endpoint that the metadata name.
func (r *resolver) found(issuer *oauth1.URL, member string) (*oauth1.URL, error) {
	text := r.metadata.Text(member)
	names := r.metadata.Get("authorization_response_iss_parameter_supported")
	r.x.NamesIssuer = string(names) == "true"
	if r.user.MTLSEndpointAliases { // RFC 8705 section 5: else the usual one
		aliases, _ := jsonobject.Parse(r.metadata.Get("mtls_endpoint_aliases"))
		if alias := aliases.Text(member); alias != "" {
			text = alias
		}
	}
	problem := "have no " + member
	if text != "" {
		url, err := oauth1.ParseURL(text)
		if err == nil && url.Scheme != "https" && issuer.Scheme == "https" {
			err = errors.New("must start with https://")
		}
		if err == nil {
			_, err = r.parseURL(member, text)
		}
		if err == nil {
			return url, nil
		}
		problem = "have a " + member + " that can't be used: it " +
			strings.TrimPrefix(err.Error(), member+" ")
	}
	return nil, core.NewError(
		core.CodeInvalidResponse, "the metadata of "+issuer.Origin()+" "+problem)
}

// list returns a member of the metadata that is an array of texts, or nil.
//
//go:noinline
func (r *resolver) list(member string) (list []string) {
	elements, _ := jsonobject.Elements(r.metadata.Get(member))
	for _, e := range elements {
		if text, ok := jsonobject.Text(e); ok {
			list = append(list, text)
		}
	}
	return list
}

// secretMethod returns how a secret is sent where the caller and the preset leave that open. Of
// what the metadata offer it takes what RFC 6749 section 2.3.1 prefers.
func (r *resolver) secretMethod() (method, from string, err error) {
	var offered []string
	if r.x.Purpose == core.ForRevocation {
		offered = r.list("revocation_endpoint_auth_methods_supported")
	}
	if offered == nil {
		offered = r.list("token_endpoint_auth_methods_supported")
	}
	if offered == nil {
		return core.ClientSecretBasic, fromDefault, nil
	}
	for _, method := range []string{
		core.ClientSecretBasic, core.ClientSecretPost, core.ClientSecretJWT,
	} {
		if slices.Contains(offered, method) {
			return method, fromMetadata, nil
		}
	}
	return "", "", core.ConfigError(
		"clientAuth",
		"is missing, and the metadata of the server name no method for a clientSecret but "+
			core.Names(offered),
	)
}

// alg returns the caller's algorithm, else that of the key, which own says, unless the metadata
// name others only: then the first of them that the key fits.
//
//go:noinline
func (r *resolver) alg(own, from string) string {
	if r.user.Alg != "" {
		return r.note("alg", r.user.Alg, core.FromCaller)
	}
	if alg := r.preset.PrefersAlg; alg != "" && assertion.Check(alg, r.x.Key) == nil {
		return r.note("alg", alg, r.fromPreset())
	}
	offered := r.list("token_endpoint_auth_signing_alg_values_supported")
	if !r.x.Key.SaysAlg && !slices.Contains(offered, own) {
		for _, alg := range offered {
			if assertion.Check(alg, r.x.Key) == nil {
				return r.note("alg", alg, fromMetadata)
			}
		}
	}
	return r.note("alg", own, from)
}
