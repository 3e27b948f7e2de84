package provider

import (
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
)

// hostKey prepares private_key_jwt for a key that the host holds and signs with: a CryptoKey, or
// the caller's sign function.
func (r *resolver) hostKey() error {
	user := r.user
	if user.HostSigns && (user.PrivateKey != "" || user.HostKey != "") {
		return core.ConfigError("sign", "and privateKey are both given: leave out one or the other")
	}
	if user.Passphrase != "" {
		return core.ConfigError(
			"passphrase",
			"is given, but no privateKey that could be encrypted: leave it out",
		)
	}
	if user.HostSigns && user.Alg == "" {
		return core.ConfigError(
			"alg",
			"is missing: with sign it must say what the key signs with, such as 'ES256' or 'RS256'",
		)
	}
	key := assertion.SignerKey(user.Alg)
	if !user.HostSigns {
		var err error
		if key, err = assertion.HostKey(user.HostKey); err != nil {
			return core.KeyError(err.Error())
		}
	}
	r.x.ClientIDInBody, r.x.Key = true, key
	return r.assertion(r.alg(key.Alg, fromKey))
}
