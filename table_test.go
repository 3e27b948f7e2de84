package fetchtoken

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/stores/memorystore"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/oauth2"
)

// tableFile is a file of the behaviour table; core/testdata/README.md describes it.
// js/test/node/client_table.test.js runs it too.
type tableFile struct {
	Schema string     `json:"schema"`
	Tests  []scenario `json:"tests"`
}

type scenario struct {
	Name    string                    `json:"name"`
	Config  map[string]jsontext.Value `json:"config"`
	Options struct {
		Random    any      `json:"random"`
		Timeout   int      `json:"timeout"`
		Deadline  int      `json:"deadline"`
		Lifetime  int      `json:"lifetime"`
		Origins   []string `json:"origins"`
		MaxReplay int64    `json:"maxReplay"`
		MaxTokens int      `json:"maxTokens"`
		Store     bool     `json:"store"`
	} `json:"options"`
	Answers []reply `json:"answers"`
	Steps   []step  `json:"steps"`
	Want    struct {
		Requests               int              `json:"requests"`
		Slept                  []int64          `json:"slept"`
		Ended                  *int             `json:"ended"`
		Timestamps             []*int64         `json:"timestamps"`
		Grants                 []string         `json:"grants"`
		DistinctAuthorizations *int             `json:"distinctAuthorizations"`
		Events                 []map[string]any `json:"events"`
		Calls                  []call           `json:"calls"`
	} `json:"want"`
}

type reply struct {
	ExpiresIn *int              `json:"expiresIn"`
	Status    int               `json:"status"`
	Headers   map[string]string `json:"headers"`
	Body      jsontext.Value    `json:"body"`
	Failure   string            `json:"failure"`
	Held      bool              `json:"held"`
}

// A step has exactly one member.
type step struct {
	GetToken *struct {
		Caller    string `json:"caller"`
		Times     int    `json:"times"`
		Force     bool   `json:"force"`
		Cancelled bool   `json:"cancelled"`
		MinLife   int    `json:"minLifetime"`
		Request   *which `json:"request"`
		expectation
	} `json:"getToken"`
	Join *struct {
		Caller string `json:"caller"`
		expectation
	} `json:"join"`
	Cancel *struct {
		Caller string `json:"caller"`
	} `json:"cancel"`
	At     *int64    `json:"at"`
	Answer *struct{} `json:"answer"`
	Until  *struct {
		Event    string `json:"event"`
		Count    int    `json:"count"`
		Requests int    `json:"requests"`
		Ended    int    `json:"ended"`
	} `json:"until"`
	Invalidate *struct {
		Token   string `json:"token"`
		Request *which `json:"request"`
	} `json:"invalidate"`
	Close  *struct{} `json:"close"`
	Client *struct {
		Config map[string]jsontext.Value `json:"config"`
	} `json:"client"`
	Fetch *struct {
		URL       string            `json:"url"`
		Method    string            `json:"method"`
		Body      string            `json:"body"`
		Headers   map[string]string `json:"headers"`
		Stream    bool              `json:"stream"`
		Redirect  string            `json:"redirect"`
		Times     int               `json:"times"`
		Cancelled bool              `json:"cancelled"`
		Request   *which            `json:"request"`
		Want      int               `json:"want"`
		WantError map[string]any    `json:"wantError"`
	} `json:"fetch"`
	Revoke *struct {
		Future bool `json:"future"`
	} `json:"revoke"`
}

// A which is the request of one of several tokens.
type which struct {
	Scope      []string            `json:"scope"`
	Audience   []string            `json:"audience"`
	Resource   []string            `json:"resource"`
	Parameters map[string][]string `json:"parameters"`
}

// of returns the client for the request.
func (r *which) of(client *Client) *Client {
	if r == nil {
		return client
	}
	return client.With(TokenRequest{r.Scope, r.Audience, r.Resource, r.Parameters})
}

type expectation struct {
	Want      string         `json:"want"`
	ExpiresAt int64          `json:"expiresAt"`
	WantError map[string]any `json:"wantError"`
}

// A call is a request that the API got.
type call struct {
	URL    string `json:"url"`
	Method string `json:"method"`
	Token  string `json:"token"`
	Body   string `json:"body"`
	// Headers are the caller's headers that a scenario checks.
	Headers map[string]string `json:"headers,omitempty"`
}

func TestTable(t *testing.T) {
	names, err := filepath.Glob("core/testdata/client/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no table", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file tableFile
		// unlike encoding/json's, it tells a from A
		if err := json.Unmarshal(text, &file, json.RejectUnknownMembers(true)); err != nil {
			t.Fatal(name, err)
		}
		if file.Schema != "fetchtoken/client/1" || len(file.Tests) == 0 {
			t.Fatalf("%s: schema %q, %d tests", name, file.Schema, len(file.Tests))
		}
		for _, s := range file.Tests {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".json")+"/"+s.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newWorld(t, &s).run() })
			})
		}
	}
}

// A world has the parts of a scenario: a token server, an API, a clock and random bytes. It runs in
// a bubble of testing/synctest, whose Wait returns when every goroutine waits for something.
type world struct {
	t        *testing.T
	scenario *scenario
	client   *Client
	store    *memorystore.Store // nil without one
	newError error
	callers  map[string]*caller

	mu             sync.Mutex
	now            time.Time
	requests       int
	ended          int
	slept          []int64
	events         []map[string]any
	authorizations []string
	grants         []string
	answered       chan struct{} // closed when the held requests may be answered
	calls          []call
	revoked        int // the tokens up to this number are refused
}

// A caller is one or several goroutines that ask for a token.
type caller struct {
	cancel  context.CancelFunc
	results chan result
	times   int
}

type result struct {
	token *oauth2.Token
	err   error
}

func newWorld(t *testing.T, s *scenario) *world {
	w := &world{
		t: t, scenario: s, callers: map[string]*caller{}, answered: make(chan struct{}),
		now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
	}
	if s.Config == nil {
		s.Config = map[string]jsontext.Value{
			"tokenEndpoint": []byte(
				`"https://as.example/token"`,
			), "clientId": []byte(`"client"`), "clientSecret": []byte(`"a secret"`),
		}
	}
	if s.Options.Store {
		w.store = memorystore.New()
	}
	t.Cleanup(offsets.Clear)
	t.Cleanup(func() { clear(refusals.of) })
	return w
}

func (w *world) run() {
	w.newClient(w.scenario.Config)
	for i, s := range w.scenario.Steps {
		w.step(i, s)
	}
	synctest.Wait()
	w.check()
	if w.client != nil {
		w.client.Close()
	}
	if w.store != nil {
		time.Sleep(time.Minute) // the bubble's time: the work that no caller waits for ends
	}
}

// newClient makes the client for the next steps.
func (w *world) newClient(members map[string]jsontext.Value) {
	if members == nil {
		members = w.scenario.Config
	}
	var config core.Config
	for name, raw := range members {
		v := core.Value{Kind: core.KindJSON, Text: string(raw)}
		if json.Unmarshal(raw, &v.Text) == nil {
			v.Kind = core.KindText
		}
		if err := config.Set(name, v); err != nil {
			w.t.Fatal(err)
		}
	}
	o := w.scenario.Options
	options := &Options{
		HTTPClient: &http.Client{Transport: w},
		Timeout:    time.Duration(o.Timeout) * time.Millisecond,
		Deadline:   time.Duration(o.Deadline) * time.Millisecond,
		Lifetime:   time.Duration(o.Lifetime) * time.Millisecond,
		Origins:    o.Origins,
		MaxReplay:  o.MaxReplay,
		MaxTokens:  o.MaxTokens,
		OnEvent:    w.hear,
		Clock:      w,
	}
	if w.store != nil {
		options.Store = w.store
	}
	switch random := o.Random.(type) {
	case nil:
		options.Random = constant(128)
	case float64:
		options.Random = constant(random)
	default:
		if random != "new" {
			w.t.Fatal("unknown random", random)
		}
	}
	w.client, w.newError = New(configOf(config), options)
}

// A constant is a reader that returns the same byte for ever.
type constant byte

func (c constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

func (w *world) step(i int, s step) {
	w.t.Helper()
	members := 0
	for v, n := reflect.ValueOf(s), 0; n < v.NumField(); n++ {
		if !v.Field(n).IsNil() {
			members++
		}
	}
	if members != 1 {
		w.t.Fatalf("step %d has %d members", i, members)
	}
	name := fmt.Sprintf("step %d", i)
	switch {
	case s.GetToken != nil:
		g := s.GetToken
		least := time.Duration(g.MinLife) * time.Millisecond
		c := w.begin(g.Request, max(g.Times, 1), g.Force, g.Cancelled, least)
		if g.Caller != "" {
			w.callers[g.Caller] = c
			synctest.Wait()
			return
		}
		w.expect(name, c, g.expectation)
	case s.Join != nil:
		w.expect(name, w.callers[s.Join.Caller], s.Join.expectation)
	case s.Cancel != nil:
		w.callers[s.Cancel.Caller].cancel()
	case s.At != nil:
		synctest.Wait()
		w.mu.Lock()
		w.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).
			Add(time.Duration(*s.At) * time.Millisecond)
		w.mu.Unlock()
	case s.Answer != nil:
		close(w.answered)
	case s.Until != nil:
		synctest.Wait()
		heard := 0
		for _, event := range w.events {
			if event["type"] == s.Until.Event {
				heard++
			}
		}
		if heard < s.Until.Count || w.requests < s.Until.Requests || w.ended < s.Until.Ended {
			w.t.Fatalf(
				"%s: nothing goes on, after %d events %s, %d requests, %d ended",
				name,
				heard,
				s.Until.Event,
				w.requests,
				w.ended,
			)
		}
	case s.Invalidate != nil:
		var token *oauth2.Token
		if s.Invalidate.Token != "" {
			token = &oauth2.Token{AccessToken: s.Invalidate.Token}
		}
		s.Invalidate.Request.of(w.client).Invalidate(token)
	case s.Close != nil:
		w.client.Close()
	case s.Client != nil:
		w.newClient(s.Client.Config)
	case s.Fetch != nil:
		var all sync.WaitGroup
		for range max(s.Fetch.Times, 1) {
			all.Go(func() { w.fetch(name, s) })
		}
		all.Wait()
	case s.Revoke != nil:
		w.mu.Lock()
		if w.revoked = w.requests; s.Revoke.Future {
			w.revoked = 1 << 30
		}
		w.mu.Unlock()
	}
}

// begin starts callers that ask for a token.
func (w *world) begin(
	request *which, times int, force, cancelled bool, least time.Duration,
) *caller {
	ctx, cancel := context.WithCancel(context.Background())
	if cancelled {
		cancel()
	}
	c := &caller{cancel, make(chan result, times), times}
	for range times {
		go func() {
			switch {
			case w.newError != nil:
				c.results <- result{nil, w.newError}
			case force:
				token, err := request.of(w.client).Renew(ctx)
				c.results <- result{token, err}
			default:
				token, err := request.of(w.client).TokenLasting(ctx, least)
				c.results <- result{token, err}
			}
		}()
	}
	return c
}

func (w *world) expect(name string, c *caller, want expectation) {
	w.t.Helper()
	for range c.times {
		got := <-c.results
		if want.WantError != nil {
			w.expectError(name, got.err, want.WantError)
		} else if got.err != nil {
			w.t.Fatalf("%s: %v", name, got.err)
		} else if got.token.AccessToken != want.Want {
			w.t.Fatalf("%s: got %s, want %s", name, got.token.AccessToken, want.Want)
		} else if want.ExpiresAt != 0 && got.token.Expiry.Unix() != want.ExpiresAt {
			w.t.Errorf("%s: expires at %d, want %d", name, got.token.Expiry.Unix(), want.ExpiresAt)
		}
	}
	c.cancel()
}

func (w *world) expectError(name string, err error, want map[string]any) {
	w.t.Helper()
	if err == nil {
		w.t.Fatalf("%s: want the error %v, got none", name, want)
	}
	if want["cancelled"] == true {
		if !errors.Is(err, context.Canceled) {
			w.t.Errorf("%s: want the context's error, got %v", name, err)
		}
		return
	}
	var e *TokenError
	if !errors.As(err, &e) {
		w.t.Fatalf("%s: %v is no TokenError", name, err)
	}
	got := map[string]any{
		"code": string(
			e.Code,
		), "status": float64(e.Status), "error": e.OAuthError, "providerCode": e.ProviderCode, "retryAfter": e.RetryAfter.Seconds(),
	}
	for member, value := range want {
		if texts, ok := value.([]any); ok && member == "mentions" {
			for _, text := range texts {
				if !strings.Contains(e.Message, text.(string)) {
					w.t.Errorf("%s: %q doesn't mention %q", name, e.Message, text)
				}
			}
		} else if known, ok := got[member]; !ok || known != value {
			w.t.Errorf("%s: %s is %v, want %v", name, member, known, value)
		}
	}
}

func (w *world) fetch(name string, s step) {
	f := s.Fetch
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if f.Cancelled {
		cancel()
	}
	var body io.Reader
	if f.Body != "" {
		body = strings.NewReader(f.Body)
	}
	if f.Stream {
		body = io.MultiReader(body) // net/http can't rewind it
	}
	req, err := http.NewRequestWithContext(ctx, f.Method, f.URL, body)
	if err != nil {
		w.t.Error(err)
		return
	}
	for name, value := range f.Headers {
		req.Header.Set(name, value)
	}
	client := f.Request.of(w.client).HTTPClient()
	if f.Redirect == "manual" {
		client.CheckRedirect = func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}
	}
	response, err := client.Do(req)
	if f.WantError != nil {
		w.expectError(name, err, f.WantError)
	} else if err != nil {
		w.t.Errorf("%s: %v", name, err)
	} else if response.Body.Close(); response.StatusCode != f.Want {
		w.t.Errorf("%s: got status %d, want %d", name, response.StatusCode, f.Want)
	}
}

func (w *world) check() {
	want := w.scenario.Want
	if w.requests != want.Requests {
		w.t.Errorf("%d requests, want %d", w.requests, want.Requests)
	}
	compare := func(what string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			g, _ := json.Marshal(got)
			s, _ := json.Marshal(want)
			w.t.Errorf("%s:\ngot  %s\nwant %s", what, g, s)
		}
	}
	if want.Slept != nil {
		compare("slept", append([]int64{}, w.slept...), want.Slept)
	}
	if want.Ended != nil {
		compare("ended", w.ended, *want.Ended)
	}
	if want.Timestamps != nil {
		var stamps []*int64
		for _, a := range w.authorizations {
			var stamp *int64
			if found := regexp.MustCompile(`oauth_timestamp="(\d+)"`).FindStringSubmatch(a); found != nil {
				n, _ := strconv.ParseInt(found[1], 10, 64)
				stamp = &n
			}
			stamps = append(stamps, stamp)
		}
		compare("timestamps", stamps, want.Timestamps)
	}
	if want.Grants != nil {
		compare("grants", w.grants, want.Grants)
	}
	if want.DistinctAuthorizations != nil {
		distinct := map[string]bool{}
		for _, a := range w.authorizations {
			distinct[a] = true
		}
		compare("distinct authorizations", len(distinct), *want.DistinctAuthorizations)
	}
	if want.Events != nil {
		compare("events", append([]map[string]any{}, w.events...), want.Events)
	}
	if want.Calls != nil {
		compare("calls", append([]call{}, w.calls...), want.Calls)
	}
}

// hear keeps an event in the form of the table.
func (w *world) hear(e Event) {
	event := map[string]any{"type": string(e.Type)}
	if e.Attempt != 0 {
		event["attempt"] = float64(e.Attempt)
	}
	if e.Type == EventRetried {
		event["wait"] = float64(e.Wait.Milliseconds())
	}
	if e.Offset != 0 {
		event["offset"] = e.Offset.Seconds()
	}
	if e.Type == EventShared {
		event["source"] = "store" // Go has no other source
	}
	if !e.Expiry.IsZero() {
		event["expiresAt"] = float64(e.Expiry.Unix())
	}
	if e.Request != nil {
		event["request"] = eventRequest(e.Request)
	}
	var failed *TokenError
	if errors.As(e.Err, &failed) {
		event["error"] = string(failed.Code)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, event)
}

// eventRequest returns the request of an event in the form of the table.
func eventRequest(r *TokenRequest) map[string]any {
	request := map[string]any{}
	list := func(name string, values []string) {
		if values != nil {
			var all []any
			for _, value := range values {
				all = append(all, value)
			}
			request[name] = all
		}
	}
	if r.Scope != nil {
		request["scope"] = strings.Join(r.Scope, " ")
	}
	list("audience", r.Audience)
	list("resource", r.Resource)
	return request
}

// Now and Sleep make the world a Clock.
func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) Sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slept = append(w.slept, d.Milliseconds())
	w.now = w.now.Add(d)
	return ctx.Err()
}

// RoundTrip answers as the token server and as the API.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if path := req.URL.Path; req.URL.Hostname() != "as.example" && path != "/oauth2/token" &&
		path != "/timestamp" {
		return w.api(req)
	}
	w.mu.Lock()
	w.requests++
	number := w.requests
	w.authorizations = append(w.authorizations, req.Header.Get("Authorization"))
	grant := ""
	if req.Body != nil {
		body, _ := io.ReadAll(req.Body)
		form, _ := url.ParseQuery(string(body))
		grant = form.Get("code") + form.Get("refresh_token") + form.Get("assertion")
	}
	w.grants = append(w.grants, grant)
	w.mu.Unlock()
	var a reply
	if answers := w.scenario.Answers; number <= len(answers) {
		a = answers[number-1]
	} else if len(answers) > 0 {
		a = answers[len(answers)-1]
	}
	if a.Held || a.Failure == "silence" {
		answered := w.answered
		if a.Failure == "silence" {
			answered = nil
		}
		select {
		case <-answered:
		case <-req.Context().Done():
			w.mu.Lock()
			w.ended++
			w.mu.Unlock()
			return nil, req.Context().Err()
		}
	}
	return a.response(number)
}

// response is the answer to the request of that number.
func (a reply) response(number int) (*http.Response, error) {
	header := http.Header{}
	for name, value := range a.Headers {
		header.Set(name, value)
	}
	status, body := a.Status, []byte(a.Body)
	switch {
	case a.Failure == "network":
		return nil, errors.New("the connection was lost")
	case a.Failure == "unreachable":
		return nil, errors.New("dial tcp 192.0.2.1:443: connect: connection refused")
	case a.Failure != "" && a.Failure != "silence":
		return nil, fmt.Errorf("unknown failure %q", a.Failure)
	case status == 0 && body == nil:
		life := 3600
		if a.ExpiresIn != nil {
			life = *a.ExpiresIn
		}
		body, _ = json.Marshal(
			map[string]any{
				"access_token": fmt.Sprint("token-", number),
				"token_type":   "Bearer",
				"expires_in":   life,
			},
		)
	case len(body) > 0 && body[0] == '"':
		var text string
		json.Unmarshal(body, &text)
		body = []byte(text)
	}
	return &http.Response{
		StatusCode: max(status, 200),
		Header:     header,
		Body:       io.NopCloser(bytes.NewReader(body)),
	}, nil
}

// api redirects /to/STATUS/TARGET. A token that is revoked is answered by 401, or at
// /refuse/STATUS/CHALLENGE by that status and that challenge; all else by 200.
func (w *world) api(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	u := *req.URL
	u.Host = strings.TrimPrefix(strings.TrimPrefix(originOf(req.URL), "https://"), "http://")
	token := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	var headers map[string]string
	for _, name := range []string{"cookie", "proxy-authorization", "x-a"} {
		if value := req.Header.Get(name); value != "" {
			if headers == nil {
				headers = map[string]string{}
			}
			headers[name] = value
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call{u.String(), req.Method, token, string(body), headers})
	response := &http.Response{
		StatusCode: 200,
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader("answer")),
	}
	number, err := strconv.Atoi(strings.TrimPrefix(token, "token-"))
	path := req.URL.EscapedPath()
	if to, ok := strings.CutPrefix(path, "/to/"); ok {
		status, target, _ := strings.Cut(to, "/")
		location, _ := url.PathUnescape(target)
		response.Header.Set("Location", location)
		response.StatusCode, _ = strconv.Atoi(status)
	} else if req.URL.Hostname() != "elsewhere.example" && (err != nil || number <= w.revoked) {
		response.StatusCode = 401
		if refuse, ok := strings.CutPrefix(path, "/refuse/"); ok {
			status, challenge, _ := strings.Cut(refuse, "/")
			response.StatusCode, _ = strconv.Atoi(status)
			if challenge, _ = url.PathUnescape(challenge); challenge != "" {
				response.Header.Set("WWW-Authenticate", challenge)
			}
		}
	}
	return response, nil
}
