package assertion_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/core/assertion"
)

// certificates returns the PEM texts by name, and the files of PKCS #12.
func certificates(t testing.TB) (texts map[string]string, files map[string]string) {
	t.Helper()
	content, err := os.ReadFile("../testdata/generate/certificates.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for name, value := range all {
		var text string
		if name == "pkcs12" {
			err = json.Unmarshal(value, &files)
		} else if err = json.Unmarshal(value, &text); err == nil && name != "comment" {
			texts[name] = text
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts, files
}

// crypto/x509 reads the same in each certificate.
func TestCertificatesAreThoseOfCryptoX509(t *testing.T) {
	texts, _ := certificates(t)
	read := 0
	for name, text := range texts {
		block, _ := pem.Decode([]byte(text))
		want, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue // a request, a list, another format
		}
		got, err := assertion.ParseCertificates(text)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].DER, want.Raw) ||
			got[0].End != want.NotAfter.Format(time.RFC3339) {
			t.Errorf("%s: %v, %v, want the end %s", name, got, err, want.NotAfter)
		}
		read++
	}
	if read < 8 {
		t.Errorf("%d certificates", read)
	}
}

// A key whose public key nobody knows takes any certificate of its type, as a CryptoKey does.
func TestCertificateOfAKeyInTheHost(t *testing.T) {
	texts, _ := certificates(t)
	for _, c := range []struct {
		alg, certificate string
		belongs          bool
	}{
		{"RS256", "leaf", true}, {"PS256", "rsa2048b", true}, {"RS256", "p384", false},
		{"ES384", "p384", true}, {"ES256", "p384", false}, {"ES256", "p256Compressed", true},
		{"EdDSA", "ed25519", true}, {"EdDSA", "leaf", false}, {"another", "leaf", true},
	} {
		all, err := assertion.ParseCertificates(texts[c.certificate])
		if err != nil {
			t.Fatal(err)
		}
		key := assertion.SignerKey(c.alg)
		if err := key.SetCertificates(all); (err == nil) != c.belongs ||
			err != nil && !assertion.IsForeign(err) {
			t.Errorf("%s, %s: %v", c.alg, c.certificate, err)
		}
		if c.belongs && (len(key.Certificates) != 1 || key.SPKI != nil) {
			t.Errorf("%s, %s: %v, %x", c.alg, c.certificate, key.Certificates, key.SPKI)
		}
	}
}

// No error holds a part of a key that is given as a certificate.
func TestErrorsOfCertificatesHoldNothingOfAKey(t *testing.T) {
	for _, v := range keyVectors(t) {
		key := v.key(t)
		for _, text := range []string{key, key[len(key)/3:], strings.ToLower(key)} {
			_, err := assertion.ParseCertificates(text)
			if err == nil {
				continue // a vector that is a certificate
			}
			for i := 0; i+12 <= len(text); i++ {
				if part := text[i : i+12]; strings.Contains(err.Error(), part) &&
					!strings.ContainsAny(part, " -\"") {
					t.Errorf("%s: the error holds %q: %v", v.Comment, part, err)
				}
			}
		}
	}
}

// FuzzCertificates: what crypto/x509 takes, is taken, with the same end.
func FuzzCertificates(f *testing.F) {
	texts, files := certificates(f)
	for _, text := range texts {
		f.Add(text)
		if block, _ := pem.Decode([]byte(text)); block != nil {
			f.Add(string(block.Bytes))
		}
	}
	file, err := base64.StdEncoding.DecodeString(files["plain"])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(file))
	f.Fuzz(func(t *testing.T, input string) {
		_, _ = assertion.ParseKey(input, "", "")
		all, err := assertion.ParseCertificates(input)
		want, wantErr := x509.ParseCertificate([]byte(input))
		switch {
		case wantErr == nil && err != nil:
			t.Fatalf("crypto/x509 takes it: %v", err)
		case wantErr == nil && all[0].End != want.NotAfter.Format(time.RFC3339):
			t.Fatalf("ends at %s, want %s", all[0].End, want.NotAfter)
		case err == nil:
			_ = assertion.SignerKey("ES256").SetCertificates(all)
			for _, c := range all {
				if len(c.Thumbprint()) != 43 {
					t.Fatal(c.Thumbprint())
				}
			}
		}
	})
}
