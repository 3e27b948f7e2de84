package assertion

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"
)

// The numbers of an RSA key are those of RFC 8017 section 3.2, and n can't be factored by mere
// luck: neither p nor q is small, they are far from each other (FIPS 186-5 appendix A.1.1), and d
// is large (Wiener 1990).
func TestNumbersOfRSABelongTogether(t *testing.T) {
	one, e := big.NewInt(1), big.NewInt(65537)
	less := func(p *big.Int) *big.Int { return new(big.Int).Sub(p, one) }
	// e has an inverse modulo p-1 unless it divides that, as happens once in 65,536 times.
	fits := func(p *big.Int) bool { return new(big.Int).GCD(nil, nil, e, less(p)).Cmp(one) == 0 }
	prime := func(bits int) *big.Int {
		for {
			p, err := rand.Prime(rand.Reader, bits)
			if err != nil {
				t.Fatal(err)
			}
			if fits(p) {
				return p
			}
		}
	}
	// key returns the numbers of a key with these primes; d is the inverse of e, or e that of d.
	key := func(p, q, e, d *big.Int) [8]*big.Int {
		phi := new(big.Int).Mul(less(p), less(q))
		if d == nil {
			d = new(big.Int).ModInverse(e, phi)
		} else {
			e = new(big.Int).ModInverse(d, phi)
		}
		if e == nil || d == nil {
			t.Fatal("e and d have no inverse")
		}
		return [8]*big.Int{
			new(big.Int).Mul(p, q), e, d, p, q,
			new(big.Int).Mod(d, less(p)), new(big.Int).Mod(d, less(q)), new(big.Int).ModInverse(q, p),
		}
	}
	belong := func(numbers [8]*big.Int) bool {
		var encoded [8][]byte
		for i, n := range numbers {
			encoded[i] = n.Bytes()
		}
		return belongTogether(encoded)
	}
	p, q := prime(1024), prime(1024)
	good := key(p, q, e, nil)
	if !belong(good) {
		t.Fatal("a good key")
	}
	for i := range good {
		for _, by := range []int64{-2, 2} {
			changed := good
			changed[i] = new(big.Int).Add(good[i], big.NewInt(by))
			if belong(changed) {
				t.Errorf("number %d is off by %d", i, by)
			}
		}
	}
	phi := new(big.Int).Mul(less(p), less(q))
	large := good
	if large[2] = new(big.Int).Add(good[2], phi); belong(large) {
		t.Error("d is larger than n")
	}
	large = good
	if large[7] = new(big.Int).Add(good[7], p); belong(large) {
		t.Error("qInv is larger than p")
	}
	if belong(key(prime(1400), prime(648), e, nil)) {
		t.Error("q is small")
	}
	near := new(big.Int).Add(p, big.NewInt(2))
	for !near.ProbablyPrime(20) || !fits(near) {
		near.Add(near, big.NewInt(2))
	}
	if belong(key(p, near, e, nil)) {
		t.Error("p and q are near each other")
	}
	if belong(key(p, q, nil, prime(900))) {
		t.Error("d is small")
	}
}

// ParseKey itself refuses such a key, in the build without signers, too.
func TestKeyOfOtherNumbersIsRefused(t *testing.T) {
	p, q := make([]byte, 128), make([]byte, 128)
	p[0], p[127], q[0], q[127] = 0xff, 1, 0xee, 1
	n := new(big.Int).Mul(new(big.Int).SetBytes(p), new(big.Int).SetBytes(q)).Bytes()
	parts := [][]byte{encodeNumber(nil)}
	for _, number := range [][]byte{n, {1, 0, 1}, n[:255], p, q, p[:127], q[:127], {7}} {
		parts = append(parts, encodeNumber(number))
	}
	if _, err := ParseKey(string(encode(tagSequence, parts...)), "", ""); err == nil ||
		!strings.Contains(err.Error(), wrongNumbers) {
		t.Error(err)
	}
}

// The public part goes along to the host that signs, which is to see that it belongs to the private
// one. The key is that of RFC 8037 appendix A.1.
func TestPublicPartGoesAlong(t *testing.T) {
	const jwk = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	key, err := ParseKey(jwk, "", "")
	if err != nil {
		t.Fatal(err)
	}
	public, _ := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if !bytes.HasSuffix(key.SPKI, public) {
		t.Errorf("%x", key.SPKI)
	}
}

func TestKeyHasASize(t *testing.T) {
	if _, err := ParseKey(strings.Repeat("A", maxInput+1), "", ""); err == nil ||
		!strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Error(err)
	}
}

// A key without its public part gets that of its certificate. So the host that signs sees whether
// they belong together.
func TestPublicPartOfTheCertificateGoesAlong(t *testing.T) {
	seed := sha256.Sum256([]byte("seed"))
	public := ed25519.NewKeyFromSeed(seed[:]).Public()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(2e9, 0)}
	encoded, err := x509.CreateCertificate(
		rand.Reader, template, template, public, ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	all, err := ParseCertificates(string(encoded))
	if err != nil {
		t.Fatal(err)
	}
	key := newEd25519(seed[:], nil)
	before := key.Mismatch()
	if err := key.SetCertificates(all); err != nil {
		t.Fatal(err)
	}
	want, err := x509.MarshalPKIXPublicKey(public)
	if err != nil || !bytes.Equal(key.SPKI, want) {
		t.Errorf("%x, want %x (%v)", key.SPKI, want, err)
	}
	if IsForeign(before) || !IsForeign(key.Mismatch()) {
		t.Errorf("%v, then %v", before, key.Mismatch())
	}
}
