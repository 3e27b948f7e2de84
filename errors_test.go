package fetchtoken

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken/internal/condition"
)

func TestCodesAreErrors(t *testing.T) {
	_, err := FetchToken(
		t.Context(),
		basic,
		&Options{HTTPClient: answering(400, `{"error":"invalid_scope"}`)},
	)
	err = fmt.Errorf("around: %w", err)
	if !errors.Is(err, CodeErrorResponse) || errors.Is(err, CodeHTTPError) ||
		errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// Each code has a section of docs/errors.md, and an error knows its address.
func TestDocs(t *testing.T) {
	source, err := os.ReadFile("errors.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`ErrorCode = "(\w+)"`).FindAllSubmatch(source, -1)
	if len(codes) < 10 {
		t.Fatalf("%d codes", len(codes))
	}
	for _, match := range codes {
		code := string(match[1])
		if !bytes.Contains(page, []byte("\n### `"+code+"`\n")) {
			t.Errorf("docs/errors.md has no section about %s", code)
		}
		want := "https://github.com/fetchtoken/fetchtoken/blob/main/docs/errors.md#" + code
		if got := (&TokenError{Code: ErrorCode(code)}).Docs(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// failing returns an *http.Client whose requests fail.
func failing(err error) *http.Client {
	return &http.Client{
		Transport: transportFunc(func(*http.Request) (*http.Response, error) { return nil, err }),
	}
}

// A myError is an error of the caller's own, which holds what must not get out.
type myError struct{ Secret string }

func (e *myError) Error() string { return "POST https://as.example/token?key=" + e.Secret }

// errors.Is finds every cause; no text and no value of it gets out that could hold a secret.
func TestCauses(t *testing.T) {
	const secret = "a-very-secret-secret"
	mine := &myError{secret}
	for name, c := range map[string]struct {
		err  error
		is   []error
		code ErrorCode
	}{
		"refused": {
			&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
			[]error{syscall.ECONNREFUSED},
			CodeNetwork,
		},
		"closed": {
			&net.OpError{Op: "read", Err: net.ErrClosed},
			[]error{net.ErrClosed},
			CodeNetwork,
		},
		"ended": {
			fmt.Errorf("%w after %s", io.ErrUnexpectedEOF, secret),
			[]error{io.ErrUnexpectedEOF},
			CodeNetwork,
		},
		"own": {mine, []error{mine}, CodeNetwork},
		"nested": {&url.Error{Op: "Get", URL: "https://user:" + secret + "@proxy.example", Err: mine},
			[]error{mine}, CodeNetwork},
		"late": {
			os.ErrDeadlineExceeded,
			[]error{os.ErrDeadlineExceeded, context.DeadlineExceeded},
			CodeTimeout,
		},
	} {
		_, err := FetchToken(t.Context(), basic, &Options{HTTPClient: failing(c.err)})
		for _, is := range append(c.is, c.code) {
			if !errors.Is(err, is) {
				t.Errorf("%s: %v is not %v", name, err, is)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v is anything", name, err)
		}
		_, isURL := errors.AsType[*url.Error](err)
		_, isMine := errors.AsType[*myError](err)
		_, isOp := errors.AsType[*net.OpError](err)
		if isURL || isMine || isOp {
			t.Errorf("%s: the error itself gets out: %v %v %v", name, isURL, isMine, isOp)
		}
		late, isNet := errors.AsType[net.Error](err)
		if !isNet || late.Timeout() != (c.code == CodeTimeout) {
			t.Errorf("%s: is no net.Error, or says the wrong thing", name)
		}
		var logged bytes.Buffer
		slog.New(slog.NewTextHandler(&logged, nil)).
			Error("x", "error", err, "cause", errors.Unwrap(err))
		slog.New(slog.NewJSONHandler(&logged, nil)).
			Error("x", "error", err, "cause", errors.Unwrap(err))
		text := logged.String() + dump(reflect.ValueOf(err), 0)
		for e := err; e != nil; e = errors.Unwrap(e) {
			text += fmt.Sprintf("%v %+v %#v %d %s", e, e, e, e, e)
		}
		if strings.Contains(text, secret) || strings.Contains(text, "as.example/token") {
			t.Errorf("%s: a secret or a URL gets out: %s", name, text)
		}
	}
}

// dump returns all that reflection gets out of a value, as a crash reporter does.
func dump(v reflect.Value, depth int) string {
	if !v.IsValid() || depth > 10 {
		return ""
	}
	text := ""
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return dump(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			text += dump(v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			text += dump(v.Index(i), depth+1)
		}
	case reflect.String:
		return v.String() + "\n"
	}
	return text
}

func TestWordsHoldNoURL(t *testing.T) {
	for text, want := range map[string]string{
		"x": "x",
		`Get "https://u:p@a.example:8/t?k=v#f": EOF`: `Get "https://a.example:8": EOF`,
		"http://a/b https://c?d ://":                 "http://a https://c ://",
		"socks5://u:p@p@h":                           "socks5://h",
	} {
		if got := wordsOf(errors.New(text)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// A time-out of Options.Timeout is a deadline that passed, and not the end of the caller's context.
func TestTimeoutIsADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := &http.Client{
			Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}),
		}
		_, err := FetchToken(t.Context(), basic, &Options{HTTPClient: silent, Timeout: time.Second})
		for _, err := range []error{err, errEnded()} {
			if !errors.Is(err, CodeTimeout) || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
	})
}

// An error of the key service is found, too.
func TestCauseOfASignature(t *testing.T) {
	errService := errors.New("the key service rests")
	config := Config{TokenEndpoint: "https://as.example/token", ClientID: "client", Alg: "ES256"}
	sign := func(context.Context, []byte, string, string) ([]byte, error) { return nil, errService }
	_, err := FetchToken(t.Context(), config, &Options{Sign: sign})
	if !errors.Is(err, errService) || !errors.Is(err, CodeInvalidKey) {
		t.Error(err)
	}
	_, key, _ := ed25519.GenerateKey(nil)
	_, err = FetchToken(t.Context(), config, &Options{Sign: SignWith(key)})
	if errors.Is(err, errService) {
		t.Error(err)
	}
}

// Each request that Go's net/http can't make gets a hint that fits. The errors are those of real
// connections on this machine.
func TestHintsOfGosErrors(t *testing.T) {
	quiet := log.New(io.Discard, "", 0)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	defer secure.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1000)) // the request, before which net/http takes no answer
			c.Write([]byte("220 mail.example ESMTP\r\n"))
			c.Close()
		}
	}()
	notFound := &net.DNSError{Err: "no such host", Name: "nowhere.example", IsNotFound: true}
	certificate := func(reason x509.InvalidReason, detail string) error {
		return &tls.CertificateVerificationError{
			Err: x509.CertificateInvalidError{Reason: reason, Detail: detail},
		}
	}
	trusting := secure.Client().Transport.(*http.Transport).Clone()
	trusting.TLSClientConfig.ServerName = "elsewhere.test"
	for name, c := range map[string]struct {
		url       string
		client    *http.Client
		hint      string
		retryable bool
	}{
		"refused": {
			closed.URL,
			nil,
			"nobody listens there: check host and port of TokenEndpoint",
			true,
		},
		"no host": {
			basic.TokenEndpoint,
			failing(&net.OpError{Op: "dial", Err: notFound}),
			"there is no such host",
			true,
		},
		"DNS is down": {
			basic.TokenEndpoint,
			failing(&net.DNSError{Err: "server misbehaving", IsTemporary: true}),
			"can't be looked up now",
			true,
		},
		"unreachable": {
			basic.TokenEndpoint,
			failing(syscall.ENETUNREACH),
			"there is no way to the host",
			true,
		},
		"no route": {
			basic.TokenEndpoint,
			failing(syscall.EHOSTUNREACH),
			"the Transport of Options.HTTPClient",
			true,
		},
		"untrusted": {secure.URL, nil, "trust it in the Transport of Options.HTTPClient", false},
		"other host": {
			secure.URL,
			&http.Client{Transport: trusting},
			"the certificate is for another host: check the host of TokenEndpoint",
			false,
		},
		"expired": {
			basic.TokenEndpoint,
			failing(certificate(x509.Expired, "current time x is after y")),
			"is out of date",
			false,
		},
		"not yet": {
			basic.TokenEndpoint,
			failing(certificate(x509.Expired, "current time x is before y")),
			"isn't valid yet",
			false,
		},
		"no TLS there": {
			strings.Replace(plain.URL, "http:", "https:", 1),
			nil,
			"the server speaks http, not https: write http in TokenEndpoint",
			false,
		},
		"no HTTP": {
			"http://" + listener.Addr().String(),
			nil,
			"what answers there is not HTTP",
			true,
		},
		"TLS there": {
			strings.Replace(secure.URL, "https:", "http:", 1),
			nil,
			"the port speaks TLS: write https in TokenEndpoint",
			false,
		},
	} {
		_, err := FetchToken(t.Context(), of(c.url), &Options{HTTPClient: c.client})
		e, _ := errors.AsType[*TokenError](err)
		if e == nil || !strings.Contains(e.Hint, c.hint) || e.Retryable != c.retryable {
			t.Errorf("%s: got %+v, want the hint %s", name, err, c.hint)
			continue
		}
		for _, name := range condition.Names() {
			if strings.Contains(e.Message+fmt.Sprint(errors.Unwrap(e)), name) {
				t.Errorf("the message shows the name of the condition %s: %s", name, e.Message)
			}
		}
	}
}

// The causes that hold nothing secret are found by their type.
func TestCausesByType(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	_, err := FetchToken(t.Context(), of(secure.URL), nil)
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Error(err)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Error(err)
	}
	notFound := &net.DNSError{Err: "no such host", Name: "nowhere.example", IsNotFound: true}
	_, err = FetchToken(t.Context(), basic, &Options{HTTPClient: failing(notFound)})
	if found, ok := errors.AsType[*net.DNSError](err); !ok || !found.IsNotFound {
		t.Error(err)
	}
}

// The zero of RetryAfter and of ClockOffset means that the server said nothing.
func TestDurationsOfAnError(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	waits := map[string]time.Duration{"": 0, "0": 0, "7": 7 * time.Second, "soon": 0}
	for header, want := range waits {
		client := &http.Client{
			Transport: transportFunc(func(*http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: 503,
					Body:       http.NoBody,
					Header:     http.Header{"Retry-After": {header}},
				}, nil
			}),
		}
		_, err := FetchToken(t.Context(), basic, &Options{HTTPClient: client})
		if e, _ := errors.AsType[*TokenError](err); e == nil || e.RetryAfter != want ||
			e.ClockOffset != 0 {
			t.Errorf("%q: %+v", header, err)
		}
	}
	config := of(basic.TokenEndpoint)
	config.ClientAuth = AuthOAuth1
	client := &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		header := http.Header{"Date": {at.Add(5 * time.Minute).Format(http.TimeFormat)}}
		body := io.NopCloser(strings.NewReader(`{"error":"invalid_client"}`))
		return &http.Response{StatusCode: 401, Body: body, Header: header}, nil
	})}
	_, err := FetchToken(t.Context(), config, &Options{HTTPClient: client, Clock: stopped(at)})
	if e, _ := errors.AsType[*TokenError](err); e == nil || e.ClockOffset != 5*time.Minute {
		t.Errorf("%+v", err)
	}
}
