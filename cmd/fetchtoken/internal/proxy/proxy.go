// Package proxy is fetchtoken proxy: a program that may not have the secret sends its requests to
// the proxy, which adds the token and passes them on to the API. js/cli/proxy.js does the same.
package proxy

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/cause"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/execute"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/report"
	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/usage"
	"github.com/fetchtoken/fetchtoken/internal/origin"
)

// A Proxy is a proxy that a command line asks for.
type Proxy struct {
	// Origins is the origin of the API, which may have the token.
	Origins []string

	session session
	host    string
	port    string
	program []string
}

// New reads a command line: the values of the options, and the user's program, if there is one.
func New(values map[string][]string, program []string) (*Proxy, error) {
	to := strings.Join(values["to"], "")
	if to == "" {
		return nil, &usage.Error{Message: "--to is missing: the origin of the API, such as " +
			"https://api.example.com"}
	}
	known, fault := origin.Read(to)
	if fault != nil {
		return nil, &usage.Error{Message: "--to " + fault.What, Hint: fault.Advice("")}
	}
	p := &Proxy{Origins: []string{known}, program: program}
	var err error
	if p.session.to, err = url.Parse(known); err != nil {
		return nil, err
	}
	for _, text := range values["allow"] {
		rule, ok := ruleOf(text)
		if !ok {
			return nil, &usage.Error{
				Message: "--allow wants 'METHOD /path', such as 'GET /v1/*' or '* /v1/items'",
			}
		}
		p.session.rules = append(p.session.rules, rule)
	}
	listen := "127.0.0.1:0"
	if given := values["listen"]; len(given) > 0 {
		listen = given[0]
	}
	p.host, p.port, err = listenAddress(listen)
	return p, err
}

// Run serves until ctx is done or the user's program ends, and returns the exit status. client may
// send the token to the Origins.
func (p *Proxy) Run(
	ctx context.Context, client *fetchtoken.Client, in io.Reader, out, errout io.Writer,
) (exit int, err error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(p.host, p.port))
	if err != nil {
		return 0, &usage.Error{
			Message: "the proxy can't listen there: " + cause.Of(err),
			Hint:    "--listen names another address",
		}
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	authority := net.JoinHostPort(p.host, port)
	s := &p.session
	s.key, s.port, s.listensHere = newKey(), port, isLoopback(p.host)
	if !s.listensHere {
		report.Complain(errout,
			"the proxy listens at "+authority+", where other machines may reach it", "")
	}
	server := &http.Server{
		Handler: &handler{
			session: s, api: client.HTTPClient().Transport,
			complain: func(why string) { report.Complain(errout, why, "") },
		},
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            time.Minute,
		IdleTimeout:                  time.Minute,
		MaxHeaderBytes:               16 << 10,
		ErrorLog:                     log.New(io.Discard, "", 0),
	}
	defer server.Close()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	address := "http://" + authority
	if len(p.program) > 0 {
		env := append(execute.WithoutSecrets(os.Environ()), "PROXY_URL="+address, "PROXY_KEY="+s.key)
		return execute.Program(p.program, env, in, out, errout), nil
	}
	line, _ := json.Marshal(struct { // it can't fail
		URL string `json:"url"`
		Key string `json:"key"`
	}{address, s.key})
	if _, err := out.Write(append(line, '\n')); err != nil {
		return 0, &report.WriteError{Err: err}
	}
	select {
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case err := <-served:
		return 0, err
	}
}

func newKey() string {
	key := make([]byte, 32)
	rand.Read(key) // it never fails
	return base64.RawURLEncoding.EncodeToString(key)
}

// A handler answers the requests of programs.
type handler struct {
	*session
	api      http.RoundTripper // it adds the token
	complain func(why string)
}

// ServeHTTP passes a request on, or refuses it.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	if refusal := refusalOf(r, h.session); refusal != nil {
		refuse(w, refusal.status, refusal.why)
		return
	}
	http.NewResponseController(w).EnableFullDuplex() // both ways at once; HTTP/1 can do it
	sent, err := h.request(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "the target is no plain path of the API")
		return
	}
	answered, err := h.api.RoundTrip(sent)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer answered.Body.Close()
	h.passBack(w, answered)
}

// request returns the request that the API gets.
func (h *handler) request(r *http.Request) (*http.Request, error) {
	hasBody := r.ContentLength != 0 && r.Method != http.MethodGet && r.Method != http.MethodHead
	var body io.ReadCloser
	if hasBody {
		body = r.Body
	}
	target := origin.Of(h.to) + r.RequestURI
	sent, err := http.NewRequestWithContext(r.Context(), r.Method, target, body)
	if err != nil {
		return nil, err
	}
	sent.Header = sentHeaders(r.Header)
	if hasBody {
		sent.ContentLength = r.ContentLength
	}
	return sent, nil
}

// passBack passes the response of the API on to the program while it arrives.
func (h *handler) passBack(w http.ResponseWriter, answered *http.Response) {
	if answered.StatusCode == http.StatusSwitchingProtocols {
		refuse(w, http.StatusBadGateway, "the API changes the protocol")
		return
	}
	headers := answered.Header.Clone()
	drop(headers, notReturned)
	if location := headers.Get("Location"); location != "" {
		path, ok := pathOf(location, answered.Request.URL, h.to)
		if !ok {
			refuse(w, http.StatusBadGateway, "the API redirects to another origin")
			return
		}
		headers.Set("Location", path)
	}
	w.Header()["Content-Type"] = nil // net/http guesses none
	maps.Copy(w.Header(), headers)
	w.WriteHeader(answered.StatusCode)
	out := http.NewResponseController(w)
	out.Flush()
	if _, err := io.Copy(flushed{w, out}, answered.Body); err != nil {
		panic(http.ErrAbortHandler) // the program sees that the answer is cut off
	}
}

// A flushed writes to the program at once.
type flushed struct {
	io.Writer
	out *http.ResponseController
}

func (f flushed) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err == nil {
		err = f.out.Flush()
	}
	return n, err
}

func refuse(w http.ResponseWriter, status int, why string) {
	headers := w.Header()
	if status == http.StatusUnauthorized {
		headers.Set("WWW-Authenticate", "Bearer")
	}
	headers.Set("Content-Type", "text/plain")
	headers.Set("Connection", "close")
	w.WriteHeader(status)
	io.WriteString(w, "fetchtoken proxy: "+why+"\n") // the program may be gone
}

// fail tells the program and the user why there is no response.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the program is gone
	}
	why := "the request to " + origin.Of(h.to) + " failed: " + cause.Of(err)
	if failed := report.CoreError(err); failed != nil {
		why = usage.MessageOf(failed)
	}
	h.complain(why)
	refuse(w, http.StatusBadGateway, why)
}
