package fetchtoken_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"golang.org/x/oauth2"
)

// An echoServer issues tokens that contain their request. js/test/support/echo_server.js does the
// same.
type echoServer struct {
	mu    sync.Mutex
	asked []asked
	delay func()
}

type asked struct {
	Client string              `json:"client"`
	Body   map[string][]string `json:"body"`
	Number int                 `json:"number"`
}

func (s *echoServer) RoundTrip(req *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(req.Body)
	form, _ := url.ParseQuery(string(body))
	form.Del("grant_type")
	client, _, _ := req.BasicAuth()
	s.mu.Lock()
	a := asked{client, form, len(s.asked) + 1}
	s.asked = append(s.asked, a)
	s.mu.Unlock()
	if s.delay != nil {
		s.delay()
	}
	name, _ := json.Marshal(a)
	token, _ := json.Marshal(map[string]any{
		"access_token": string(name), "token_type": "Bearer", "expires_in": 3600,
	})
	return &http.Response{
		StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(token))),
		Request: req,
	}, nil
}

func (s *echoServer) client(
	t *testing.T, config fetchtoken.Config, options fetchtoken.Options,
) *fetchtoken.Client {
	t.Helper()
	config.TokenEndpoint, config.ClientSecret = "https://as.example/token", "a secret"
	config.ClientID = cmp.Or(config.ClientID, "client")
	options.HTTPClient = &http.Client{Transport: s}
	client, err := fetchtoken.New(config, &options)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// issuedFor reads the request from a token.
func issuedFor(t *testing.T, source oauth2.TokenSource) asked {
	t.Helper()
	token, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	var a asked
	if err := json.Unmarshal([]byte(token.AccessToken), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

type manyCall struct {
	tenant  string
	request fetchtoken.TokenRequest
	body    map[string][]string
}

// manyCalls returns ten calls for each of twenty requests of each of five tenants. Each call has
// the request that the server must receive.
func manyCalls() []manyCall {
	var calls []manyCall
	for range 10 {
		for tenant := range 5 {
			for _, scope := range []string{"read", "write", "read write", "admin", ""} {
				scopes := strings.Fields(scope)
				if scopes == nil {
					scopes = []string{}
				}
				add := func(r fetchtoken.TokenRequest, name, value string) {
					body := map[string][]string{}
					if scope != "" {
						body["scope"] = []string{scope}
					}
					if name != "" {
						body[name] = []string{value}
					}
					r.Scope = scopes
					calls = append(calls, manyCall{fmt.Sprint("t", tenant), r, body})
				}
				add(fetchtoken.TokenRequest{}, "", "")
				add(fetchtoken.TokenRequest{Audience: []string{"a"}}, "audience", "a")
				const resource = "https://a.example/"
				add(fetchtoken.TokenRequest{Resource: []string{resource}}, "resource", resource)
				hint := url.Values{"audience_hint": {"a"}}
				add(fetchtoken.TokenRequest{Parameters: hint}, "audience_hint", "a")
			}
		}
	}
	return calls
}

func TestManyTokensAtOnce(t *testing.T) {
	shuffle := func(seed int64) func([]manyCall) {
		return func(calls []manyCall) {
			random := rand.New(rand.NewSource(seed))
			random.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
		}
	}
	for name, order := range map[string]func([]manyCall){
		"caller by caller":    func([]manyCall) {},
		"the other way round": func(calls []manyCall) { slices.Reverse(calls) },
		"request by request": func(calls []manyCall) {
			slices.SortFunc(calls, func(a, b manyCall) int {
				return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
			})
		},
		"by chance, 1": shuffle(1),
		"by chance, 2": shuffle(2),
	} {
		t.Run(name, func(t *testing.T) {
			server := &echoServer{}
			clients := map[string]*fetchtoken.Client{}
			for tenant := range 5 {
				id := fmt.Sprint("t", tenant)
				clients[id] = server.client(t, fetchtoken.Config{ClientID: id}, fetchtoken.Options{})
			}
			calls := manyCalls()
			if len(calls) != 1000 {
				t.Fatal(len(calls))
			}
			order(calls)
			var group sync.WaitGroup
			for _, call := range calls {
				group.Go(func() {
					got := issuedFor(t, clients[call.tenant].With(call.request))
					if got.Client != call.tenant || !reflect.DeepEqual(got.Body, call.body) {
						t.Errorf("the token of %v came for %v of %s", got, call.body, call.tenant)
					}
				})
			}
			group.Wait()
			if len(server.asked) != 100 {
				t.Errorf("%d requests", len(server.asked))
			}
		})
	}
}

func TestWithSameRequest(t *testing.T) {
	server := &echoServer{}
	client := server.client(t, fetchtoken.Config{
		Scope: []string{"b", "a"}, Audience: []string{"x"},
		Parameters: url.Values{"p": {"1"}, "q": {"2", "3"}},
	}, fetchtoken.Options{})
	type request = fetchtoken.TokenRequest
	for i, same := range [][]request{
		{
			{}, {Scope: []string{"a", "b"}}, {Scope: []string{"b a"}}, {Scope: []string{"a", "b", "a"}},
			{Audience: []string{"x"}}, {Parameters: url.Values{}}, {Parameters: url.Values{"p": {"1"}}},
		},
		{{Scope: []string{"c", "a"}}, {Scope: []string{"a", "c"}, Audience: []string{"x"}}},
		{{Scope: []string{}}, {Scope: []string{""}}},
		{{Audience: []string{"x", "y"}}},
		{{Audience: []string{"y", "x"}}},
		{{Parameters: url.Values{"q": {"4"}, "r": {"5"}}}},
		{{Parameters: url.Values{"p": {"q"}, "q": {"p"}}}},
		{{Resource: []string{"x"}}},
	} {
		for _, r := range same {
			if got := issuedFor(t, client.With(r)); got.Number != i+1 {
				t.Errorf("%v: token %d, want %d", r, got.Number, i+1)
			}
		}
	}
	both := client.With(request{Scope: []string{"a"}}).With(request{Audience: []string{"z"}})
	got := issuedFor(t, both).Body
	if !slices.Equal(got["scope"], []string{"a"}) || !slices.Equal(got["audience"], []string{"z"}) {
		t.Error(got)
	}
}

func TestWithOfARequestThatCanNotBeUsed(t *testing.T) {
	server := &echoServer{}
	client := server.client(t, fetchtoken.Config{}, fetchtoken.Options{Origins: []string{"https://api.example"}})
	for _, r := range []fetchtoken.TokenRequest{
		{Scope: []string{"a\nb"}},
		{Parameters: url.Values{"scope": {"a"}}},
		{Parameters: url.Values{"refresh_token": {"a"}}},
		{Parameters: url.Values{"code": {"a"}}},
		{Parameters: url.Values{"device_code": {"a"}}},
		{Parameters: url.Values{"assertion": {"a"}}},
	} {
		with := client.With(r)
		_, err := with.Token()
		if !errors.Is(err, fetchtoken.CodeInvalidConfig) {
			t.Errorf("%v: %v", r, err)
		}
		if _, err := with.HTTPClient().Get("https://api.example/"); !errors.Is(err, fetchtoken.CodeInvalidConfig) {
			t.Errorf("%v: %v", r, err)
		}
		_, err = with.With(fetchtoken.TokenRequest{Scope: []string{"a"}}).Token()
		if !errors.Is(err, fetchtoken.CodeInvalidConfig) {
			t.Errorf("%v: %v", r, err)
		}
	}
	if len(server.asked) != 0 {
		t.Error(server.asked)
	}
}

func TestWithKeepsTheLastUsed(t *testing.T) {
	server := &echoServer{}
	client := server.client(t, fetchtoken.Config{}, fetchtoken.Options{MaxTokens: 2})
	requests := func(scopes ...string) int {
		for _, scope := range scopes {
			issuedFor(t, client.With(fetchtoken.TokenRequest{Scope: []string{scope}}))
		}
		return len(server.asked)
	}
	issuedFor(t, client)
	for _, step := range []struct {
		scopes string
		want   int
	}{{"a b a b", 3}, {"c", 4}, {"b c", 4}, {"a c", 5}, {"b", 6}} {
		if got := requests(strings.Fields(step.scopes)...); got != step.want {
			t.Errorf("%s: %d requests, want %d", step.scopes, got, step.want)
		}
	}
	issuedFor(t, client)
	if len(server.asked) != 6 {
		t.Error("the client's own token was dropped")
	}
}

func TestWithClosed(t *testing.T) {
	release := make(chan struct{})
	server := &echoServer{}
	client := server.client(t, fetchtoken.Config{}, fetchtoken.Options{MaxTokens: 1})
	kept := client.With(fetchtoken.TokenRequest{Scope: []string{"kept"}})
	issuedFor(t, kept) // and then dropped
	begun := make(chan struct{}, 2)
	server.delay = func() { begun <- struct{}{}; <-release }
	defer close(release)
	failed := make(chan error, 2)
	for _, scope := range []string{"a", "b"} {
		with := client.With(fetchtoken.TokenRequest{Scope: []string{scope}})
		go func() {
			_, err := with.Token()
			failed <- err
		}()
	}
	<-begun
	<-begun
	client.Close()
	for range 2 {
		if err := <-failed; !errors.Is(err, fetchtoken.CodeClosed) {
			t.Error(err)
		}
	}
	late := client.With(fetchtoken.TokenRequest{Scope: []string{"a"}})
	for _, c := range []*fetchtoken.Client{client, kept, late} {
		if _, err := c.Token(); !errors.Is(err, fetchtoken.CodeClosed) {
			t.Error(err)
		}
	}
}

func TestWithSharesOneRefreshToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		current := "r0"
		transport := roundTripper(func(req *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(req.Body)
			form, _ := url.ParseQuery(string(body))
			sent = append(sent, form.Get("refresh_token"))
			if form.Get("refresh_token") != current { // RFC 6749 section 5.2
				return respond(req, 400, `{"error":"invalid_grant"}`), nil
			}
			time.Sleep(time.Second) // the other callers wait for their turn by then
			current = fmt.Sprint("r", len(sent))
			const format = `{"access_token":"token of %s","expires_in":3600,"refresh_token":%q}`
			return respond(req, 200, fmt.Sprintf(format, form.Get("scope"), current)), nil
		})
		client, err := fetchtoken.New(fetchtoken.Config{
			TokenEndpoint: "https://as.example/token", ClientID: "client", ClientSecret: "a secret",
			GrantType: "refresh_token", Parameters: url.Values{"refresh_token": {"r0"}},
		}, &fetchtoken.Options{HTTPClient: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for _, scope := range []string{"a", "b", "c", "a"} {
			group.Go(func() {
				with := client.With(fetchtoken.TokenRequest{Scope: []string{scope}})
				token, err := with.TokenContext(context.Background())
				if err != nil || token.AccessToken != "token of "+scope {
					t.Error(token, err)
				}
			})
		}
		group.Wait()
		if !slices.Equal(sent, []string{"r0", "r1", "r2"}) {
			t.Error(sent)
		}
	})
}

func TestARefusalInvalidatesItsOwnToken(t *testing.T) {
	server := &echoServer{}
	var refused string
	var got []int
	var invalidated []*fetchtoken.TokenRequest
	api := roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.URL.Host != "api.example" {
			return server.RoundTrip(req)
		}
		text := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
		var a asked
		json.Unmarshal([]byte(text), &a)
		got = append(got, a.Number)
		if text == refused {
			return respond(req, 401, ""), nil
		}
		return respond(req, 200, ""), nil
	})
	client, err := fetchtoken.New(fetchtoken.Config{
		TokenEndpoint: "https://as.example/token", ClientID: "client", ClientSecret: "a secret",
	}, &fetchtoken.Options{
		HTTPClient: &http.Client{Transport: api}, Origins: []string{"https://api.example"},
		OnEvent: func(e fetchtoken.Event) {
			if e.Type == fetchtoken.EventInvalidated {
				invalidated = append(invalidated, e.Request)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	read := client.With(fetchtoken.TokenRequest{
		Scope: []string{"read"}, Parameters: url.Values{"p": {"a secret"}},
	})
	own := issuedFor(t, client)
	token, err := read.Token()
	if err != nil {
		t.Fatal(err)
	}
	refused = token.AccessToken
	req, _ := http.NewRequest("GET", "https://api.example/", nil)
	response, err := read.RoundTrip(req)
	if err != nil || response.StatusCode != 200 {
		t.Fatal(response, err)
	}
	if !slices.Equal(got, []int{2, 3}) || issuedFor(t, client).Number != own.Number {
		t.Error(got)
	}
	want := []*fetchtoken.TokenRequest{{Scope: []string{"read"}}}
	if !reflect.DeepEqual(invalidated, want) {
		t.Error(invalidated)
	}
}

func respond(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Request: req,
		Body: io.NopCloser(strings.NewReader(body)),
	}
}
