package assertion

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

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

// signEC returns r and s side by side (RFC 7518 section 3.4).
func signEC(a algorithm, key *Key, data []byte) ([]byte, error) {
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[a.curve]
	private, err := ecdsa.ParseRawPrivateKey(curve, key.private)
	if err != nil {
		return nil, errors.New("privateKey is damaged: its number is not in the range of its curve")
	}
	der, err := private.Sign(nil, digest(a, data), a.hash) // without a source of randomness: RFC 6979
	if err != nil {
		return nil, errors.New("the key could not sign")
	}
	input := cryptobyte.String(der)
	var sequence cryptobyte.String
	size := len(key.private)
	r, s := new(big.Int), new(big.Int)
	if !input.ReadASN1(&sequence, asn1.SEQUENCE) || !sequence.ReadASN1Integer(r) || !sequence.ReadASN1Integer(s) {
		return nil, errors.New("the key could not sign")
	}
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return signature, nil
}

func signRSA(a algorithm, key *Key, data []byte) ([]byte, error) {
	private, ok := key.parsed.Load().(*rsa.PrivateKey)
	if !ok {
		var err error
		if private, err = parsePKCS1(key.private); err != nil {
			return nil, err
		}
		key.parsed.Store(private)
	}
	var signature []byte
	var err error
	if a.pss {
		signature, err = rsa.SignPSS(rand.Reader, private, a.hash, digest(a, data), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	} else {
		signature, err = rsa.SignPKCS1v15(nil, private, a.hash, digest(a, data))
	}
	if err != nil {
		return nil, errors.New("the key could not sign: it may be damaged")
	}
	return signature, nil
}

// parsePKCS1 reads the RSAPrivateKey of RFC 8017 appendix A.1.2.
func parsePKCS1(der cryptobyte.String) (*rsa.PrivateKey, error) {
	var sequence cryptobyte.String
	var version uint
	numbers := [8]*big.Int{}
	ok := der.ReadASN1(&sequence, asn1.SEQUENCE) && sequence.ReadASN1Integer(&version)
	for i := range numbers {
		numbers[i] = new(big.Int)
		ok = ok && sequence.ReadASN1Integer(numbers[i]) && numbers[i].Sign() > 0
	}
	if !ok || !numbers[1].IsInt64() {
		return nil, errors.New("privateKey is damaged: its RSA numbers can't be read")
	}
	private := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: numbers[0], E: int(numbers[1].Int64())},
		D:         numbers[2],
		Primes:    numbers[3:5],
	}
	private.Precomputed.Dp, private.Precomputed.Dq, private.Precomputed.Qinv = numbers[5], numbers[6], numbers[7]
	private.Precompute()
	if private.Validate() != nil {
		return nil, errors.New("privateKey is damaged: its RSA numbers don't belong together")
	}
	return private, nil
}

func digest(a algorithm, data []byte) []byte {
	h := a.hash.New()
	h.Write(data)
	return h.Sum(nil)
}
