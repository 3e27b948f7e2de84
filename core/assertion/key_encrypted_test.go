package assertion

import (
	"hash"
	"strings"
	"testing"
)

// encrypted returns an EncryptedPrivateKeyInfo (RFC 5958 section 3) of PBES2 with HMAC-SHA256 and
// AES-256 (RFC 8018), whose content is zeros.
func encrypted(iterations uint32, salt string) string {
	number := []byte{
		byte(iterations >> 24),
		byte(iterations >> 16),
		byte(iterations >> 8),
		byte(iterations),
	}
	derivation := encode(tagSequence, encode(tagOID, []byte(oidPBKDF2)), encode(
		tagSequence,
		encode(
			tagOctetString,
			[]byte(salt),
		),
		encodeNumber(number),
		encode(tagSequence, encode(tagOID, []byte(oidHMACSHA256)), encode(tagNull)),
	))
	encryption := encode(
		tagSequence,
		encode(tagOID, []byte(oidAES256CBC)),
		encode(tagOctetString, make([]byte, 16)),
	)
	algorithm := encode(
		tagSequence,
		encode(tagOID, []byte(oidPBES2)),
		encode(tagSequence, derivation, encryption),
	)
	return string(encode(tagSequence, algorithm, encode(tagOctetString, make([]byte, 48))))
}

// PBKDF2 runs once for a key and a passphrase, right or wrong, until it is forgotten, and never for
// more iterations than may be.
func TestDerivedOnce(t *testing.T) {
	var iterations []int
	real := pbkdf2Key
	defer func() { pbkdf2Key = real }()
	pbkdf2Key = func(h func() hash.Hash, password string, salt []byte, n, size int) []byte {
		iterations = append(iterations, n)
		return real(h, password, salt, 1, size)
	}
	Forget()
	for _, step := range []struct {
		iterations uint32
		salt, pass string
		forget     bool
		derived    int // all in all
	}{
		{600_000, "salt", "wrong", false, 1},
		{600_000, "salt", "wrong", false, 1},
		{600_000, "salt", "other", false, 2},
		{600_000, "salt2", "wrong", false, 3},
		{600_000, "saltw", "rong", false, 4}, // the same letters, divided otherwise
		{599_999, "salt", "wrong", false, 5},
		{600_000, "salt", "wrong", true, 6},
		{600_001, "salt", "wrong", false, 6},
		{2_000_000, "salt", "wrong", false, 6},
		{1 << 31, "salt", "wrong", false, 6},
	} {
		if step.forget {
			Forget()
		}
		_, err := ParseKey(encrypted(step.iterations, step.salt), step.pass, "")
		want := "passphrase is wrong"
		switch {
		case step.iterations == 1<<31:
			want = "is a damaged"
		case step.iterations > maxIterations:
			want = "more than 600000 iterations, which would take too long: convert it with: openssl pkey " +
				"-in key.pem -aes256 -out new.pem"
		}
		if err == nil || !strings.Contains(err.Error(), want) || len(iterations) != step.derived {
			t.Errorf("%+v: %v, derived %v", step, err, iterations)
		}
	}
	for range 3 * maxDerivedKeys {
		_, _ = ParseKey(
			encrypted(1, strings.Repeat("s", len(derivedKeys.byInput)+len(iterations))),
			"wrong",
			"",
		)
		iterations = append(iterations, 0)
	}
	if n := len(derivedKeys.byInput); n > maxDerivedKeys {
		t.Errorf("%d are kept", n)
	}
}

// A hostile key is read in the time of its length, and its size is bounded.
func TestCostIsBounded(t *testing.T) {
	for name, input := range map[string]string{
		"a large key": strings.Repeat("A", maxInput+1),
		"a large RSA key": string(encode(
			tagSequence,
			encodeNumber(nil),
			encodeNumber([]byte(strings.Repeat("\x7f", 60_000))),
		)),
		"large RSA parts": `{"kty":"RSA","n":"` + strings.Repeat("q", 340) +
			`AB","e":"AQAB","d":"` + strings.Repeat("q", 80_000) +
			`","p":"` + strings.Repeat("q", 80_000) +
			`","q":"` + strings.Repeat("q", 80_000) +
			`","dp":"AQAB","dq":"AQAB","qi":"AQAB"}`,
		"a set of kids":    `{"keys":[` + strings.Repeat(`{"kty":"EC","d":"AA","kid":"`+strings.Repeat("k", 100)+`"},`, 5000) + `{"kty":"EC","d":"AA"}]}`,
		"a set of others":  `{"keys":[` + strings.Repeat(`{"kty":"EC","d":"AA","key_ops":["verify"]},`, 5000) + `{}]}`,
		"a name":           `{"kty":"` + strings.Repeat("k", 1e6) + `"}`,
		"a curve":          `{"kty":"EC","crv":"` + strings.Repeat("k", 1e6) + `"}`,
		"an alg":           `{"kty":"oct","k":"AAAA","alg":"` + strings.Repeat("k", 1e6) + `"}`,
		"lines of PEM":     strings.Repeat("-----BEGIN X-----\nAAAA\n-----END X-----\n", 20_000),
		"beginnings":       strings.Repeat("-----BEGIN", 90_000),
		"backslashes":      strings.Repeat(`\`, 1e6),
		"nested sequences": strings.Repeat("\x30\x84\x00\x0f\x00\x00", 20_000),
	} {
		if _, err := ParseKey(input, "", ""); err == nil || len(err.Error()) > 1200 {
			t.Errorf("%s: %.1300v", name, err)
		}
	}
}
