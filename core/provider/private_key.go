package provider

import (
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// privateKey prepares the assertion that a private key signs.
func (r *resolver) privateKey() error {
	if r.user.HostSigns && r.user.Alg == "" {
		return core.ConfigError(
			"alg",
			"is missing: with sign it must say what the key signs with, such as 'ES256' or 'RS256'",
		)
	}
	key, err := r.user.Key(r.user.Alg)
	if err != nil {
		return err
	}
	// sign needs alg anyway, so there it doesn't say that the preset is wrong
	if alg := r.preset.Config.Alg; alg != "" && key.Alg != alg &&
		(r.user.Alg == "" || r.user.HostSigns) {
		return core.KeyError("must be a key for " + alg + " with the provider " + r.preset.Name)
	}
	r.x.Key = key
	return r.assertion(r.alg(key.Alg, fromKey))
}

// signatureMethod decides the method of OAuth 1.0: the caller's, or HMAC-SHA256 for a secret, or
// RSA-SHA256 for a key.
func (r *resolver) signatureMethod() error {
	x, method := r.x, r.user.SignatureMethod
	switch {
	case method != "":
		r.note("signatureMethod", method, core.FromCaller)
	case r.hasSecret():
		method = oauth1.HMACSHA256
	default:
		method = r.note("signatureMethod", oauth1.RSASHA256, fromKey)
	}
	signing := oauth1.Methods[:len(oauth1.Methods)-1] // all but PLAINTEXT
	if err := oneOf("signatureMethod", method, signing...); err != nil {
		return err
	}
	x.SignatureMethod, x.Alg = method, oauth1.KeyAlg(method)
	switch {
	case x.Alg == "" && !r.hasSecret():
		return core.ConfigError("clientSecret", "is missing: "+method+" needs it")
	case x.Alg == "":
		return nil
	}
	key, err := r.user.OAuth1Key(method)
	if err != nil {
		return err
	}
	x.Key, x.KeyID = key, r.either("keyId", r.user.KeyID, key.ID)
	return nil
}
