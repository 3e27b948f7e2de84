package login

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

// state is the state of the callbacks, and code the code that a page must not show.
const state, code = "the-state-of-the-login", "the-code-of-the-server"

func listenFor(t *testing.T, values usage.Values) *listener {
	t.Helper()
	l, err := listen(values)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	l.expect(state)
	return l
}

// ask sends a request as it is to the listener, and returns the status and the page.
func ask(t *testing.T, l *listener, method, target, host string) (*http.Response, string) {
	t.Helper()
	address := strings.Replace(l.authority, "localhost", "127.0.0.1", 1)
	socket, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return &http.Response{}, ""
	}
	defer socket.Close()
	io.WriteString(socket, method+" "+target+" HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
	whole, _ := io.ReadAll(socket) // each answer ends its connection
	head, page, _ := strings.Cut(string(whole), "\r\n\r\n")
	response := &http.Response{Header: http.Header{}}
	for i, line := range strings.Split(head, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		if i == 0 {
			response.Status = strings.Fields(line + " - -")[1]
		} else {
			response.Header.Set(name, value)
		}
	}
	return response, page
}

// wantNone fails a test as soon as a callback comes.
func wantNone(t *testing.T, l *listener) {
	go func() {
		for {
			select {
			case came := <-l.came:
				t.Error("this callback came:", came.url)
				came.show(false)
			case <-l.closed:
				return
			}
		}
	}()
}

// The port of http isn't in a browser's Host (RFC 9110 section 4.2.1).
func TestCallbackAtPort80(t *testing.T) {
	l := &listener{authority: "localhost:80", path: "/callback", state: state}
	r := httptest.NewRequest("GET", "/callback?state="+state, nil)
	for _, test := range []struct {
		host   string
		status int
	}{{"localhost:8080", 421}, {"attacker.example", 421}, {"localhost", 0}} {
		r.Host = test.host
		if status, why := l.refusalOf(r); status != test.status {
			t.Error(test.host, status, why)
		}
	}
}

func TestCallbackRefused(t *testing.T) {
	l := listenFor(t, nil)
	wantNone(t, l)
	_, port, _ := net.SplitHostPort(l.authority)
	good := "/callback?code=" + code + "&state=" + state
	for _, test := range []struct{ method, target, host, want string }{
		{"GET", good, "attacker.example:" + port, "421"},
		{"GET", good, "127.0.0.1", "421"},
		{"GET", good, "localhost:" + port, "421"},
		{"GET", "http://attacker.example" + good, l.authority, "421"},
		{"GET", "http://" + l.authority + good, l.authority, "404"},
		{"GET", strings.Replace(good, "/callback", "/", 1), l.authority, "404"},
		{"GET", strings.Replace(good, "/callback", "/callback/", 1), l.authority, "404"},
		{"GET", "/" + good, l.authority, "404"},
		{"GET", "/x/.." + good, l.authority, "404"},
		{"GET", "/favicon.ico", l.authority, "404"},
		{"OPTIONS", "*", l.authority, "404"},
		{"POST", good, l.authority, "405"},
		{"HEAD", good, l.authority, "405"},
		{"GET", good + "x", l.authority, "400"},
		{"GET", "/callback?error=access_denied", l.authority, "400"},
		{"GET", "/callback?error=<script>&state=", l.authority, "400"},
	} {
		response, page := ask(t, l, test.method, test.target, test.host)
		if response.Status != test.want {
			t.Errorf("%+v: %s, want %s", test, response.Status, test.want)
		}
		for _, shown := range []string{state, code, "script", "access_denied"} {
			if strings.Contains(page, shown) {
				t.Errorf("%+v: the page shows %q", test, shown)
			}
		}
	}
}

func TestCallbackIsNotAwaited(t *testing.T) {
	l, err := listen(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	wantNone(t, l)
	for _, target := range []string{"/callback", "/callback?state=", "/callback?code=c&state=s"} {
		if response, _ := ask(t, l, "GET", target, l.authority); response.Status != "400" {
			t.Error(target, response.Status)
		}
	}
}

func TestCallbackOnce(t *testing.T) {
	const target = "/callback?code=" + code + "&state=" + state
	for isSignedIn, want := range map[bool]string{
		true: "200 You are signed in. ", false: "400 You are not signed in. ",
	} {
		l := listenFor(t, nil)
		page := make(chan string)
		go func() {
			response, text := ask(t, l, "GET", target, l.authority)
			for name, value := range map[string]string{
				"Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
				"Referrer-Policy":         "no-referrer", "X-Content-Type-Options": "nosniff",
			} {
				if got := response.Header.Get(name); got != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
			page <- response.Status + " " + text
		}()
		came, err := l.wait(time.Minute)
		if err != nil || came.url != "http://"+l.authority+target {
			t.Fatal(came, err)
		}
		wantNone(t, l)
		if response, _ := ask(t, l, "GET", target, l.authority); response.Status != "400" {
			t.Error("a second callback:", response.Status)
		}
		came.show(isSignedIn)
		if got := <-page; !strings.HasPrefix(got, want) || strings.Contains(got, code) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCallbackInTime(t *testing.T) {
	l := listenFor(t, nil)
	if _, err := l.wait(time.Millisecond); err == nil ||
		err.Error() != "nobody signed in in 0.001 s" {
		t.Error(err)
	}
}

// The browser comes back to this machine, and other machines can't.
func TestOnThisMachine(t *testing.T) {
	for _, uri := range []string{
		"https://127.0.0.1/", "http://127.0.0.1.attacker.example/", "http://0.0.0.0/",
		"http://user@localhost/", "http://localhost/?a=b", "http://localhost/#a",
		"http://localhost:99999/", "http://localhost/a b", "http://localhost/\u00a0", "callback", "",
	} {
		if l, err := listen(usage.Values{"redirect-uri": {uri}}); err == nil {
			l.close()
			t.Error(uri, "is taken")
		}
	}
	for _, port := range []string{"0", "65536", "http", "-1", "080"} {
		if l, err := listen(usage.Values{"port": {port}}); err == nil {
			l.close()
			t.Error(port, "is taken")
		}
	}
	for uri, begin := range map[string]string{
		"http://127.0.0.1/callback": "http://127.0.0.1:", "http://localhost": "http://localhost:",
		"http://localhost:0/a/b": "http://localhost:",
	} {
		l := listenFor(t, usage.Values{"redirect-uri": {uri}})
		if got := l.redirectURI(); !strings.HasPrefix(got, begin) ||
			strings.HasSuffix(got, "/a/b") != strings.HasSuffix(uri, "/a/b") {
			t.Error(uri, "is", got)
		}
		_, port, _ := net.SplitHostPort(l.authority)
		dialer := net.Dialer{Timeout: time.Second}
		if socket, err := dialer.DialContext(context.Background(), "tcp", "127.0.0.2:"+port); err == nil {
			socket.Close()
			t.Error("it listens at other addresses, too")
		}
	}
}

func TestTakenPort(t *testing.T) {
	l := listenFor(t, nil)
	_, port, _ := net.SplitHostPort(l.authority)
	_, err := listen(usage.Values{"port": {port}})
	var wrong *usage.Error
	if !errors.As(err, &wrong) ||
		wrong.Message != "the browser can't come back there: EADDRINUSE" {
		t.Error(err)
	}
}
