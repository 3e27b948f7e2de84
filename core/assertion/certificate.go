package assertion

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
)

// The tags of RFC 5280 section 4.1 that occur in no key.
const (
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
)

// oidSignedData is the object identifier of RFC 5652 section 5.1, in DER.
const oidSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"

// A Certificate is an X.509 certificate (RFC 5280), of which only its names, its end and its public
// key are read. Nobody checks its signature here: it is the server that decides whom it trusts.
type Certificate struct {
	DER []byte
	End string // of its validity, as in RFC 3339: 2027-01-02T03:04:05Z

	issuer, subject []byte
	spki            []byte // with its tag
	public          publicKey
}

// Thumbprint returns the certificate's x5t#S256 (RFC 7515 section 4.1.8).
func (c *Certificate) Thumbprint() string {
	sum := sha256.Sum256(c.DER)
	return string(appendBase64URL(nil, sum[:]))
}

// maxCertificates is the most of a chain. Real ones have three or four.
const maxCertificates = 100

// Advice for getting a usable certificate.
const (
	copyCertificateAgain = "copy it again, whole (openssl x509 -in cert.pem -noout -subject says " +
		"whether the original is good)"
	pkcs7Command   = "openssl pkcs7 -in chain.p7b -print_certs -out chain.pem"
	trustedCommand = "openssl x509 -in cert.pem -out new.pem"
)

// Faults of what is given as a certificate.
const (
	holdsKey = "holds a private key, which must not be here, because a certificate is shown to " +
		"everybody: give all of it as privateKey"
	isPublicAlone = "is a public key alone: give the certificate that holds it"
	isRequestOnly = "is a certificate signing request: give the certificate that was made of it"
	isRevocation  = "is a list of revoked certificates (CRL): give the certificate of the private key"
	isPKCS7       = "is PKCS #7 (.p7b): convert it with: " + pkcs7Command
)

var (
	errForeign = errors.New(
		"doesn't belong to the certificate, which has another public key: give the two that belong " +
			"together (openssl x509 -in cert.pem -noout -pubkey and openssl pkey -in key.pem -pubout " +
			"then print the same)",
	)
	errBrokenCertificate = errors.New(
		"is damaged, cut off or no certificate: " + copyCertificateAgain,
	)
	errSeveralLeaves = errors.New(
		"holds several certificates of which none issued the other: give that of the private key, and " +
			"then those that issued it, and no other",
	)
	errTooMany = errors.New(
		"holds more than 100 certificates: give that of the private key, and those that issued it",
	)
)

// besideKey makes an error about a certificate one about the privateKey that holds it, too.
func besideKey(err error) error {
	if err == errForeign {
		return err
	}
	return errors.New("holds a key and a certificate, but the certificate " + err.Error())
}

func (in *intake) addCertificate(certificate *Certificate, err error) error {
	if err == nil && len(in.certificates) == maxCertificates {
		err = errTooMany
	}
	if err != nil {
		return besideKey(err)
	}
	in.certificates = append(in.certificates, certificate)
	return nil
}

// ParseCertificates reads a certificate, or several: PEM with one or more, DER, or the base64 of
// either. It mends texts as [ParseKey] does. The errors complete a sentence that begins with
// certificate. They contain nothing of the input.
func ParseCertificates(input string) ([]*Certificate, error) {
	if len(input) > maxInput {
		return nil, errors.New("is larger than 1 MiB, so it is no certificate")
	}
	text := input
	if !isDER(text) {
		text = trim(input)
		if decoded, ok := decodeBase64(text); ok && !isPEM(text) {
			if text = decoded; !isDER(text) {
				text = trim(decoded)
			}
		}
	}
	switch {
	case isDER(text):
		certificate, err := readCertificate([]byte(text))
		return []*Certificate{certificate}, err
	case text == "":
		return nil, errors.New("is empty")
	case isPEM(text):
		return readCertificates(text)
	case isJSON(text) && strings.Contains(text, `"d"`):
		return nil, errors.New(holdsKey)
	}
	return nil, errors.New(
		"is neither PEM (-----BEGIN CERTIFICATE-----) nor DER: give what is in the file, not its name " +
			"or its thumbprint",
	)
}

// readCertificates reads the certificates of a PEM text.
func readCertificates(text string) (all []*Certificate, err error) {
	blocks, whole := blocksOf(text)
	other := ""
	for _, b := range blocks {
		if b.isKey() {
			return nil, errors.New(holdsKey)
		}
	}
	if !whole {
		return nil, errors.New(
			"was cut off: its -----END CERTIFICATE----- is missing; " + copyCertificateAgain,
		)
	}
	for _, b := range blocks {
		if !b.isCertificate() {
			if other = nameOf(otherLabels, []byte(b.label)); other == "" {
				other = "is PEM of another kind than a certificate: -----BEGIN CERTIFICATE----- is needed"
			}
			continue
		}
		certificate, err := certificateIn(b)
		if err != nil {
			return nil, err
		}
		if len(all) == maxCertificates {
			return nil, errTooMany
		}
		all = append(all, certificate)
	}
	if len(all) == 0 {
		return nil, errors.New(other)
	}
	return all, nil
}

// otherLabels are the beginnings, without blanks, of PEM labels that are given in place of
// CERTIFICATE.
var otherLabels = [][2]string{
	{"CERTIFICATEREQUEST", isRequestOnly},
	{"NEWCERTIFICATEREQUEST", isRequestOnly},
	{"X509CRL", isRevocation},
	{"PKCS7", isPKCS7},
	{"CMS", isPKCS7},
	{"TRUSTEDCERTIFICATE", "is in OpenSSL's own format: convert it with: " + trustedCommand},
	{"PUBLICKEY", isPublicAlone},
	{"RSAPUBLICKEY", isPublicAlone},
}

// certificateIn reads the certificate of a block.
func certificateIn(b block) (*Certificate, error) {
	encoded, ok := decodeBase64(b.contents)
	if !ok || encoded == "" {
		return nil, errBrokenCertificate
	}
	return readCertificate([]byte(encoded))
}

// readCertificate reads the Certificate of RFC 5280 section 4.1.
//
//go:noinline
func readCertificate(encoded []byte) (*Certificate, error) {
	c := &Certificate{DER: encoded}
	d := newDER(encoded)
	outer := d.read(tagSequence)
	d.end()
	signed := outer
	tag, first := signed.next()
	second, _ := signed.next()
	if *d.spoiled {
		return c, errBrokenCertificate
	}
	switch {
	case tag == tagInteger && len(first.rest) == 1 && first.rest[0] == 3 && second == tagSequence:
		return c, errors.New(
			"is a PKCS #12 file (.p12, .pfx): give it as privateKey, with its passphrase",
		)
	case tag == tagInteger, tag == tagSequence && second == tagOctetString:
		return c, errors.New(holdsKey)
	case tag == tagSequence && second == tagBitString:
		return c, errors.New(isPublicAlone)
	case tag == tagOID && string(first.rest) == oidSignedData:
		return c, errors.New(isPKCS7)
	case tag != tagSequence || second != tagSequence || !signed.is(tagBitString):
		return c, errBrokenCertificate
	}
	if bytes.HasPrefix(first.rest, []byte{tagInteger, 1, 0}) {
		request := first // its version is 0, and its first name stands where a certificate has algorithm
		request.next()
		request.next()
		if key, _ := request.next(); key == tagSequence && request.is(tagContext) {
			return c, errors.New(isRequestOnly)
		}
	}
	first.optional(tagContext) // the version
	first.optional(tagInteger) // the serial number, which is left out in a list of revoked ones
	first.read(tagSequence)    // the algorithm
	c.issuer = first.read(tagSequence).rest
	if first.is(tagUTCTime) || first.is(tagGeneralizedTime) {
		return c, errors.New(isRevocation)
	}
	validity := first.read(tagSequence)
	validity.next()
	c.End = timeOf(&validity)
	c.subject = first.read(tagSequence).rest
	before := first.rest
	key := first.read(tagSequence)
	if !*d.spoiled {
		c.spki = before[:len(before)-len(first.rest)]
	}
	if c.public = readPublicKey(key); *d.spoiled || c.End == "" {
		return c, errBrokenCertificate
	}
	return c, nil
}

// timeOf reads a Time of RFC 5280 section 4.1.2.5, and returns it as in RFC 3339, or "".
func timeOf(d *der) string {
	tag, contents := d.next()
	digits := string(contents.rest)
	if tag == tagUTCTime && len(digits) == 13 {
		century := "20"
		if digits[0] >= '5' {
			century = "19"
		}
		digits = century + digits
	}
	if len(digits) != 15 || digits[14] != 'Z' || strings.Trim(digits[:14], "0123456789") != "" {
		return ""
	}
	return digits[:4] + "-" + digits[4:6] + "-" + digits[6:8] + "T" +
		digits[8:10] + ":" + digits[10:12] + ":" + digits[12:14] + "Z"
}

// A publicKey is the SubjectPublicKeyInfo of RFC 5280 section 4.1.
type publicKey struct {
	algorithm, curve string // object identifiers
	key              []byte
}

//go:noinline
func readPublicKey(spki der) (k publicKey) {
	algorithm := spki.read(tagSequence)
	k.algorithm = string(algorithm.read(tagOID).rest)
	if k.algorithm == oidRSAPSS { // the same key, with a limit to its use
		k.algorithm = oidRSA
	}
	if k.algorithm == oidEC && algorithm.is(tagOID) {
		k.curve = string(algorithm.read(tagOID).rest)
	}
	if k.key = spki.read(tagBitString).rest; len(k.key) < 2 || k.key[0] != 0 {
		spki.spoil()
		return k
	}
	k.key = k.key[1:] // after the number of unused bits
	return k
}

// is says whether two public keys are the same. The point of the second one, on a curve, may be
// compressed (SEC 1 section 2.3.3).
func (k publicKey) is(other publicKey) bool {
	if k.algorithm != other.algorithm || k.curve != other.curve {
		return false
	}
	if point := other.key; k.algorithm == oidEC && len(point) > 1 && len(k.key) == 2*len(point)-1 {
		return point[0] == 2|k.key[len(k.key)-1]&1 && bytes.Equal(point[1:], k.key[1:len(point)])
	}
	return bytes.Equal(k.key, other.key)
}

// SetCertificates sets the certificates of a key: its own, and those that issued it, in any order.
// They must form one chain, and a key that shows its public key must be that of the first. The
// error is one about the certificate, except for a foreign key: see [IsForeign].
func (k *Key) SetCertificates(certificates []*Certificate) error {
	chain, err := chainOf(certificates)
	if err != nil {
		return err
	}
	own := chain[0]
	switch {
	case k.SPKI != nil:
		d := newDER(k.SPKI)
		if !readPublicKey(d.read(tagSequence)).is(own.public) {
			return errForeign
		}
	case k.Type != "" && !k.couldBe(own.public):
		return errForeign
	case k.PKCS8 != nil && (k.Type != "EC" || own.public.key[0] == 4):
		// A signature must verify with the certificate's public key. WebCrypto takes no compressed
		// point.
		k.SPKI, k.certified = own.spki, true
		k.setFingerprint()
	}
	k.Certificates = chain
	return nil
}

// IsForeign says whether the error is about a key that doesn't belong to its certificate. It
// completes a sentence that begins with privateKey.
func IsForeign(err error) bool { return err == errForeign }

// couldBe says whether the type and the curve of the key are those of the public one.
func (k *Key) couldBe(public publicKey) bool {
	switch k.Type {
	case "RSA":
		return public.algorithm == oidRSA
	case "OKP":
		return public.algorithm == oidEd25519
	}
	for _, c := range curves {
		if c.name == k.Curve {
			return public.algorithm == oidEC && public.curve == c.oid
		}
	}
	return false
}

// chainOf returns the certificates in the order of RFC 7515 section 4.1.6: that of the key, which
// issued no other one, and after each the one that issued it, as far as they are there. It compares
// names, and no signatures.
func chainOf(all []*Certificate) (chain []*Certificate, err error) {
	var next *Certificate
	for _, c := range all {
		if issuedOne(c.subject, all) || next != nil && bytes.Equal(next.DER, c.DER) {
			continue
		}
		if next != nil {
			return nil, errSeveralLeaves
		}
		next = c
	}
	if next == nil {
		return nil, errSeveralLeaves // each issued another one
	}
	for next != nil {
		chain = append(chain, next)
		issuer := next.issuer
		isEnd := bytes.Equal(issuer, next.subject) || len(chain) == len(all)
		next = nil
		for _, c := range all {
			if !isEnd && next == nil && bytes.Equal(c.subject, issuer) {
				next = c
			}
		}
	}
	return chain, nil
}

// issuedOne says whether the subject of that name issued another one of the certificates.
func issuedOne(subject []byte, all []*Certificate) bool {
	for _, c := range all {
		if bytes.Equal(c.issuer, subject) && !bytes.Equal(c.subject, subject) {
			return true
		}
	}
	return false
}
