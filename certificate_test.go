package fetchtoken

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// madeOfFile returns a file of core/testdata/generate.
func madeOfFile(t *testing.T, name string, to any) {
	t.Helper()
	content, err := os.ReadFile("core/testdata/generate/" + name)
	if err == nil {
		err = json.Unmarshal(content, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A certificateJudge is a server that knows clients by the thumbprints of their certificates.
// crypto/x509 reads those.
type certificateJudge struct {
	t     *testing.T
	known map[string]*x509.Certificate
	root  *x509.Certificate
	x5c   int // the certificates of the last assertion's x5c
}

func (j *certificateJudge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !j.verifies(r.FormValue("client_assertion")) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"access_token":"token-1","token_type":"Bearer","expires_in":60}`))
}

// verifies reports whether the key of the certificate that the header names signed the assertion.
func (j *certificateJudge) verifies(assertion string) bool {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return false
	}
	decoded := make([][]byte, 3)
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return false
		}
	}
	var header struct {
		Alg        string
		Thumbprint string `json:"x5t#S256"`
		X5C        [][]byte
	}
	if err := json.Unmarshal(decoded[0], &header); err != nil {
		j.t.Error(err)
	}
	certificate := j.known[header.Thumbprint]
	if certificate == nil {
		return false
	}
	j.x5c = len(header.X5C)
	if j.x5c > 0 && !j.trusts(certificate, header.X5C) {
		return false
	}
	signed, signature := []byte(parts[0]+"."+parts[1]), decoded[2]
	sum := sha256.Sum256(signed)
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		if header.Alg == "PS256" {
			options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, options) == nil
		}
		return header.Alg == "RS256" && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	case *ecdsa.PublicKey:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return header.Alg == "ES256" && ecdsa.Verify(key, sum[:], r, s)
	case ed25519.PublicKey:
		return header.Alg == "EdDSA" && ed25519.Verify(key, signed, signature)
	}
	return false
}

// trusts reports whether an x5c leads from the certificate to the root.
func (j *certificateJudge) trusts(certificate *x509.Certificate, x5c [][]byte) bool {
	roots, issuers := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(j.root)
	for i, encoded := range x5c {
		parsed, err := x509.ParseCertificate(encoded)
		if err != nil || i == 0 && !parsed.Equal(certificate) {
			return false
		}
		issuers.AddCert(parsed)
	}
	_, err := certificate.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: issuers, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

// A server knows the client by its certificate, in each form in which key and certificate come.
func TestCertificateNamesTheKey(t *testing.T) {
	var keys map[string]json.RawMessage
	madeOfFile(t, "keys.json", &keys)
	var all map[string]json.RawMessage
	madeOfFile(t, "certificates.json", &all)
	text := func(raw json.RawMessage, to any) {
		if err := json.Unmarshal(raw, to); err != nil {
			t.Fatal(err)
		}
	}
	judge := &certificateJudge{t: t, known: map[string]*x509.Certificate{}}
	certificates := map[string]string{}
	key := map[string]string{}
	for _, name := range []string{"root", "issuer", "leaf", "rsa2048", "ed25519", "p256"} {
		var of struct{ PKCS8, Certificate string }
		if keys[name] != nil {
			text(keys[name], &of)
			key[name] = of.PKCS8
		}
		certificate := of.Certificate
		if all[name] != nil {
			text(all[name], &certificate)
		}
		certificates[name] = certificate
		block, _ := pem.Decode([]byte(certificate))
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(parsed.Raw)
		judge.known[base64.RawURLEncoding.EncodeToString(sum[:])] = parsed
		if name == "root" {
			judge.root = parsed
		}
	}
	var files map[string][]byte
	text(all["pkcs12"], &files)
	server := httptest.NewServer(judge)
	defer server.Close()
	chain := certificates["issuer"] + certificates["leaf"]
	const passphrase = "correct horse"
	for name, c := range map[string]struct {
		Config
		x5c int
	}{
		"RSA": {Config: Config{PrivateKey: key["rsa2048"], Certificate: certificates["rsa2048"]}},
		"EC":  {Config: Config{PrivateKey: key["p256"], Certificate: certificates["p256"]}},
		"Ed25519": {
			Config: Config{PrivateKey: key["ed25519"], Certificate: certificates["ed25519"]},
		},
		"PEM of both": {Config: Config{PrivateKey: key["p256"] + certificates["p256"]}},
		"a chain":     {Config: Config{PrivateKey: key["rsa2048"], Certificate: chain}},
		"x5c":         {Config{PrivateKey: key["rsa2048"], Certificate: chain, X5C: true}, 2},
		"PKCS #12":    {Config{PrivateKey: string(files["chain"]), Passphrase: passphrase, X5C: true}, 3},
		"Entra": {Config: Config{
			Provider: "entra", Tenant: "t-1", PrivateKey: string(files["chain"]), Passphrase: passphrase,
		}},
	} {
		c.ClientID, c.TokenEndpoint = "app-1", server.URL+"/token"
		if c.Tenant != "" {
			c.TokenEndpoint = server.URL + "/{tenant}/token"
		}
		token, err := FetchToken(t.Context(), c.Config, nil)
		if err != nil || token.AccessToken != "token-1" || judge.x5c != c.x5c {
			t.Errorf("%s: %v, %d certificates in x5c", name, err, judge.x5c)
		}
	}
	for _, pair := range [][2]string{
		{"rsa2048", "p256"}, {"p256", "leaf"}, {"ed25519", "rsa2048"},
	} {
		_, err := FetchToken(t.Context(), Config{
			ClientID: "app-1", TokenEndpoint: server.URL, PrivateKey: key[pair[0]],
			Certificate: certificates[pair[1]],
		}, nil)
		if err == nil || !strings.HasPrefix(
			err.Error(), "PrivateKey doesn't belong to the certificate",
		) || code(t, err) != CodeInvalidKey {
			t.Errorf("%v: %v", pair, err)
		}
	}
	t.Run("of the environment", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "app.pfx")
		t.Setenv("AZURE_CLIENT_ID", "app-1")
		t.Setenv("AZURE_TENANT_ID", "t-1")
		t.Setenv("AZURE_AUTHORITY_HOST", server.URL)
		t.Setenv("AZURE_CLIENT_CERTIFICATE_PATH", path)
		t.Setenv("AZURE_CLIENT_CERTIFICATE_PASSWORD", passphrase)
		if _, err := LoadEnvironment(); !os.IsNotExist(err) {
			t.Errorf("without the file: %v", err)
		}
		if err := os.WriteFile(path, files["chain"], 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := LoadEnvironment()
		if err != nil {
			t.Fatal(err)
		}
		client, err := New(config, &Options{Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if token, err := client.Token(); err != nil || token.AccessToken != "token-1" {
			t.Error(err)
		}
	})
}
