package assertion

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// HostKey returns a key that the host holds and signs with. It has no private part, so [Sign]
// rejects it. The description is JSON about a CryptoKey (Web Cryptography API section 13): its
// type, usages, and algorithm with name, namedCurve, modulusLength and the name of its hash. They
// decide the JWS algorithm. want is the algorithm that the key is for, or "": only [RS1] counts.
func HostKey(description, want string) (*Key, error) {
	key, _ := jsonobject.Parse([]byte(description)) // an unreadable description can't sign
	parameters, _ := jsonobject.Parse(key.Get("algorithm"))
	name, hash := parameters.Text("name"), parameters.Text("hash")
	why := ""
	switch {
	case key.Text("type") == "public":
		return nil, errors.New("is a public CryptoKey: the private key that belongs to it is needed")
	case name == "HMAC":
		why = ", which is symmetric: give the secret itself as clientSecret, with clientAuth: " +
			"'client_secret_jwt'"
	case key.Text("type") != "private" || name != "ECDSA" && name != "Ed25519" &&
		name != "RSASSA-PKCS1-v1_5" && name != "RSA-PSS":
		why = ", which can't sign: a private key for ECDSA, RSASSA-PKCS1-v1_5, RSA-PSS or Ed25519 is " +
			"needed"
	case !strings.Contains(string(key.Get("usages")), `"sign"`):
		why = " that may not sign: import it with the usage 'sign'"
	case name == "ECDSA":
		for _, curve := range curves {
			if curve.name == parameters.Text("namedCurve") {
				return &Key{Type: "EC", Curve: curve.name, Alg: curve.alg}, nil
			}
		}
		return nil, errCurve(short(parameters.Text("namedCurve")))
	case name == "Ed25519":
		return &Key{Type: "OKP", Curve: "Ed25519", Alg: "EdDSA"}, nil
	default:
		alg := "RS"
		if name == "RSA-PSS" {
			alg = "PS"
		}
		alg += strings.TrimPrefix(hash, "SHA-")
		bits := string(parameters.Get("modulusLength"))
		switch n, _ := strconv.ParseUint(bits, 10, 32); {
		case n < minRSABits:
			why = " of " + short(bits) + " bits, but RFC 7518 wants 2048 or more: make a new one"
		case algorithmOf(alg).kty != "RSA" || alg == RS1 && want != RS1:
			why = " with " + strconv.Quote(
				short(hash),
			) + ", which no algorithm of JWS uses: import it with SHA-256, SHA-384 or SHA-512"
		default:
			// WebCrypto binds an RSA key to one algorithm
			return &Key{Type: "RSA", Alg: alg, algs: []string{alg}}, nil
		}
	}
	return nil, errors.New("is a CryptoKey for " + strconv.Quote(short(name)) + why)
}

// SignerKey returns the key of a host's signing function. Only its algorithm is known. The key fits
// no algorithm if that one is not for private keys.
func SignerKey(alg string) *Key {
	a := algorithmOf(alg)
	if a.kty == "oct" {
		a = algorithm{}
	}
	return &Key{Type: a.kty, Curve: a.curve, Alg: alg}
}
