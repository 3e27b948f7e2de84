package assertion

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"strconv"
	"sync"
)

// maxIterations limits the time for a key, with all that is encrypted beside it, during which
// nothing else runs. It is OWASP's advice for SHA-256 ("Password Storage Cheat Sheet"). In
// WebAssembly it takes about two seconds. OpenSSL's default is 2048.
const maxIterations = 600_000

// The object identifiers of RFC 8018 appendices A to C and of NIST's AES, in DER.
const (
	oidPBES2   = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
	oidPBKDF2  = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
	oidPBES1   = "\x2a\x86\x48\x86\xf7\x0d\x01\x05" // the common beginning of its algorithms
	oidPKCS12  = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"
	oidScrypt  = "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"
	oidDESEDE3 = "\x2a\x86\x48\x86\xf7\x0d\x03\x07"

	oidHMACSHA1   = "\x2a\x86\x48\x86\xf7\x0d\x02\x07"
	oidHMACSHA256 = "\x2a\x86\x48\x86\xf7\x0d\x02\x09"
	oidHMACSHA384 = "\x2a\x86\x48\x86\xf7\x0d\x02\x0a"
	oidHMACSHA512 = "\x2a\x86\x48\x86\xf7\x0d\x02\x0b"

	oidAES       = "\x60\x86\x48\x01\x65\x03\x04\x01" // the common beginning of its modes
	oidAES128CBC = "\x60\x86\x48\x01\x65\x03\x04\x01\x02"
	oidAES192CBC = "\x60\x86\x48\x01\x65\x03\x04\x01\x16"
	oidAES256CBC = "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"
)

var (
	hashes = []struct {
		oid string
		new func() hash.Hash
	}{
		{oidHMACSHA1, sha1.New}, {oidHMACSHA256, sha256.New},
		{oidHMACSHA384, sha512.New384}, {oidHMACSHA512, sha512.New},
	}
	schemes = [][2]string{
		{
			oidPBES1,
			"PBES1 (with DES or RC2)",
		}, {oidPKCS12, "a password scheme of PKCS #12 (with Triple DES, RC2 or RC4)"},
		{
			oidScrypt,
			"scrypt",
		}, {oidDESEDE3, "Triple DES (DES-EDE3-CBC)"}, {oidAES, "AES, but not in CBC mode"},
	}
)

// readEncrypted reads the EncryptedPrivateKeyInfo of RFC 5958 section 3.
func (in *intake) readEncrypted(algorithm, data der) (*Key, error) {
	plain, err := in.decrypt(algorithm, data)
	if err != nil {
		return nil, err
	}
	return in.readDecrypted(plain)
}

// decrypt decrypts data of the PBES2 of RFC 8018 section 6.2.
func (in *intake) decrypt(algorithm, data der) ([]byte, error) {
	if scheme := algorithm.read(tagOID).rest; !*algorithm.spoiled && string(scheme) != oidPBES2 {
		return nil, in.errScheme(scheme)
	}
	parameters := algorithm.read(tagSequence)
	derivation := parameters.read(tagSequence)
	encryption := parameters.read(tagSequence)
	function, method := derivation.read(tagOID).rest, encryption.read(tagOID).rest
	keySize := 0
	switch string(method) {
	case oidAES128CBC:
		keySize = 16
	case oidAES192CBC:
		keySize = 24
	case oidAES256CBC:
		keySize = 32
	}
	switch {
	case *algorithm.spoiled:
		return nil, damaged{in.encryptedFormat(), brokenStructure}
	case string(function) != oidPBKDF2:
		return nil, in.errScheme(function)
	case keySize == 0:
		return nil, in.errScheme(method)
	}
	iv := encryption.read(tagOctetString).rest

	// PBKDF2-params of RFC 8018 appendix A.2; the default function is HMAC-SHA1.
	derivation = derivation.read(tagSequence)
	salt, iterations := derivation.read(tagOctetString).rest, derivation.small()
	size, prf := keySize, []byte(oidHMACSHA1)
	if derivation.is(tagInteger) {
		size = derivation.small()
	}
	if prfs, found := derivation.optional(tagSequence); found {
		prf = prfs.read(tagOID).rest
	}
	if *algorithm.spoiled || iterations < 1 || size != keySize || len(iv) != aes.BlockSize ||
		len(data.rest) == 0 ||
		len(data.rest)%aes.BlockSize != 0 {
		return nil, damaged{in.encryptedFormat(), brokenStructure}
	}
	var newHash func() hash.Hash
	for _, h := range hashes {
		if h.oid == string(prf) {
			newHash = h.new
		}
	}
	left := maxIterations - in.iterations
	in.iterations += iterations
	switch {
	case newHash == nil:
		return nil, in.errScheme(prf)
	case iterations > left: // the sum may overflow
		return nil, errors.New(
			"is encrypted with more than 600000 iterations, which would take too long: " +
				"convert it with: " + in.convertCommand(reencryptCommand),
		)
	case in.passphrase == "" && !in.isPKCS12: // many files of PKCS #12 have an empty one
		return nil, errors.New(
			"is encrypted: give its passphrase too, or decrypt it with: openssl pkey -in key.pem -out " +
				"new.pem",
		)
	}

	derived := derive(newHash, string(prf), in.passphrase, salt, iterations, keySize)
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, in.errDecrypt()
	}
	plain := make([]byte, len(data.rest))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data.rest)
	padding := plain[len(plain)-1] // RFC 8018 section 6.1.1
	if padding == 0 || padding > aes.BlockSize {
		return nil, in.errDecrypt()
	}
	end := len(plain) - int(padding)
	for _, b := range plain[end:] {
		if b != padding {
			return nil, in.errDecrypt()
		}
	}
	return plain[:end], nil
}

// derivedKeys keeps the results of PBKDF2 for passphrases, right or wrong, so that none is computed
// twice.
var derivedKeys = struct {
	sync.Mutex
	byInput map[[sha256.Size]byte][]byte
}{byInput: map[[sha256.Size]byte][]byte{}}

// maxDerivedKeys is how many results are kept before the map is cleared.
const maxDerivedKeys = 64

// Forget drops the results that belong to passphrases.
func Forget() {
	derivedKeys.Lock()
	defer derivedKeys.Unlock()
	clear(derivedKeys.byInput)
}

// pbkdf2Key is pbkdf2; tests count its calls.
var pbkdf2Key = pbkdf2

// derive returns PBKDF2's result for a passphrase.
func derive(
	newHash func() hash.Hash,
	prf, passphrase string,
	salt []byte,
	iterations, size int,
) []byte {
	// Each part except the last has its length in front, so no two inputs have the same name.
	input := sha256.Sum256(
		[]byte(
			strconv.Itoa(
				iterations,
			) + "," + strconv.Itoa(
				size,
			) + "," + strconv.Itoa(
				len(salt),
			) + "," + prf + string(
				salt,
			) + passphrase,
		),
	)
	derivedKeys.Lock()
	key := derivedKeys.byInput[input]
	derivedKeys.Unlock()
	if key != nil {
		return key
	}
	key = pbkdf2Key(newHash, passphrase, salt, iterations, size)
	derivedKeys.Lock()
	defer derivedKeys.Unlock()
	if len(derivedKeys.byInput) >= maxDerivedKeys {
		clear(derivedKeys.byInput)
	}
	derivedKeys.byInput[input] = key
	return key
}

// readDecrypted reads PKCS #8. If it can't, the passphrase was wrong: its padding looks right once
// in 256 times.
func (in *intake) readDecrypted(plain []byte) (*Key, error) {
	d := newDER(plain)
	info := d.read(tagSequence)
	d.end()
	version := info.small()
	algorithm := info.read(tagSequence)
	if *d.spoiled || version > 1 {
		return nil, in.errDecrypt()
	}
	in.encrypted = true
	return readPKCS8(algorithm, info)
}

func (in *intake) errDecrypt() error {
	if in.passphrase == "" {
		return errors.New("is a PKCS #12 file (.p12, .pfx) with a passphrase: give that, too")
	}
	return errors.New("is encrypted, and the passphrase is wrong, or the key is damaged")
}

func (in *intake) errScheme(oid []byte) error {
	name := nameOf(schemes, oid)
	if name == "" {
		name = "an algorithm that is not known here"
	}
	what := "is encrypted with "
	if in.isPKCS12 {
		what = "is a PKCS #12 file that is encrypted with "
	}
	return errors.New(
		what + name + ", but PBKDF2 and AES-CBC are needed: convert it with: " +
			in.convertCommand(decryptOldCommand),
	)
}

func (in *intake) encryptedFormat() string {
	if in.isPKCS12 {
		return formatPKCS12
	}
	return "encrypted PKCS #8"
}

// convertCommand returns the command that makes PEM of a PKCS #12 file, or the other one.
func (in *intake) convertCommand(other string) string {
	if in.isPKCS12 {
		return pkcs12Command
	}
	return other
}
