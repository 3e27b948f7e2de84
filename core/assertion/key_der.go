package assertion

import (
	"bytes"
	"errors"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// The sizes of RSA keys in bits: the least of RFC 7518 section 3.3, and the most that OpenSSL
// verifies with (OPENSSL_RSA_MAX_MODULUS_BITS).
const (
	minRSABits = 2048
	maxRSABits = 16384
)

// The object identifiers of RFC 8017 appendix A, RFC 5480 section 2.1.1 and RFC 8410 section 3, in
// DER.
const (
	oidRSA     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidRSAPSS  = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
	oidEC      = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidEd25519 = "\x2b\x65\x70"
)

// A curve is one of RFC 7518 section 6.2.1.1. The orders are from SEC 2 version 2.
type curve struct {
	name, alg, oid, order string
}

var curves = []curve{
	{
		"P-256",
		"ES256",
		"\x2a\x86\x48\xce\x3d\x03\x01\x07",
		"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff" +
			"\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
	},
	{
		"P-384",
		"ES384",
		"\x2b\x81\x04\x00\x22",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
			"\xff\xff" +
			"\xc7\x63\x4d\x81\xf4\x37\x2d\xdf\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5" +
			"\x29\x73",
	},
	{
		"P-521",
		"ES512",
		"\x2b\x81\x04\x00\x23",
		"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
			"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfa" +
			"\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09\xa5\xd0\x3b\xb5\xc9\xb8\x89\x9c" +
			"\x47\xae\xbb\x6f\xb7\x1e\x91\x38\x64\x09",
	},
}

// otherTypes and otherCurves are recognized by the beginning of their object identifiers, only to
// name them in an error.
var (
	otherTypes = [][2]string{
		{"\x2b\x65\x6e", "X25519"}, {"\x2b\x65\x6f", "X448"}, {"\x2b\x65\x71", "Ed448"},
		{
			"\x2a\x86\x48\xce\x38\x04",
			"DSA",
		}, {"\x2a\x86\x48\x86\xf7\x0d\x01\x03", "DH"}, {"\x60\x86\x48\x01\x65\x03\x04\x03",
			"ML-DSA or SLH-DSA"},
	}
	otherCurves = [][2]string{
		{
			"\x2b\x81\x04\x00\x0a",
			"secp256k1",
		}, {"\x2b\x81\x04\x00\x21", "P-224"}, {"\x2a\x86\x48\xce\x3d\x03\x01\x01", "P-192"},
		{"\x2b\x24\x03\x03\x02\x08\x01\x01", "a Brainpool curve"}, {"\x2a\x81\x1c\xcf\x55", "SM2"},
	}
)

const (
	isDSA        = "is a DSA key, with which no JWS algorithm signs: make a key with: " + newKeyCommand
	isMultiPrime = "is an RSA key of more than two primes, which no JOSE library takes: make a key " +
		"with: " + newRSACommand
	wantedTypes = ": RSA, P-256, P-384, P-521 and Ed25519 are understood; make a key with: " +
		newKeyCommand
)

// errUnnamedCurve occurs only in SEC 1; errExplicitCurve also in PKCS #8.
var (
	errUnnamedCurve = errors.New(
		"is a SEC 1 key that doesn't say its curve: give the BEGIN PRIVATE KEY that openssl pkey writes",
	)
	errExplicitCurve = errors.New(
		"spells its curve out instead of naming it: convert it with: " + namedCurveCommand,
	)
)

// A damaged key has a known format with wrong contents.
type damaged struct{ format, why string }

func (d damaged) Error() string {
	return "is a damaged " + d.format + " key: its " + d.why + "; " + copyItAgain
}

const (
	brokenStructure = "structure is broken"
	wrongNumbers    = "numbers don't belong together"
)

// readDER tells the formats apart by their structure: PKCS #8 (RFC 5958), encrypted PKCS #8, PKCS
// #1 (RFC 8017), SEC 1 (RFC 5915), and data that is no private key.
func (in *intake) readDER(encoded []byte) (*Key, error) {
	d := newDER(encoded)
	outer := d.read(tagSequence)
	if *d.spoiled {
		return nil, damaged{"DER", "end is missing, or its first bytes are changed"}
	}
	if len(d.rest) > 0 {
		return nil, damaged{"DER", "end is followed by more"}
	}
	rest := outer
	firstTag, first := rest.next()
	secondTag, second := rest.next()
	if *d.spoiled {
		return nil, damaged{"DER", brokenStructure}
	}
	version := -1
	if firstTag == tagInteger && len(first.rest) == 1 {
		version = int(first.rest[0])
	}
	switch {
	case (version == 0 || version == 1) && secondTag == tagSequence:
		return readPKCS8(second, rest)
	case version == 1 && secondTag == tagOctetString:
		return readSEC1(encoded, nil)
	case version == 3 && secondTag == tagSequence:
		return in.readPKCS12(second)
	case firstTag == tagInteger && secondTag == tagInteger:
		return readIntegers(encoded, outer)
	case firstTag == tagSequence && secondTag == tagOctetString && len(rest.rest) == 0:
		return in.readEncrypted(first, second)
	case firstTag == tagSequence && secondTag == tagBitString && len(rest.rest) == 0:
		return nil, errors.New(isPublic)
	case firstTag == tagSequence && secondTag == tagSequence && rest.is(tagBitString):
		if bytes.HasPrefix(first.rest, []byte{tagInteger, 1, 0}) {
			// a key begins with its version, a certificate with a serial number or [0]
			return nil, errors.New(isRequest)
		}
		return nil, errors.New(isCertificate)
	}
	return nil, damaged{"DER", "structure is that of no key"}
}

// readPKCS8 reads the OneAsymmetricKey of RFC 5958 section 2 after its version. It ignores the
// attributes.
//
//go:noinline
func readPKCS8(algorithm, rest der) (*Key, error) {
	oid := algorithm.read(tagOID).rest
	private := rest.read(tagOctetString)
	rest.optional(tagContext)
	public, hasPublic := rest.optional(tagContextBits)
	rest.end()
	if *rest.spoiled {
		return nil, damaged{"PKCS #8", brokenStructure}
	}
	switch string(oid) {
	case oidRSA:
		return newRSA(private.rest)
	case oidRSAPSS:
		algs, err := algorithmsOfPSS(algorithm)
		if err != nil {
			return nil, err
		}
		key, err := newRSA(private.rest)
		if err == nil {
			key.algs, key.Alg = algs, algs[0]
		}
		return key, err
	case oidEC:
		if algorithm.is(tagSequence) {
			return nil, errExplicitCurve
		}
		named := algorithm.read(tagOID).rest
		if *algorithm.spoiled {
			return nil, damaged{"PKCS #8", brokenStructure}
		}
		return readSEC1(private.rest, named)
	case oidEd25519:
		seed := private.read(tagOctetString).rest
		private.end()
		if *private.spoiled || len(seed) != 32 ||
			hasPublic && (len(public.rest) != 33 || public.rest[0] != 0) {
			return nil, damaged{"PKCS #8", brokenStructure}
		}
		if hasPublic {
			return newEd25519(seed, public.rest[1:]), nil
		}
		return newEd25519(seed, nil), nil
	}
	switch name := nameOf(otherTypes, oid); name {
	case "DSA":
		return nil, errors.New(isDSA)
	case "":
		return nil, errors.New("is of a type that can't be used" + wantedTypes)
	default:
		return nil, errors.New("is of the type " + name + ", which can't be used" + wantedTypes)
	}
}

func nameOf(names [][2]string, oid []byte) string {
	for _, n := range names {
		if strings.HasPrefix(string(oid), n[0]) {
			return n[1]
		}
	}
	return ""
}

// algorithmsOfPSS reads the RSASSA-PSS-params of RFC 8017 appendix A.2.3, if there are any. They
// name the one hash that the key may be used with. The other parameters follow from it by RFC 7518
// section 3.5.
func algorithmsOfPSS(algorithm der) ([]string, error) {
	all := []string{"PS256", "PS384", "PS512"}
	if len(algorithm.rest) == 0 || algorithm.is(tagNull) {
		return all, nil
	}
	parameters := algorithm.read(tagSequence)
	hash := parameters.read(tagContext)
	identifier := hash.read(tagSequence)
	oid := string(identifier.read(tagOID).rest)
	if !*algorithm.spoiled && len(oid) == len(oidSHA2)+1 && strings.HasPrefix(oid, oidSHA2) {
		if i := oid[len(oidSHA2)]; 1 <= i && i <= 3 { // SHA-256, SHA-384, SHA-512
			return all[i-1 : i], nil
		}
	}
	return nil, errors.New(
		"is an RSA-PSS key for a hash that no JWS algorithm uses (SHA-256, SHA-384 and SHA-512 are): " +
			"make a key with: " + newRSACommand,
	)
}

// oidSHA2 is the common beginning of the identifiers of RFC 5754 section 2.
const oidSHA2 = "\x60\x86\x48\x01\x65\x03\x04\x02"

// readSEC1 reads the ECPrivateKey of RFC 5915 section 3 on the curve named, or on its own curve if
// named is nil.
func readSEC1(encoded, named []byte) (*Key, error) {
	d := newDER(encoded)
	sequence := d.read(tagSequence)
	d.end()
	version := sequence.small()
	scalar := sequence.read(tagOctetString).rest
	parameters, hasParameters := sequence.optional(tagContext)
	public, hasPublic := sequence.optional(tagContext + 1)
	sequence.end()
	if parameters.is(tagSequence) {
		return nil, errExplicitCurve
	}
	var own, point []byte
	if hasParameters {
		own = parameters.read(tagOID).rest
	}
	if hasPublic {
		point = public.read(tagBitString).rest
	}
	if named == nil {
		named = own
	}
	switch {
	case *d.spoiled,
		version != 1,
		hasPublic && (len(point) == 0 || point[0] != 0),
		hasParameters && !bytes.Equal(named, own):
		return nil, damaged{"SEC 1", brokenStructure}
	case named == nil:
		return nil, errUnnamedCurve
	case hasPublic:
		point = point[1:] // after the number of unused bits
	}
	for _, c := range curves {
		if string(named) == c.oid {
			return newEC(c, scalar, point)
		}
	}
	if name := nameOf(otherCurves, named); name != "" {
		return nil, errCurve(name)
	}
	return nil, errCurve("another curve")
}

func errCurve(name string) error {
	return errors.New("is on " + name + ", which no JWS algorithm here uses" + wantedTypes)
}

// readIntegers reads a sequence of integers: the RSAPrivateKey of RFC 8017 appendix A.1.2,
// OpenSSL's form of a DSA key, or a public key.
func readIntegers(encoded []byte, sequence der) (*Key, error) {
	count := 0
	for ; sequence.is(tagInteger); count++ {
		sequence.next()
	}
	switch {
	case count == 2 && len(sequence.rest) == 0:
		return nil, errors.New(isPublic)
	case count == 6 && len(sequence.rest) == 0:
		return nil, errors.New(isDSA)
	}
	return newRSA(encoded)
}

// newRSA makes a key from a DER-encoded RSAPrivateKey.
func newRSA(encoded []byte) (*Key, error) {
	numbers, primes, ok := rsaNumbers(encoded)
	if !ok {
		return nil, damaged{"PKCS #1", brokenStructure}
	}
	if primes > 2 {
		return nil, errors.New(isMultiPrime)
	}
	modulus, exponent := numbers[0], numbers[1]
	size := len(modulus)*8 - bits.LeadingZeros8(modulus[0])
	switch {
	case size < minRSABits:
		return nil, errors.New(
			"is an RSA key of " + strconv.Itoa(
				size,
			) + " bits, but RFC 7518 wants 2048 or more: make a new one with: " + newRSACommand,
		)
	case size > maxRSABits:
		return nil, errors.New(
			"is an RSA key of " + strconv.Itoa(
				size,
			) + " bits, which servers don't verify: make a new one with: " + newRSACommand,
		)
	case len(exponent) > 4 || len(exponent) == 4 && exponent[0] >= 0x80 ||
		exponent[len(exponent)-1]&1 == 0 || string(exponent) == "\x01":
		return nil, errors.New(
			"is an RSA key with a public exponent that is even, 1, or above 2147483647, with which no " +
				"signature is safe, or none verifies: make a new one with: " + newRSACommand,
		)
	case !belongTogether(numbers):
		return nil, damaged{"RSA", wrongNumbers}
	}
	key := &Key{Type: "RSA", Alg: "RS256", private: encoded}
	key.setPKCS8(oidRSA, encode(tagNull), encoded)
	key.setSPKI(
		oidRSA,
		encode(tagNull),
		encode(tagSequence, encodeNumber(modulus), encodeNumber(exponent)),
	)
	return key, nil
}

// rsaNumbers reads the RSAPrivateKey of RFC 8017 appendix A.1.2: n, e, d, p, q, dP, dQ and qInv.
func rsaNumbers(encoded []byte) (numbers [8][]byte, primes int, ok bool) {
	d := newDER(encoded)
	sequence := d.read(tagSequence)
	d.end()
	version := sequence.small()
	for i := range numbers {
		numbers[i] = sequence.number()
	}
	if version == 1 {
		return numbers, 3, !*d.spoiled
	}
	sequence.end()
	return numbers, 2, !*d.spoiled && version == 0
}

// belongTogether checks the numbers as RFC 8017 section 3.2 defines them. Like crypto/rsa, it also
// checks that n can't be factored easily: p and q are large and far from each other, and d is
// large. It doesn't check that p and q are primes; a verified signature shows that. With e·dP ≡ 1
// modulo p-1, m^(e·dP) is m modulo p only by chance if p is no prime, except for a product that was
// made for it.
func belongTogether(numbers [8][]byte) bool {
	var n [8]*big.Int
	for i, number := range numbers {
		if len(number) > len(numbers[0]) {
			return false // it would take long as well
		}
		n[i] = new(big.Int).SetBytes(number)
	}
	e, d, p, q := n[1], n[2], n[3], n[4]
	one := big.NewInt(1)
	if p.Cmp(one) <= 0 || q.Cmp(one) <= 0 {
		return false
	}
	x := new(big.Int)
	size := n[0].BitLen()
	if min(p.BitLen(), q.BitLen()) < size/3 || x.Sub(p, q).BitLen() <= size/2-100 ||
		d.BitLen() <= size/2 ||
		d.Cmp(n[0]) >= 0 ||
		n[7].Cmp(p) >= 0 {
		return false
	}
	product := func(a, b, modulus *big.Int) *big.Int { return x.Rem(x.Mul(a, b), modulus) }
	ok := x.Mul(p, q).Cmp(n[0]) == 0 && product(q, n[7], p).Cmp(one) == 0
	for i, prime := range []*big.Int{p, q} {
		less := new(big.Int).Sub(prime, one)
		ok = ok && product(e, n[5+i], less).Cmp(one) == 0 && x.Rem(d, less).Cmp(n[5+i]) == 0
	}
	return ok
}

// newEC makes a key from a scalar and its public point. It ignores a point that is not
// uncompressed.
func newEC(c curve, scalar, point []byte) (*Key, error) {
	size := len(c.order)
	scalar = bytes.TrimLeft(scalar, "\x00")
	if len(scalar) > size {
		return nil, damaged{"EC", "number has the wrong length for " + c.name}
	}
	empty := len(scalar) == 0
	scalar = append(make([]byte, size-len(scalar), size), scalar...)
	if empty || string(scalar) >= c.order {
		return nil, damaged{"EC", "number is not in the range of " + c.name}
	}
	var public []byte
	if len(point) == 1+2*size && point[0] == 4 {
		public = encode(tagContext+1, encode(tagBitString, []byte{0}, point))
	} else {
		point = nil
	}
	parameters := encode(tagOID, []byte(c.oid))
	key := &Key{Type: "EC", Curve: c.name, Alg: c.alg, private: scalar, public: point}
	key.setPKCS8(
		oidEC,
		parameters,
		encode(tagSequence, encodeNumber([]byte{1}), encode(tagOctetString, scalar), public),
	)
	key.setSPKI(oidEC, parameters, point)
	return key, nil
}

func newEd25519(seed, public []byte) *Key {
	key := &Key{Type: "OKP", Curve: "Ed25519", Alg: "EdDSA", private: seed, public: public}
	key.setPKCS8(oidEd25519, nil, encode(tagOctetString, seed))
	key.setSPKI(oidEd25519, nil, public)
	return key
}

// setSPKI wraps a public key, if there is one, in the SubjectPublicKeyInfo of RFC 5280 section 4.1.
func (k *Key) setSPKI(oid string, parameters, public []byte) {
	if public != nil {
		k.SPKI = encode(
			tagSequence,
			encode(tagSequence, encode(tagOID, []byte(oid)), parameters),
			encode(tagBitString, []byte{0}, public),
		)
	}
}

// setPKCS8 wraps the private key in the PrivateKeyInfo of RFC 5208 section 5.
func (k *Key) setPKCS8(oid string, parameters, private []byte) {
	k.PKCS8 = encode(tagSequence, encodeNumber(nil),
		encode(tagSequence, encode(tagOID, []byte(oid)), parameters), encode(tagOctetString, private))
}
