package assertion_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/assertion"
)

// The descriptions have the members of the Web Cryptography API, sections 13, 20.4, 21.4, 23.4 and
// of Secure Curves, section 3.
func description(kind, usage, algorithm string) string {
	return `{"type":"` + kind + `","extractable":false,"usages":["` + usage + `"],"algorithm":` + algorithm + `}`
}

func TestHostKey(t *testing.T) {
	for algorithm, want := range map[string]struct{ alg, fits, fitsNot string }{
		`{"name":"ECDSA","namedCurve":"P-256"}`:                                       {"ES256", "ES256", "ES384 ES512 RS256 EdDSA HS256"},
		`{"name":"ECDSA","namedCurve":"P-384"}`:                                       {"ES384", "ES384", "ES256"},
		`{"name":"ECDSA","namedCurve":"P-521"}`:                                       {"ES512", "ES512", "ES256"},
		`{"name":"Ed25519"}`:                                                          {"EdDSA", "EdDSA Ed25519", "ES256 RS256"},
		`{"name":"RSASSA-PKCS1-v1_5","modulusLength":2048,"hash":"SHA-256"}`:          {"RS256", "RS256", "RS384 RS512 PS256 ES256"},
		`{"name":"RSASSA-PKCS1-v1_5","modulusLength":3072,"hash":"SHA-384","x":null}`: {"RS384", "RS384", "RS256"},
		`{"name":"RSASSA-PKCS1-v1_5","modulusLength":2048,"hash":"SHA-512"}`:          {"RS512", "RS512", "RS256"},
		`{"name":"RSA-PSS","modulusLength":2048,"hash":"SHA-256"}`:                    {"PS256", "PS256", "RS256 PS384"},
		`{"name":"RSA-PSS","modulusLength":4096,"hash":"SHA-384"}`:                    {"PS384", "PS384", "PS256"},
		`{"name":"RSA-PSS","modulusLength":2048,"hash":"SHA-512"}`:                    {"PS512", "PS512", "PS256"},
	} {
		key, err := assertion.HostKey(description("private", "sign", algorithm), "")
		if err != nil || key.Alg != want.alg {
			t.Errorf("%s: %v, %v", algorithm, key, err)
			continue
		}
		for _, alg := range strings.Fields(want.fits) {
			if err := assertion.Check(alg, key); err != nil {
				t.Errorf("%s: %s %v", algorithm, alg, err)
			}
			if _, err := assertion.Sign(alg, key, []byte("data")); err == nil ||
				!strings.Contains(err.Error(), "host") {
				t.Errorf("%s: it signs here with %s: %v", algorithm, alg, err)
			}
		}
		for _, alg := range strings.Fields(want.fitsNot) {
			if err := assertion.Check(alg, key); err == nil || !strings.Contains(err.Error(), want.alg) {
				t.Errorf("%s: %s fits, or %v", algorithm, alg, err)
			}
		}
	}
}

func TestHostKeyRefused(t *testing.T) {
	rsa := func(name, bits, hash string) string {
		return `{"name":"` + name + `","modulusLength":` + bits + `,"hash":"` + hash + `"}`
	}
	for _, test := range []struct{ what, description, says string }{
		{"a public key", description("public", "verify", `{"name":"ECDSA","namedCurve":"P-256"}`), "public CryptoKey"},
		{"a key that may not sign", description("private", "deriveBits", `{"name":"ECDSA","namedCurve":"P-256"}`), "usage 'sign'"},
		{"HMAC", description("secret", "sign", `{"name":"HMAC","hash":"SHA-256"}`), "client_secret_jwt"},
		{"AES", description("secret", "encrypt", `{"name":"AES-GCM"}`), `"AES-GCM", which can't sign`},
		{"ECDH", description("private", "deriveBits", `{"name":"ECDH","namedCurve":"P-256"}`), `"ECDH", which can't sign`},
		{"X25519", description("private", "deriveBits", `{"name":"X25519"}`), `"X25519", which can't sign`},
		{"RSA-OAEP", description("private", "decrypt", rsa("RSA-OAEP", "2048", "SHA-256")), `"RSA-OAEP", which can't sign`},
		{"another curve", description("private", "sign", `{"name":"ECDSA","namedCurve":"K-256"}`), "curve"},
		{"a short RSA key", description("private", "sign", rsa("RSA-PSS", "1024", "SHA-256")), "1024 bits"},
		{"RSA of no size", description("private", "sign", `{"name":"RSA-PSS","hash":"SHA-256"}`), "2048 or more"},
		{"SHA-1", description("private", "sign", rsa("RSASSA-PKCS1-v1_5", "2048", "SHA-1")), `"SHA-1", which no algorithm`},
		{"no hash", description("private", "sign", `{"name":"RSA-PSS","modulusLength":2048}`), "no algorithm of JWS"},
		{"no name", description("private", "sign", `{}`), "can't sign"},
		{"no algorithm", `{"type":"private"}`, "can't sign"},
		{"no description", ``, "can't sign"},
		{"no object", `[]`, "can't sign"},
	} {
		if key, err := assertion.HostKey(test.description, "RS256"); err == nil ||
			!strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, %v", test.what, key, err)
		}
	}
}

// TestHostKeySHA1 checks that a key with SHA-1 is taken for OAuth 1.0 and for nothing else.
func TestHostKeySHA1(t *testing.T) {
	key, err := assertion.HostKey(description(
		"private", "sign", `{"name":"RSASSA-PKCS1-v1_5","modulusLength":2048,"hash":"SHA-1"}`,
	), assertion.RS1)
	if err != nil || assertion.Check(assertion.RS1, key) != nil {
		t.Fatal(key, err)
	}
	if err := assertion.Check("RS256", key); err == nil {
		t.Error("it signs with SHA-256, too")
	}
	if slices.Contains(assertion.Algorithms(false), assertion.RS1) {
		t.Error("RS1 signs assertions")
	}
}

func TestSignerKey(t *testing.T) {
	for _, alg := range assertion.Algorithms(false) {
		if err := assertion.Check(alg, assertion.SignerKey(alg)); err != nil {
			t.Errorf("%s %v", alg, err)
		}
	}
	for _, alg := range append(assertion.Algorithms(true), "none", "") {
		if err := assertion.Check(alg, assertion.SignerKey(alg)); err == nil {
			t.Errorf("%q fits", alg)
		}
	}
}

func FuzzHostKey(f *testing.F) {
	f.Add(description("private", "sign", `{"name":"ECDSA","namedCurve":"P-256"}`))
	f.Add(description("private", "sign", `{"name":"RSA-PSS","modulusLength":2048,"hash":"SHA-256"}`))
	f.Add(description("private", "sign", `{"name":"Ed25519"}`))
	f.Fuzz(func(t *testing.T, text string) {
		key, err := assertion.HostKey(text, "")
		if err != nil {
			return
		}
		if err := assertion.Check(key.Alg, key); err != nil {
			t.Errorf("%s: alg %s %v", text, key.Alg, err)
		}
	})
}
