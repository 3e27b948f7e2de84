package call

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

// optionNames are the options of call, by their letters.
var optionNames = map[string]string{
	"-H": "api-header", "-X": "request", "-d": "data", "-F": "form", "-i": "include",
}

// newCall reads a command line as the command does.
func newCall(args ...string) (*Call, error) {
	values, positionals := map[string][]string{}, []string(nil)
	for i := 0; i < len(args); i++ {
		name, isLetter := optionNames[args[i]]
		if !isLetter {
			var isLong bool
			if name, isLong = strings.CutPrefix(args[i], "--"); !isLong {
				positionals = append(positionals, args[i])
				continue
			}
		}
		value := ""
		if name != "include" {
			i++
			value = args[i]
		}
		values[name] = append(values[name], value)
	}
	return New(positionals, values)
}

func TestRefused(t *testing.T) {
	var table struct {
		Refused []struct {
			Args          []string
			Message, Hint string
		}
	}
	text, err := os.ReadFile(filepath.FromSlash("../../../../core/testdata/command/call.json"))
	if err == nil {
		err = json.Unmarshal(text, &table)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range table.Refused {
		_, err := newCall(c.Args...)
		wrong, _ := errors.AsType[*usage.Error](err)
		if wrong == nil || wrong.Message != c.Message || wrong.Hint != c.Hint {
			t.Errorf("%q: %+v", c.Args, err)
		}
	}
}

func TestOrigins(t *testing.T) {
	c, err := newCall("HTTPS://API.Example.com:443/a/../b", "--origin", "https://b.example")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Origins("ota-connect", "")
	wrong, _ := errors.AsType[*usage.Error](err)
	if wrong == nil || wrong.Message != "the token of this client isn't sent to https://api.example.com" ||
		wrong.Hint != "if that API may have it: --origin https://api.example.com" {
		t.Errorf("got %+v", err)
	}
	if c, err = newCall("https://api.example.com/", "--origin", "https://api.example.com/v1"); err != nil {
		t.Fatal(err)
	}
	_, err = c.Origins("ota-connect", "")
	wrong, _ = errors.AsType[*usage.Error](err)
	if wrong == nil || wrong.Message != "--origin has a path" ||
		wrong.Hint != "write https://api.example.com" {
		t.Errorf("got %+v", err)
	}
	if c, err = newCall("https://api.ota.here.com/v1alpha/devices"); err != nil {
		t.Fatal(err)
	}
	got, err := c.Origins("ota-connect", "")
	if err != nil || len(got) != 1 || got[0] != "https://api.ota.here.com" {
		t.Error(got, err)
	}
	if _, err := c.Origins("__proto__", ""); err == nil {
		t.Error("an unknown preset has APIs")
	}
	for environment, host := range map[string]string{"sandbox": "sandbox.", "live": ""} {
		c, _ := newCall("https://" + host + "api.high-mobility.com/")
		got, err := c.Origins("high-mobility", environment)
		if err != nil || len(got) != 1 {
			t.Error(environment, got, err)
		}
	}
}

// A place is an API, and a token endpoint whose tokens are token-1, token-2 and so on.
type place struct {
	api    *httptest.Server
	client *fetchtoken.Client
}

func start(t *testing.T, api http.HandlerFunc) *place {
	t.Helper()
	asked := 0
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, asked)
	}))
	t.Cleanup(endpoint.Close)
	p := &place{api: httptest.NewServer(api)}
	t.Cleanup(p.api.Close)
	var err error
	p.client, err = fetchtoken.New(
		fetchtoken.Config{TokenEndpoint: endpoint.URL, ClientID: "id", ClientSecret: "secret"},
		&fetchtoken.Options{Origins: []string{p.api.URL}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run calls the API.
func (p *place) run(
	t *testing.T, in string, path string, args ...string,
) (exit int, out, errout string, err error) {
	t.Helper()
	c, err := newCall(append([]string{p.api.URL + path, "--origin", p.api.URL}, args...)...)
	if err == nil {
		_, err = c.Origins("", "")
	}
	if err == nil {
		err = c.Open(strings.NewReader(in))
	}
	if err != nil {
		return 0, "", "", err
	}
	var printed, said bytes.Buffer
	exit, err = c.Run(t.Context(), p.client, &printed, &said)
	return exit, printed.String(), said.String(), err
}

func TestRequests(t *testing.T) {
	var seen *http.Request
	var body string
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r
		text, _ := io.ReadAll(r.Body)
		body = string(text)
		io.WriteString(w, "fine")
	})
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, []byte("from\na file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		args                   []string
		in, method, kind, body string
	}{
		{nil, "", "GET", "", ""},
		{[]string{"-d", "a=1"}, "", "POST", form, "a=1"},
		{[]string{"-d", ""}, "", "POST", form, ""},
		{[]string{"-d", "a=1", "--data", "b=2"}, "", "POST", form, "a=1&b=2"},
		{[]string{"-X", "put", "-d", "@" + path}, "", "PUT", form, "from\na file\n"},
		{[]string{"-X", "PATCH", "-d", "-"}, "from input", "PATCH", form, "from input"},
		{[]string{"-d", "@-", "-H", "Content-Type: text/plain"}, "input", "POST", "text/plain", "input"},
		{[]string{"--json", `{"a":1}`}, "", "POST", "application/json", `{"a":1}`},
		{[]string{"--json", "@" + path, "-H", "content-type:a/b+json"}, "", "POST", "a/b+json", "from\na file\n"},
		{[]string{"-X", "DELETE"}, "", "DELETE", "", ""},
		{[]string{"-X", "PURGE"}, "", "PURGE", "", ""},
	} {
		exit, out, errout, err := p.run(t, c.in, "/a?b=c", c.args...)
		if exit != 0 || out != "fine" || errout != "" || err != nil {
			t.Errorf("%q: %d %q %q %v", c.args, exit, out, errout, err)
		}
		if seen.Method != c.method || seen.Header.Get("Content-Type") != c.kind || body != c.body ||
			seen.RequestURI != "/a?b=c" || seen.Header.Get("Authorization") != "Bearer token-1" {
			t.Errorf("%q: the API got %s %s %v %q", c.args, seen.Method, seen.RequestURI, seen.Header, body)
		}
	}
	_, _, _, err := p.run(t, "", "/", "-H", "X-One: 1", "-H", "x-two:\t2 ", "-H", "x-one: ü",
		"-H", "User-Agent: mine", "-H", "cookie: a", "-H", "Cookie: b")
	h := seen.Header
	if err != nil || h.Get("X-One") != "1, \xfc" || h.Get("X-Two") != "2" ||
		h.Get("User-Agent") != "mine" || h.Get("Cookie") != "a; b" {
		t.Error(err, h)
	}
}

func TestForm(t *testing.T) {
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		parts := multipart.NewReader(r.Body, params["boundary"])
		fmt.Fprintln(w, r.ContentLength > 0)
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				return
			}
			text, _ := io.ReadAll(part)
			fmt.Fprintf(w, "%s|%s|%q\n",
				part.Header.Get("Content-Disposition"), part.Header.Get("Content-Type"), text)
		}
	})
	path := filepath.Join(t.TempDir(), "a \"picture")
	if err := os.WriteFile(path, []byte{0, 255, 10}, 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, _, err := p.run(t, "input", "/",
		"-F", "name=a\nvalue", "-F", "file=@"+path, "-F", "mo\"re=@-")
	want := `true
form-data; name="name"||"a\r\nvalue"
form-data; name="file"; filename="a %22picture"|application/octet-stream|"\x00\xff\n"
form-data; name="mo%22re"; filename="stdin"|application/octet-stream|"input"
`
	if out != want || err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestBodiesThatCannotBeRead(t *testing.T) {
	p := start(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	for want, args := range map[string][]string{
		"--data and --json exclude each other":            {"-d", "x", "--json", "1"},
		"--data that reads a file is the whole body":      {"-d", "x", "-d", "@/dev/null"},
		"the file of --data can't be read: ENOENT":        {"-d", "@/none"},
		"the file of --json can't be read: EISDIR":        {"--json", "@" + t.TempDir()},
		"the file of --form can't be read: ENOENT":        {"-F", "a=@/none"},
		"--data and --form and --json exclude each other": {"-d", "x", "--json", "1", "-F", "a=b"},
	} {
		if _, _, _, err := p.run(t, "", "/", args...); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestRenewal(t *testing.T) {
	var tokens []string
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if tokens = append(tokens, r.Header.Get("Authorization")); len(tokens) == 1 {
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprint(w, n)
	})
	path := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(path, make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	exit, out, _, err := p.run(t, "", "/", "-d", "@"+path)
	if exit != 0 || out != fmt.Sprint(3<<20) || err != nil {
		t.Error(exit, out, err)
	}
	if strings.Join(tokens, " ") != "Bearer token-1 Bearer token-2" {
		t.Error(tokens)
	}
}

func TestRedirects(t *testing.T) {
	var elsewhere http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere = r.Header
		io.WriteString(w, "there")
	}))
	defer other.Close()
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		to := other.URL + "/"
		switch r.URL.Path {
		case "/user":
			to = strings.Replace(to, "://", "://user:word@", 1)
		case "/loop":
			to = r.URL.Path
		}
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	})
	if _, out, _, err := p.run(t, "", "/?secret"); out != "there" || err != nil {
		t.Error(out, err)
	}
	if elsewhere.Get("Authorization") != "" || elsewhere.Get("Referer") != "" {
		t.Errorf("another origin gets %v", elsewhere)
	}
	for path, want := range map[string]string{
		"/user": p.api.URL + " redirects to " + other.URL + " with credentials in the URL",
		"/loop": p.api.URL + " redirects too often",
	} {
		_, _, _, err := p.run(t, "", path)
		failed, _ := errors.AsType[*fetchtoken.TokenError](err)
		if failed == nil || failed.Code != fetchtoken.CodeRedirect || failed.Message != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAnswers(t *testing.T) {
	p := start(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/404", "/503":
			w.WriteHeader(map[string]int{"/404": 404, "/503": 503}[r.URL.Path])
			io.WriteString(w, "why")
		case "/reset":
			panic(http.ErrAbortHandler)
		case "/half":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Date", "now\x85")
			w.Header()["Set-Cookie"] = []string{"b=1", "a=1"}
			w.Header()["X-One"] = []string{"1", "\xfc"}
			compressed := gzip.NewWriter(w)
			io.WriteString(compressed, "plain")
			compressed.Close()
		}
	})
	for path, want := range map[string]struct {
		exit int
		text string
	}{"/404": {5, "404 Not Found"}, "/503": {6, "503 Service Unavailable"}} {
		exit, out, errout, err := p.run(t, "", path)
		said := fmt.Sprintf("fetchtoken: %s answers with status %s\n", p.api.URL, want.text)
		if exit != want.exit || out != "why" || errout != said || err != nil {
			t.Error(path, exit, out, errout, err)
		}
	}
	for path, want := range map[string]string{
		"/reset": "the request to " + p.api.URL + " failed: ECONNRESET",
		"/half":  "the answer of " + p.api.URL + " was cut off",
	} {
		_, _, _, err := p.run(t, "", path)
		failed, _ := errors.AsType[*fetchtoken.TokenError](err)
		if failed == nil || failed.Code != fetchtoken.CodeNetwork || failed.Message != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	const want = "HTTP 200 OK\ncontent-encoding: gzip\ncontent-length: 29\ncontent-type: text/plain\n" +
		"date: now\\u{85}\nset-cookie: b=1\nset-cookie: a=1\nx-one: 1, ü\n\nplain"
	if _, out, _, err := p.run(t, "", "/", "-i"); out != want || err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// What a terminal shows is what JSON.stringify(value, null, 2) of JavaScript gives.
func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		`{"id":12345678901234567890, "text":"a\"{b` + "\x1b" + `[1m","list":[1,[]],"o":{}}`: "{\n  \"id\": 12345678901234567890,\n" +
			"  \"text\": \"a\\\"{b\\u{1b}[1m\",\n  \"list\": [\n    1,\n    []\n  ],\n  \"o\": {}\n}\n",
		`"x,]}{:\"\\"`: `"x,]}{:\"\\"` + "\n",
		"[]]}":         "[]\n]\n}\n",
	} {
		for size := 1; size < len(in); size++ {
			var out strings.Builder
			s := &shown{out: &out, last: '\n', json: &indentedJSON{}}
			for rest := in; rest != ""; rest = rest[min(size, len(rest)):] {
				io.WriteString(s, rest[:min(size, len(rest))])
			}
			s.end()
			if out.String() != want {
				t.Fatalf("%q in pieces of %d:\n%s", in, size, out.String())
			}
		}
	}
	var out strings.Builder
	s := &shown{out: &out, last: '\n'}
	for _, b := range []byte("\xef\xbb\xbfa\tü\u202e\n€") {
		s.Write([]byte{b})
	}
	s.end()
	if want := "a\tü\\u{202e}\n€\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
	out.Reset()
	s = &shown{out: &out, json: &indentedJSON{}}
	io.WriteString(s, strings.Repeat("[", 1e5))
	if out.Len() > 1e7 {
		t.Errorf("%d bytes", out.Len())
	}
}
