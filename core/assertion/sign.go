package assertion

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/sha1"
	_ "crypto/sha256" // registers the hashes of the table
	_ "crypto/sha512"
	"errors"
	"slices"
)

// An algorithm is a row of the registry of RFC 7518 section 3.1, RFC 8037 section 3.1 or RFC 9864.
type algorithm struct {
	name  string
	kty   string
	curve string      // "" if the key has none
	hash  crypto.Hash // 0 if the algorithm includes its own
	pss   bool
}

var algorithms = []algorithm{
	{"HS256", "oct", "", crypto.SHA256, false},
	{"HS384", "oct", "", crypto.SHA384, false},
	{"HS512", "oct", "", crypto.SHA512, false},
	{"RS256", "RSA", "", crypto.SHA256, false},
	{"RS384", "RSA", "", crypto.SHA384, false},
	{"RS512", "RSA", "", crypto.SHA512, false},
	{RS1, "RSA", "", crypto.SHA1, false},
	{"PS256", "RSA", "", crypto.SHA256, true},
	{"PS384", "RSA", "", crypto.SHA384, true},
	{"PS512", "RSA", "", crypto.SHA512, true},
	{"ES256", "EC", "P-256", crypto.SHA256, false},
	{"ES384", "EC", "P-384", crypto.SHA384, false},
	{"ES512", "EC", "P-521", crypto.SHA512, false},
	{"EdDSA", "OKP", "Ed25519", 0, false},
	{"Ed25519", "OKP", "Ed25519", 0, false},
}

// RS1 is the algorithm of OAuth 1.0's RSA-SHA1, with the name of the Web Cryptography API section
// 20. It signs no assertion.
const RS1 = "RS1"

// Algorithms returns the names of the algorithms for a secret, or of those for a private key, that
// sign assertions.
func Algorithms(secret bool) (names []string) {
	for _, a := range algorithms {
		if (a.kty == "oct") == secret && a.name != RS1 {
			names = append(names, a.name)
		}
	}
	return names
}

// Check says whether key can sign with the algorithm of that name. The error completes a sentence
// about alg.
func Check(alg string, key *Key) error {
	_, err := find(alg, key)
	return err
}

// known returns the name of an algorithm and a blank. It returns "" for any other text, which an
// error must not repeat.
func known(alg string) string {
	for _, a := range algorithms {
		if a.name == alg {
			return alg + " "
		}
	}
	return ""
}

func find(alg string, key *Key) (algorithm, error) {
	fits := ""
	for _, a := range algorithms {
		if a.kty == key.Type && a.curve == key.Curve &&
			(key.algs == nil || slices.Contains(key.algs, a.name)) {
			if a.name == alg {
				return a, nil
			}
			if a.name != RS1 {
				fits += " " + a.name
			}
		}
	}
	kind := key.Type
	if key.Curve != "" {
		kind += " " + key.Curve
	}
	return algorithm{}, errors.New(
		"can't be used with this key (" + kind + "), which signs with:" + fits,
	)
}

// Sign returns the JWS signature of data (RFC 7515 section 5.1). It is deterministic (ECDSA's nonce
// is that of RFC 6979), except for PS256, PS384 and PS512, whose salt is from crypto/rand. The
// errors complete a sentence that begins with privateKey.
func Sign(alg string, key *Key, data []byte) ([]byte, error) {
	a, err := find(alg, key)
	if err != nil {
		return nil, errors.New("and alg don't fit each other: alg " + err.Error())
	}
	if a.kty == "oct" {
		mac := hmac.New(a.hash.New, key.secret)
		mac.Write(data)
		return mac.Sum(nil), nil
	}
	if key.PKCS8 == nil {
		return nil, errors.New("is held by the host, which has to sign itself")
	}
	return signPrivate(a, key, data)
}
