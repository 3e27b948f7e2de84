package core

import "github.com/fetchtoken/fetchtoken/core/assertion"

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
