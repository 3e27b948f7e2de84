package assertion_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken/core/assertion"
)

// A keyVector is what ParseKey takes of a case of the corpus.
type keyVector struct {
	Comment string
	Op      string
	Input   struct {
		Key                             json.RawMessage
		KeyHex, Passphrase, KeyID, Data string
	}
	Want map[string]any
}

func (v *keyVector) key(t testing.TB) string {
	if v.Input.KeyHex != "" {
		raw, err := hex.DecodeString(v.Input.KeyHex)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	var text string
	if json.Unmarshal(v.Input.Key, &text) != nil {
		return string(v.Input.Key)
	}
	return text
}

func keyVectors(t testing.TB) []keyVector {
	t.Helper()
	text, err := os.ReadFile("../testdata/vectors/key-formats.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Tests []keyVector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var signs []keyVector
	for _, v := range file.Tests {
		if v.Op == "sign" {
			signs = append(signs, v)
		}
	}
	if len(signs) < 500 {
		t.Fatalf("%d vectors", len(signs))
	}
	return signs
}

// Whatever form a key came in, its PKCS8 is the spelling of crypto/x509, which WebCrypto takes;
// only what the input doesn't have, the public point, may be missing.
func TestPKCS8IsCanonical(t *testing.T) {
	for _, v := range keyVectors(t) {
		if v.Want == nil {
			continue
		}
		key, err := assertion.ParseKey(v.key(t), v.Input.Passphrase, v.Input.KeyID)
		if err != nil {
			t.Errorf("%s: %v", v.Comment, err)
			continue
		}
		parsed, err := x509.ParsePKCS8PrivateKey(key.PKCS8)
		if err != nil {
			t.Errorf("%s: %v", v.Comment, err)
			continue
		}
		want, err := x509.MarshalPKCS8PrivateKey(parsed)
		if err != nil {
			t.Fatal(err)
		}
		if private, ok := parsed.(*ecdsa.PrivateKey); ok && len(key.PKCS8) != len(want) {
			point, err := private.PublicKey.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(key.PKCS8, point[1:]) || len(want)-len(key.PKCS8) < len(point) {
				t.Errorf("%s: the point is there, but the spelling is another", v.Comment)
			}
			if !strings.Contains(v.Comment, "without") && !strings.Contains(v.Comment, "compressed") &&
				!strings.Contains(v.Comment, "an EC key with") && !strings.Contains(v.Comment, "a P-521 key") {
				t.Errorf("%s: the point was lost", v.Comment)
			}
		} else if !bytes.Equal(key.PKCS8, want) {
			t.Errorf("%s:\ngot  %x\nwant %x", v.Comment, key.PKCS8, want)
		}
		if key.Encrypted != (v.Input.Passphrase != "") {
			t.Errorf("%s: encrypted: %v", v.Comment, key.Encrypted)
		}
	}
}

// No error holds a part of the key, whatever is wrong with it.
func TestErrorsHoldNothingOfTheKey(t *testing.T) {
	for _, v := range keyVectors(t) {
		text := v.key(t)
		for _, broken := range []string{
			text,
			text[:len(text)*2/3],
			text[len(text)/3:],
			strings.ToLower(text),
			strings.ReplaceAll(text, "PRIVATE", "SECRET"),
		} {
			for _, passphrase := range []string{v.Input.Passphrase, "another passphrase"} {
				_, err := assertion.ParseKey(broken, passphrase, "a key id")
				if err == nil {
					continue
				}
				message := err.Error()
				if strings.Contains(message, "another passphrase") ||
					len(v.Input.Passphrase) > 1 && strings.Contains(message, v.Input.Passphrase) {
					t.Errorf("%s: %s", v.Comment, message)
				}
				for i := 0; i+12 <= len(text); i++ {
					if part := text[i : i+12]; strings.Contains(message, part) &&
						!strings.ContainsAny(part, " -\"") {
						t.Errorf("%s: the error holds %q: %s", v.Comment, part, message)
						break
					}
				}
			}
		}
	}
}

// FuzzParseKey gives no passphrase: what a damaged key asks of PBKDF2 would take seconds.
// FuzzDecrypted has what comes after it.
func FuzzParseKey(f *testing.F) {
	long := 0
	for _, v := range keyVectors(f) {
		key := v.key(f)
		if len(key) > 1000 { // a few of those are enough
			if long++; long%10 != 0 {
				continue
			}
		}
		f.Add(key, v.Input.KeyID)
	}
	// RFC 8037 appendix A.1 and RFC 7515 appendix A.1.
	f.Add(
		`{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"",
	)
	f.Add(
		`{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}`,
		"",
	)
	f.Fuzz(func(t *testing.T, input, keyID string) {
		key, err := assertion.ParseKey(input, "", keyID)
		if err != nil {
			return
		}
		if err := assertion.Check(key.Alg, key); err != nil {
			t.Fatalf("alg %s: %v", key.Alg, err)
		}
		if key.Type == "oct" {
			return
		}
		again, err := assertion.ParseKey(string(key.PKCS8), "", "")
		if err != nil || again.Type != key.Type || again.Curve != key.Curve ||
			!bytes.Equal(again.PKCS8, key.PKCS8) {
			t.Fatalf("its own PKCS #8 is read as another key: %v", err)
		}
		text, err := assertion.ParseKey(
			string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key.PKCS8})),
			"",
			"",
		)
		if err != nil || !bytes.Equal(text.PKCS8, key.PKCS8) {
			t.Fatalf("its own PEM is read as another key: %v", err)
		}
		if key.Type != "RSA" { // slow, and its numbers are checked
			_, _ = assertion.Sign(key.Alg, key, []byte("data"))
		}
	})
}
