package assertion_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/assertion"
)

var ecdsaAlgorithms = []struct {
	alg   string
	curve elliptic.Curve
	hash  crypto.Hash
	size  int // of one of the two numbers: RFC 7518 section 3.4
}{
	{"ES256", elliptic.P256(), crypto.SHA256, 32},
	{"ES384", elliptic.P384(), crypto.SHA384, 48},
	{"ES512", elliptic.P521(), crypto.SHA512, 66},
}

// crypto/ecdsa writes the DER, and verifies what becomes of it.
func TestDERBecomesRaw(t *testing.T) {
	for _, a := range ecdsaAlgorithms {
		t.Run(a.alg, func(t *testing.T) {
			key, err := ecdsa.GenerateKey(a.curve, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			h := a.hash.New()
			h.Write([]byte("header.claims"))
			digest := h.Sum(nil)
			lengths := map[int]bool{}
			for range 300 { // one number in 256 is short
				der, err := ecdsa.SignASN1(rand.Reader, key, digest)
				if err != nil {
					t.Fatal(err)
				}
				lengths[len(der)] = true
				raw, err := assertion.Signature(a.alg, der)
				if err != nil || len(raw) != 2*a.size {
					t.Fatalf("%x: %d bytes, %v", der, len(raw), err)
				}
				r, s := new(big.Int).SetBytes(raw[:a.size]), new(big.Int).SetBytes(raw[a.size:])
				if !ecdsa.Verify(&key.PublicKey, digest, r, s) {
					t.Fatalf("%x doesn't verify as %x", der, raw)
				}
				if again, err := assertion.Signature(a.alg, raw); err != nil || string(again) != string(raw) {
					t.Fatalf("raw %x became %x, %v", raw, again, err)
				}
			}
			if len(lengths) < 3 {
				t.Errorf("only these lengths came up: %v", lengths)
			}
		})
	}
}

// The numbers of RFC 6979 appendix A.2.5, P-256 with SHA-256, "sample" and "test": three of them
// begin with a one bit, which DER puts a zero byte before. The DER is OpenSSL's (asn1parse
// -genconf).
func TestDERPublished(t *testing.T) {
	for der, raw := range map[string]string{
		"3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8": "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
		"3045022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d383670220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083":   "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
	} {
		got, err := assertion.Signature("ES256", unhex(t, der))
		if err != nil || hex.EncodeToString(got) != raw {
			t.Errorf("%s became %x, %v", der, got, err)
		}
	}
}

func TestSignaturesOfTheWrongForm(t *testing.T) {
	for _, test := range []struct{ what, alg, signature, wants string }{
		{"nothing", "ES256", "", "64 bytes, r and s side by side, or DER"},
		{"a byte missing", "ES256", strings.Repeat("01", 63), "64 bytes"},
		{"the size of another curve", "ES256", strings.Repeat("01", 96), "64 bytes"},
		{"the size of another curve", "ES384", strings.Repeat("01", 64), "96 bytes"},
		{"the size of another curve", "ES512", strings.Repeat("01", 96), "132 bytes"},
		{"an Ed25519 signature cut off", "EdDSA", strings.Repeat("01", 63), "64 bytes"},
		{"an Ed25519 signature cut off", "Ed25519", strings.Repeat("01", 63), "64 bytes"},
		{"an RSA signature of 1024 bits", "RS256", strings.Repeat("01", 128), "256 bytes or more"},
		{"an RSA signature of 1024 bits", "PS512", strings.Repeat("01", 128), "256 bytes or more"},
		{"DER with more behind it", "ES256", "300602010102010100", "DER"},
		{"DER with three numbers", "ES256", "3009020101020101020101", "DER"},
		{"DER with one number", "ES256", "3003020101", "DER"},
		{"DER with a zero", "ES256", "3006020100020101", "DER"},
		{"DER with a negative number", "ES256", "3006020180020101", "DER"},
		{"DER with a number too large", "ES256", "3026" + "0221" + "01" + strings.Repeat("00", 32) + "020101", "DER"},
		{"DER cut off", "ES256", "30060201010201", "DER"},
	} {
		signature, err := assertion.Signature(test.alg, unhex(t, test.signature))
		if err == nil || !strings.Contains(err.Error(), test.wants) ||
			!strings.Contains(err.Error(), test.alg) {
			t.Errorf("%s, %s: %x, %v", test.alg, test.what, signature, err)
		}
	}
	for alg, size := range map[string]int{"RS256": 256, "RS384": 384, "PS256": 512, "EdDSA": 64, "Ed25519": 64} {
		if got, err := assertion.Signature(alg, make([]byte, size)); err != nil || len(got) != size {
			t.Errorf("%s: %d bytes, %v", alg, len(got), err)
		}
	}
}

func FuzzSignature(f *testing.F) {
	for _, a := range ecdsaAlgorithms {
		key, err := ecdsa.GenerateKey(a.curve, rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		der, err := ecdsa.SignASN1(rand.Reader, key, make([]byte, a.hash.Size()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.alg, der)
	}
	f.Add("RS256", make([]byte, 256))
	f.Add("EdDSA", make([]byte, 64))
	f.Add("none", []byte{0x30, 0x80})
	sizes := map[string]int{"ES256": 64, "ES384": 96, "ES512": 132, "EdDSA": 64, "Ed25519": 64}
	f.Fuzz(func(t *testing.T, alg string, signature []byte) {
		got, err := assertion.Signature(alg, signature)
		if err == nil && sizes[alg] != 0 && len(got) != sizes[alg] {
			t.Errorf("%s: %x became %x", alg, signature, got)
		}
	})
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
