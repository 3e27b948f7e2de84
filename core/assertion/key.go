package assertion

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A Key is a key to sign with, checked and in one form, whatever form it came in.
type Key struct {
	Type  string // "RSA", "EC", "OKP" or "oct" (RFC 7518 section 6.1, RFC 8037)
	Curve string // "P-256", "P-384", "P-521" or "Ed25519"; "" for RSA and oct
	ID    string // the JWK's kid, or ""
	Alg   string // the algorithm to sign with where nobody says which: the JWK's alg, or the usual one for the key
	PKCS8 []byte // the private key as DER-encoded PKCS #8 (RFC 5208); nil for oct

	secret  []byte       // oct
	private []byte       // EC: the big-endian scalar; OKP: the seed; RSA: the DER-encoded PKCS #1 key
	parsed  atomic.Value // what sign_private.go made of private, which takes long for RSA
}

// SecretKey returns the key that client_secret_jwt signs with: the bytes of the client secret (RFC 7523, OpenID Connect Core
// section 9).
func SecretKey(secret string) *Key {
	return &Key{Type: "oct", Alg: "HS256", secret: []byte(secret)}
}

// ParseKey reads a private key: PKCS #8 in PEM, or a JWK. The errors say what was found and how to mend it, and never hold
// any of the key.
func ParseKey(text string) (*Key, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, errors.New("is empty")
	case text[0] == '{':
		return parseJWK(text)
	default:
		return parsePEM(text)
	}
}

// minRSABits is the least that RFC 7518 section 3.3 allows.
const minRSABits = 2048

const toPKCS8 = "convert it with: openssl pkcs8 -topk8 -nocrypt -in key.pem"

func parsePEM(text string) (*Key, error) {
	_, rest, found := strings.Cut(text, "-----BEGIN ")
	label, rest, closed := strings.Cut(rest, "-----")
	if !found || !closed {
		return nil, errors.New("is neither PEM (-----BEGIN PRIVATE KEY-----) nor a JWK: give the key itself, not the path of its file")
	}
	switch {
	case label == "PRIVATE KEY":
	case label == "RSA PRIVATE KEY":
		return nil, errors.New("is in the PKCS #1 format (BEGIN RSA PRIVATE KEY), but PKCS #8 is needed: " + toPKCS8)
	case label == "EC PRIVATE KEY", label == "EC PARAMETERS":
		return nil, errors.New("is in the SEC 1 format (BEGIN EC PRIVATE KEY), but PKCS #8 is needed: " + toPKCS8)
	case label == "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("is encrypted: decrypt it with: openssl pkey -in key.pem")
	case label == "CERTIFICATE":
		return nil, errors.New("is a certificate: the private key that belongs to it is needed")
	case strings.HasSuffix(label, "PUBLIC KEY"):
		return nil, errors.New("is a public key: the private key that belongs to it is needed")
	default:
		return nil, errors.New("is PEM of another kind: -----BEGIN PRIVATE KEY----- is needed")
	}
	body, _, closed := strings.Cut(rest, "-----END "+label+"-----")
	if !closed {
		return nil, errors.New("was cut off: its -----END PRIVATE KEY----- is missing")
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body), ""))
	if err != nil && strings.Contains(body, `\\n`) {
		return nil, errors.New(`holds "\\n" where line breaks belong: replace each with a line break`)
	}
	if err != nil {
		return nil, errors.New("is damaged: what stands between its BEGIN and END lines is not base64")
	}
	return parsePKCS8(der)
}

// The object identifiers of RFC 3279 section 2.3, RFC 5480 section 2.1.1 and RFC 8410 section 3, as DER has them.
var (
	oidRSA     = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}
	oidEC      = []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}
	oidEd25519 = []byte{0x2b, 0x65, 0x70}
	curves     = []struct {
		name, alg string
		oid       []byte
		size      int // of the scalar, in bytes
	}{
		{"P-256", "ES256", []byte{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 32},
		{"P-384", "ES384", []byte{0x2b, 0x81, 0x04, 0x00, 0x22}, 48},
		{"P-521", "ES512", []byte{0x2b, 0x81, 0x04, 0x00, 0x23}, 66},
	}
)

var (
	errDamaged = errors.New("is damaged: its PKCS #8 structure is broken")
	errCurve   = errors.New("is on a curve that no JWS algorithm here uses: P-256, P-384, P-521 and Ed25519 are understood")
	errType    = errors.New("is of a type that can't be used: RSA, EC and Ed25519 keys are understood")
)

// parsePKCS8 reads the PrivateKeyInfo of RFC 5208 section 5.
func parsePKCS8(der []byte) (*Key, error) {
	input := cryptobyte.String(der)
	var info, algorithm, oid, private cryptobyte.String
	var version uint
	if !input.ReadASN1(&info, asn1.SEQUENCE) || !input.Empty() ||
		!info.ReadASN1Integer(&version) || version > 1 ||
		!info.ReadASN1(&algorithm, asn1.SEQUENCE) || !algorithm.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) ||
		!info.ReadASN1(&private, asn1.OCTET_STRING) {
		return nil, errDamaged
	}
	key := &Key{PKCS8: der}
	switch {
	case bytes.Equal(oid, oidRSA):
		key.Type, key.Alg, key.private = "RSA", "RS256", private
		return key, checkRSA(private)
	case bytes.Equal(oid, oidEC):
		var named cryptobyte.String
		if !algorithm.ReadASN1(&named, asn1.OBJECT_IDENTIFIER) {
			return nil, errCurve
		}
		for _, curve := range curves {
			if bytes.Equal(named, curve.oid) {
				key.Type, key.Curve, key.Alg = "EC", curve.name, curve.alg
				return key, key.readEC(private, curve.size)
			}
		}
		return nil, errCurve
	case bytes.Equal(oid, oidEd25519):
		var seed cryptobyte.String
		if !private.ReadASN1(&seed, asn1.OCTET_STRING) || len(seed) != 32 {
			return nil, errDamaged
		}
		key.Type, key.Curve, key.Alg, key.private = "OKP", "Ed25519", "EdDSA", seed
		return key, nil
	}
	return nil, errType
}

// readEC reads the ECPrivateKey of RFC 5915 section 3.
func (k *Key) readEC(der cryptobyte.String, size int) error {
	var sequence, scalar cryptobyte.String
	var version uint
	if !der.ReadASN1(&sequence, asn1.SEQUENCE) || !sequence.ReadASN1Integer(&version) || version != 1 ||
		!sequence.ReadASN1(&scalar, asn1.OCTET_STRING) || len(scalar) > size {
		return errDamaged
	}
	k.private = append(make([]byte, size-len(scalar), size), scalar...)
	return nil
}

// checkRSA reads the modulus of the RSAPrivateKey of RFC 8017 appendix A.1.2.
func checkRSA(der cryptobyte.String) error {
	var sequence, modulus cryptobyte.String
	var version uint
	if !der.ReadASN1(&sequence, asn1.SEQUENCE) || !sequence.ReadASN1Integer(&version) || version != 0 ||
		!sequence.ReadASN1(&modulus, asn1.INTEGER) {
		return errDamaged
	}
	return checkModulus(modulus)
}

func checkModulus(modulus []byte) error {
	modulus = bytes.TrimLeft(modulus, "\x00")
	if bits := len(modulus) * 8; bits < minRSABits {
		return errors.New("is an RSA key of " + strconv.Itoa(bits) + " bits, but RFC 7518 wants 2048 or more: make a new one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048")
	}
	return nil
}

// parseJWK reads a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).
func parseJWK(text string) (*Key, error) {
	jwk, err := jsonobject.Parse([]byte(text))
	if err != nil {
		return nil, errors.New("looks like a JWK but " + err.Error())
	}
	var key *Key
	switch kty := jwk.Text("kty"); kty {
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
		return nil, errType
	}
	if err != nil {
		return nil, err
	}
	key.ID = jwk.Text("kid")
	if alg := jwk.Text("alg"); alg != "" {
		key.Alg = alg
	}
	return key, nil
}

func rsaJWK(jwk jsonobject.Object) (*Key, error) {
	values := make([][]byte, 0, 8)
	for _, name := range []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		value, err := jwkBytes(jwk, name)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	if err := checkModulus(values[0]); err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Uint64(0)
		for _, value := range values {
			b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(unsigned(value)) })
		}
	})
	return newKey(b, oidRSA, func(b *cryptobyte.Builder) { b.AddASN1NULL() })
}

// unsigned returns big-endian bytes as the contents of a non-negative DER INTEGER.
func unsigned(value []byte) []byte {
	value = bytes.TrimLeft(value, "\x00")
	if len(value) == 0 || value[0] >= 0x80 {
		return append([]byte{0}, value...)
	}
	return value
}

func ecJWK(jwk jsonobject.Object) (*Key, error) {
	name := jwk.Text("crv")
	for _, curve := range curves {
		if curve.name != name {
			continue
		}
		var parts [3][]byte
		for i, member := range []string{"d", "x", "y"} {
			var err error
			if parts[i], err = jwkBytes(jwk, member); err != nil {
				return nil, err
			}
			if len(parts[i]) != curve.size {
				return nil, errors.New(`is a JWK whose "` + member + `" has the wrong length for ` + name)
			}
		}
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Uint64(1)
			b.AddASN1OctetString(parts[0])
			b.AddASN1(asn1.Tag(1).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
				b.AddASN1(asn1.BIT_STRING, func(b *cryptobyte.Builder) {
					b.AddBytes([]byte{0, 4}) // no unused bits; an uncompressed point
					b.AddBytes(parts[1])
					b.AddBytes(parts[2])
				})
			})
		})
		return newKey(b, oidEC, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(curve.oid) })
		})
	}
	return nil, errCurve
}

func okpJWK(jwk jsonobject.Object) (*Key, error) {
	if jwk.Text("crv") != "Ed25519" {
		return nil, errCurve
	}
	seed, err := jwkBytes(jwk, "d")
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1OctetString(seed)
	return newKey(b, oidEd25519, func(*cryptobyte.Builder) {})
}

// newKey wraps a private key into PKCS #8 and reads that, so that every key has passed the same checks.
func newKey(private cryptobyte.Builder, oid []byte, parameters cryptobyte.BuilderContinuation) (*Key, error) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Uint64(0)
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(oid) })
			parameters(b)
		})
		b.AddASN1OctetString(private.BytesOrPanic())
	})
	return parsePKCS8(b.BytesOrPanic())
}

func jwkBytes(jwk jsonobject.Object, name string) ([]byte, error) {
	text := jwk.Text(name)
	if text == "" && name == "d" {
		return nil, errors.New(`is a public JWK (it has no "d"): the private key that belongs to it is needed`)
	}
	value, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(value) == 0 {
		return nil, errors.New(`is a JWK whose "` + name + `" is missing or not base64url`)
	}
	return value, nil
}
