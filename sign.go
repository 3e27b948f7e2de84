package fetchtoken

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
)

// A SignFunc signs data, which is a JWS signing input (RFC 7515 section 5.1) or, with AuthOAuth1,
// the base string of RFC 5849 section 3.4.1. Use one for a key that can't leave a key service (KMS)
// or a hardware module. alg is Config.Alg (RFC 7518 section 3.1); for RSA-SHA256, RSA-SHA512 and
// RSA-SHA1 it is RS256, RS512 and RS1. keyID is Config.KeyID. An ECDSA signature can be DER, as key
// services return it, or r and s side by side.
type SignFunc func(ctx context.Context, data []byte, alg, keyID string) ([]byte, error)

// SignWith returns a SignFunc that signs with a crypto.Signer. Its key is RSA, ECDSA or Ed25519.
func SignWith(signer crypto.Signer) SignFunc {
	return func(_ context.Context, data []byte, alg, _ string) ([]byte, error) {
		if err := assertion.Check(alg, kindOf(signer.Public())); err != nil {
			return nil, errors.New(alg + " " + err.Error())
		}
		if alg == "EdDSA" || alg == "Ed25519" {
			return signer.Sign(rand.Reader, data, crypto.Hash(0))
		}
		hash := hashOf(alg)
		digest := hash.New()
		digest.Write(data)
		var options crypto.SignerOpts = hash
		if strings.HasPrefix(alg, "PS") {
			// RFC 7518 section 3.5
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		}
		return signer.Sign(rand.Reader, digest.Sum(nil), options)
	}
}

// hashOf returns the hash of an ECDSA or RSA algorithm.
func hashOf(alg string) crypto.Hash {
	switch alg[2:] {
	case "256":
		return crypto.SHA256
	case "384":
		return crypto.SHA384
	case "1": // assertion.RS1
		return crypto.SHA1
	}
	return crypto.SHA512
}

// kindOf names the kind of a public key.
func kindOf(public crypto.PublicKey) *assertion.Key {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return &assertion.Key{Type: "RSA"}
	case *ecdsa.PublicKey:
		return &assertion.Key{Type: "EC", Curve: key.Params().Name}
	case ed25519.PublicKey:
		return &assertion.Key{Type: "OKP", Curve: "Ed25519"}
	}
	return &assertion.Key{Type: "of another kind"}
}

// sign makes the signature that Build asks for, with the caller's function or the configuration's
// key. The error belongs to [core.SigningThrew] and [core.SigningLate].
func (x *exchanger) sign(
	ctx context.Context, signing *core.Signing, timeout time.Duration,
) (signature []byte, failure string, err error) {
	if x.options.Sign == nil {
		signature, err = assertion.Sign(signing.Alg, x.exchange.Key, []byte(signing.Data))
	} else {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		data := []byte(signing.Data)
		signature, err = signIn(ctx, x.options.Sign, data, signing.Alg, signing.KeyID)
		if ctx.Err() != nil && err != nil {
			return nil, core.SigningLate, err
		}
	}
	if err != nil {
		return nil, core.SigningThrew, err
	}
	return signature, "", nil
}

// signIn calls a SignFunc as bounded does.
func signIn(ctx context.Context, sign SignFunc, data []byte, alg, keyID string) ([]byte, error) {
	return bounded(ctx, func() ([]byte, error) { return sign(ctx, data, alg, keyID) })
}

// bounded calls a function of the caller. When ctx ends, it stops waiting, even if the function
// ignores ctx.
func bounded[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		value, err := call()
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
