package fetchtoken

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The proofs are judged by go-jose, and by the examples of RFC 9449. js/test/oidc-provider.test.js
// has a real server.

func newECKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newDPoPKey(t testing.TB) *DPoPKey {
	t.Helper()
	key, err := NewDPoPKey(newECKey(t, elliptic.P256()), "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A payload is the claims of a proof.
type payload struct {
	JTI   string `json:"jti"`
	HTM   string `json:"htm"`
	HTU   string `json:"htu"`
	IAT   int64  `json:"iat"`
	ATH   string `json:"ath,omitempty"`
	Nonce string `json:"nonce,omitempty"`
}

// verified verifies a proof with the key in its header, as go-jose reads it.
func verified(t testing.TB, proof string, alg jose.SignatureAlgorithm) (payload, jose.Header) {
	t.Helper()
	jws, err := jose.ParseSignedCompact(proof, []jose.SignatureAlgorithm{alg})
	if err != nil {
		t.Fatal(err, proof)
	}
	header := jws.Signatures[0].Protected
	if header.JSONWebKey == nil || !header.JSONWebKey.IsPublic() ||
		header.ExtraHeaders["typ"] != "dpop+jwt" {
		t.Fatalf("%+v", header)
	}
	content, err := jws.Verify(header.JSONWebKey)
	if err != nil {
		t.Fatal(err, proof)
	}
	var claims payload
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&claims); err != nil {
		t.Fatal(err)
	}
	return claims, header
}

func prove(t testing.TB, key *DPoPKey, method, target, token string) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proof, err := key.prove(
		t.Context(),
		proven{method, u, token, time.Unix(1562262616, 999e6), []byte(rand.Text()[:16])},
	)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// The example of RFC 9449 section 4.1.
const exampleProof = "" +
	"eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0Vj" +
	"NoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5" +
	"VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TV" +
	"CIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8" +
	"lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"

func TestProofHasWhatTheExampleHas(t *testing.T) {
	want, _ := verified(t, exampleProof, jose.ES256)
	got, _ := verified(
		t,
		prove(t, newDPoPKey(t), "POST", "https://server.example.com/token?a=b#c", ""),
		jose.ES256,
	)
	if len(got.JTI) != 22 {
		t.Error(got.JTI)
	}
	if got.JTI = want.JTI; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// RFC 9449 section 7.1 has this token and its hash.
func TestProofHasTheHashOfTheToken(t *testing.T) {
	const token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
	claims, _ := verified(
		t,
		prove(t, newDPoPKey(t), "", "https://resource.example.org/protectedresource", token),
		jose.ES256,
	)
	if claims.ATH != "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo" || claims.HTM != "GET" ||
		claims.HTU != "https://resource.example.org/protectedresource" {
		t.Errorf("%+v", claims)
	}
}

func TestProofsOfEachAlgorithm(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key       crypto.Signer
		alg, want string
	}{
		{newECKey(t, elliptic.P256()), "", "ES256"},
		{newECKey(t, elliptic.P384()), "", "ES384"},
		{newECKey(t, elliptic.P521()), "ES512", "ES512"},
		{edKey, "", "EdDSA"},
		{rsaKey, "", "RS256"}, {rsaKey, "RS384", "RS384"}, {rsaKey, "RS512", "RS512"},
		{rsaKey, "PS256", "PS256"}, {rsaKey, "PS384", "PS384"}, {rsaKey, "PS512", "PS512"},
	} {
		key, err := NewDPoPKey(c.key, c.alg)
		if err != nil {
			t.Fatal(c.want, err)
		}
		for range 20 { // r and s, x and y have a zero byte in front once in a while
			_, header := verified(
				t,
				prove(t, key, "POST", "https://as.example/token", ""),
				jose.SignatureAlgorithm(c.want),
			)
			public, ok := header.JSONWebKey.Key.(interface{ Equal(crypto.PublicKey) bool })
			if !ok || !public.Equal(c.key.Public()) || header.Algorithm != c.want {
				t.Fatalf("%s: another key, or %s", c.want, header.Algorithm)
			}
		}
	}
}

// The key in a proof has the fixed length of its curve (RFC 7518 section 6.2.1.2), also where a
// coordinate begins with zeros: one key in 256 does.
func TestShortCoordinates(t *testing.T) {
	for range 4000 {
		key := newECKey(t, elliptic.P256())
		point, _ := key.PublicKey.Bytes()
		if point[1] == 0 || point[33] == 0 {
			proving, err := NewDPoPKey(key, "")
			if err != nil {
				t.Fatal(err)
			}
			verified(t, prove(t, proving, "POST", "https://as.example/", ""), jose.ES256)
			return
		}
	}
	t.Fatal("no such key in 4000")
}

func TestTargetOfAProof(t *testing.T) {
	for target, want := range map[string]string{
		"https://API.example:443/a%2Fb/?q#f": "https://api.example/a%2Fb/",
		"https://api.example":                "https://api.example/",
		"http://127.0.0.1:8080?x":            "http://127.0.0.1:8080/",
		"https://u:p@api.example/a b":        "https://api.example/a%20b",
		"https://[::1]:8443/x":               "https://[::1]:8443/x",
	} {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := targetOf(u); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
	opaque := &url.URL{Scheme: "https", Host: "a.example", Opaque: "//a.example/x%2Fy", RawQuery: "q"}
	if got := targetOf(opaque); got != "https://a.example/x%2Fy" {
		t.Error(got)
	}
}

// A mixed has the public key of one key and signs with another.
type mixed struct{ crypto.Signer }

func (m mixed) Public() crypto.PublicKey {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return key.Public()
}

func TestKeysThatCantProve(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	exchange, _ := ecdh.P256().GenerateKey(rand.Reader)
	for _, c := range []struct {
		key crypto.Signer
		alg string
		why string
	}{
		{nil, "", "needs a crypto.Signer"},
		{newECKey(t, elliptic.P224()), "", "needs a key: ECDSA on P-256"},
		{publicOnly{exchange.PublicKey()}, "", "needs a key"},
		{publicOnly{nil}, "", "needs a key"},
		{small, "", "1024 bits"},
		{
			newECKey(t, elliptic.P256()),
			"ES384",
			"can't be used with this key (EC P-256), which signs with: ES256",
		},
		{newECKey(t, elliptic.P256()), "HS256", "can't be used"},
		{newECKey(t, elliptic.P256()), "none", "can't be used"},
	} {
		if _, err := NewDPoPKey(c.key, c.alg); err == nil || code(t, err) != CodeInvalidKey ||
			!strings.Contains(err.Error(), c.why) {
			t.Errorf("got %v, want %s", err, c.why)
		}
	}
	if _, err := New(basic, &Options{DPoP: &DPoPKey{}}); err == nil ||
		err.Error() != "Options.DPoP must be made by NewDPoPKey" {
		t.Error(err)
	}
}

// A publicOnly is a signer with a public key of any kind.
type publicOnly struct{ key any }

func (p publicOnly) Public() crypto.PublicKey { return p.key }
func (p publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("never")
}

// A dpopWorld is a token server and an API that answer as they are told.
type dpopWorld struct {
	mu            sync.Mutex
	token, api    []*http.Response // the first answers, nil for the usual one
	asked, called []received
	events        []EventType
}

// A received is a request that had a proof.
type received struct {
	payload
	proof, authorization, method, body string
}

func (w *dpopWorld) RoundTrip(req *http.Request) (*http.Response, error) {
	r := received{
		proof:         req.Header.Get("DPoP"),
		authorization: req.Header.Get("Authorization"),
		method:        req.Method,
	}
	if req.Body != nil {
		body, _ := io.ReadAll(req.Body)
		req.Body.Close()
		r.body = string(body)
	}
	if parts := strings.Split(r.proof, "."); len(parts) == 3 {
		text, _ := base64.RawURLEncoding.DecodeString(parts[1])
		json.Unmarshal(text, &r.payload)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	calls, answers := &w.called, w.api
	usual := &http.Response{
		StatusCode: 200,
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader("answer")),
	}
	if req.URL.Host == "as.example" {
		calls, answers = &w.asked, w.token
		usual.Body = io.NopCloser(
			strings.NewReader(
				fmt.Sprintf(
					`{"access_token":"token-%d","token_type":"DPoP","expires_in":3600}`,
					len(w.asked)+1,
				),
			),
		)
	}
	*calls = append(*calls, r)
	if n := len(*calls) - 1; n < len(answers) && answers[n] != nil {
		return answers[n], nil
	}
	return usual, nil
}

// client returns a client with that key, or without one.
func (w *dpopWorld) client(t testing.TB, key *DPoPKey, more ...func(*Options)) *Client {
	t.Helper()
	options := &Options{
		HTTPClient: &http.Client{Transport: w}, DPoP: key, Origins: []string{"https://api.example"},
		OnEvent: func(e Event) { w.events = append(w.events, e.Type) },
	}
	for _, f := range more {
		f(options)
	}
	config := basic
	config.ClientID = rand.Text() // so that no refusal of another test counts
	client, err := New(config, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); offsets.Clear() })
	return client
}

// saying returns an answer with a JSON body, or a challenge.
func saying(status int, body string, headers ...string) *http.Response {
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return &http.Response{
		StatusCode: status,
		Header:     header,
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}

const (
	useNonce = `{"error":"use_dpop_nonce"}`
	// wantsNonceChallenge is the challenge of RFC 9449 section 9.
	wantsNonceChallenge = `DPoP error="use_dpop_nonce", ` +
		`error_description="Resource server requires nonce in DPoP proof"`
	invalidToken = `DPoP error="invalid_token", algs="ES256"`
)

func nonces(all []received) (nonces []string) {
	for _, r := range all {
		nonces = append(nonces, r.Nonce)
	}
	return nonces
}

func TestTokenRequestHasAProof(t *testing.T) {
	w := &dpopWorld{}
	token, err := w.client(t, newDPoPKey(t)).Token()
	if err != nil || token.TokenType != "DPoP" || len(w.asked) != 1 {
		t.Fatal(token, err)
	}
	claims, _ := verified(t, w.asked[0].proof, jose.ES256)
	if claims.HTM != "POST" || claims.HTU != basic.TokenEndpoint || claims.ATH != "" ||
		claims.Nonce != "" {
		t.Errorf("%+v", claims)
	}
}

func TestNonceOfTheTokenEndpoint(t *testing.T) {
	w := &dpopWorld{
		token: []*http.Response{
			saying(400, useNonce, "DPoP-Nonce", "one"),
			nil,
			saying(400, useNonce, "DPoP-Nonce", "two"),
		},
	}
	client := w.client(t, newDPoPKey(t))
	for range 2 {
		if _, err := client.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := nonces(w.asked); !reflect.DeepEqual(got, []string{"", "one", "one", "two"}) ||
		w.asked[0].JTI == w.asked[1].JTI {
		t.Error(got)
	}
	// Each renewal takes up a nonce once.
	w = &dpopWorld{
		token: []*http.Response{
			saying(400, useNonce, "DPoP-Nonce", "a"),
			saying(400, useNonce, "DPoP-Nonce", "b"),
			nil,
		},
	}
	_, err := w.client(t, newDPoPKey(t)).Token()
	if e, _ := errors.AsType[*TokenError](err); e == nil || e.OAuthError != "use_dpop_nonce" ||
		len(w.asked) != 2 {
		t.Error(err, len(w.asked))
	}
	// That of a success counts, too (RFC 9449 section 8.2).
	w = &dpopWorld{
		token: []*http.Response{
			saying(200, `{"access_token":"x","token_type":"dpop"}`, "DPoP-Nonce", "next"),
		},
	}
	client = w.client(t, newDPoPKey(t))
	client.Token()
	client.Renew(t.Context())
	if got := nonces(w.asked); !reflect.DeepEqual(got, []string{"", "next"}) {
		t.Error(got)
	}
}

func TestProofsGoByTheServersClock(t *testing.T) {
	at := time.Now().Round(time.Second)
	date := at.Add(400 * time.Second).UTC().Format(http.TimeFormat)
	w := &dpopWorld{
		token: []*http.Response{saying(400, `{"error":"invalid_dpop_proof"}`, "Date", date)},
	}
	client := w.client(t, newDPoPKey(t), func(o *Options) { o.Clock = stopped(at) })
	if _, err := client.HTTPClient().Get("https://api.example/"); err != nil {
		t.Fatal(err)
	}
	for i, r := range append(w.asked, w.called...) {
		if want := []int64{0, 400, 400}[i]; r.IAT-at.Unix() != want {
			t.Errorf("proof %d: iat %d, want %d", i, r.IAT-at.Unix(), want)
		}
	}
}

func TestTokenOfAnotherTypeIsAnError(t *testing.T) {
	w := &dpopWorld{
		token: []*http.Response{
			saying(200, `{"access_token":"x","token_type":"Bearer","expires_in":3600}`),
		},
	}
	if _, err := w.client(t, newDPoPKey(t)).Token(); err == nil ||
		code(t, err) != CodeInvalidResponse ||
		!strings.Contains(err.Error(), "bound to no key") {
		t.Error(err)
	}
	// Without a key a bound token goes nowhere.
	w = &dpopWorld{}
	_, err := w.client(t, nil).HTTPClient().Get("https://api.example/")
	if !errors.Is(err, CodeInvalidConfig) || !strings.Contains(err.Error(), "set Options.DPoP") ||
		len(w.called) != 0 {
		t.Error(err)
	}
	if _, err := FetchToken(t.Context(), basic, &Options{DPoP: newDPoPKey(t)}); err == nil ||
		code(t, err) != CodeInvalidConfig {
		t.Error(err)
	}
}

func TestRequestsToAnAPIHaveAProof(t *testing.T) {
	w := &dpopWorld{api: []*http.Response{saying(307, "", "Location", "/next?e=f")}}
	client := w.client(t, newDPoPKey(t))
	req, _ := http.NewRequest("PATCH", "https://api.example/things?a=b#c", strings.NewReader("x"))
	req.Header.Set("DPoP", "the caller's")
	if _, err := client.HTTPClient().Do(req); err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256([]byte("token-1"))
	for i, htu := range []string{"https://api.example/things", "https://api.example/next"} {
		claims, _ := verified(t, w.called[i].proof, jose.ES256)
		want := payload{
			JTI: claims.JTI,
			HTM: "PATCH",
			HTU: htu,
			IAT: claims.IAT,
			ATH: base64.RawURLEncoding.EncodeToString(hash[:]),
		}
		if claims != want || w.called[i].authorization != "DPoP token-1" {
			t.Errorf("%+v %s", claims, w.called[i].authorization)
		}
	}
	if w.called[0].JTI == w.called[1].JTI || req.Header.Get("DPoP") != "the caller's" ||
		req.Header.Get("Authorization") != "" {
		t.Error("a proof is used twice, or the caller's request was changed")
	}
}

// The proof names the host that the request does (RFC 9110 section 7.1).
func TestProofNamesTheHost(t *testing.T) {
	w := &dpopWorld{}
	req, _ := http.NewRequest("GET", "https://api.example/x", nil)
	req.Host = "other.example"
	if _, err := w.client(t, newDPoPKey(t)).HTTPClient().Do(req); err != nil ||
		w.called[0].HTU != "https://other.example/x" {
		t.Error(err, w.called)
	}
}

func TestNonceOfAnAPI(t *testing.T) {
	known, stream := strings.NewReader("body"), io.MultiReader(strings.NewReader("body"))
	for _, body := range []io.Reader{known, stream} {
		w := &dpopWorld{
			api: []*http.Response{
				saying(401, "", "WWW-Authenticate", wantsNonceChallenge, "DPoP-Nonce", "one"),
			},
		}
		response, err := w.client(t, newDPoPKey(t)).
			HTTPClient().
			Post("https://api.example/", "text/plain", body)
		if err != nil || response.StatusCode != 200 || len(w.asked) != 1 || w.asked[0].Nonce != "" {
			t.Fatal(response, err)
		}
		for i, want := range []string{"", "one"} {
			if r := w.called[i]; r.Nonce != want || r.authorization != "DPoP token-1" ||
				r.body != "body" {
				t.Errorf("%+v", r)
			}
		}
	}
}

// A nonce is taken up once, and the token is renewed once, whichever comes first; a streamed body
// is sent each time, and closed.
func TestNonceAndTokenOnce(t *testing.T) {
	nonce := func(n string) *http.Response {
		return saying(401, "", "WWW-Authenticate", wantsNonceChallenge, "DPoP-Nonce", n)
	}
	invalid := func() *http.Response { return saying(401, "", "WWW-Authenticate", invalidToken) }
	for _, api := range [][]*http.Response{
		{nonce("n"), invalid(), nonce("m"), nil},
		{invalid(), nonce("n"), invalid(), nil},
	} {
		w := &dpopWorld{api: api}
		body := &closing{Reader: strings.NewReader("body")}
		response, err := w.client(t, newDPoPKey(t)).
			HTTPClient().
			Post("https://api.example/", "text/plain", body)
		if err != nil || response.StatusCode != 401 || len(w.called) != 3 || len(w.asked) != 2 ||
			!body.closed.Load() {
			t.Fatal(response, err, len(w.called), len(w.asked), body.closed.Load())
		}
		for _, r := range w.called {
			if r.body != "body" {
				t.Errorf("%+v", r)
			}
		}
	}
	// What is too long to be kept, and a proof that is refused, are left to the caller.
	w := &dpopWorld{
		api: []*http.Response{
			nonce("n"),
			saying(401, "", "WWW-Authenticate", `DPoP error="invalid_dpop_proof"`),
		},
	}
	client := w.client(t, newDPoPKey(t), func(o *Options) { o.MaxReplay = 3 })
	for _, text := range []string{"long", "x"} {
		body := &closing{Reader: strings.NewReader(text)}
		response, err := client.HTTPClient().Post("https://api.example/", "text/plain", body)
		if err != nil || response.StatusCode != 401 || !body.closed.Load() {
			t.Error(response, err, body.closed.Load())
		}
	}
	if got := nonces(w.called); !reflect.DeepEqual(got, []string{"", "n"}) {
		t.Error(got)
	}
}

func TestNoncesAreOfOneOrigin(t *testing.T) {
	key := newDPoPKey(t)
	a, _ := url.Parse("https://a.example/x")
	key.learn(a, http.Header{"Dpop-Nonce": {"nonce-a"}})
	key.learn(a, http.Header{})
	for target, want := range map[string]string{
		"https://A.example:443/": "nonce-a", "https://b.example/": "", "http://a.example/": "",
	} {
		if claims, _ := verified(t, prove(t, key, "GET", target, ""), jose.ES256); claims.Nonce != want {
			t.Errorf("%s has the nonce %q, want %q", target, claims.Nonce, want)
		}
	}
}

// No redirect elsewhere has a proof.
func TestNoProofElsewhere(t *testing.T) {
	w := &dpopWorld{
		api: []*http.Response{saying(302, "", "Location", "https://elsewhere.example/")},
	}
	if _, err := w.client(t, newDPoPKey(t)).HTTPClient().Get("https://api.example/"); err != nil {
		t.Fatal(err)
	}
	if r := w.called[1]; r.proof != "" || r.authorization != "" {
		t.Errorf("%+v", r)
	}
}

// A signer that fails, or whose public key is another one, sends nothing; a slow one is not waited
// for.
func TestSignersThatFail(t *testing.T) {
	errService := errors.New("the key service rests")
	own := newECKey(t, elliptic.P256())
	for name, c := range map[string]struct {
		signer crypto.Signer
		code   ErrorCode
		says   string
	}{
		"fails": {
			signerFunc{own, func() ([]byte, error) { return nil, errService }},
			CodeInvalidKey,
			"Options.DPoP failed: the key service rests",
		},
		"too long": {
			signerFunc{own, func() ([]byte, error) { return make([]byte, 9), nil }},
			CodeInvalidKey,
			"Options.DPoP failed: must return a signature of ES256",
		},
		"mixed": {mixed{own}, CodeInvalidKey, "doesn't verify with its own public key"},
		"slow": {
			signerFunc{own, func() ([]byte, error) { time.Sleep(time.Hour); return nil, nil }},
			CodeTimeout,
			"Options.DPoP did not answer in time",
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			key, err := NewDPoPKey(c.signer, "")
			if err != nil {
				t.Fatal(err)
			}
			w := &dpopWorld{}
			_, err = w.client(t, key).Token()
			if err == nil || code(t, err) != c.code || !strings.Contains(err.Error(), c.says) ||
				len(w.asked) != 0 {
				t.Errorf("%s: %v", name, err)
			}
			if name == "fails" && !errors.Is(err, errService) {
				t.Error("the cause is lost")
			}
			time.Sleep(2 * time.Hour) // of the bubble: until the signer has ended
		})
	}
	// At an API a body is closed though nothing is sent, and the caller's context counts.
	var fails bool
	key, err := NewDPoPKey(signerFunc{own, func() ([]byte, error) {
		if fails {
			return nil, errService
		}
		return nil, nil
	}}, "")
	if err != nil {
		t.Fatal(err)
	}
	w := &dpopWorld{}
	client := w.client(t, key)
	if _, err := client.Token(); err != nil {
		t.Fatal(err)
	}
	fails = true
	body := &closing{Reader: strings.NewReader("x")}
	_, err = client.HTTPClient().Post("https://api.example/", "text/plain", body)
	if !errors.Is(err, errService) || !body.closed.Load() || len(w.called) != 0 {
		t.Error(err, body.closed.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", "https://api.example/", nil)
	if _, err := client.HTTPClient().Do(req); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	client.Close()
	if _, err := client.prove(req, "x"); !errors.Is(err, CodeClosed) {
		t.Error(err)
	}
}

// Options.Timeout is for a request with its proof: a slow signer leaves the server less.
func TestTimeoutCountsTheProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key, err := NewDPoPKey(signerFunc{newECKey(t, elliptic.P256()), func() ([]byte, error) {
			time.Sleep(20 * time.Second)
			return nil, nil
		}}, "")
		if err != nil {
			t.Fatal(err)
		}
		silent := transportFunc(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		w := &dpopWorld{}
		client := w.client(t, key, func(o *Options) {
			o.HTTPClient, o.Deadline = &http.Client{Transport: silent}, 30*time.Second
		})
		began := time.Now()
		if _, err := client.Token(); !errors.Is(err, CodeTimeout) ||
			time.Since(began) != 30*time.Second {
			t.Error(err, time.Since(began))
		}
	})
}

// A signerFunc signs as its key does, unless the function has something else to say.
type signerFunc struct {
	crypto.Signer
	instead func() ([]byte, error)
}

func (s signerFunc) Sign(
	random io.Reader,
	digest []byte,
	options crypto.SignerOpts,
) ([]byte, error) {
	if signature, err := s.instead(); signature != nil || err != nil {
		return signature, err
	}
	return s.Signer.Sign(random, digest, options)
}

// No event, no error and no way of printing shows a proof or a key.
func TestProofsAndKeysArePrintedNowhere(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := NewDPoPKey(edKey, "")
	if err != nil {
		t.Fatal(err)
	}
	w := &dpopWorld{token: []*http.Response{saying(400, useNonce, "DPoP-Nonce", "n"), nil}}
	client := w.client(t, key)
	echo := func() {
		w.token[1] = saying(
			401,
			`{"error":"invalid_client","error_description":"no: `+w.asked[0].proof+`"}`,
		)
	}
	client.options.OnEvent = func(Event) {}
	sending := w.RoundTrip
	client.source.Load().exchanger.client.Transport = transportFunc(
		func(req *http.Request) (*http.Response, error) {
			if len(w.asked) == 1 {
				echo()
			}
			return sending(req)
		},
	)
	_, err = client.Token()
	if err == nil || code(t, err) != CodeErrorResponse {
		t.Fatal(err)
	}
	seed := fmt.Sprint([]byte(edKey.Seed()))
	shown := ""
	for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%x"} {
		for _, value := range []any{err, client.options, &client.options, client, key} {
			shown += fmt.Sprintf(verb, value)
		}
	}
	if strings.Contains(shown, w.asked[0].proof) ||
		strings.Contains(shown, strings.Trim(seed, "[]")) {
		t.Error(shown)
	}
}

// Many requests at once prove with one key.
func TestProofsAtOnce(t *testing.T) {
	w := &dpopWorld{}
	client := w.client(t, newDPoPKey(t))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if response, err := client.HTTPClient().Get("https://api.example/"); err != nil ||
				response.StatusCode != 200 {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, r := range w.called {
		seen[r.JTI] = true
	}
	if len(seen) != 20 || len(w.asked) != 1 {
		t.Error(len(seen), len(w.asked))
	}
}
