package proxy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

// A row is a request of core/testdata/command/proxy.json, which js/test/node/cli_proxy.test.js
// sends, too.
type row struct {
	Target, Method string
	Headers        map[string]string
	Status         int
	Why            *string // nil if the parser of HTTP may refuse it, too
}

func readTable(t *testing.T) (table struct {
	Refused, Passed []row
	Rules           struct {
		Allow, Wrong []string
		Requests     map[string]int
		Replacing    map[string]string
	}
	NotSent, NotReturned map[string]string
	Locations            map[string]*string
}) {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash("../../../../core/testdata/command/proxy.json"))
	if err == nil {
		err = json.Unmarshal(text, &table)
	}
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// A place is a proxy, a token endpoint whose tokens are token-1, token-2 and so on, and an API.
type place struct {
	url    *url.URL
	key    string
	errout *bytes.Buffer
	api    *httptest.Server
	tokens atomic.Int32 // how many were asked for
	seen   atomic.Int32 // how many requests the API has had
}

func start(t *testing.T, api http.HandlerFunc, allow ...string) *place {
	t.Helper()
	p := &place{errout: &bytes.Buffer{}}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, p.tokens.Add(1))
	}))
	t.Cleanup(endpoint.Close)
	p.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.seen.Add(1)
		api(w, r)
	}))
	t.Cleanup(p.api.Close)
	proxy, err := New(map[string][]string{"to": {p.api.URL}, "allow": allow}, nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := fetchtoken.New(
		fetchtoken.Config{TokenEndpoint: endpoint.URL, ClientID: "id", ClientSecret: "secret"},
		&fetchtoken.Options{Origins: proxy.Origins})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		proxy.Run(ctx, client, nil, writer, p.errout)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	var told struct{ URL, Key string }
	if err := json.NewDecoder(reader).Decode(&told); err != nil {
		t.Fatal(err)
	}
	p.key = told.Key
	p.url, err = url.Parse(told.URL)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask sends a request as it is. Without another Authorization it has the key.
func (p *place) ask(t *testing.T, r row) (*http.Response, string) {
	t.Helper()
	fill := strings.NewReplacer("{key}", p.key, "{port}", p.url.Port(), "{api}", p.api.URL)
	connection, err := net.Dial("tcp", p.url.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if r.Method == "" {
		r.Method = "GET"
	}
	headers := map[string]string{"host": p.url.Host, "authorization": "Bearer {key}"}
	for name, value := range r.Headers {
		headers[name] = value
	}
	text := fmt.Sprintf("%s %s HTTP/1.1\r\n", r.Method, fill.Replace(r.Target))
	for name, value := range headers {
		text += fmt.Sprintf("%s: %s\r\n", name, fill.Replace(value))
	}
	// at once, because a server may answer and close before it has read the headers
	io.WriteString(connection, text+"\r\n")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: r.Method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func fine(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "fine") }

func TestWrongTo(t *testing.T) {
	for to, want := range map[string]usage.Error{
		"": {Message: "--to is missing: the origin of the API, such as https://api.example.com"},
		"https://api.example.com/v1": {
			Message: "--to has a path", Hint: "write https://api.example.com",
		},
		"http://api.example.com": {
			Message: "--to has http, which is only for this machine",
			Hint:    "write https://api.example.com",
		},
	} {
		_, err := New(map[string][]string{"to": {to}}, nil)
		if wrong, _ := errors.AsType[*usage.Error](err); wrong == nil || *wrong != want {
			t.Errorf("%q: %+v, want %+v", to, err, want)
		}
	}
	p, err := New(map[string][]string{"to": {"https://API.example.com:443/"}}, nil)
	if err != nil || p.Origins[0] != "https://api.example.com" {
		t.Error(p, err)
	}
}

func TestRefused(t *testing.T) {
	p := start(t, fine)
	for _, r := range readTable(t).Refused {
		response, text := p.ask(t, r)
		if response.StatusCode != r.Status ||
			r.Why != nil && text != "fetchtoken proxy: "+*r.Why+"\n" {
			t.Errorf("%+v: %d %s", r, response.StatusCode, text)
		}
		if challenge := response.Header.Get("WWW-Authenticate"); (challenge == "Bearer") != (r.Status == 401) {
			t.Errorf("%+v: the challenge is %q", r, challenge)
		}
	}
	response, _ := p.ask(t, row{Method: "CONNECT", Target: "attacker.example:443"})
	if response.StatusCode != 501 {
		t.Errorf("CONNECT: %d", response.StatusCode)
	}
	for _, method := range []string{"get", "trace", "Track"} { // HTTP tells upper from lower case
		if response, _ := p.ask(t, row{Method: method, Target: "/"}); response.StatusCode != 400 {
			t.Errorf("%s: %d", method, response.StatusCode)
		}
	}
	if n := p.seen.Load(); n > 0 {
		t.Errorf("the API has had %d requests", n)
	}
}

func TestPassed(t *testing.T) {
	var target, authorization string
	p := start(t, func(_ http.ResponseWriter, r *http.Request) {
		target, authorization = r.RequestURI, r.Header.Get("Authorization")
	})
	for _, r := range readTable(t).Passed {
		response, text := p.ask(t, r)
		if response.StatusCode != 200 || target != r.Target || authorization != "Bearer token-1" {
			t.Errorf("%+v: %d %s; the API got %s %s", r, response.StatusCode, text, target, authorization)
		}
		if guessed := response.Header.Get("Content-Type"); guessed != "" {
			t.Errorf("the proxy says %s", guessed)
		}
	}
}

func TestRules(t *testing.T) {
	table := readTable(t)
	p := start(t, fine, table.Rules.Allow...)
	for line, status := range table.Rules.Requests {
		method, target, _ := strings.Cut(line, " ")
		if response, _ := p.ask(t, row{Method: method, Target: target}); response.StatusCode != status {
			t.Errorf("%s: %d, want %d", line, response.StatusCode, status)
		}
	}
	for name, value := range table.Rules.Replacing {
		r := row{Target: "/v1/devices/1", Headers: map[string]string{name: value}}
		response, text := p.ask(t, r)
		const why = "a header asks for another method or path, which no rule permits"
		if response.StatusCode != 403 || text != "fetchtoken proxy: "+why+"\n" {
			t.Errorf("%s: %d %s", name, response.StatusCode, text)
		}
	}
	for _, text := range table.Rules.Wrong {
		if _, ok := ruleOf(text); ok {
			t.Errorf("%q is a rule", text)
		}
	}
}

func TestHeaders(t *testing.T) {
	table := readTable(t)
	var sent http.Header
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header
		for name, value := range table.NotReturned {
			w.Header().Set(name, value)
		}
		w.Header().Set("X-One", "1")
	})
	response, _ := p.ask(t, row{Target: "/", Headers: table.NotSent})
	if response.Header.Get("X-One") != "1" {
		t.Error("x-one is missing")
	}
	for name := range table.NotSent {
		if value := sent.Get(name); value != "" {
			t.Errorf("the API gets %s: %s", name, value)
		}
	}
	for name := range table.NotReturned {
		if value := response.Header.Get(name); value != "" {
			t.Errorf("the program gets %s: %s", name, value)
		}
	}
	if strings.Contains(fmt.Sprint(sent), p.key) {
		t.Error("the API gets the key")
	}
}

func TestLocations(t *testing.T) {
	location := ""
	p := start(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(302)
	})
	for template, path := range readTable(t).Locations {
		location = strings.ReplaceAll(template, "{api}", p.api.URL)
		response, text := p.ask(t, row{Target: "/at/here"})
		status, want, said := 502, "", "fetchtoken proxy: the API redirects to another origin\n"
		if path != nil {
			status, want, said = 302, *path, ""
		}
		if got := response.Header.Get("Location"); response.StatusCode != status || got != want || text != said {
			t.Errorf("%s: %d %s %s", template, response.StatusCode, got, text)
		}
	}
}

// Requests that overlap share one renewal, however often the API refuses the old token.
func TestOneRenewal(t *testing.T) {
	const many = 200
	var refused, had sync.Map
	var waiting sync.WaitGroup
	waiting.Add(many)
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") == "Bearer token-1" {
			refused.Store(string(body), true)
			waiting.Done()
			waiting.Wait() // until each request has come with the old token
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		had.Store(string(body), r.Header.Get("Authorization"))
		w.Write(body)
	})
	var asking sync.WaitGroup
	for i := range many {
		asking.Go(func() {
			text := fmt.Sprint("body ", i)
			req, _ := http.NewRequest("POST", p.url.String(), strings.NewReader(text))
			req.Header.Set("Authorization", "Bearer "+p.key)
			response, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			if got, _ := io.ReadAll(response.Body); response.StatusCode != 200 || string(got) != text {
				t.Errorf("%d %s", response.StatusCode, got)
			}
		})
	}
	asking.Wait()
	if n := p.tokens.Load(); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
	had.Range(func(body, authorization any) bool {
		if _, ok := refused.Load(body); !ok || authorization != "Bearer token-2" {
			t.Errorf("%s came with %s", body, authorization)
		}
		return true
	})
}

func TestStreams(t *testing.T) {
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		out := http.NewResponseController(w)
		out.EnableFullDuplex()
		w.Header().Set("Content-Type", "text/event-stream")
		out.Flush()
		for chunk := make([]byte, 64); ; {
			n, err := r.Body.Read(chunk)
			if n > 0 {
				fmt.Fprintf(w, "data: %s\n\n", chunk[:n])
				out.Flush()
			}
			if err != nil {
				return
			}
		}
	})
	reader, writer := io.Pipe()
	req, err := http.NewRequest("POST", p.url.String(), reader)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	go io.WriteString(writer, "one")
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	events := bufio.NewReader(response.Body)
	for _, next := range []string{"two", "three", ""} {
		event, err := events.ReadString('\n')
		events.ReadString('\n')
		if err != nil || !strings.HasPrefix(event, "data: ") {
			t.Fatal(event, err)
		}
		if next != "" {
			io.WriteString(writer, next)
		}
	}
	writer.Close()
	if rest, err := io.ReadAll(events); err != nil || len(rest) > 0 {
		t.Error(rest, err)
	}
}

// A request that asks for no other protocol gets no other one.
func TestAnotherProtocol(t *testing.T) {
	p := start(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		out.WriteString("HTTP/1.1 101 Switching Protocols\r\n" +
			"Connection: upgrade\r\nUpgrade: other\r\n\r\nother")
		out.Flush()
	})
	response, text := p.ask(t, row{Target: "/"})
	if response.StatusCode != 502 || text != "fetchtoken proxy: the API changes the protocol\n" {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}

func TestGoneAway(t *testing.T) {
	gone := make(chan struct{})
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			close(gone)
		case "/half":
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			panic(http.ErrAbortHandler)
		}
	})
	get := func(path string) *http.Response {
		req, _ := http.NewRequest("GET", p.url.String()+path, nil)
		req.Header.Set("Authorization", "Bearer "+p.key)
		response, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
	get("/long").Body.Close()
	<-gone
	response := get("/half")
	if text, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("a cut answer looks whole: %q", text)
	}
	response = get("/none")
	text, _ := io.ReadAll(response.Body)
	want := fmt.Sprintf("the request to %s failed: ECONNRESET\n", p.api.URL)
	if response.StatusCode != 502 || string(text) != "fetchtoken proxy: "+want {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	if got := p.errout.String(); got != "fetchtoken: "+want {
		t.Errorf("standard error: %q", got)
	}
}

// The port of http need not be in a Host (RFC 9110 section 4.2.1).
func TestOwnName(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "127.0.0.1:80"} {
		if !isOwnName(host, "80") || isOwnName(host, "8080") {
			t.Error(host)
		}
	}
	for _, host := range []string{"", "api.example", "api.example:80", "127.0.0.1.example", ":80"} {
		if isOwnName(host, "80") {
			t.Error(host)
		}
	}
}

func TestListenAddress(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1:0": "127.0.0.1 0", "[::1]:65535": "::1 65535", "localhost:80": "localhost 80",
		"8080": "", "127.0.0.1:65536": "", ":80": "", "a b:1": "", "::1:80": "",
	} {
		host, port, err := listenAddress(text)
		if got := strings.TrimSpace(host + " " + port); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	if slices.ContainsFunc([]string{"0.0.0.0", "example.com", "127.0.0.1.example.com"}, isLoopback) {
		t.Error("another machine is this one")
	}
}
