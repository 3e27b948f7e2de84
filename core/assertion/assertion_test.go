package assertion_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// The judges are the standard library's verifiers, over keys that crypto/x509 wrote.
func TestSignaturesVerify(t *testing.T) {
	data := []byte("header.claims")
	digest := func(hash crypto.Hash) []byte {
		h := hash.New()
		h.Write(data)
		return h.Sum(nil)
	}
	sign := func(t *testing.T, alg string, key any) []byte {
		parsed, err := assertion.ParseKey(pkcs8(t, key), "", "")
		if err != nil {
			t.Fatal(err)
		}
		signature, err := assertion.Sign(alg, parsed, data)
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for alg, hash := range map[string]crypto.Hash{"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512} {
		t.Run(alg, func(t *testing.T) {
			// RFC 7518 section 3.5: the salt is as long as the hash.
			signature, options := sign(t, alg, rsaKey), &rsa.PSSOptions{SaltLength: hash.Size()}
			err := rsa.VerifyPSS(&rsaKey.PublicKey, hash, digest(hash), signature, options)
			if err != nil {
				t.Error(err)
			}
		})
	}
	for alg, hash := range map[string]crypto.Hash{"RS256": crypto.SHA256, "RS384": crypto.SHA384, "RS512": crypto.SHA512} {
		t.Run(alg, func(t *testing.T) {
			signature := sign(t, alg, rsaKey)
			err := rsa.VerifyPKCS1v15(&rsaKey.PublicKey, hash, digest(hash), signature)
			if err != nil {
				t.Error(err)
			}
		})
	}
	for alg, curve := range map[string]elliptic.Curve{
		"ES256": elliptic.P256(),
		"ES384": elliptic.P384(),
		"ES512": elliptic.P521(),
	} {
		t.Run(alg, func(t *testing.T) {
			hash := map[string]crypto.Hash{"ES256": crypto.SHA256, "ES384": crypto.SHA384, "ES512": crypto.SHA512}[alg]
			for range 20 { // r and s are short now and then, and must be padded
				key, err := ecdsa.GenerateKey(curve, rand.Reader)
				if err != nil {
					t.Fatal(err)
				}
				signature := sign(t, alg, key)
				if size := (curve.Params().BitSize + 7) / 8; len(signature) != 2*size {
					t.Fatalf("%d bytes, want %d", len(signature), 2*size)
				}
				half := len(signature) / 2
				r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
				if !ecdsa.Verify(&key.PublicKey, digest(hash), r, s) {
					t.Error("the signature doesn't verify")
				}
			}
		})
	}
	t.Run("EdDSA", func(t *testing.T) {
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !ed25519.Verify(public, data, sign(t, "EdDSA", key)) {
			t.Error("the signature doesn't verify")
		}
	})
}

// An RSA-PSS key (RFC 8017 appendix A.2.3) is an RSA key under another object identifier, and signs
// with PS alone.
func TestRSAPSSKey(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	rsaEncryption, rsassaPSS := []byte{
		0x2a,
		0x86,
		0x48,
		0x86,
		0xf7,
		0x0d,
		1,
		1,
		1,
	}, []byte{
		0x2a,
		0x86,
		0x48,
		0x86,
		0xf7,
		0x0d,
		1,
		1,
		10,
	}
	key, err := assertion.ParseKey(string(bytes.Replace(der, rsaEncryption, rsassaPSS, 1)), "", "")
	if err != nil {
		t.Fatal(err)
	}
	if key.Alg != "PS256" || assertion.Check("PS512", key) != nil ||
		assertion.Check("RS256", key) == nil {
		t.Errorf("alg %s", key.Alg)
	}
	signature, err := assertion.Sign(key.Alg, key, []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("data"))
	options := &rsa.PSSOptions{SaltLength: 32}
	err = rsa.VerifyPSS(&rsaKey.PublicKey, crypto.SHA256, digest[:], signature, options)
	if err != nil {
		t.Error(err)
	}
	if !bytes.Equal(key.PKCS8, der) {
		t.Error("PKCS8 is not that of an RSA key, which WebCrypto needs")
	}
}

func TestDamagedKeysAreErrors(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for alg, key := range map[string]any{"RS256": rsaKey, "ES256": ecKey} {
		text := pkcs8(t, key)
		block, _ := pem.Decode([]byte(text))
		good, err := assertion.ParseKey(text, "", "")
		if err != nil {
			t.Fatal(err)
		}
		want := sha256.Sum256(block.Bytes)
		if sha256.Sum256(good.PKCS8) != want {
			t.Error("PKCS8 is not what was given")
		}
		for i := range block.Bytes {
			damaged := append([]byte(nil), block.Bytes...)
			damaged[i] ^= 0x41
			parsed, err := assertion.ParseKey(
				string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: damaged})),
				"",
				"",
			)
			if err == nil && i%16 == 0 { // signing is slow, and must not panic
				_, err = assertion.Sign(alg, parsed, []byte("data"))
			}
			if err != nil && strings.Contains(err.Error(), text[40:60]) {
				t.Errorf("the error holds a part of the key: %v", err)
			}
			cutOff := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: block.Bytes[:i]})
			if _, err := assertion.ParseKey(string(cutOff), "", ""); err == nil {
				t.Errorf("%s: a key that was cut off after %d bytes is taken", alg, i)
			}
		}
	}
}

func TestExpand(t *testing.T) {
	claims, err := jsonobject.Parse(
		[]byte(
			`{ "a": "{clientId}/{origin}", "b": ["{keyId}", {"{keyId}": "{ }{1}{}"}], "c": 1, "d": "\u007b\u0022}" }`,
		),
	)
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) {
		value, ok := map[string]string{"clientId": `i"d`, "keyId": "{clientId}{x}", "origin": "https://h"}[name]
		return value, ok
	}
	expanded, err := assertion.Expand(claims, lookup)
	if err != nil {
		t.Fatal(err)
	}
	// What stands for a placeholder is text: a key id that looks like one stays as it is.
	want := `{"a":"i\"d/https://h","b":["{clientId}{x}",{"{keyId}":"{ }{1}{}"}],"c":1,"d":"{\"}"}`
	if got := string(expanded.Append(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, bad := range []string{`{"a":"{clientid}"}`, `{"a":[{"b":"x{secret}"}]}`} {
		claims, _ := jsonobject.Parse([]byte(bad))
		if _, err := assertion.Expand(claims, lookup); err == nil ||
			!strings.Contains(err.Error(), "unknown placeholder") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestMerge(t *testing.T) {
	base, _ := jsonobject.Parse([]byte(`{"iss":1,"sub":2,"aud":3}`))
	overrides, _ := jsonobject.Parse([]byte(`{"ver":4,"sub":null,"iss":5,"none":null}`))
	if got := string(assertion.Merge(base, overrides).Append(nil)); got != `{"iss":5,"aud":3,"ver":4}` {
		t.Error(got)
	}
	if got := string(base.Append(nil)); got != `{"iss":1,"sub":2,"aud":3}` {
		t.Errorf("the base has changed: %s", got)
	}
}

func FuzzExpand(f *testing.F) {
	f.Add(`{"a":"{clientId}","b":[{"c":"\\{keyId}\""}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		claims, err := jsonobject.Parse([]byte(text))
		if err != nil {
			return
		}
		expanded, err := assertion.Expand(
			claims,
			func(name string) (string, bool) { return "<" + name + ">", true },
		)
		if err == nil && !json.Valid(expanded.Append(nil)) {
			t.Errorf("%q became %q", text, expanded.Append(nil))
		}
	})
}
