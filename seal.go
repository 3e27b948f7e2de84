package fetchtoken

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

const (
	// sealVersion begins every record. A record with another beginning counts as absent.
	sealVersion = "2."
	// minSealingKey is the least length of Options.SealingKey in bytes.
	minSealingKey = 16
)

// A sealer seals the records of one configuration, and knows their key in a store. Both are derived
// as js/client/seal.js describes, so that JavaScript opens the records that Go has sealed, and Go
// those of JavaScript.
type sealer struct {
	storeKey string
	aead     cipher.AEAD
}

// newSealer makes the sealer of a configuration's records: of its tokens if of is "store", of its
// session if of is "session", and of the command's sign-in if of is "sign-in". If key is nil, the
// sealing key is derived from the configuration with its secrets.
func newSealer(config core.Config, key []byte, of string) (*sealer, error) {
	if config.HostSigns && config.KeyID == "" {
		return nil, configError("Options.Sign", "doesn't show which key it is, so two keys would share "+
			"a token in a store: name the key in Config.KeyID")
	}
	for _, s := range []*core.Source{&config.SubjectToken, &config.ActorToken} {
		if s.Given() && s.Text == "" {
			return nil, configError("Config", "says where to get a subject token or an actor token, and "+
				"not the token itself, so two subjects would share a token in a store: leave "+
				"Options.Store out, or give the token itself")
		}
	}
	message, err := config.Canonical()
	if err != nil {
		return nil, errorOf(err, nil)
	}
	defer clear(message)
	derived, err := hkdf.Key(sha256.New, message, nil, "fetchtoken "+of+" key 2", 32)
	if err != nil {
		return nil, err
	}
	storeKey := hex.EncodeToString(derived)
	info := "fetchtoken seal 2 key"
	if key == nil {
		key, info = message, "fetchtoken seal 2 credential"
		if err := checkCredential(config); err != nil {
			return nil, err
		}
	}
	sealing, err := hkdf.Key(sha256.New, key, []byte(storeKey), info, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{storeKey, aead}, err
}

// checkCredential checks that a configuration holds a secret to seal with.
func checkCredential(config core.Config) error {
	if config.HostSigns {
		return configError("Options.Sign", "doesn't show its key, so the tokens of a store can't be "+
			"sealed with it: set Options.SealingKey")
	}
	if !config.HasSecret() {
		return configError("Config", "has no secret with which the tokens of a store could be sealed "+
			"(is ClientSecret missing?): set Options.SealingKey")
	}
	return nil
}

// seal returns the record of a text.
func (s *sealer) seal(text []byte) string {
	iv := make([]byte, s.aead.NonceSize())
	rand.Read(iv) // never fails
	return s.sealWith(iv, text)
}

func (s *sealer) sealWith(iv, text []byte) string {
	sealed := s.aead.Seal(nil, iv, text, []byte(sealVersion+s.storeKey))
	return sealVersion + base64.RawURLEncoding.EncodeToString(iv) + "." +
		base64.RawURLEncoding.EncodeToString(sealed)
}

// open returns the text of a record. It returns nil if another client or version wrote the record,
// or if the record was changed.
func (s *sealer) open(record string) []byte {
	rest, ok := strings.CutPrefix(record, sealVersion)
	first, second, _ := strings.Cut(rest, ".")
	encoding := base64.RawURLEncoding.Strict()
	iv, err := encoding.DecodeString(first)
	if !ok || err != nil || len(iv) != s.aead.NonceSize() || strings.ContainsAny(rest, "\r\n") {
		return nil // encoding/base64 would ignore line breaks
	}
	sealed, err := encoding.DecodeString(second)
	if err != nil {
		return nil
	}
	text, err := s.aead.Open(nil, iv, sealed, []byte(sealVersion+s.storeKey))
	if err != nil {
		return nil
	}
	return text
}
