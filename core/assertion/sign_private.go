//go:build !compact

package assertion

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
)

// HostSigns says whether a host must sign with [Key.PKCS8], because this build has no signers.
const HostSigns = false

func signPrivate(a algorithm, key *Key, data []byte) ([]byte, error) {
	switch a.kty {
	case "EC":
		return signEC(a, key, data)
	case "RSA":
		return signRSA(a, key, data)
	default:
		return ed25519.Sign(ed25519.NewKeyFromSeed(key.private), data), nil
	}
}

// checkPair checks that a key's public part, if there is one, belongs to its private part.
func checkPair(key *Key) error {
	var public []byte
	switch key.Type {
	case "oct":
		return nil
	case "RSA":
		private, err := parsePKCS1(key.private)
		if err != nil {
			return key.Mismatch()
		}
		key.parsed.Store(private)
		return nil
	case "EC":
		private, err := parseEC(key)
		if err != nil {
			return err
		}
		if public, err = private.PublicKey.Bytes(); err != nil {
			return key.Mismatch()
		}
	case "OKP":
		public = ed25519.NewKeyFromSeed(key.private)[ed25519.SeedSize:]
	}
	switch {
	case key.public != nil && !bytes.Equal(key.public, public):
		return key.Mismatch()
	case key.Type == "OKP":
		key.setSPKI(oidEd25519, nil, public)
	default:
		for _, c := range curves {
			if c.name == key.Curve {
				key.setSPKI(oidEC, encode(tagOID, []byte(c.oid)), public)
			}
		}
	}
	return nil
}

func parseEC(key *Key) (*ecdsa.PrivateKey, error) {
	curve := map[string]elliptic.Curve{
		"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(),
	}[key.Curve]
	private, err := ecdsa.ParseRawPrivateKey(curve, key.private)
	if err != nil {
		return nil, errors.New("is damaged: its number is not in the range of its curve")
	}
	return private, nil
}

// signEC returns r and s side by side (RFC 7518 section 3.4).
func signEC(a algorithm, key *Key, data []byte) ([]byte, error) {
	private, err := parseEC(key)
	if err != nil {
		return nil, err
	}
	// without a source of randomness: RFC 6979
	encoded, err := private.Sign(nil, digest(a, data), a.hash)
	if err != nil {
		return nil, errors.New("could not sign")
	}
	d := newDER(encoded)
	sequence := d.read(tagSequence)
	r, s := sequence.number(), sequence.number()
	size := len(key.private)
	if *d.spoiled || len(r) > size || len(s) > size {
		return nil, errors.New("could not sign")
	}
	signature := make([]byte, 2*size)
	copy(signature[size-len(r):], r)
	copy(signature[2*size-len(s):], s)
	return signature, nil
}

func signRSA(a algorithm, key *Key, data []byte) ([]byte, error) {
	private := key.parsed.Load().(*rsa.PrivateKey)
	var signature []byte
	var err error
	if a.pss {
		signature, err = rsa.SignPSS(
			rand.Reader,
			private,
			a.hash,
			digest(a, data),
			&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash},
		)
	} else {
		signature, err = rsa.SignPKCS1v15(nil, private, a.hash, digest(a, data))
	}
	if err != nil {
		return nil, key.Mismatch() // crypto/rsa verifies what it has signed
	}
	return signature, nil
}

// parsePKCS1 reads the RSAPrivateKey of RFC 8017 appendix A.1.2.
func parsePKCS1(encoded []byte) (*rsa.PrivateKey, error) {
	encodedNumbers, _, ok := rsaNumbers(encoded)
	numbers := [8]*big.Int{}
	for i := range numbers {
		numbers[i] = new(big.Int).SetBytes(encodedNumbers[i])
	}
	if !ok || !numbers[1].IsInt64() {
		return nil, damaged{"RSA", wrongNumbers}
	}
	private := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: numbers[0], E: int(numbers[1].Int64())},
		D:         numbers[2],
		Primes:    numbers[3:5],
	}
	private.Precomputed.Dp, private.Precomputed.Dq = numbers[5], numbers[6]
	private.Precomputed.Qinv = numbers[7]
	private.Precompute()
	if private.Validate() != nil {
		return nil, damaged{"RSA", wrongNumbers}
	}
	return private, nil
}

func digest(a algorithm, data []byte) []byte {
	h := a.hash.New()
	h.Write(data)
	return h.Sum(nil)
}
