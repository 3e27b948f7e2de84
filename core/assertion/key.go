package assertion

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// A Key is a checked key to sign with. It has one form, whatever its input was.
type Key struct {
	Type  string // "RSA", "EC", "OKP" or "oct" (RFC 7518 section 6.1, RFC 8037)
	Curve string // "P-256", "P-384", "P-521" or "Ed25519"; "" for RSA and oct
	ID    string // the JWK's kid, or ""
	// the default algorithm: the JWK's alg, or the usual one for the key
	Alg string
	// the private key as DER-encoded PKCS #8 (RFC 5208) in a normalized form, which WebCrypto accepts;
	// nil for oct
	PKCS8 []byte
	// the public key in the input, as DER (RFC 5280 section 4.1); nil for oct, and if there was none
	SPKI      []byte
	Encrypted bool // whether the key was encrypted, so that its passphrase was needed
	// Certificates are the key's certificate and those that issued it, one after the other, if the
	// input or [Key.SetCertificates] has any.
	Certificates []*Certificate
	// Fingerprint is the SHA-256 of PKCS8 and SPKI. A host tells its keys apart by it. It is "" in a
	// build that signs.
	Fingerprint string

	SaysAlg   bool         // Alg is the JWK's alg
	certified bool         // SPKI is the certificate's
	algs      []string     // the algorithms that the key allows, if it says so; else nil
	secret    []byte       // oct
	private   []byte       // EC: the big-endian scalar; OKP: the seed; RSA: PKCS #1 in DER
	public    []byte       // EC: the uncompressed point; OKP: its 32 bytes; nil if the input has none
	parsed    atomic.Value // sign_private.go's form of private, which takes long to make for RSA
}

// SecretKey returns the key of client_secret_jwt: the bytes of the client secret (RFC 7523, OpenID
// Connect Core section 9).
func SecretKey(secret string) *Key {
	return &Key{Type: "oct", Alg: "HS256", secret: []byte(secret)}
}

// ParseKey reads a private key, from text or from bytes:
//
//   - PKCS #8, PKCS #1 and SEC 1, in DER, in PEM, or the base64 of either;
//   - encrypted PKCS #8 (PBES2 of RFC 8018: PBKDF2 with HMAC-SHA1, 256, 384 or 512, and AES-CBC),
//     which needs the passphrase;
//   - PKCS #12 (RFC 7292) with one key, encrypted by PBES2, or not;
//   - a JWK, or a JWK set, from which keyID selects the key with that kid. A set with one private
//     key needs no keyID.
//
// The certificates beside the key in PEM and in PKCS #12 must be the key's own and those that
// issued it. They become the key's.
//
// The text may have been changed by environment files, shells and JSON. ParseKey accepts line
// breaks that were escaped, became blanks or were lost, surrounding quotes and blanks, and text
// around PEM.
//
// The errors complete a sentence that begins with privateKey. They say what the input is and how to
// mend it. They contain nothing of the key except the kids of a set. ParseKey checks that a key's
// numbers belong together, but not who owns the key. A build without the signers can compute
// neither curve points nor primality, so the host must check those: a signature by [Key.PKCS8] must
// verify with [Key.SPKI].
func ParseKey(input, passphrase, keyID string) (*Key, error) {
	if len(input) > maxInput {
		return nil, errors.New("is larger than 1 MiB, so it is no key")
	}
	in := intake{passphrase: passphrase, keyID: keyID}
	key, err := in.read(input)
	if err != nil {
		return nil, err
	}
	if err := checkPair(key); err != nil {
		return nil, err
	}
	key.Encrypted = in.encrypted
	if len(in.certificates) > 0 {
		if err := key.SetCertificates(in.certificates); err != nil {
			return nil, besideKey(err)
		}
	}
	key.setFingerprint()
	return key, nil
}

func (k *Key) setFingerprint() {
	if HostSigns && k.PKCS8 != nil {
		sum := sha256.Sum256(slices.Concat(k.PKCS8, k.SPKI))
		k.Fingerprint = base64.RawURLEncoding.EncodeToString(sum[:])
	}
}

// maxInput is the most bytes of a key. Real ones have a few thousand, and a set of keys a hundred
// times that.
const maxInput = 1 << 20

// Mismatch is the error for a key whose parts don't belong together. A host that signs with PKCS8
// returns it if a signature doesn't verify.
func (k *Key) Mismatch() error {
	if k.certified {
		return errForeign
	}
	if k.Type == "RSA" {
		return damaged{"RSA", wrongNumbers}
	}
	return errors.New(
		"is damaged: its public part doesn't belong to its private part; copy it again, whole",
	)
}

// An intake reads one key.
type intake struct {
	passphrase, keyID string
	encrypted         bool
	isPKCS12          bool
	iterations        int // of PBKDF2, for all that is encrypted
	certificates      []*Certificate
}

func (in *intake) read(input string) (*Key, error) {
	if isDER(input) {
		return in.readDER([]byte(input))
	}
	text := trim(input)
	if decoded, ok := decodeBase64(text); ok && !isJSON(text) && !isPEM(text) &&
		!strings.Contains(text, pemEnd) {
		if isDER(decoded) {
			return in.readDER([]byte(decoded))
		}
		if inner := trim(decoded); isJSON(inner) || isPEM(inner) {
			text = inner
		}
	}
	switch {
	case text == "":
		return nil, errors.New("is empty")
	case isJSON(text):
		return in.readJSON(text)
	case isPEM(text):
		return in.readPEM(text)
	}
	return nil, errors.New(foreign(text))
}

// isDER says whether input begins like a DER-encoded SEQUENCE. No text does: the second byte of a
// short SEQUENCE is the length of the rest, and a longer one is not UTF-8.
func isDER(input string) bool {
	return len(input) > 1 && input[0] == tagSequence &&
		(int(input[1]) == len(input)-2 || !utf8.ValidString(input))
}

func isJSON(text string) bool { return text != "" && (text[0] == '{' || text[0] == '[') }

func isPEM(text string) bool { return strings.Contains(text, pemBegin) }

// around are the characters that are cut off both ends of a key in text: white space, a byte order
// mark, and quotes and separators.
const around = " \t\r\n\v\f\u00a0\u200b\ufeff\"'`,;"

//go:noinline
func trim(text string) string {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		// UTF-16, as PowerShell writes it; a key is ASCII
		text = strings.ReplaceAll(text[2:], "\x00", "")
	}
	text = strings.Trim(text, around)
	if strings.HasPrefix(text, `\`) {
		text = strings.Trim(unescape(text), around)
	}
	return text
}

// unescape undoes the escapes of JSON, shells and environment files, however often they were
// applied. PEM and the key's members of a JWK contain no backslash of their own.
func unescape(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' {
			for i < len(text) && text[i] == '\\' {
				i++
			}
			if i == len(text) {
				break
			}
			if c = text[i]; c == 'n' || c == 'r' || c == 't' {
				c = '\n'
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// decodeBase64 reads both alphabets of RFC 4648, with or without padding and white space.
//
//go:noinline
func decodeBase64(text string) (string, bool) {
	text = strings.TrimRight(withoutBlanks(unescape(text)), "=")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "-", "+"), "_", "/")
	decoded, err := base64.RawStdEncoding.DecodeString(text)
	return string(decoded), err == nil
}

func withoutBlanks(text string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(around, c) {
			return -1
		}
		return c
	}, text)
}

// Advice for getting a usable key.
const (
	newKeyCommand     = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem"
	newRSACommand     = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem"
	reencryptCommand  = "openssl pkey -in key.pem -aes256 -out new.pem"
	namedCurveCommand = "openssl pkey -in key.pem -ec_param_enc named_curve -out new.pem"
	checkCommand      = "openssl pkey -in key.pem -noout -check"
	copyItAgain       = "copy it again, whole (" + checkCommand + " says whether the original is good)"
	derCommand        = "openssl pkey -in key.der -inform DER -out key.pem"
	pkcs12Command     = "openssl pkcs12 -legacy -aes256 -in key.p12 -out key.pem"
	decryptOldCommand = reencryptCommand + " (if OpenSSL 3 says unsupported, add -provider legacy " +
		"-provider default)"
	jksCommand = "keytool -importkeystore -srckeystore key.jks -destkeystore key.p12 " +
		"-deststoretype pkcs12"
	puttyCommand = "puttygen key.ppk -O private-openssh -o key.pem"
	sshCommand   = "ssh-keygen -p -m PKCS8 -f key"
)

// Faults that several forms can have.
const (
	isPublic = "is a public key: give the private key that belongs to it (openssl pkey -in " +
		"key.pem -pubout prints the public key of a private one)"
	isCertificate = "is a certificate: give the private key that belongs to it (openssl pkey -in " +
		"key.pem -pubout prints the public key of a private one)"
	isRequest   = "is a certificate signing request: give the private key that it was made with"
	isSSHPublic = "is an SSH public key: give the private key that belongs to it, in PEM (" +
		sshCommand + " converts it)"
)

// foreign says what a text is that is neither PEM nor JSON.
func foreign(text string) string {
	lower := strings.ToLower(text)
	starts := func(prefixes ...string) bool { return hasAny(strings.HasPrefix, lower, prefixes) }
	switch {
	case strings.HasPrefix(text, "\xfe\xed\xfe\xed"):
		return "is a Java keystore: convert it with: " + jksCommand +
			", and give the bytes of key.p12, with its passphrase"
	case !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\x01\x02\x03\x04\x05\x06\ufffd"):
		return "is binary, but no key in DER, or was read as if it were text: read the file as bytes, " +
			"or convert it with: " + derCommand
	case starts("putty-user-key-file"):
		return "is a PuTTY key (.ppk): convert it with: " + puttyCommand
	case starts("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "---- begin ssh2 public"):
		return isSSHPublic
	case starts("---- begin ssh2"):
		return "is a key in the format of SSH2: import it with: ssh-keygen -i -f key > key.pem"
	case strings.Contains(text, "<RSAKeyValue>"):
		return "is an XML key of .NET: export it with ExportPkcs8PrivateKeyPem()"
	case starts("<"):
		return "is HTML or XML, not a key"
	case starts("eyj") && strings.Contains(text, "."):
		return "is a JWT or another signed or encrypted object, not a key"
	case strings.Contains(text, "PRIVATE KEY"):
		return "has a damaged first line: it must be -----BEGIN PRIVATE KEY-----, with five hyphens on " +
			"either side; copy the whole file again"
	case !strings.ContainsAny(text, "\r\n") && (starts("/", "./", "../", "~/", "~\\", "file:") ||
		hasAny(strings.HasSuffix, lower, keyFiles) ||
		len(text) > 2 && (text[1:3] == `:\` || text[1:3] == ":/")):
		return "is the path of a file: give what is in the file"
	case starts("mi", "ls0tls"): // the beginning of the base64 of DER and of PEM
		return "looks like the base64 of a key, but is cut off or damaged: " + copyItAgain
	}
	return "is neither PEM (-----BEGIN PRIVATE KEY-----) nor a JWK nor DER: give the key itself, " +
		"not its name or its password; openssl pkey -in key.pem -out new.pem makes PEM of any key"
}

var keyFiles = []string{
	".pem",
	".key",
	".p8",
	".pk8",
	".der",
	".p12",
	".pfx",
	".jks",
	".ppk",
	".json",
	".jwk",
	".txt",
}

func hasAny(has func(text, part string) bool, text string, parts []string) bool {
	for _, part := range parts {
		if has(text, part) {
			return true
		}
	}
	return false
}
