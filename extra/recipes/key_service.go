package recipes

import (
	"crypto"
	"io"

	"github.com/fetchtoken/fetchtoken"
)

// A serviceKey is a crypto.Signer whose private key stays in a key service. sign calls the service:
// it returns the signature of a digest, for ECDSA in DER.
type serviceKey struct {
	public crypto.PublicKey
	sign   func(digest []byte) ([]byte, error)
}

func (k serviceKey) Public() crypto.PublicKey { return k.public }

func (k serviceKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return k.sign(digest)
}

// WithKeyService makes a Client whose assertions the key service signs with an ECDSA key on P-256.
func WithKeyService(
	config fetchtoken.Config, public crypto.PublicKey, sign func(digest []byte) ([]byte, error),
) (*fetchtoken.Client, error) {
	config.ClientAuth, config.Alg = fetchtoken.AuthPrivateKeyJWT, "ES256"
	signer := serviceKey{public, sign}
	return fetchtoken.New(config, &fetchtoken.Options{Sign: fetchtoken.SignWith(signer)})
}
