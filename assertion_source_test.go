package fetchtoken

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/stores/memorystore"
)

// asserted is a configuration whose assertion comes from a source.
func asserted(source Source) Config {
	return Config{
		TokenEndpoint: "https://as.example/token", ClientID: "client", ClientAssertionFrom: source,
	}
}

// bodies returns a client that records the bodies of its requests, and answers each with a token.
func bodies(sent *[]url.Values) *http.Client {
	return &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(text))
		*sent = append(*sent, form)
		return &http.Response{
			StatusCode: 200, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"access_token":"t","expires_in":3600}`)),
		}, err
	})}
}

func TestSourceIsAskedBeforeEachRequest(t *testing.T) {
	count := 0
	source := Source{Func: func(_ context.Context, audience string) (string, error) {
		count++
		return fmt.Sprintf("jwt-%d for %s", count, audience), nil
	}}
	var sent []url.Values
	client, err := New(asserted(source), &Options{HTTPClient: bodies(&sent)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Token(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"jwt-1 for https://as.example/token", "jwt-2 for https://as.example/token"}
	var got []string
	for _, form := range sent {
		got = append(got, form.Get("client_assertion"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFileIsReadEachTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	var sent []url.Values
	options := &Options{HTTPClient: bodies(&sent)}
	for _, text := range []string{"jwt-1\n", "jwt-2\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := FetchToken(t.Context(), asserted(Source{File: file}), options); err != nil {
			t.Fatal(err)
		}
		last := sent[len(sent)-1]
		if got := last.Get("client_assertion"); got+"\n" != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	missing := asserted(Source{File: file + "-none"})
	_, err := FetchToken(t.Context(), missing, options)
	if !errors.Is(err, CodeSourceFailed) || !errors.Is(err, os.ErrNotExist) || len(sent) != 2 {
		t.Error(err)
	}
	_, err = FetchToken(t.Context(), asserted(Source{File: filepath.Dir(file)}), options)
	if !errors.Is(err, CodeSourceFailed) || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}

func TestSourceThatFails(t *testing.T) {
	why := errors.New("no pod")
	source := Source{Func: func(context.Context, string) (string, error) { return "", why }}
	_, err := FetchToken(t.Context(), asserted(source), nil)
	if !errors.Is(err, CodeSourceFailed) || !errors.Is(err, why) ||
		err.Error() != "ClientAssertion can't be had: no pod" {
		t.Error(err)
	}
}

// A function that doesn't look at its context ends neither the call nor the time later.
func TestSourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		source := Source{Func: func(context.Context, string) (string, error) {
			<-release
			return "", nil
		}}
		began := time.Now()
		_, err := FetchToken(t.Context(), asserted(source), &Options{Timeout: time.Second})
		if !errors.Is(err, CodeTimeout) || time.Since(began) != time.Second {
			t.Error(err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := FetchToken(ctx, asserted(source), nil); err != context.DeadlineExceeded {
			t.Error(err)
		}
		close(release)
	})
}

func TestExchangeWithSources(t *testing.T) {
	var sent []url.Values
	config := Config{
		TokenEndpoint: "https://as.example/token", ClientID: "client", ClientAuth: AuthNone,
		SubjectTokenFrom: Source{Func: func(context.Context, string) (string, error) {
			return "of the subject", nil
		}},
		SubjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
		ActorToken:       "of the actor",
		ActorTokenType:   "urn:ietf:params:oauth:token-type:access_token",
	}
	_, err := FetchToken(t.Context(), config, &Options{HTTPClient: bodies(&sent)})
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token":      {"of the subject"},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
		"actor_token":        {"of the actor"},
		"actor_token_type":   {"urn:ietf:params:oauth:token-type:access_token"},
		"client_id":          {"client"},
	}
	if got := sent[0].Encode(); got != want.Encode() {
		t.Errorf("got  %s\nwant %s", got, want.Encode())
	}
}

// A refusal of one subject is none of another's.
func TestSourcesShareNoRefusal(t *testing.T) {
	t.Cleanup(func() { clear(refusals.of) })
	source := Source{Func: func(context.Context, string) (string, error) { return "jwt", nil }}
	requests := 0
	options := &Options{HTTPClient: &http.Client{Transport: transportFunc(
		func(r *http.Request) (*http.Response, error) {
			requests++
			return &http.Response{
				StatusCode: 401, Header: http.Header{}, Request: r,
				Body: io.NopCloser(strings.NewReader(`{"error":"invalid_client"}`)),
			}, nil
		},
	)}}
	for range 2 {
		client, err := New(asserted(source), options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Token(); !errors.Is(err, CodeErrorResponse) {
			t.Error(err)
		}
	}
	if requests != 2 {
		t.Errorf("%d requests", requests)
	}
}

func TestSourcePrintsNothing(t *testing.T) {
	config := asserted(Source{URL: "https://a.example/", Headers: map[string]string{"a": "s3cr3t"}})
	config.SubjectToken = "s3cr3t"
	for _, text := range []string{fmt.Sprintf("%v %#v %d", config, config, config.ClientAssertionFrom)} {
		if strings.Contains(text, "s3cr3t") || !strings.Contains(text, "clientAssertion") {
			t.Error(text)
		}
	}
}

// A server that repeats what it got teaches no log a token.
func TestNoErrorHasATextOfASource(t *testing.T) {
	const assertion, subject, actor, header = "assertion-Qx7Tn2vLk9Hd", "subject-Zp4Wm8rJc3Bf",
		"actor-Lk9HdQx7Tn2v", "header-Jc3BfZp4Wm8r"
	text := func(text string) Source {
		return Source{Func: func(context.Context, string) (string, error) { return text, nil }}
	}
	config := Config{
		TokenEndpoint: "https://as.example/token", ClientID: "client",
		ClientAssertionFrom: text(assertion),
		SubjectTokenFrom:    text(subject), SubjectTokenType: "urn:example:a",
		ActorTokenFrom: Source{
			URL: "https://idp.example/", Headers: map[string]string{"x-key": header},
		},
		ActorTokenType: "urn:example:b",
	}
	answer := func(r *http.Request, status int, body string) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
	repeats := func(said string) *Options {
		return &Options{HTTPClient: &http.Client{Transport: transportFunc(
			func(r *http.Request) (*http.Response, error) {
				if r.Method == "GET" {
					return answer(r, 200, actor)
				}
				return answer(r, 400,
					`{"error":"invalid_request","error_description":"no `+said+` is known"}`)
			},
		)}}
	}
	for _, secret := range []string{assertion, subject, actor, header} {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret))} {
			_, err := FetchToken(t.Context(), config, repeats(form))
			if !errors.Is(err, CodeErrorResponse) {
				t.Fatal(err)
			}
			told := fmt.Sprintf("%v %+v %#v", err, err, err)
			if strings.Contains(told, form) || !strings.Contains(told, "[redacted] is known") {
				t.Error(told)
			}
		}
	}
}

// A store is given neither an assertion nor a subject token, in no form.
func TestNoStoreHasATextOfASource(t *testing.T) {
	const assertion, subject = "assertion-Qx7Tn2vLk9Hd", "subject-Zp4Wm8rJc3Bf"
	store := &givenStore{Store: memorystore.New()}
	var sent []url.Values
	for _, config := range []Config{
		asserted(Source{Func: func(context.Context, string) (string, error) {
			return assertion, nil
		}}),
		{TokenEndpoint: "https://as.example/token", ClientID: "client", ClientAssertion: assertion},
		{
			TokenEndpoint: "https://as.example/token", ClientID: "client", ClientAuth: AuthNone,
			SubjectToken: subject, SubjectTokenType: "urn:example:a",
		},
	} {
		client, err := New(config, &Options{
			HTTPClient: bodies(&sent), Store: store, SealingKey: []byte("a key of 16 bytes"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Token(); err != nil {
			t.Fatal(err)
		}
		client.Close()
	}
	given := strings.Join(store.given, " ")
	for _, secret := range []string{assertion, subject} {
		for _, form := range []string{
			secret, hex.EncodeToString([]byte(secret)),
			base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			if strings.Contains(given, form[:12]) {
				t.Error(form)
			}
		}
	}
	if len(store.given) != 6 {
		t.Errorf("%d texts", len(store.given))
	}
}

// A givenStore is a store without leases that remembers what it was given.
type givenStore struct {
	Store
	mu    sync.Mutex
	given []string
}

func (s *givenStore) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	s.mu.Lock()
	s.given = append(s.given, key, record)
	s.mu.Unlock()
	return s.Store.Set(ctx, key, record, ttl)
}

// Who issues an assertion gets no proof that is for the token endpoint.
func TestNoProofForASource(t *testing.T) {
	var proved []string
	options := &Options{
		DPoP: newDPoPKey(t),
		HTTPClient: &http.Client{Transport: transportFunc(
			func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("DPoP") != "" {
					proved = append(proved, r.URL.Host)
				}
				body := `{"access_token":"t","token_type":"DPoP"}`
				if r.Method == "GET" {
					body = "jwt"
				}
				return &http.Response{
					StatusCode: 200, Header: http.Header{}, Request: r,
					Body: io.NopCloser(strings.NewReader(body)),
				}, nil
			},
		)},
	}
	client, err := New(asserted(Source{URL: "https://idp.example/"}), options)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Token(); err != nil || !slices.Equal(proved, []string{"as.example"}) {
		t.Error(proved, err)
	}
}

// explain sends nothing, so it asks no URL either.
func TestExplainAsksNoSource(t *testing.T) {
	config := core.Config{
		TokenEndpoint: "https://as.example/token", ClientID: "client",
		ClientAssertion: core.Source{URL: "http://127.0.0.1:1/"},
	}
	explanation, err := explain(t.Context(), config, false)
	if err != nil || !strings.Contains(explanation.Request.Body, "client_assertion=[redacted]") {
		t.Error(explanation, err)
	}
	_, err = explain(t.Context(), config, true)
	if !errors.Is(err, CodeInvalidConfig) || !strings.Contains(err.Error(), "the url of a source") {
		t.Error(err)
	}
}

// A map has no order: the request has the parameters in the order of their names.
func TestParametersByName(t *testing.T) {
	var body string
	options := &Options{HTTPClient: &http.Client{Transport: transportFunc(
		func(r *http.Request) (*http.Response, error) {
			text, err := io.ReadAll(r.Body)
			body = string(text)
			return &http.Response{
				StatusCode: 200, Header: http.Header{}, Request: r,
				Body: io.NopCloser(strings.NewReader(`{"access_token":"t"}`)),
			}, err
		},
	)}}
	config := Config{
		TokenEndpoint: "https://as.example/token", ClientID: "client", ClientSecret: "secret",
		Parameters: url.Values{"d": {"1"}, "b": {"2", "1"}, "c": {"3"}, "a": {"4"}, "e": {"5"}},
	}
	if _, err := FetchToken(t.Context(), config, options); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(body, "a=4&b=2&b=1&c=3&d=1&e=5") {
		t.Error(body)
	}
}
