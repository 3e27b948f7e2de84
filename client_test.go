package fetchtoken

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

// These tests are for the parts that only Go has. table_test.go has the rules of both clients.

var _ oauth2.TokenSource = (*Client)(nil)

// transportFunc is an http.RoundTripper.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answering returns an *http.Client whose every request gets that answer.
func answering(status int, body string) *http.Client {
	return &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status,
			Header:     http.Header{},
			Body:       io.NopCloser(strings.NewReader(body)),
		}, nil
	})}
}

// of returns the configuration of a client with a secret.
func of(tokenEndpoint string) Config {
	return Config{
		TokenEndpoint: tokenEndpoint,
		ClientID:      "client",
		ClientSecret:  "a-very-secret-secret",
	}
}

var basic = of("https://as.example/token")

func code(t *testing.T, err error) ErrorCode {
	t.Helper()
	var e *TokenError
	if !errors.As(err, &e) {
		t.Fatalf("%v is no TokenError", err)
	}
	return e.Code
}

func TestTokenHasWhatTheServerSent(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	client := answering(
		200,
		`{"accessToken":"x","tokenType":"bearer","expiresIn":"300","refresh_token":"r","scope":"a b","n":1.5,"list":["a"],
		"expires_at":7}`,
	)
	token, err := FetchToken(t.Context(), basic, &Options{HTTPClient: client, Clock: stopped(now)})
	if err != nil {
		t.Fatal(err)
	}
	if token.AccessToken != "x" || token.Type() != "Bearer" || token.RefreshToken != "r" ||
		token.ExpiresIn != 300 ||
		!token.Expiry.Equal(now.Add(300*time.Second)) {
		t.Errorf("%+v", token)
	}
	for name, want := range map[string]any{"access_token": "x", "expires_in": 300.0, "scope": "a b", "n": 1.5, "list": []any{"a"}, "expires_at": nil} {
		if got := token.Extra(name); !reflect.DeepEqual(got, want) {
			t.Errorf("Extra(%q) is %v, want %v", name, got, want)
		}
	}
	token, err = FetchToken(
		t.Context(),
		basic,
		&Options{HTTPClient: answering(200, `{"access_token":"x"}`)},
	)
	if err != nil || !token.Expiry.IsZero() || !token.Valid() {
		t.Errorf("without expires_in: %+v, %v", token, err)
	}
}

// stopped is a Clock that stands still.
type stopped time.Time

func (s stopped) Now() time.Time                                   { return time.Time(s) }
func (s stopped) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// An oauth2.ReuseTokenSource, which oauth2.NewClient makes, keeps a token without an end for ever.
func TestTokenOfAnUnknownLifetimeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		sends := transportFunc(func(*http.Request) (*http.Response, error) {
			requests++
			body := fmt.Sprintf(`{"access_token":"token-%d","token_type":"Bearer"}`, requests)
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		client, err := New(basic, &Options{
			HTTPClient: &http.Client{Transport: sends}, Lifetime: time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		source := oauth2.ReuseTokenSource(nil, client)
		for _, want := range []string{"token-1", "token-2"} {
			token, err := source.Token()
			if err != nil || token.AccessToken != want {
				t.Fatalf("%v %v, not %s", token, err, want)
			}
			if left := time.Until(token.Expiry); left > time.Minute || left <= 0 || token.ExpiresIn != 0 {
				t.Errorf("it ends in %v, expires_in %d", left, token.ExpiresIn)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestPeriod(t *testing.T) {
	began := time.Now()
	p := period{began, time.Minute}
	for _, c := range []struct {
		what            string
		wall, monotonic time.Duration
		want            bool
	}{
		{"at its beginning", 0, 0, true},
		{"within it", time.Second, time.Second, true},
		{"at its end", time.Minute, time.Minute, false},
		{"asleep until after its end: the monotonic clock stood still", time.Hour, time.Second, false},
		{"the clock was set back within it", time.Second, time.Minute, false},
		{"the clock was set back before it", -time.Second, time.Second, false},
		{"the clock was set forward beyond it", time.Hour, time.Second, false},
	} {
		if p.lasts(c.wall, c.monotonic) != c.want {
			t.Errorf("%s: want %v", c.what, c.want)
		}
	}
	for elapsed, want := range map[time.Duration]bool{
		0:               true,
		time.Minute - 1: true,
		time.Minute:     false,
		-1:              false,
	} {
		if p.contains(began.Add(elapsed)) != want || p.contains(began.Add(elapsed).Round(0)) != want {
			t.Errorf("after %v: want %v", elapsed, want)
		}
	}
}

// For -race: callers that come and go, among others that invalidate and renew.
func TestConcurrentUse(t *testing.T) {
	var mu sync.Mutex
	requests := 0
	client, err := New(
		basic,
		&Options{
			HTTPClient: &http.Client{
				Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
					mu.Lock()
					defer mu.Unlock()
					requests++
					return answering(
						200,
						fmt.Sprintf(`{"access_token":"token-%d","expires_in":3600}`, requests),
					).Transport.RoundTrip(
						req,
					)
				}),
			},
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%8 == 1 {
					go cancel()
				}
				token, err := client.TokenContext(ctx)
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				switch {
				case i%8 == 2:
					client.Invalidate(token)
				case i%8 == 3:
					client.Renew(ctx)
				}
				cancel()
			}
		})
	}
	all.Wait()
	client.Close()
	if _, err := client.Token(); code(t, err) != CodeClosed {
		t.Error(err)
	}
}

// Two goroutines may both see that there is no fresh token; the second must not ask again when the
// first has just got one.
func TestTokenThatAnotherGoroutineHasJustRenewed(t *testing.T) {
	client, err := New(
		basic,
		&Options{HTTPClient: answering(200, `{"access_token":"x","expires_in":3600}`)},
	)
	if err != nil {
		t.Fatal(err)
	}
	first, err := client.Token()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := client.join(t.Context(), want{}, nil); err != nil || second != first {
		t.Errorf("%v, %v", second, err)
	}
}

type contextKey struct{}

func TestValuesOfTheContextReachTheTransport(t *testing.T) {
	var seen any
	client, err := New(
		basic,
		&Options{
			HTTPClient: &http.Client{
				Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
					seen = req.Context().Value(contextKey{})
					return nil, errors.New("down")
				}),
			},
			Clock: stopped(time.Now()),
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.TokenContext(context.WithValue(t.Context(), contextKey{}, "a span")); code(
		t,
		err,
	) != CodeNetwork ||
		seen != "a span" {
		t.Errorf("%v, %v", seen, err)
	}
}

func TestErrorOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := &http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})}
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		options := &Options{HTTPClient: silent}
		if _, err := FetchToken(late, basic, options); err != context.DeadlineExceeded {
			t.Errorf("FetchToken: %v", err)
		}
		options = &Options{HTTPClient: silent, Timeout: time.Second}
		if _, err := FetchToken(t.Context(), basic, options); code(t, err) != CodeTimeout {
			t.Errorf("our own time-out: %v", err)
		}
		impatient := &http.Client{Transport: silent.Transport, Timeout: time.Second}
		if _, err := FetchToken(t.Context(), basic, &Options{HTTPClient: impatient}); code(
			t,
			err,
		) != CodeTimeout {
			t.Errorf("the time-out of the http.Client: %v", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := FetchToken(gone, basic, &Options{HTTPClient: silent}); err != context.Canceled {
			t.Errorf("cancelled already: %v", err)
		}
		client, err := New(basic, &Options{HTTPClient: silent})
		if err != nil {
			t.Fatal(err)
		}
		late, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.TokenContext(late); err != context.DeadlineExceeded {
			t.Errorf("TokenContext: %v", err)
		}
		synctest.Wait() // the request has ended with its last caller, or the bubble would not end
	})
}

// Only the time of the system's own clock is asked for here: it is that of the bubble.
func TestSystemClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, attempts := time.Now(), 0
		client, err := New(
			basic,
			&Options{
				HTTPClient: &http.Client{
					Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
						if attempts++; attempts == 1 {
							response, _ := answering(429, "").Transport.RoundTrip(req)
							response.Header.Set("Retry-After", "7")
							return response, nil
						}
						return answering(200, `{"access_token":"x","expires_in":40}`).Transport.RoundTrip(req)
					}),
				},
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Token(); err != nil || attempts != 2 {
			t.Fatal(attempts, err)
		}
		if waited := time.Since(began); waited < 7*time.Second || waited > 7250*time.Millisecond {
			t.Errorf("waited %v", waited)
		}
		time.Sleep(40 * time.Second)
		if _, err := client.Token(); err != nil || attempts != 3 {
			t.Error("a token that is over: ", attempts, err)
		}
	})
}

func TestHTTPClientIsNotChanged(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/elsewhere" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, req, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	own := &http.Client{Timeout: time.Minute}
	_, err := FetchToken(t.Context(), of(server.URL+"/token"), &Options{HTTPClient: own})
	if code(t, err) != CodeRedirect || own.CheckRedirect != nil {
		t.Error(err)
	}
}

func TestBodyIsBoundedAfterDecompression(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		compressed := gzip.NewWriter(w)
		compressed.Write(bytes.Repeat([]byte(" "), 1<<20))
		compressed.Write([]byte(`{"access_token":"x"}`))
		compressed.Close()
	}))
	defer server.Close()
	config := of(server.URL)
	if _, err := FetchToken(t.Context(), config, nil); code(t, err) != CodeResponseTooLarge {
		t.Error(err)
	}
	if token, err := FetchToken(t.Context(), config, &Options{MaxBody: 1<<20 + 20}); err != nil ||
		token.AccessToken != "x" {
		t.Error(err)
	}
}

func TestNetworkFailures(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	_, err := FetchToken(t.Context(), of(closed.URL), nil)
	if code(t, err) != CodeNetwork || !strings.Contains(err.Error(), "refused") {
		t.Error(err)
	}
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	_, err = FetchToken(t.Context(), of(untrusted.URL), nil)
	var e *TokenError
	if !errors.As(err, &e) || e.Retryable || !strings.Contains(e.Hint, "certificate") {
		t.Errorf("%+v", e)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	_, err = FetchToken(t.Context(), of("https"+strings.TrimPrefix(plain.URL, "http")), nil)
	if !errors.As(err, &e) || e.Retryable ||
		e.Hint != "the server speaks http, not https: write http in TokenEndpoint" {
		t.Errorf("%+v", e)
	}
	options := &Options{HTTPClient: untrusted.Client()}
	if _, err := FetchToken(t.Context(), of(untrusted.URL), options); code(t, err) != CodeHTTPError {
		t.Error(err)
	}
}

func TestOptionsThatCantBeUsed(t *testing.T) {
	for field, options := range map[string]*Options{
		"Options.Timeout":    {Timeout: -1},
		"Options.Deadline":   {Deadline: -1},
		"Options.MaxBody":    {MaxBody: -1},
		"Options.Origins[1]": {Origins: []string{"https://a.example/", "https://a.example/x"}},
		"Options.Random":     {Random: strings.NewReader("short"), HTTPClient: answering(200, "")},
	} {
		if _, err := FetchToken(t.Context(), basic, options); code(t, err) != CodeInvalidConfig ||
			!strings.HasPrefix(err.Error(), field+" ") {
			t.Errorf("%s: %v", field, err)
		}
	}
	for text, what := range map[string]string{
		"https://a.example/x?key=hunter2": `has a query: write "https://a.example"`,
		"http://a.example/":               `has http, which is only for this machine: write "https://a.example"`,
		"https://*.example":               `has a wildcard: write each origin, such as "https://api.example.com"`,
		"hunter2":                         `is no URL: write an origin such as "https://api.example.com"`,
	} {
		_, err := New(basic, &Options{Origins: []string{text}})
		if code(t, err) != CodeInvalidConfig || err.Error() != "Options.Origins[0] "+what {
			t.Errorf("%q: %v", text, err)
		}
	}
	// addresses that fetch reads as one of this machine, or that are not one
	for _, host := range []string{
		"localhost.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "0177.0.0.1", "127.1",
	} {
		if _, err := New(basic, &Options{Origins: []string{"http://" + host}}); err == nil {
			t.Errorf("%q is taken", host)
		}
	}
}

// The signatures are checked by the standard library, against the keys that were made for it.
func TestSign(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		alg    string
		key    crypto.Signer
		verify func(data, signature []byte) bool
	}{
		{"RS256", rsaKey, func(data, signature []byte) bool {
			digest := sha256.Sum256(data)
			return rsa.VerifyPKCS1v15(&rsaKey.PublicKey, crypto.SHA256, digest[:], signature) == nil
		}},
		{"PS256", rsaKey, func(data, signature []byte) bool {
			digest := sha256.Sum256(data)
			options := &rsa.PSSOptions{SaltLength: 32}
			return rsa.VerifyPSS(&rsaKey.PublicKey, crypto.SHA256, digest[:], signature, options) == nil
		}},
		{"ES256", ecKey, func(data, signature []byte) bool {
			digest := sha256.Sum256(data)
			return len(signature) == 64 && ecdsa.Verify(
				&ecKey.PublicKey,
				digest[:],
				new(big.Int).SetBytes(signature[:32]),
				new(big.Int).SetBytes(signature[32:]),
			)
		}},
		{"EdDSA", edKey, func(data, signature []byte) bool { return ed25519.Verify(edPublic, data, signature) }},
	} {
		var form url.Values
		capture := &http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			req.ParseForm()
			form = req.PostForm
			return answering(200, `{"access_token":"x"}`).Transport.RoundTrip(req)
		})}
		config := Config{
			TokenEndpoint: "https://as.example/token",
			ClientID:      "client",
			Alg:           c.alg,
			KeyID:         "key-1",
		}
		options := &Options{HTTPClient: capture, Sign: SignWith(c.key)}
		if _, err := FetchToken(t.Context(), config, options); err != nil {
			t.Fatalf("%s: %v", c.alg, err)
		}
		assertion := form.Get("client_assertion")
		dot := strings.LastIndexByte(assertion, '.')
		signature, err := base64.RawURLEncoding.DecodeString(assertion[dot+1:])
		if err != nil || !c.verify([]byte(assertion[:dot]), signature) {
			t.Errorf("%s: the signature is wrong, %v", c.alg, err)
		}
	}
}

func TestOAuth1WithAKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for method, hash := range map[string]crypto.Hash{
		"": crypto.SHA256, "RSA-SHA256": crypto.SHA256, "RSA-SHA512": crypto.SHA512,
		"RSA-SHA1": crypto.SHA1,
	} {
		for _, sign := range []SignFunc{nil, SignWith(key)} {
			config := Config{
				TokenEndpoint: "https://as.example/token", ClientID: "client", ClientAuth: AuthOAuth1,
				SignatureMethod: method,
			}
			if sign == nil {
				config.PrivateKey = string(der)
			}
			var header string
			answer := answering(200, `{"access_token":"x"}`).Transport
			capture := &http.Client{Transport: transportFunc(
				func(req *http.Request) (*http.Response, error) {
					header = req.Header.Get("Authorization")
					return answer.RoundTrip(req)
				},
			)}
			_, err := FetchToken(t.Context(), config, &Options{HTTPClient: capture, Sign: sign})
			if err != nil {
				t.Fatal(method, err)
			}
			fields := map[string]string{}
			for field := range strings.SplitSeq(strings.TrimPrefix(header, "OAuth "), ", ") {
				name, value, _ := strings.Cut(field, "=")
				fields[name], _ = url.PathUnescape(strings.Trim(value, `"`))
			}
			digest := hash.New()
			// RFC 5849 section 3.4.1; no value here needs an encoding but the separators
			fmt.Fprintf(digest, "POST&https%%3A%%2F%%2Fas.example%%2Ftoken&"+
				"grant_type%%3Dclient_credentials%%26oauth_consumer_key%%3Dclient%%26"+
				"oauth_nonce%%3D%s%%26oauth_signature_method%%3D%s%%26oauth_timestamp%%3D%s%%26"+
				"oauth_version%%3D1.0",
				fields["oauth_nonce"], fields["oauth_signature_method"], fields["oauth_timestamp"])
			signature, _ := base64.StdEncoding.DecodeString(fields["oauth_signature"])
			if rsa.VerifyPKCS1v15(&key.PublicKey, hash, digest.Sum(nil), signature) != nil {
				t.Errorf("%q: the signature is wrong: %s", method, header)
			}
		}
	}
}

// signing returns a SignFunc that returns no signature.
func signing(f func(context.Context) error) SignFunc {
	return func(ctx context.Context, _ []byte, _, _ string) ([]byte, error) { return nil, f(ctx) }
}

func TestSignThatFails(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code            ErrorCode
		message, secret string
		sign            SignFunc
	}{
		{CodeInvalidKey, "Options.Sign failed: the HSM is on fire", "", func(context.Context, []byte, string, string) ([]byte, error) {
			return nil, errors.New("the HSM is on fire")
		}},
		{CodeInvalidKey, "Options.Sign must return a signature of ES256", "", func(context.Context, []byte, string, string) ([]byte, error) {
			return nil, nil
		}},
		{CodeInvalidKey, "ES256 can't be used with this key", "", SignWith(edKey)},
		{CodeTimeout, "Options.Sign did not answer in time", "", signing(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })},
		{CodeTimeout, "Options.Sign did not answer in time", "", signing(func(context.Context) error { time.Sleep(time.Hour); return nil })},
		{CodeInvalidConfig, "ClientAuth is missing: both ClientSecret and Options.Sign", "secret", SignWith(edKey)},
	} {
		synctest.Test(t, func(t *testing.T) {
			config := Config{
				TokenEndpoint: "https://as.example/token",
				ClientID:      "client",
				ClientSecret:  c.secret,
				Alg:           "ES256",
			}
			_, err := FetchToken(t.Context(), config, &Options{HTTPClient: answering(500, ""), Sign: c.sign})
			if code(t, err) != c.code || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %v, want %s", err, c.message)
			}
			time.Sleep(time.Hour) // of the bubble: until the last function has ended
		})
	}
}

func TestKeyOfTheConfiguration(t *testing.T) {
	const ( // RFC 7515 appendix A.3
		x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
		y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
		d = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
	)
	config := Config{TokenEndpoint: "https://as.example/token", ClientID: "client"}
	config.PrivateKey = `{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","d":"` + d + `"}`
	var form url.Values
	capture := &http.Client{Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
		req.ParseForm()
		form = req.PostForm
		return answering(200, `{"access_token":"x"}`).Transport.RoundTrip(req)
	})}
	if _, err := FetchToken(t.Context(), config, &Options{HTTPClient: capture}); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(form.Get("client_assertion"), ".")
	left, _ := base64.RawURLEncoding.DecodeString(x)
	right, _ := base64.RawURLEncoding.DecodeString(y)
	public, err := ecdsa.ParseUncompressedPublicKey(
		elliptic.P256(),
		slices.Concat([]byte{4}, left, right),
	)
	if err != nil {
		t.Fatal(err)
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(signature) != 64 ||
		!ecdsa.Verify(
			public,
			digest[:],
			new(big.Int).SetBytes(signature[:32]),
			new(big.Int).SetBytes(signature[32:]),
		) {
		t.Error("the signature is wrong")
	}
	config.PrivateKey = strings.Replace(
		config.PrivateKey,
		"jpsQ",
		"jpsR",
		1,
	) // it isn't the key of x and y any more
	if _, err := FetchToken(t.Context(), config, nil); code(t, err) != CodeInvalidKey {
		t.Error(err)
	}
}

// Printing a Client, an error or an event shows neither the secret nor a token.
func TestNothingSecretIsPrinted(t *testing.T) {
	const secret = "a-very-secret-secret"
	var printed strings.Builder
	answers := []string{
		`{"access_token":"token-of-mine","expires_in":3600}`,
		`{"error":"invalid_client","error_description":"` + secret + ` is wrong"}`,
	}
	statuses := []int{200, 401}
	client, err := New(basic, &Options{
		OnEvent: func(e Event) { fmt.Fprintf(&printed, "%+v %v\n", e, e.Err) },
		HTTPClient: &http.Client{
			Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
				defer func() { answers, statuses = answers[1:], statuses[1:] }()
				return answering(statuses[0], answers[0]).Transport.RoundTrip(req)
			}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.Token(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&printed, "%v %+v %#v\n", client, client, client)
	_, err = client.Renew(t.Context())
	fmt.Fprintf(&printed, "%v %+v %#v\n", err, err, err)
	if code(t, err) != CodeErrorResponse || strings.Contains(printed.String(), secret) ||
		strings.Contains(printed.String(), "token-of-mine") {
		t.Error(printed.String())
	}
}

func TestLoad(t *testing.T) {
	name := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(name, []byte("client:secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if config, err := LoadFile(name); err != nil || config.ClientID != "client" ||
		config.ClientSecret != "secret" {
		t.Error(config, err)
	}
	if _, err := LoadFile("core/credentials/archive/testdata/checksum.zip"); code(
		t,
		err,
	) != CodeInvalidCredentials ||
		!strings.Contains(err.Error(), "ZIP archive") {
		t.Error(err)
	}
	if _, err := LoadFile(name + ".lost"); err == nil || errors.As(err, new(*TokenError)) {
		t.Error("a file that isn't there is an error of the file system: ", err)
	}
	t.Setenv("FETCHTOKEN_CLIENT_ID", "client")
	t.Setenv("FETCHTOKEN_SCOPE", "a b")
	if config, err := LoadEnvironment(); err != nil || config.ClientID != "client" ||
		!reflect.DeepEqual(config.Scope, []string{"a b"}) {
		t.Error(config, err)
	}
}

// LoadFile reads no more of an endless file than a credentials file may have, and doesn't wait.
func TestLoadNoCredentialsFile(t *testing.T) {
	folder := t.TempDir()
	pipe, large := filepath.Join(folder, "pipe"), filepath.Join(folder, "large")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, []byte("here.access.key.id=a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 3<<30); err != nil { // without a byte on the disk
		t.Fatal(err)
	}
	for _, name := range []string{pipe, "/dev/zero", folder} {
		if _, err := LoadFile(name); err == nil ||
			!strings.Contains(err.Error(), "is not a regular file") ||
			errors.As(err, new(*TokenError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := LoadFile(large)
	runtime.ReadMemStats(&after)
	if code(t, err) != CodeInvalidCredentials ||
		!strings.Contains(err.Error(), "is larger than 1 MiB") {
		t.Error(err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20 {
		// io.ReadAll grows its buffer step by step
		t.Errorf("%d bytes of memory", used)
	}
}

// Code that becomes WebAssembly imports neither this package nor net/http.
func TestArrows(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "./core/...", "./wasm")
	command.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	list, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(list)) {
		if name == "github.com/fetchtoken/fetchtoken" || name == "net/http" ||
			strings.HasPrefix(name, "golang.org/x/oauth2") {
			t.Error(name)
		}
	}
}
