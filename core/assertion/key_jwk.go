package assertion

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/go-json-experiment/json/jsontext"
)

// readJSON reads a JWK or a JWK set.
func (in *intake) readJSON(text string) (*Key, error) {
	if text[0] == '[' {
		return nil, errors.New(`is a JSON array: give one JWK, or a set {"keys":[…]}`)
	}
	object, err := jsonobject.Parse([]byte(text))
	if err != nil {
		if unescaped, unescapedErr := jsonobject.Parse([]byte(unescape(text))); unescapedErr == nil {
			object, err = unescaped, nil
		}
	}
	switch {
	case err != nil:
		return nil, errors.New("looks like a JWK but " + err.Error())
	case object.Get("keys") != nil:
		return in.readSet(object.Get("keys"))
	case object.Get("kty") == nil && object.Get("private_key") != nil:
		return nil, errors.New(
			`is a credentials file in JSON: load it with loadCredentials, or give its member ` +
				`"private_key" alone`,
		)
	case object.Get("kty") == nil && object.Get("ciphertext") != nil:
		return nil, errors.New("is an encrypted JWK (a JWE), which is not read here: decrypt it first")
	}
	return readJWK(object)
}

// readSet reads a JWK set (RFC 7517 section 5): the private key whose kid is keyID, or the only one
// that can sign.
func (in *intake) readSet(value jsontext.Value) (*Key, error) {
	elements, err := jsonobject.Elements(value)
	if err != nil {
		return nil, errors.New(`is a JWK set whose "keys" ` + err.Error())
	}
	var private []jsonobject.Object
	var kids []string
	for _, element := range elements {
		jwk, err := jsonobject.Parse(element)
		if err != nil {
			return nil, errors.New(`is a JWK set with a key that ` + err.Error())
		}
		if jwk.Get("d") == nil || forbidden(jwk) != "" {
			continue
		}
		if kid := jwk.Text("kid"); kid != "" {
			if kid == in.keyID {
				return readJWK(jwk)
			}
			kids = append(kids, kid)
		}
		private = append(private, jwk)
	}
	switch {
	case len(private) == 0:
		return nil, errors.New(
			"is a JWK set without a private key that may sign: give the set that holds the private keys",
		)
	case len(private) == 1 && (in.keyID == "" || len(kids) == 0):
		return readJWK(private[0])
	case in.keyID == "":
		return nil, errors.New(
			"is a JWK set with several private keys: say in keyId which one is meant" + list(kids),
		)
	}
	return nil, errors.New("is a JWK set without the private key that keyId names" + list(kids))
}

// list names key ids, which are not secret, if they are short and plain.
func list(kids []string) string {
	var names []string
	for i, kid := range kids {
		if i == 10 {
			names = append(names, "…")
			break
		}
		if len(kid) > 64 || strings.ContainsFunc(kid, func(c rune) bool { return c < ' ' || c > '~' }) {
			kid = "…"
		}
		names = append(names, strconv.Quote(kid))
	}
	if names == nil {
		return "; none of them has a kid, so give the one JWK alone"
	}
	return "; their kids are " + strings.Join(names, ", ")
}

// forbidden returns why a JWK may not sign (RFC 7517 sections 4.2 and 4.3), or "".
func forbidden(jwk jsonobject.Object) string {
	if use := jwk.Get("use"); use != nil && jwk.Text("use") != "sig" {
		return `is a JWK whose "use" is not "sig": give the key that is meant for signatures`
	}
	if operations := jwk.Get("key_ops"); operations != nil {
		elements, err := jsonobject.Elements(operations)
		if err != nil {
			return `is a JWK whose "key_ops" ` + err.Error()
		}
		for _, operation := range elements {
			if text, _ := jsonobject.Text(operation); text == "sign" {
				return ""
			}
		}
		return `is a JWK whose "key_ops" don't hold "sign": give the key that is meant for signatures`
	}
	return ""
}

// readJWK reads a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).
func readJWK(jwk jsonobject.Object) (*Key, error) {
	var key *Key
	var err error
	switch jwk.Text("kty") {
	case "RSA":
		key, err = rsaJWK(jwk)
	case "EC":
		key, err = ecJWK(jwk)
	case "OKP":
		key, err = okpJWK(jwk)
	case "oct":
		var secret []byte
		secret, err = jwkBytes(jwk, "k")
		key = &Key{Type: "oct", Alg: "HS256", secret: secret}
	case "":
		return nil, errors.New(`is JSON but not a JWK: its member "kty" is missing`)
	default:
		return nil, errors.New(`is a JWK whose "kty" can't be used` + wantedTypes)
	}
	if err != nil {
		return nil, err
	}
	if why := forbidden(jwk); why != "" {
		return nil, errors.New(why)
	}
	for _, name := range []string{"kid", "alg"} {
		if value := jwk.Get(name); value != nil && jwk.Text(name) == "" {
			return nil, errors.New(`is a JWK whose "` + name + `" is not a string, or empty`)
		}
	}
	key.ID = jwk.Text("kid")
	if alg := jwk.Text("alg"); alg != "" {
		if err := Check(alg, key); err != nil {
			return nil, errors.New(`is a JWK whose "alg" ` + known(alg) + err.Error())
		}
		key.Alg, key.SaysAlg = alg, true
	}
	return key, nil
}

func rsaJWK(jwk jsonobject.Object) (*Key, error) {
	if jwk.Get("d") != nil && jwk.Get("p") == nil {
		return nil, errors.New(
			`is a JWK without "p", "q", "dp", "dq" and "qi": export the key with them ` +
				`(RFC 7518 section 6.3.2)`,
		)
	}
	if jwk.Get("oth") != nil {
		return nil, errors.New(isMultiPrime)
	}
	parts := [][]byte{encodeNumber(nil)} // the version
	for _, name := range []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		value, err := jwkBytes(jwk, name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, encodeNumber(value))
	}
	return newRSA(encode(tagSequence, parts...))
}

func ecJWK(jwk jsonobject.Object) (*Key, error) {
	name := jwk.Text("crv")
	for _, c := range curves {
		if c.name != name {
			continue
		}
		var parts [3][]byte
		for i, member := range []string{"d", "x", "y"} {
			var err error
			if parts[i], err = jwkBytes(jwk, member); err != nil {
				return nil, err
			}
			if len(parts[i]) != len(c.order) {
				return nil, errors.New(`is a JWK whose "` + member + `" has the wrong length for ` + name)
			}
		}
		return newEC(c, parts[0], append(append([]byte{4}, parts[1]...), parts[2]...))
	}
	return nil, errJWKCurve(name)
}

func okpJWK(jwk jsonobject.Object) (*Key, error) {
	if name := jwk.Text("crv"); name != "Ed25519" {
		return nil, errJWKCurve(name)
	}
	seed, err := jwkBytes(jwk, "d")
	if err != nil {
		return nil, err
	}
	var public []byte
	if jwk.Get("x") != nil {
		if public, err = jwkBytes(jwk, "x"); err != nil {
			return nil, err
		}
	}
	if len(seed) != 32 || public != nil && len(public) != 32 {
		return nil, errors.New(`is a JWK whose "d" or "x" has the wrong length for Ed25519`)
	}
	return newEd25519(seed, public), nil
}

func errJWKCurve(name string) error {
	switch name {
	case "secp256k1", "X25519", "X448", "Ed448": // of the IANA registry "JSON Web Key Elliptic Curve"
		return errCurve(name)
	case "":
		return errors.New(`is a JWK whose "crv" is missing`)
	}
	return errCurve("another curve")
}

func jwkBytes(jwk jsonobject.Object, name string) ([]byte, error) {
	if jwk.Get(name) == nil && name == "d" {
		return nil, errors.New(`is a public JWK (it has no "d"): give the private key that belongs to it`)
	}
	value, err := base64.RawURLEncoding.Strict().DecodeString(jwk.Text(name))
	if err != nil || len(value) == 0 {
		return nil, errors.New(`is a JWK whose "` + name + `" is missing or not base64url`)
	}
	return value, nil
}
