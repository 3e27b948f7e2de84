package core

import (
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// HasKey says whether a private key is given, in whatever form.
func (c *Config) HasKey() bool {
	return c.PrivateKey != "" || c.PrivateKeyFile != "" || c.HostKey != "" || c.HostSigns
}

// Key reads the private key, or describes the one that the host holds and signs with: a CryptoKey,
// or the key of the caller's sign function. It is for alg, if that is known.
func (c *Config) Key(alg string) (*assertion.Key, error) {
	if c.PrivateKeyFile != "" {
		return nil, ConfigError("privateKey", "names a file, which nobody has read: give what is in it")
	}
	switch isKept := c.HostKey != "" || c.HostSigns; {
	case c.HostSigns && (c.PrivateKey != "" || c.HostKey != ""):
		return nil, ConfigError("sign", "and privateKey are both given: leave out one or the other")
	case isKept && c.Passphrase != "":
		return nil, ConfigError(
			"passphrase",
			"is given, but no privateKey that could be encrypted: leave it out",
		)
	case c.HostSigns:
		return assertion.SignerKey(alg), nil
	case isKept:
		key, err := assertion.HostKey(c.HostKey, alg)
		if err != nil {
			return nil, KeyError(err.Error())
		}
		return key, nil
	}
	key, err := ParseKey(c.PrivateKey, c.Passphrase, c.KeyID)
	if err == nil && key.Type == "oct" {
		return nil, KeyError(
			"is a symmetric key: give it as clientSecret, with clientAuth: 'client_secret_jwt'",
		)
	}
	return key, err
}

// OAuth1Key is Key for a signature method of OAuth 1.0 that a private key signs.
func (c *Config) OAuth1Key(method string) (*assertion.Key, error) {
	if !c.HasKey() {
		return nil, ConfigError("privateKey", "is missing: "+method+" needs it")
	}
	alg := oauth1.KeyAlg(method)
	key, err := c.Key(alg)
	if err != nil {
		return nil, err
	}
	if err := assertion.Check(alg, key); err != nil {
		return nil, KeyError("and signatureMethod don't fit each other: " + method + " " + err.Error())
	}
	return key, nil
}

// ParseKey reads a private key in any form of [assertion.ParseKey]. The error is a *TokenError with
// the code invalid_key, or invalid_config for an unnecessary passphrase.
func ParseKey(input, passphrase, keyID string) (*assertion.Key, error) {
	key, err := assertion.ParseKey(input, passphrase, keyID)
	if err != nil {
		return nil, KeyError(err.Error())
	}
	if passphrase != "" && !key.Encrypted {
		return nil, ConfigError(
			"passphrase",
			"is given, but the privateKey is not encrypted: leave it out",
		)
	}
	return key, nil
}
