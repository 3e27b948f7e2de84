package fetchtoken

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// issuing is a client whose tokens are token-1, token-2 …, for the origins, by the transport.
func issuing(t *testing.T, base http.RoundTripper, options Options, origins ...string) *Client {
	t.Helper()
	var issued atomic.Int32
	options.Origins = origins
	options.HTTPClient = &http.Client{
		Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			if req.URL.Host == "as.example" {
				body := fmt.Sprintf(`{"access_token":"token-%d","expires_in":3600}`, issued.Add(1))
				return answering(200, body).Transport.RoundTrip(req)
			}
			return base.RoundTrip(req)
		}),
	}
	client, err := New(of("https://as.example/token"), &options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// The contract of http.RoundTripper: the request isn't changed. And what was checked is what is
// sent, though its owner goes on to another.
func TestTransportSendsTheRequestAsItWas(t *testing.T) {
	asked, changed := make(chan struct{}), make(chan struct{})
	var sent []string
	client, err := New(of("https://as.example/token"), &Options{
		Origins: []string{"https://api.example"},
		HTTPClient: &http.Client{
			Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
				if req.URL.Host == "as.example" {
					close(asked)
					<-changed
					return answering(200, `{"access_token":"x","expires_in":3600}`).Transport.RoundTrip(req)
				}
				sent = append(
					sent,
					req.Method+" "+req.URL.String()+" "+req.Header.Get("X-A")+" "+req.Header.Get("Authorization"),
				)
				return answering(200, "").Transport.RoundTrip(req)
			}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequest(http.MethodDelete, "https://api.example/1", nil)
	req.Header.Set("X-A", "1")
	done := make(chan error)
	go func() {
		_, err := client.HTTPClient().Transport.RoundTrip(req)
		done <- err
	}()
	<-asked
	req.Method, req.URL.Host, req.URL.Path = http.MethodPut, "evil.example", "/2"
	req.Header.Set("X-A", "2")
	close(changed)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if want := "DELETE https://api.example/1 1 Bearer x"; len(sent) != 1 || sent[0] != want {
		t.Errorf("sent %q, want %q", sent, want)
	}
	if req.Header.Get("Authorization") != "" {
		t.Error("the request was changed")
	}
}

// The contract of http.Request: the caller may fill Trailer while the body is read.
func TestTrailersAreSent(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		var seen []string
		api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			seen = append(seen, r.Proto+" "+r.Trailer.Get("X-Sum"))
			if len(seen) == 1 {
				w.WriteHeader(http.StatusUnauthorized) // so that it is sent once more
			}
		}))
		api.EnableHTTP2 = protocol == "HTTP/2.0"
		api.StartTLS()
		defer api.Close()
		client := issuing(t, api.Client().Transport, Options{}, api.URL)
		req, _ := http.NewRequest(http.MethodPost, api.URL, nil)
		req.Trailer = http.Header{"X-Sum": nil}
		atEnd := transferred(func() { req.Trailer.Set("X-Sum", "42") })
		req.Body = io.NopCloser(io.MultiReader(strings.NewReader("abc"), atEnd))
		req.ContentLength = -1
		response, err := client.HTTPClient().Do(req)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatal(response, err)
		}
		response.Body.Close()
		if want := protocol + " 42"; len(seen) != 2 || seen[0] != want || seen[1] != want {
			t.Errorf("seen %q, want %q twice", seen, want)
		}
	}
}

// transferred is a reader at its end, which calls a function.
type transferred func()

func (t transferred) Read([]byte) (int, error) {
	t()
	return 0, io.EOF
}

func TestRequestWithoutURL(t *testing.T) {
	client := issuing(t, nil, Options{}, "https://api.example")
	body := &closing{Reader: strings.NewReader("")}
	if _, err := client.RoundTrip(&http.Request{Body: body}); err == nil || !body.closed.Load() {
		t.Error(err)
	}
}

// closing notes that it was closed.
type closing struct {
	io.Reader
	closed atomic.Bool
}

func (c *closing) Close() error { c.closed.Store(true); return nil }

func TestTransportClosesTheBody(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		url  string
		base func(req *http.Request) (*http.Response, error)
	}{
		"an answer": {t.Context(), "https://api.example/", answering(200, "").Transport.RoundTrip},
		"a failure": {t.Context(), "https://api.example/", func(req *http.Request) (*http.Response, error) {
			req.Body.Close()
			return nil, io.EOF
		}},
		"two refusals":           {t.Context(), "https://api.example/", answering(401, "").Transport.RoundTrip},
		"another origin":         {t.Context(), "https://evil.example/", nil},
		"a caller that has gone": {gone, "https://api.example/", nil},
	} {
		base := transportFunc(func(req *http.Request) (*http.Response, error) {
			io.Copy(io.Discard, req.Body)
			req.Body.Close()
			return c.base(req)
		})
		body := &closing{Reader: strings.NewReader("x")}
		req, _ := http.NewRequestWithContext(c.ctx, http.MethodPost, c.url, body)
		client := issuing(t, base, Options{}, "https://api.example").HTTPClient()
		if response, err := client.Transport.RoundTrip(req); err == nil {
			response.Body.Close()
		}
		if !body.closed.Load() {
			t.Errorf("%s: the body is open", name)
		}
	}
}

func TestTransportForwardsCloseIdleConnections(t *testing.T) {
	base := &idle{}
	client, err := New(
		of("https://as.example/token"),
		&Options{HTTPClient: &http.Client{Transport: base}},
	)
	if err != nil {
		t.Fatal(err)
	}
	client.HTTPClient().CloseIdleConnections()
	if !base.closed {
		t.Error("not forwarded")
	}
}

type idle struct{ closed bool }

func (*idle) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("not to be sent")
}
func (i *idle) CloseIdleConnections() { i.closed = true }

// A refusal whose body has no end is neither read nor waited for. The server is a real one, for
// net/http would wait for it, too.
func TestTransportLeavesAnEndlessRefusal(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(401)
			w.(http.Flusher).Flush()
			<-req.Context().Done()
		}
	}))
	defer server.Close()
	client := issuing(t, http.DefaultTransport, Options{}, server.URL)
	response, err := client.HTTPClient().Get(server.URL)
	if err != nil || response.StatusCode != 200 {
		t.Fatal(response, err)
	}
	response.Body.Close()
}

// A stream that the server refuses before it has read it is sent again from its beginning, however
// far it had come.
func TestTransportSendsAStreamAgain(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 KiB
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") == "Bearer token-1" {
			io.CopyN(io.Discard, req.Body, 1000)
			w.WriteHeader(401)
			return
		}
		got, _ = io.ReadAll(req.Body)
	}))
	defer server.Close()
	for _, c := range []struct {
		most   int64
		status int
	}{{0, 200}, {1 << 10, 401}, {-1, 401}} {
		got = nil
		client := issuing(t, http.DefaultTransport, Options{MaxReplay: c.most}, server.URL)
		reader, writer := io.Pipe()
		go func() {
			for rest := content; len(rest) > 0; rest = rest[1<<10:] {
				if _, err := writer.Write(rest[:1<<10]); err != nil {
					return
				}
			}
			writer.Close()
		}()
		response, err := client.HTTPClient().Post(server.URL, "text/plain", reader)
		if err != nil {
			// net/http may say that the body's other end was closed, in place of the answer
			if c.status == 401 {
				continue
			}
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status || c.status == 200 && !bytes.Equal(got, content) {
			t.Errorf(
				"MaxReplay %d: status %d, %d of %d bytes",
				c.most,
				response.StatusCode,
				len(got),
				len(content),
			)
		}
		reader.Close()
	}
}

// An answer may come before the whole request is there: nothing waits for the end of a body.
func TestTransportStreamsBothWays(t *testing.T) {
	server := httptest.NewUnstartedServer(
		http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			io.Copy(flushing{w}, req.Body)
		}),
	)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	client := issuing(t, server.Client().Transport, Options{}, server.URL)
	reader, writer := io.Pipe()
	response, err := client.HTTPClient().Post(server.URL, "text/plain", reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"one", "two"} {
		go writer.Write([]byte(word))
		echo := make([]byte, 3)
		if _, err := io.ReadFull(response.Body, echo); err != nil || string(echo) != word {
			t.Fatal(string(echo), err)
		}
	}
	writer.Close()
	response.Body.Close()
}

type flushing struct{ http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	f.ResponseWriter.(http.Flusher).Flush()
	return n, err
}

// The cookies of a jar are each for its own host; that of the caller is for the first origin, and
// not for a name below it either, to which net/http would send it.
func TestRedirectDropsTheCallersCookie(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	base := transportFunc(func(req *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, req.URL.Host+" "+req.Header.Get("Cookie")+" "+req.Header.Get("Authorization"))
		if req.URL.Host == "example" {
			response, _ := answering(302, "").Transport.RoundTrip(req)
			response.Header.Set("Location", "https://cdn.example/x")
			return response, nil
		}
		return answering(200, "").Transport.RoundTrip(req)
	})
	client := issuing(t, base, Options{}, "https://example").HTTPClient()
	jar, _ := cookiejar.New(nil)
	jar.SetCookies(
		&url.URL{Scheme: "https", Host: "cdn.example", Path: "/"},
		[]*http.Cookie{{Name: "jar", Value: "1"}},
	)
	client.Jar = jar
	req, _ := http.NewRequest(http.MethodGet, "https://example/", nil)
	req.Header.Set("Cookie", "caller=1")
	req.Header.Set("Authorization", "Basic eDp5")
	response, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if want := []string{"example caller=1 Bearer token-1", "cdn.example jar=1 "}; fmt.Sprint(
		seen,
	) != fmt.Sprint(
		want,
	) {
		t.Errorf("%q, want %q", seen, want)
	}
}

// What refuses a token is for RefusesToken to say, if it is there.
func TestRefusesToken(t *testing.T) {
	statuses := []int{419, 200, 401}
	base := transportFunc(func(req *http.Request) (*http.Response, error) {
		status := statuses[0]
		statuses = statuses[1:]
		return answering(status, "").Transport.RoundTrip(req)
	})
	options := Options{RefusesToken: func(r *http.Response) bool { return r.StatusCode == 419 }}
	client := issuing(t, base, options, "https://api.example").HTTPClient()
	for _, want := range []int{200, 401} {
		response, err := client.Get("https://api.example/")
		if err != nil || response.StatusCode != want {
			t.Fatal(response, err, want)
		}
	}
}

// What a reader that was given up is still reading belongs to the next one.
func TestKeptBodyHandsOn(t *testing.T) {
	source := &slow{started: make(chan struct{}), goOn: make(chan struct{})}
	req, _ := http.NewRequest(http.MethodPost, "https://api.example/", source)
	body := keep(req, 100)
	first := req.Body
	read := make(chan struct{})
	go func() {
		first.Read(make([]byte, 10))
		close(read)
	}()
	<-source.started
	first.Close()
	if !body.again(req, true) {
		t.Fatal("it can't be sent again")
	}
	close(source.goOn)
	<-read
	if content, err := io.ReadAll(req.Body); string(content) != "x" || err != nil {
		t.Errorf("%q, %v", content, err)
	}
	if req.Body.Close(); !source.closed {
		t.Error("the source is open")
	}
}

// A slow source has one byte, after a while.
type slow struct {
	started, goOn chan struct{}
	closed        bool
}

func (s *slow) Read(p []byte) (int, error) {
	select {
	case <-s.goOn:
		return 0, io.EOF
	default:
		close(s.started)
		<-s.goOn
		return copy(p, "x"), nil
	}
}

func (s *slow) Close() error { s.closed = true; return nil }
