package login

import (
	"crypto/subtle"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
)

// defaultRedirect is the redirect URI without a port.
const defaultRedirect = "http://127.0.0.1/callback"

// headers are the headers of every page. The pages are fixed texts, and hold nothing of a request.
var headers = map[string]string{
	"Cache-Control":           "no-store",
	"Connection":              "close",
	"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	"Content-Type":            "text/plain; charset=utf-8",
	"Referrer-Policy":         "no-referrer",
	"X-Content-Type-Options":  "nosniff",
}

const mostPort = 65_535

var redirect = regexp.MustCompile(
	`^http://(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?(/[^\s\v\p{Z}\x{feff}?#]*)?$`)

// partsOf reads a redirect URI. It stays as it is, except that it gets a port, because a server may
// compare the text.
func partsOf(uri string) (host, port, path string, err error) {
	parts := redirect.FindStringSubmatch(uri)
	if parts != nil {
		if n, _ := strconv.Atoi(parts[2]); n <= mostPort {
			return parts[1], strconv.Itoa(n), parts[3], nil
		}
	}
	return "", "", "", &usage.Error{
		Message: "--redirect-uri wants an address of this machine without a query, such as " +
			"http://localhost:8080/callback",
	}
}

var portNumber = regexp.MustCompile(`^[1-9]\d{0,4}$`)

// checkPort checks the value of --port.
func checkPort(port string) error {
	if n, _ := strconv.Atoi(port); portNumber.MatchString(port) && n <= mostPort {
		return nil
	}
	return &usage.Error{Message: "--port wants the number of a port, from 1 to 65535"}
}

// A listener waits for one callback, at the address of this machine to which the browser comes back
// (RFC 8252 section 7.3).
type listener struct {
	server          *http.Server
	authority, path string
	came            chan *callback
	closed          chan struct{}

	mu    sync.Mutex
	state string // of the callback that is awaited, or ""
}

// listen listens at the address that --port or --redirect-uri names.
func listen(values usage.Values) (*listener, error) {
	uri := defaultRedirect
	if values.Has("redirect-uri") {
		uri = values.Get("redirect-uri")
	}
	host, port, path, err := partsOf(uri)
	if err != nil {
		return nil, err
	}
	if values.Has("port") {
		port = values.Get("port")
		if err := checkPort(port); err != nil {
			return nil, err
		}
	}
	address := strings.Trim(host, "[]")
	if host == "localhost" {
		address = "127.0.0.1"
	}
	socket, err := net.Listen("tcp", net.JoinHostPort(address, port))
	if err != nil {
		return nil, &usage.Error{
			Message: "the browser can't come back there: " + cause.Of(err),
			Hint:    "--port or --redirect-uri names another port",
		}
	}
	_, taken, _ := net.SplitHostPort(socket.Addr().String())
	l := &listener{
		authority: host + ":" + taken, path: path,
		came: make(chan *callback, 1), closed: make(chan struct{}),
	}
	l.server = &http.Server{
		Handler:                      l,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            time.Minute,
		MaxHeaderBytes:               16 << 10,
		ErrorLog:                     log.New(io.Discard, "", 0),
	}
	go l.server.Serve(socket)
	return l, nil
}

// redirectURI returns the redirect URI, with its port.
func (l *listener) redirectURI() string { return "http://" + l.authority + l.path }

// expect says which state the callback has. All others are refused, so that another page can't end
// the wait.
func (l *listener) expect(state string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = state
}

// wait waits for the callback.
func (l *listener) wait(most time.Duration) (*callback, error) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case came := <-l.came:
		return came, nil
	case <-timer.C:
		return nil, nobodyIn(most)
	}
}

func (l *listener) close() {
	close(l.closed)
	l.server.Close()
}

// ServeHTTP answers a request. That of the callback waits for its page.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status, why := l.refusalOf(r); status != 0 {
		answer(w, status, "fetchtoken: "+why+"\n")
		return
	}
	came := &callback{
		url:  "http://" + l.authority + r.RequestURI,
		page: make(chan bool, 1), shown: make(chan struct{}),
	}
	l.came <- came
	defer close(came.shown)
	select {
	case isSignedIn := <-came.page:
		if isSignedIn {
			answer(w, http.StatusOK, "You are signed in. You can close this page.\n")
		} else {
			answer(w, http.StatusBadRequest, "You are not signed in. The terminal says why.\n")
		}
	case <-l.closed:
	}
}

// refusalOf returns the status and the reason of a refusal, or 0 for the callback. After that there
// is no other callback.
func (l *listener) refusalOf(r *http.Request) (status int, why string) {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	own := l.path
	if own == "" {
		own = "/"
	}
	switch {
	// a name that was pointed here; a browser leaves the port of http out
	case r.Host != strings.TrimSuffix(l.authority, ":80"):
		return http.StatusMisdirectedRequest, "the Host is not this machine"
	case path != own:
		return http.StatusNotFound, "there is nothing"
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "the answer to a sign-in is a GET"
	}
	given, _ := url.ParseQuery(query)
	l.mu.Lock()
	defer l.mu.Unlock()
	isAwaited := subtle.ConstantTimeCompare([]byte(given.Get("state")), []byte(l.state)) == 1
	if l.state == "" || !isAwaited {
		return http.StatusBadRequest, "this is not the answer to the sign-in that is under way"
	}
	l.state = "" // one callback is answered
	return 0, ""
}

// A callback is a request of the browser, which waits for its page.
type callback struct {
	url   string
	page  chan bool
	shown chan struct{}
}

// show shows the user whether the sign-in succeeded, and waits until the page is sent.
func (c *callback) show(isSignedIn bool) {
	c.page <- isSignedIn
	<-c.shown
}

// answer sends a page. The length lets the browser see its end before the connection ends.
func answer(w http.ResponseWriter, status int, text string) {
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	io.WriteString(w, text) // the browser may be gone
	http.NewResponseController(w).Flush()
}
